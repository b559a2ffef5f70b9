package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/linnix-os/linnix/record"
	"github.com/linnix-os/linnix/record/capture"
	"github.com/urfave/cli/v2"
)

type recordOptions struct {
	output     string
	force      bool
	quiet      bool
	failOnLoss bool
	// dumb says that the terminal knows no control sequences.
	dumb bool
	// ready is told when nothing is missed any more; nil if nobody asked.
	ready *os.File
	// command is what to run while recording; empty records until the end comes.
	command []string
	record.Options
}

func newRecordCommand(s *stdio) *cli.Command {
	return &cli.Command{
		Name:      "record",
		Usage:     "record what this host's processes do",
		ArgsUsage: "[-- COMMAND ARG…]",
		Description: help{
			about: `Writes one capture of this host: every fork, exec, exit and OOM kill of a process, and at
each interval a sample of each process that changed and of the system. It needs root, or
CAP_BPF and CAP_PERFMON, and Linux 6.1 or later; 'linnix doctor' tells whether it will
work. The recording ends after --duration, --max-events or --max-size, when COMMAND ends,
or at Ctrl-C, SIGTERM or SIGHUP, whatever comes first, and the capture is then complete;
a second Ctrl-C or SIGTERM ends it at once, unfinished. With COMMAND its exit code is
passed on, 128 plus the signal if it was killed. A capture holds command lines, so only
its owner can read it.

With --pid, --cgroup, --uid or --comm only what matches all of them is recorded, and the
parents of each such process as tasks. The kernel side decides at each event; who matched
once is recorded until its end. What is left out is counted as filtered.

A script that must not miss anything waits for the newline of --ready-fd; its end without
one says that the recording did not begin.`,
			examples: []string{
				"linnix record -d 2s -o host.parquet",
				"linnix record -o ls.jsonl -- ls /",
				"linnix record -d 2s --comm 'kworker*' -o kworkers.jsonl",
				"linnix record -d 2s -q -o - | linnix replay -",
			},
			exits: []int{exitOK, exitFailed, exitUsage, exitIncomplete, exitNotPermitted, exitOutput, exitInterrupted},
		}.String(),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "duration", Aliases: []string{"d"}, Usage: "stop after `TIME`, such as 60s"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE`: .parquet, .jsonl, .jsonl.gz, .jsonl.zst, or - for JSONL on stdout (default linnix-HOST-TIME.parquet)"},
			&cli.BoolFlag{Name: "force", Usage: "replace the output if it exists"},
			&cli.StringFlag{Name: "interval", Value: record.DefaultInterval.String(), Usage: "sample every `TIME`"},
			&cli.StringFlag{Name: "ring-size", Value: "16MiB", Usage: "`SIZE` of the kernel's ring buffer, a power of two"},
			&cli.StringFlag{Name: "max-args", Value: "32KiB", Usage: "keep at most `SIZE` of a command line"},
			&cli.StringFlag{Name: "max-events", Usage: "stop after `N` events: forks, execs, exits, OOM kills"},
			&cli.StringFlag{Name: "max-size", Usage: "stop when the capture has `SIZE`, such as 1GiB"},
			&cli.StringFlag{Name: "pid", Usage: "only process `N` and its descendants"},
			&cli.StringFlag{Name: "cgroup", Usage: "only the cgroup at `PATH`, as records show it or as a folder, and those below it"},
			&cli.StringFlag{Name: "uid", Usage: "only processes of the real user id `N`"},
			&cli.StringFlag{Name: "comm", Usage: "only processes whose command name matches `GLOB` (* ? [a-z])"},
			&cli.BoolFlag{Name: "fail-on-loss", Usage: "exit with 6 if an event was lost"},
			&cli.StringFlag{Name: "ready-fd", Usage: "write a newline to the open descriptor `N` and close it, once nothing is missed"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "no progress and no summary"},
		},
		Action: func(c *cli.Context) error {
			opts, err := recordOptionsOf(c)
			if err != nil {
				return err
			}
			return runRecord(c.Context, opts, s)
		},
	}
}

func recordOptionsOf(c *cli.Context) (opts recordOptions, err error) {
	opts = recordOptions{
		output: c.String("output"), force: c.Bool("force"), quiet: c.Bool("quiet"),
		failOnLoss: c.Bool("fail-on-loss"), command: c.Args().Slice(),
	}
	opts.ToolVersion, opts.Command = toolVersion(), os.Args
	opts.dumb = isDumb(os.Getenv("TERM"))
	if c.IsSet("duration") {
		if opts.Duration, err = durationFlag(c, "duration"); err != nil {
			return opts, err
		}
	}
	if opts.Interval, err = durationFlag(c, "interval"); err != nil {
		return opts, err
	}
	if opts.RingBytes, err = sizeFlag(c, "ring-size", "16MiB"); err != nil {
		return opts, err
	}
	if opts.MaxArgs, err = sizeFlag(c, "max-args", "32KiB"); err != nil {
		return opts, err
	}
	if opts.Filter, err = filterOf(c); err != nil {
		return opts, err
	}
	if err := limitOptions(c, &opts.Options); err != nil {
		return opts, err
	}
	if c.IsSet("output") && opts.output == "" {
		return opts, usagef("record: -o needs a name, such as -o host.parquet")
	}
	if opts.output == "-" && len(opts.command) > 0 {
		return opts, usagef("record: -o - and a command would both write to stdout; give a file, such as -o x.jsonl")
	}
	if err := opts.Validate(); err != nil {
		return opts, usagef("record: %w", err)
	}
	opts.ready, err = readyFlag(c)
	return opts, err
}

// limitOptions reads the flags that end a recording by what it has.
func limitOptions(c *cli.Context, opts *record.Options) error {
	if c.IsSet("max-events") {
		n, err := strconv.ParseInt(c.String("max-events"), 10, 64)
		if err != nil || n < 1 {
			return usagef("record: --max-events %q is no number of events; try --max-events 1000", c.String("max-events"))
		}
		opts.MaxEvents = n
	}
	if c.IsSet("max-size") {
		size, err := sizeFlag(c, "max-size", "1GiB")
		if err != nil {
			return err
		}
		opts.MaxSizeBytes = int64(size)
	}
	return nil
}

// gcPercent is how much garbage a recording collects, relative to what it uses, before it
// cleans up: a third of Go's default. It is there to stay small on a host that has no memory
// left, and allocates little.
const gcPercent = 30

// runRecord records to the output and says on the error stream what it did.
func runRecord(ctx context.Context, opts recordOptions, s *stdio) error {
	debug.SetGCPercent(gcPercent)
	named := opts.output != ""
	if !named {
		// A name that nobody chose replaces nothing.
		opts.output, opts.force = defaultOutput(time.Now()), false
	}
	var child *childProcess
	if len(opts.command) > 0 {
		var err error
		if child, err = newChild(opts.command, s); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	opts.Ready = func() error {
		if !named {
			s.note("recording to %s", opts.output)
		}
		tellReady(opts.ready, s)
		return child.start(func() { stop(record.StopCommandExit) })
	}
	endMeter := startMeter(ctx, &opts, s)
	summary, size, err := recordTo(ctx, opts, s)
	endMeter()
	if summary != nil && !opts.quiet {
		printSummary(s, summary, opts.output, size)
	}
	if err != nil {
		if child.running() {
			s.note("the recording has failed; waiting for %s to end", child.name())
		}
		_ = child.wait() // the recording's own failure is what counts
		return err
	}
	if child.running() && !opts.quiet {
		s.note("the recording is complete; waiting for %s to end", child.name())
	}
	if err := child.wait(); err != nil {
		return err
	}
	if lost := summary.Lost(); lost > 0 && opts.failOnLoss {
		return withCode(exitIncomplete, fmt.Errorf("%d events were lost; try a larger --ring-size", lost))
	}
	return nil
}

// recordTo creates the output, records to it and finishes it. It returns the bytes that
// were written, 0 where nobody can tell. A full disk is an error with a summary: the
// capture is finished then, too.
func recordTo(ctx context.Context, opts recordOptions, s *stdio) (*record.Summary, int64, error) {
	out, abandon, err := createCapture(opts.output, capture.CreateOptions{Force: opts.force, Journal: true}, s)
	if err != nil {
		return nil, 0, err
	}
	summary, err := record.Record(ctx, out, opts.Options)
	if err != nil && summary == nil {
		err = errors.Join(recordFailure(err, opts.output), abandon(), removeEmpty(opts.output))
		noteLeft(s, opts.output)
		return nil, 0, err
	}
	if err := out.Close(); err != nil {
		return nil, 0, withOutputCode(err)
	}
	var size int64
	if info, err := os.Stat(opts.output); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	return summary, size, fullDisk(err)
}

// fullDisk says what a full disk means for a recording that it has ended.
func fullDisk(err error) error {
	if err == nil {
		return nil
	}
	cause := strings.TrimPrefix(err.Error(), record.ErrOutput.Error()+": ")
	return withCode(exitOutput, fmt.Errorf("%s: the capture ends here, and is complete so far; free space, or record elsewhere with -o", cause))
}

// noteLeft says what can be done with what a recording has left that failed.
func noteLeft(s *stdio, output string) {
	if info, err := os.Stat(output); err == nil && !info.Mode().IsRegular() {
		return // a pipe keeps nothing
	}
	if source, err := capture.Open(output); err == nil {
		source.Close()
		s.note("what was recorded can be read; to finish it: linnix capture recover %s", shellQuote(output))
	}
}

// recordFailure gives an error of recording its exit code. Unlike a report, a capture
// on a pipe that was closed is cut; only on standard output may that be as wanted.
func recordFailure(err error, output string) error {
	var known *failure
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, record.ErrUnavailable):
		return withCode(exitNotPermitted, err)
	case errors.Is(err, syscall.EPIPE) && output == "-":
		return err
	case errors.Is(err, syscall.EPIPE):
		return withCode(exitOutput, fmt.Errorf("the capture is cut: whoever read %s has gone; record to a file, such as -o x.jsonl", output))
	case errors.Is(err, record.ErrOutput):
		return withCode(exitOutput, err)
	default:
		return withCode(exitFailed, err)
	}
}

// removeEmpty removes an output that holds nothing, because the recording never began.
// What was recorded stays, as an unfinished capture.
func removeEmpty(name string) error {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 0 {
		return nil
	}
	return os.Remove(name)
}

// defaultOutput names a capture after the host and the time.
func defaultOutput(now time.Time) string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "host"
	}
	host = strings.Map(func(r rune) rune {
		if r == '/' || r < ' ' {
			return '_'
		}
		return r
	}, host)
	return fmt.Sprintf("linnix-%s-%s%s", host, now.UTC().Format("20060102T150405Z"), capture.Parquet.Extension())
}
