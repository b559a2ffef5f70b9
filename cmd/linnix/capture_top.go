package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/insight/report"
	"github.com/linnix-os/linnix/replay/snapshot"
)

type captureTopOptions struct {
	viewOptions
	order string
	rows  int
}

func newCaptureTopCommand(s *stdio) *cli.Command {
	var opts captureTopOptions
	return &cli.Command{
		Name:      "capture top",
		Usage:     "show the system and its busiest processes at a moment",
		ArgsUsage: "CAPTURE…",
		Flags: append(viewFlags(&opts.viewOptions),
			&cli.StringFlag{Name: "sort", Usage: "put first what has the most `OF`: " + strings.Join(snapshot.Orders(), ", "), Value: snapshot.Orders()[0], Destination: &opts.order},
			&cli.IntFlag{Name: "rows", Aliases: []string{"n"}, Usage: "show `N` processes; 0 is all", Value: 20, Destination: &opts.rows},
		),
		Description: help{
			about: `Shows what top would have shown at a moment of the capture: load, CPU, memory, pressure
and rates of the host, and a table of processes. Rates and percentages (of one core) are
averages over the ten seconds before; what ran for a part of them counts with that part,
and what ended in them is there too, with the state x and how it ended.
` + viewHelp,
			examples: []string{
				"linnix capture top host.parquet --at +10s",
				"linnix capture top host.parquet --sort mem -n 5",
				"linnix capture top host.parquet --format json | grep '\"kind\":\"host\"'",
			},
			exits: []int{exitOK, exitUsage, exitCapture, exitNothing, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) error {
			if err := opts.read(c); err != nil {
				return err
			}
			return runCaptureTop(c.Context, opts, s)
		},
	}
}

func runCaptureTop(ctx context.Context, opts captureTopOptions, s *stdio) error {
	if !slices.Contains(snapshot.Orders(), opts.order) {
		return usagef("capture top: unknown --sort %q%s; use --sort %s", opts.order, didYouMean(opts.order, snapshot.Orders()), strings.Join(snapshot.Orders(), ", "))
	}
	if opts.rows < 0 {
		return usagef("capture top: --rows %d is no number of rows; try --rows 50, or --rows 0 for all", opts.rows)
	}
	views, err := opts.take(ctx, s)
	if err != nil {
		return err
	}
	out, err := openOutput(stdoutName, s)
	if err != nil {
		return err
	}
	for i, v := range views {
		processes, err := v.Top(opts.order, opts.rows)
		if err != nil {
			return err
		}
		if opts.format == formatJSON {
			err = writeViewJSON(out, &v.Host, processes)
		} else {
			if i > 0 {
				fmt.Fprintln(out)
			}
			err = withOutputCode(report.WriteTop(out, &v.Host, processes, opts.report(out)))
		}
		if err != nil {
			return err
		}
	}
	return out.commit()
}
