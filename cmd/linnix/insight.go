package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/insight/report"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

type insightOptions struct {
	names  []string
	format string
	output string
	bounds replay.Options
	// failOn lists the classes that make the exit code 1.
	failOn []schema.Class
}

func newInsightCommand(s *stdio) *cli.Command {
	var opts insightOptions
	return &cli.Command{
		Name:      "insight",
		Usage:     "name the incidents in captures, and the processes behind them",
		ArgsUsage: "CAPTURE…",
		Flags: append([]cli.Flag{
			formatFlag(&opts.format, report.Formats()...),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE` in place of stdout", Destination: &opts.output},
			&cli.StringFlag{Name: "fail-on", Usage: "exit with 1 if an incident is of one of the classes in `LIST`, such as fork_storm,cpu_spin, or any"},
		}, boundFlags()...),
		Description: help{
			about: `Looks through the captures for incidents and says for each what it is, when it began,
which process is behind it, on what evidence, and what to do. A capture without an
incident is normal, which is said too. Several captures are looked through at once: parts
of one, captures of one host, or of several hosts. --format json prints dataset records,
one a line, as 'linnix insight validate' checks them; markdown is a report to paste into an
incident ticket. What it tells to do changes nothing that cannot be undone.
T is a time of day (20:30:05), a full time (2026-11-22T20:30:05Z), both UTC, or an offset
from the start (+12.5s).`,
			examples: []string{
				"linnix insight host.parquet",
				"linnix insight --format json -o host.insight.jsonl host.parquet",
				"linnix insight --format markdown --from +10s host.parquet",
				"linnix insight host.parquet --fail-on cpu_spin,fork_storm",
				"linnix insight host.parquet --fail-on any",
			},
			exits: []int{exitOK, exitFailed, exitUsage, exitCapture, exitNothing, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) (err error) {
			opts.names = c.Args().Slice()
			if opts.bounds, err = boundsOf(c); err != nil {
				return err
			}
			if opts.failOn, err = failOnOf(c); err != nil {
				return err
			}
			return runInsight(c.Context, opts, s)
		},
	}
}

func runInsight(ctx context.Context, opts insightOptions, s *stdio) error {
	if err := checkFormat("insight", opts.format, report.Formats()); err != nil {
		return err
	}
	if err := checkOutputs("insight", opts.names, []string{opts.output}, s); err != nil {
		return err
	}
	opened, err := openCaptures(ctx, "insight", opts.names, s)
	if err != nil {
		return err
	}
	defer opened.close()
	out, err := openOutput(opts.output, s)
	if err != nil {
		return err
	}
	defer out.discard()
	out.outlive()
	records, _, err := insight.Analyze(readingContext(ctx, opts.names), opened.sources(), opts.bounds)
	switch {
	case errors.Is(err, insight.ErrEmptyRange):
		return withCode(exitNothing, fmt.Errorf("nothing was analysed: no record lies between --from and --to; 'linnix capture info %s' tells from when to when it goes", opts.names[0]))
	case err != nil:
		return replayError(err, opened)
	}
	opened.remarks(s)
	if err := report.Write(out, opts.format, records, report.Options{Width: out.columns, Color: out.columns > 0 && colorWanted()}); err != nil {
		return withOutputCode(err)
	}
	if err := out.commit(); err != nil {
		return err
	}
	return failOn(opts.failOn, records)
}

// failOn makes an error of records of one of the classes.
func failOn(classes []schema.Class, records []schema.DatasetRecord) error {
	for _, r := range records {
		if slices.Contains(classes, r.Insight.Class) {
			return withCode(exitFailed, fmt.Errorf("found %s, on which --fail-on fails", r.Insight.Class))
		}
	}
	return nil
}

// colorWanted says whether whoever runs linnix on a terminal wants colours; see
// https://no-color.org.
func colorWanted() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }

// anyIncident stands for every class but normal.
const anyIncident = "any"

// failOnOf reads --fail-on. An empty list, as of a variable that is not set, would make a
// gate that lets everything pass.
func failOnOf(c *cli.Context) ([]schema.Class, error) {
	if !c.IsSet("fail-on") {
		return nil, nil
	}
	list := c.String("fail-on")
	if strings.TrimSpace(list) == "" {
		return nil, usagef("insight: --fail-on needs a class, or any; leave it out to fail on none")
	}
	return classesOf(list)
}

// classesOf reads a list of classes.
func classesOf(list string) ([]schema.Class, error) {
	known := []string{anyIncident}
	for _, class := range schema.Classes {
		known = append(known, string(class))
	}
	var classes []schema.Class
	for _, name := range strings.Split(list, ",") {
		name = strings.TrimSpace(name)
		switch {
		case !slices.Contains(known, name):
			return nil, usagef("insight: --fail-on: unknown class %q%s; there are %s", name, didYouMean(name, known), strings.Join(known, ", "))
		case name == anyIncident:
			classes = append(classes, incidentClasses()...)
		default:
			classes = append(classes, schema.Class(name))
		}
	}
	return classes, nil
}

func incidentClasses() []schema.Class {
	return slices.DeleteFunc(slices.Clone(schema.Classes[:]), func(c schema.Class) bool { return c == schema.ClassNormal })
}
