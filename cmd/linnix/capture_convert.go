package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/record/capture"
)

type captureConvertOptions struct {
	in, out string
	force   bool
}

func newCaptureConvertCommand(s *stdio) *cli.Command {
	var opts captureConvertOptions
	return &cli.Command{
		Name:      "capture convert",
		Usage:     "write a capture in another format",
		ArgsUsage: "IN OUT",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "replace OUT if it exists", Destination: &opts.force},
		},
		Description: help{
			about: `Writes the records of IN to OUT, in the format that OUT's extension names:
.jsonl, .jsonl.gz, .jsonl.zst or .parquet; "-" is JSONL on standard output. Nothing
is lost: JSONL turned into Parquet and back is the same, byte for byte.`,
			examples: []string{
				"linnix capture convert host.parquet host.jsonl.zst",
				"linnix capture convert host.parquet - | head -n 3",
			},
			exits: []int{exitOK, exitUsage, exitCapture, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usagef("capture convert: give two names, IN and OUT; type 'linnix capture convert --help'")
			}
			opts.in, opts.out = c.Args().Get(0), c.Args().Get(1)
			return runCaptureConvert(c.Context, opts, s)
		},
	}
}

func runCaptureConvert(ctx context.Context, opts captureConvertOptions, s *stdio) error {
	if err := checkOutputs("capture convert", []string{opts.in}, []string{opts.out}, s); err != nil {
		return err
	}
	sources, err := openCaptures(ctx, "capture convert", []string{opts.in}, s)
	if err != nil {
		return err
	}
	defer sources.close()
	w, abandon, err := createCapture(opts.out, capture.CreateOptions{Force: opts.force}, s)
	if err != nil {
		return err
	}
	err = copyCapture(readingContext(ctx, []string{opts.in}), w, sources[0])
	if err == nil {
		err = withOutputCode(w.Close())
	}
	if err != nil {
		return errors.Join(err, abandon(), removeUnfinished(opts.out))
	}
	sources.remarks(s)
	return nil
}

// removeUnfinished removes what an abandoned conversion left. Parquet leaves nothing: it
// has its name only once it is whole, and what bears the name is an older file.
func removeUnfinished(name string) error {
	format, err := capture.FormatOf(name)
	info, statErr := os.Stat(name)
	if err != nil || format == capture.Parquet || statErr != nil || !info.Mode().IsRegular() {
		return nil
	}
	return os.Remove(name)
}

// createCapture creates a capture file, or JSONL on standard output for "-". The
// caller closes the writer, and defers abandon, which does nothing after that.
func createCapture(name string, opts capture.CreateOptions, s *stdio) (w capture.Writer, abandon func() error, err error) {
	if name == stdoutName {
		w, err = capture.NewWriter(s.out, capture.JSONL)
		return w, func() error { return nil }, err
	}
	file, err := capture.Create(name, opts)
	switch {
	case errors.Is(err, capture.ErrExtension), errors.Is(err, fs.ErrExist):
		return nil, nil, withCode(exitUsage, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOTDIR):
		return nil, nil, withCode(exitOutput, fmt.Errorf("%w; give a name in a folder that you may write to, such as /tmp", err))
	case err != nil:
		return nil, nil, withCode(exitOutput, err)
	}
	return file, file.Abandon, nil
}

// copyCapture writes every record of src to w.
func copyCapture(ctx context.Context, w capture.Writer, src *capture.Source) error {
	for {
		r, err := src.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return withCode(exitCapture, err)
		}
		if err := w.Write(r); err != nil {
			return withOutputCode(err)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("convert: %w", err)
		}
	}
}
