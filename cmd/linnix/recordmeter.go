package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/linnix-os/linnix/record"
	"golang.org/x/sys/unix"
)

const (
	// meterEvery is the time between two changes of the line: never more than five fall
	// into one second.
	meterEvery = 250 * time.Millisecond
	// meterColumns is the width of a terminal that does not tell its own.
	meterColumns = 80
	// eraseLine goes to the margin and erases all from there on. The line is drawn from
	// the margin and left there: a terminal that gets narrower keeps the cursor at the
	// beginning of what it wraps, and so none of it stays.
	eraseLine = "\r\x1b[J"
)

// meter shows the progress of a recording on one line of a terminal. The line is drawn
// beside the recording: a terminal that takes nothing, because it was stopped by Ctrl-S
// or its connection hangs, does not stop the recorder.
type meter struct {
	terminal *os.File
	opts     *recordOptions
	latest   atomic.Pointer[record.Progress]
	shown    bool
	done     chan struct{}
}

// startMeter has the progress of a recording shown until ctx is done, and returns the
// function that ends that sooner and returns once the line is gone. Nothing is shown
// where the line would disturb or nobody could read it: under -q, beside the output of
// a command or a capture on the same terminal, and unless the error stream is a terminal
// that can erase a line.
func startMeter(ctx context.Context, opts *recordOptions, s *stdio) (end func()) {
	terminal, ok := s.err.(*os.File)
	if !ok || opts.quiet || opts.dumb || len(opts.command) > 0 || !isTerminal(s.err) ||
		opts.output == stdoutName && isTerminal(s.out) {
		return func() {}
	}
	m := &meter{terminal: terminal, opts: opts, done: make(chan struct{})}
	opts.Progress = func(p record.Progress) { m.latest.Store(&p) }
	ctx, cancel := context.WithCancel(ctx)
	go m.run(ctx)
	return func() {
		cancel()
		<-m.done
	}
}

// run draws the line every now and then until ctx is done, and erases it then.
func (m *meter) run(ctx context.Context) {
	defer close(m.done)
	ticks := time.NewTicker(meterEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			if m.shown && ownsTerminal(m.terminal) {
				fmt.Fprint(m.terminal, eraseLine)
			}
			return
		case <-ticks.C:
			m.draw()
		}
	}
}

// draw writes the line anew, unless the shell has put the recording in the background.
func (m *meter) draw() {
	p := m.latest.Load()
	if p == nil || !ownsTerminal(m.terminal) {
		return
	}
	m.shown = true
	line := progressLine(*p, m.opts.Duration, terminalColumns(m.terminal))
	fmt.Fprint(m.terminal, eraseLine, line, "\r")
}

// progressLine returns what fits on a line of a terminal: all of what matters most, as
// far as there is room. It leaves the last column free, where some terminals wrap.
func progressLine(p record.Progress, duration time.Duration, columns int) string {
	if columns == 0 {
		columns = meterColumns
	}
	parts := []string{"linnix: " + wholeSeconds(p.Elapsed)}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if p.Lost > 0 {
		add(", %d LOST", p.Lost)
	}
	if duration > 0 {
		add(", %s left", wholeSeconds(max(0, duration-p.Elapsed)+time.Second-1))
	}
	add(", %s", count(p.Events, "event"))
	if p.Lost == 0 {
		add(", 0 lost")
	}
	add(", %d processes", p.Live)
	if p.SizeBytes > 0 {
		add(", %s", byteSize(p.SizeBytes))
	}
	add("; Ctrl-C ends it")
	var line strings.Builder
	for _, part := range parts {
		if line.Len()+len(part) > columns-1 {
			break
		}
		line.WriteString(part)
	}
	if line.Len() == 0 {
		return parts[0][:max(0, columns-1)]
	}
	return line.String()
}

// wholeSeconds writes a duration as --duration takes it, such as 1m5s.
func wholeSeconds(d time.Duration) string { return d.Truncate(time.Second).String() }

// isDumb says whether a TERM stands for a terminal that knows no control sequences.
func isDumb(term string) bool { return term == "" || term == "dumb" }

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// ownsTerminal says that a terminal is not another job's, as it is when the shell has
// put linnix in the background. A terminal without jobs is everyone's.
func ownsTerminal(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}
