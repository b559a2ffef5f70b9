package main

import (
	"context"
	"errors"
	"slices"

	"github.com/linnix-os/linnix/record/capture"
)

// stdinName is the argument that means standard input.
const stdinName = "-"

// captures are the open captures of a command, in the order of its arguments.
type captures []*capture.Source

// openCaptures opens captures by name; "-" is standard input. The caller closes them.
func openCaptures(ctx context.Context, command string, names []string, s *stdio) (captures, error) {
	if err := checkCaptureNames(command, names); err != nil {
		return nil, err
	}
	ctx = readingContext(ctx, names)
	var opened captures
	for _, name := range names {
		source, err := openCapture(ctx, name, s)
		if err != nil {
			return nil, errors.Join(err, opened.close())
		}
		opened = append(opened, source)
	}
	return opened, nil
}

// openCapture opens one capture; its errors have exit code 4. A named pipe opens only
// once somebody writes to it, so the end of the context ends the waiting. What was
// waited for then stays behind: the process is about to end.
func openCapture(ctx context.Context, name string, s *stdio) (*capture.Source, error) {
	var source *capture.Source
	var err error
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		if name == stdinName {
			source, err = capture.NewReader(s.in, "stdin")
		} else {
			source, err = capture.Open(name)
		}
	}()
	select {
	case <-opened:
		return source, withCode(exitCapture, err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func checkCaptureNames(command string, names []string) error {
	if len(names) == 0 {
		return usagef("%s: which capture? 'linnix record -d 10s -o host.parquet' makes one; type 'linnix %[1]s --help'", command)
	}
	if n := slices.Index(names, stdinName); n >= 0 && slices.Contains(names[n+1:], stdinName) {
		return usagef("%s: standard input (-) can be read once only", command)
	}
	return nil
}

// close closes all, and returns what went wrong.
func (c captures) close() error {
	var errs []error
	for _, source := range c {
		errs = append(errs, source.Close())
	}
	return errors.Join(errs...)
}

// remarks says on the error stream what is missing in the captures, and returns how
// many are unfinished, as far as they were read to their end.
func (c captures) remarks(s *stdio) (unfinished int) {
	for _, source := range c {
		status := source.Status()
		if status.AtEnd && !status.Complete {
			unfinished++
			s.note("unfinished capture: %s: %s", source.Name(), status.Reason)
		}
		if status.UnknownTypes > 0 || status.UnknownFields > 0 {
			s.note("%s: passed over %s and %s that this version does not know",
				source.Name(), count(status.UnknownTypes, "record"), count(status.UnknownFields, "field"))
		}
	}
	return unfinished
}

// readingContext returns the context for work on captures. A recorder that feeds
// standard input gets the same Ctrl-C and ends its stream well, so the reader goes on
// to that end; a second Ctrl-C ends it at once.
func readingContext(ctx context.Context, names []string) context.Context {
	if slices.Contains(names, stdinName) {
		return context.WithoutCancel(ctx)
	}
	return ctx
}
