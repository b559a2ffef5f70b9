package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// The exit codes: an interface to scripts, so a code never changes its meaning.
const (
	exitOK           = 0
	exitFailed       = 1
	exitUsage        = 2
	exitRules        = 3
	exitCapture      = 4
	exitNothing      = 5
	exitIncomplete   = 6
	exitNotPermitted = 7
	exitOutput       = 8
	exitInterrupted  = 130
)

// exitMeaning says in a few words what each exit code means; --help prints the ones
// that a command can return.
func exitMeaning(code int) string {
	switch code {
	case exitOK:
		return "done; alerts and incidents alone are no failure"
	case exitFailed:
		return "an expectation, validation or --verify failed, or --fail-on matched"
	case exitUsage:
		return "wrong usage, an unknown extension, or the output exists"
	case exitRules:
		return "rules, tests or configuration are invalid"
	case exitCapture:
		return "a capture is missing, unreadable, corrupt, or of an unknown version"
	case exitNothing:
		return "nothing was tested: no file, no record, no event, or nothing expected"
	case exitIncomplete:
		return "events lost or late, or the capture unfinished, where a flag forbids it"
	case exitNotPermitted:
		return "not permitted, or the kernel cannot"
	case exitOutput:
		return "the output cannot be created or written, or its disk is full"
	case exitInterrupted:
		return "interrupted before the end"
	default:
		return ""
	}
}

// failure is an error that knows its exit code. Without an err it ends the process
// with that code and says nothing more.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit code %d", f.code)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// withCode gives err an exit code; nil stays nil.
func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &failure{code: code, err: err}
}

// quietly ends the run with code without a message: all was said already.
func quietly(code int) error { return &failure{code: code} }

// usagef makes a usage error (exit code 2). The message ends in a hint to type.
func usagef(format string, args ...any) error {
	return withCode(exitUsage, fmt.Errorf(format, args...))
}

// finish reports err on the error stream and returns the process's exit code.
func finish(err error, s *stdio) int {
	code := exitCode(err)
	var f *failure
	if errors.As(err, &f) && f.err == nil {
		return code
	}
	switch code {
	case exitOK:
	case exitInterrupted:
		s.note("interrupted")
	default:
		s.note("%s", strings.TrimRight(err.Error(), "\n"))
	}
	return code
}

// exitCode is the one place where an error becomes an exit code. A broken pipe is
// no failure: the reader has seen enough. It excuses no other error beside it.
func exitCode(err error) int {
	var f *failure
	failed := errors.As(err, &f)
	switch {
	case failed && (f.code != exitOutput || !errors.Is(f, syscall.EPIPE)):
		return f.code
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	default:
		return exitFailed
	}
}
