package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/record/capture"
)

type captureRecoverOptions struct {
	names []string
	force bool
}

func newCaptureRecoverCommand(s *stdio) *cli.Command {
	var opts captureRecoverOptions
	return &cli.Command{
		Name:      "capture recover",
		Usage:     "finish a capture whose recorder died",
		ArgsUsage: "CAPTURE…",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "replace an older capture of the same name that the recording was to replace", Destination: &opts.force},
		},
		Description: help{
			about: `Turns what a recorder has left into a finished capture under its name: all records that
can be read, and an end record that says that it was recovered. Reading needs no repair:
every command reads an unfinished capture as it is. A capture that is finished stays as
it is, and if recovering is interrupted, nothing is lost: run it again.`,
			examples: []string{
				"linnix capture recover host.parquet",
				"linnix capture recover host.parquet && linnix replay --require-complete host.parquet",
			},
			exits: []int{exitOK, exitUsage, exitCapture, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) error {
			opts.names = c.Args().Slice()
			return runCaptureRecover(c.Context, opts, s)
		},
	}
}

func runCaptureRecover(ctx context.Context, opts captureRecoverOptions, s *stdio) error {
	if err := checkCaptureNames("capture recover", opts.names); err != nil {
		return err
	}
	for _, name := range opts.names {
		if name == stdinName {
			return usagef("capture recover: standard input has no name to finish a capture under; give a file")
		}
		found, err := capture.Recover(ctx, name, capture.RecoverOptions{Force: opts.force})
		switch {
		case err != nil:
			return recoverFailure(err)
		case found.Finished:
			s.note("%s is finished already: %s", name, count(found.Records, "record"))
		default:
			s.note("recovered %s: %s (%s)", name, count(found.Records, "record"), found.Reason)
		}
	}
	return nil
}

// recoverFailure gives an error of recovering its exit code.
func recoverFailure(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, capture.ErrBusy), errors.Is(err, capture.ErrParts), errors.Is(err, fs.ErrExist):
		return withCode(exitUsage, err)
	case errors.Is(err, capture.ErrWrite):
		return withCode(exitOutput, err)
	default:
		return withCode(exitCapture, err)
	}
}
