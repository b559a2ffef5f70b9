// Command linnix records what a Linux host's processes did, replays such captures
// through rules, and names the incidents in them.
//
// It holds flags, streams and exit codes, and nothing else: one file per command,
// each with the flags (newXCommand), the options (xOptions) and the work (runX),
// and one row in the table of app.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx := untilSignal(context.Background())
	os.Exit(run(ctx, os.Args[1:], &stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// untilSignal returns a context that the first SIGINT, SIGTERM or SIGHUP cancels, so
// that a command can end well; a second one ends the process at once with exit code 130.
func untilSignal(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	notify(signals)
	// Somebody has to want SIGPIPE, or a reader such as head that has seen enough
	// kills the process before it can clean up. A child still gets the default.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx
}

// notify has the signals that end a run sent to c. SIGHUP stays ignored, here and in a
// command that linnix runs, where the caller ignores it, as nohup does. SIGINT does not:
// a shell's script ignores it for every job in the background, where 'kill -INT' is
// still how to end a recording.
func notify(c chan<- os.Signal) {
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(c, syscall.SIGHUP)
	}
}
