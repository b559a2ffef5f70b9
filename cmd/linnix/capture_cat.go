package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

type captureCatOptions struct {
	names  []string
	format string
	filter captureFilter
	// time is what text shows: offsets from the first record, or the time of the clock.
	time string
	// limit is how many records are printed; 0 is all.
	limit int64
}

// catTimes are what --time takes, the usual one first.
var catTimes = []string{"offset", "wall"}

func newCaptureCatCommand(s *stdio) *cli.Command {
	var opts captureCatOptions
	return &cli.Command{
		Name:      "capture cat",
		Usage:     "print the records of a capture",
		ArgsUsage: "CAPTURE…",
		Flags: append([]cli.Flag{
			formatFlag(&opts.format, formatText, formatJSON),
			&cli.StringFlag{Name: "time", Usage: "begin lines of text with the `CLOCK`: offset (from the first record) or wall", Value: catTimes[0], Destination: &opts.time},
			&cli.Int64Flag{Name: "limit", Aliases: []string{"n"}, Usage: "print `N` records at most; 0 is all", Destination: &opts.limit},
		}, captureFilterFlags()...),
		Description: help{
			about: `Prints the records in their order: as text, one short line each (the time, the type, the
process, its parent in brackets, and what happened), or as JSON, the records themselves,
as they are stored. Of a damaged capture it prints what stands before the damage.
A record is printed if all that is asked for holds of it; to ask for processes leaves out
records that are about none. T is a time of day (20:30:05), a full time
(2026-11-22T20:30:05Z), both UTC, or an offset from the first record (+12.5s); what lies
beyond --to is not read.`,
			examples: []string{
				"linnix capture cat host.parquet | head -n 20",
				"linnix capture cat host.parquet --type fork,exec,exit --from +3s --to +4s",
				"linnix capture cat host.parquet --tree 100 --comm 'sl*' -n 10",
				"linnix capture cat --format json host.parquet --type exec | grep sleep",
			},
			exits: []int{exitOK, exitUsage, exitCapture, exitNothing, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) (err error) {
			opts.names = c.Args().Slice()
			if opts.filter, err = captureFilterOf(c); err != nil {
				return err
			}
			return runCaptureCat(c.Context, opts, s)
		},
	}
}

func runCaptureCat(ctx context.Context, opts captureCatOptions, s *stdio) error {
	if err := opts.check(); err != nil {
		return err
	}
	sources, err := openCaptures(ctx, "capture cat", opts.names, s)
	if err != nil {
		return err
	}
	defer sources.close()
	out, err := openOutput(stdoutName, s)
	if err != nil {
		return err
	}
	out.live = opts.names[0] == stdinName
	cat := catter{opts: &opts, out: out}
	ctx = readingContext(ctx, opts.names)
	for _, source := range sources {
		if err := cat.capture(ctx, source); err != nil {
			return errors.Join(err, out.commit())
		}
	}
	sources.remarks(s)
	if err := out.commit(); err != nil {
		return err
	}
	if cat.printed == 0 && opts.filter.any() {
		return withCode(exitNothing, fmt.Errorf("capture cat: no record is what was asked for; 'linnix capture info %s' tells what there is", opts.names[0]))
	}
	return nil
}

// check refuses options that mean nothing.
func (o *captureCatOptions) check() error {
	if err := checkFormat("capture cat", o.format, []string{formatText, formatJSON}); err != nil {
		return err
	}
	if !slices.Contains(catTimes, o.time) {
		return usagef("capture cat: unknown --time %q%s; use --time offset or --time wall", o.time, didYouMean(o.time, catTimes))
	}
	if o.limit < 0 {
		return usagef("capture cat: --limit %d is no number of records; try --limit 100", o.limit)
	}
	return nil
}

// catter prints records.
type catter struct {
	opts    *captureCatOptions
	out     *output
	line    []byte
	printed int64
}

// recordFormat turns records into lines. It notes every record, for what later lines need,
// before it appends those that are printed.
type recordFormat interface {
	note(r *schema.Record)
	append(b []byte, r *schema.Record) []byte
}

// recordJSON prints records as they are stored.
type recordJSON struct{ capture.LineEncoder }

// note shows the encoder the meta record, which says whether lines end in checksums.
func (j *recordJSON) note(r *schema.Record) {
	if r.Type == schema.TypeMeta {
		j.Append(nil, r)
	}
}

func (j *recordJSON) append(b []byte, r *schema.Record) []byte { return j.Append(b, r) }

// capture prints the records of one capture that are asked for.
func (c *catter) capture(ctx context.Context, source *capture.Source) error {
	var format recordFormat = &recordText{wall: c.opts.time == "wall"}
	if c.opts.format == formatJSON {
		format = &recordJSON{}
	}
	chosen := selector{captureFilter: &c.opts.filter}
	for first := true; c.opts.limit == 0 || c.printed < c.opts.limit; first = false {
		r, err := source.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return withCode(exitCapture, err)
		}
		if first {
			if err := chosen.begin(r); err != nil {
				return err
			}
		}
		if chosen.over(r) {
			return nil
		}
		format.note(r)
		if !chosen.keeps(r) {
			continue
		}
		c.printed++
		c.line = append(format.append(c.line[:0], r), '\n')
		if err := errors.Join(c.out.line(c.line), ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}
