package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalEcho is how long after a signal the same wish may come again: 'timeout' signals
// its child, and then the group that the child is in.
const signalEcho = 100 * time.Millisecond

// untilSignal returns a context that the first SIGINT, SIGTERM or SIGHUP cancels, so
// that a command can end well. Whoever insists, by a second SIGINT or SIGTERM, ends the
// process at once with exit code 130.
func untilSignal(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 4)
	notify(signals)
	// Somebody has to want SIGPIPE, or a reader such as head that has seen enough
	// kills the process before it can clean up. A child still gets the default.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		var wish endWish
		for sig := range signals {
			cancel()
			if wish.insists(sig, time.Now()) {
				// Without a message: what cannot end may hang at this very terminal.
				os.Exit(exitInterrupted)
			}
		}
	}()
	return ctx
}

// endWish is what somebody asked of a run by signals.
type endWish struct{ asked time.Time }

// insists takes a signal in and says whether it is a second wish. A SIGHUP never is: a
// terminal that closes hangs up its processes, and so does its shell; a service manager
// sends it with SIGTERM.
func (w *endWish) insists(sig os.Signal, now time.Time) bool {
	if sig == syscall.SIGHUP {
		return false
	}
	if w.asked.IsZero() {
		w.asked = now
	}
	return now.Sub(w.asked) >= signalEcho
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
