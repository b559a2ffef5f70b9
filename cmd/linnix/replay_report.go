package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
)

// reportOptions ask 'linnix replay' for a report in place of the alerts.
type reportOptions struct {
	explain  string
	coverage bool
	baseline string
	// given are the reports that were asked for, be what they ask empty.
	given []string
}

// reportFlags are the flags of the reports.
func reportFlags(o *reportOptions) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "explain", Usage: "say why `RULE[@T]` fired or did not, and how it stood at T", Destination: &o.explain},
		&cli.BoolFlag{Name: "coverage", Usage: "say of each rule in how many of the captures it fired", Destination: &o.coverage},
		&cli.StringFlag{Name: "baseline", Usage: "say what the rules raise that those in `FILE` do not, and the reverse", Destination: &o.baseline},
	}
}

// read takes what the flags alone do not tell.
func (o *reportOptions) read(c *cli.Context) {
	if c.IsSet("explain") {
		o.given = append(o.given, "--explain")
	}
	if o.coverage {
		o.given = append(o.given, "--coverage")
	}
	if c.IsSet("baseline") {
		o.given = append(o.given, "--baseline")
	}
}

// runReplayReport writes the report that is asked for.
func runReplayReport(ctx context.Context, opts replayOptions, s *stdio) error {
	given := opts.report.given
	if len(given) > 1 {
		return usagef("replay: %s are reports of their own; run one after the other", strings.Join(given, " and "))
	}
	for _, other := range []struct {
		name string
		on   bool
	}{{"--alerts", opts.alerts != ""}, {"--snapshots", opts.snapshots != ""}, {"--verify", opts.verify}, {"--expect", opts.expect.wanted}, {"--update", opts.expect.update}} {
		if other.on {
			return usagef("replay: %s prints a report of its own; leave out %s", given[0], other.name)
		}
	}
	if err := checkFormat("replay", opts.format, []string{formatText, formatJSON}); err != nil {
		return err
	}
	switch given[0] {
	case "--explain":
		return runReplayExplain(ctx, opts, s)
	case "--coverage":
		return runReplayCoverage(ctx, opts, s)
	}
	return runReplayBaseline(ctx, opts, s)
}

// jsonLine writes a document as one line.
func jsonLine(out *output, document interface{ AppendJSON([]byte) ([]byte, error) }) error {
	line, err := document.AppendJSON(nil)
	if err != nil {
		return err
	}
	return out.line(append(line, '\n'))
}

// textTable writes rows of cells in columns, two blanks apart.
func textTable(w io.Writer, rows [][]string) {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i := range row {
			row[i] = visible(row[i])
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	table.Flush()
	for line := range strings.Lines(text.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
}
