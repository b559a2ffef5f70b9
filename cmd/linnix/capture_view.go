package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/insight/report"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/snapshot"
	"github.com/linnix-os/linnix/schema"
)

// viewOptions are those that the views of a host at one moment share.
type viewOptions struct {
	command string
	names   []string
	format  string
	at      replay.Bound
	// columns is the width that was asked for; 0 is that of the terminal, if there is one.
	columns int
	// colour says that a terminal may be given colours.
	colour bool
}

// viewFlags are the flags of every such view.
func viewFlags(o *viewOptions) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "at", Usage: "show the moment `T`; by default the end"},
		formatFlag(&o.format, formatText, formatJSON),
		&cli.IntFlag{Name: "width", Usage: "cut lines of text at `COLUMNS`; by default those of the terminal, else nowhere", Destination: &o.columns},
	}
}

// viewHelp explains T, which each view has.
const viewHelp = `T is a time of day (20:30:05), a full time (2026-11-22T20:30:05Z), both UTC, or an offset
from the start (+12.5s). What is read ends there. --format json prints one object a line:
the host, then each process (schema/view.schema.json); what is unknown is absent there and
"-" in text.`

// read takes the options from the command line.
func (o *viewOptions) read(c *cli.Context) (err error) {
	o.command, o.names = c.Command.Name, c.Args().Slice()
	o.colour = os.Getenv("NO_COLOR") == "" && !isDumb(os.Getenv("TERM"))
	if o.columns < 0 {
		return usagef("%s: --width %d is no number of columns; try --width 120", o.command, o.columns)
	}
	o.at, err = boundOf(c, "at")
	return err
}

// report returns how text is to be written to the output.
func (o *viewOptions) report(out *output) report.ViewOptions {
	opts := report.ViewOptions{Width: o.columns, Colour: o.colour && out.columns > 0}
	if opts.Width == 0 {
		opts.Width = out.columns
	}
	return opts
}

// take replays the captures up to the moment and returns each host as it stood then. A
// host whose captures do not reach that far is not among them.
func (o *viewOptions) take(ctx context.Context, s *stdio) ([]*snapshot.View, error) {
	if err := checkFormat(o.command, o.format, []string{formatText, formatJSON}); err != nil {
		return nil, err
	}
	opened, err := openCaptures(ctx, o.command, o.names, s)
	if err != nil {
		return nil, err
	}
	defer opened.close()
	var at schema.Opt[schema.Time]
	bounds := replay.Options{}
	if o.at != nil {
		bounds.To = func(start schema.Time) schema.Time {
			at.Set(o.at(start))
			return at.V
		}
	}
	var views, short []*snapshot.View
	sum, err := replay.Run(readingContext(ctx, o.names), opened.sources(), bounds, func(*replay.Host) []replay.Handler {
		return []replay.Handler{snapshot.NewViewer(func(v *snapshot.View) {
			if at.OK && v.Host.Time < at.V {
				short = append(short, v)
				return
			}
			views = append(views, v)
		})}
	})
	var early *replay.RangeError
	if errors.As(err, &early) || err == nil && sum.Records == 0 {
		return nil, o.nothing("begins at %s", sum.Start)
	}
	if err != nil {
		return nil, replayError(err, opened)
	}
	opened.remarks(s)
	return views, o.outOfReach(views, short, s)
}

// outOfReach says which hosts are not shown; it is an error if none is.
func (o *viewOptions) outOfReach(views, short []*snapshot.View, s *stdio) error {
	if len(views) == 0 && len(short) > 0 {
		return o.nothing("ends at %s", short[len(short)-1].Host.Time)
	}
	for _, v := range short {
		s.note("%s: not shown: what was recorded of it ends at %s", visible(v.Host.Host), v.Host.Time)
	}
	return nil
}

// nothing is the error of a moment that no capture has.
func (o *viewOptions) nothing(format string, at schema.Time) error {
	return withCode(exitNothing, fmt.Errorf("%s: nothing to show: the capture "+format+
		"; give --at a moment of it: 'linnix capture info %s' tells from when to when it goes", o.command, at, o.names[0]))
}

// writeViewJSON writes a host and its processes, one object a line.
func writeViewJSON(out *output, h *schema.HostView, processes []*schema.ProcessView) error {
	line, err := h.AppendJSON(nil)
	for i := 0; err == nil; i++ {
		if _, err = out.Write(append(line, '\n')); err != nil || i == len(processes) {
			break
		}
		line, err = processes[i].AppendJSON(line[:0])
	}
	return withOutputCode(err)
}
