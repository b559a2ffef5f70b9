package main

import (
	"context"
	"errors"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/record/capture"
)

type captureCatOptions struct {
	names  []string
	format string
}

func newCaptureCatCommand(s *stdio) *cli.Command {
	var opts captureCatOptions
	return &cli.Command{
		Name:      "capture cat",
		Usage:     "print the records of a capture",
		ArgsUsage: "CAPTURE…",
		Flags:     []cli.Flag{formatFlag(&opts.format, formatText, formatJSON)},
		Description: help{
			about: `Prints the records in their order: as text, one short line each, or as JSON, the
records themselves, as they are stored. Of a damaged capture it prints what stands before the damage.`,
			examples: []string{
				"linnix capture cat host.parquet | head -n 20",
				"linnix capture cat --format json host.parquet | grep '\"type\":\"exec\"'",
			},
			exits: []int{exitOK, exitUsage, exitCapture, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) error {
			opts.names = c.Args().Slice()
			return runCaptureCat(c.Context, opts, s)
		},
	}
}

func runCaptureCat(ctx context.Context, opts captureCatOptions, s *stdio) error {
	if err := checkFormat("capture cat", opts.format, []string{formatText, formatJSON}); err != nil {
		return err
	}
	appendLine := appendRecordText
	if opts.format == formatJSON {
		appendLine = new(capture.LineEncoder).Append
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
	ctx = readingContext(ctx, opts.names)
	var line []byte
	for _, source := range sources {
		for {
			r, err := source.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return errors.Join(withCode(exitCapture, err), out.commit())
			}
			line = append(appendLine(line[:0], r), '\n')
			if err := errors.Join(out.line(line), ctx.Err()); err != nil {
				return err
			}
		}
	}
	sources.remarks(s)
	return out.commit()
}
