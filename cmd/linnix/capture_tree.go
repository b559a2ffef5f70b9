package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/insight/report"
	"github.com/linnix-os/linnix/replay/snapshot"
	"github.com/linnix-os/linnix/schema"
)

type captureTreeOptions struct {
	viewOptions
	pid        int64 // 0 is all
	all, ascii bool
}

func newCaptureTreeCommand(s *stdio) *cli.Command {
	var opts captureTreeOptions
	return &cli.Command{
		Name:      "capture tree",
		Usage:     "show the tree of processes at a moment",
		ArgsUsage: "CAPTURE…",
		Flags: append(viewFlags(&opts.viewOptions),
			&cli.StringFlag{Name: "pid", Usage: "show the process `PID`, what it descends from, and what descends from it"},
			&cli.BoolFlag{Name: "all", Usage: "fold nothing: every kernel thread, and each of many children alike", Destination: &opts.all},
			&cli.BoolFlag{Name: "ascii", Usage: "draw the tree without line characters", Destination: &opts.ascii},
		),
		Description: help{
			about: `Shows the processes below their parents, as 'ps --forest' would have at a moment of the
capture, with CPU (of one core, over the ten seconds before), memory, threads and age.
What ended in those ten seconds stands where it was, with the state x and how it ended. An
orphan stands below its new parent; until a record names that, below pid 1.
` + viewHelp,
			examples: []string{
				"linnix capture tree host.parquet --at +10s",
				"linnix capture tree host.parquet --pid 100",
				"linnix capture tree host.parquet --all --ascii | head -n 40",
			},
			exits: []int{exitOK, exitUsage, exitCapture, exitNothing, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) error {
			if err := opts.read(c); err != nil {
				return err
			}
			pid, err := optionalID(c, "pid")
			if pid.OK && (err != nil || pid.V == 0) {
				return usagef("capture tree: --pid %s is no process id; 'linnix capture tree CAPTURE' shows those there are", schema.Clip(c.String("pid"), 40))
			}
			opts.pid = pid.V
			return runCaptureTree(c.Context, opts, s)
		},
	}
}

func runCaptureTree(ctx context.Context, opts captureTreeOptions, s *stdio) error {
	views, err := opts.take(ctx, s)
	if err != nil {
		return err
	}
	out, err := openOutput(stdoutName, s)
	if err != nil {
		return err
	}
	shown := 0
	for _, v := range views {
		roots := v.Tree()
		if opts.pid != 0 {
			n := snapshot.Find(roots, opts.pid)
			if n == nil {
				continue
			}
			roots = []*snapshot.Node{n}
		}
		if shown > 0 && opts.format == formatText {
			fmt.Fprintln(out)
		}
		shown++
		if err := opts.write(out, v, roots); err != nil {
			return err
		}
	}
	if shown == 0 && opts.pid != 0 {
		return withCode(exitNothing, fmt.Errorf("capture tree: no process has the pid %d then; 'linnix capture cat --pid %[1]d %s' tells when it was there", opts.pid, opts.names[0]))
	}
	return out.commit()
}

// write writes the trees below the roots.
func (o *captureTreeOptions) write(out *output, v *snapshot.View, roots []*snapshot.Node) error {
	if o.format == formatText {
		opts := o.report(out)
		opts.All, opts.ASCII = o.all, o.ascii
		return withOutputCode(report.WriteTree(out, &v.Host, roots, opts))
	}
	var processes []*schema.ProcessView
	for _, root := range roots {
		root.Walk(func(n *snapshot.Node, _ int) { processes = append(processes, n.ProcessView) })
	}
	return writeViewJSON(out, &v.Host, processes)
}
