package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/linnix-os/linnix/record"
	"github.com/linnix-os/linnix/schema"
	"golang.org/x/sys/unix"
)

// printSummary says what a recording did and what to type next.
func printSummary(s *stdio, sum *record.Summary, output string, size int64) {
	var byType []string
	var records int64
	for _, t := range schema.Types {
		if n := sum.Records[t]; n > 0 {
			byType = append(byType, fmt.Sprintf("%d %s", n, t))
			records += n
		}
	}
	s.note("recorded %.1f s (%s): %d records (%s)", sum.Duration.Seconds(), sum.StopReason.Words(), records, strings.Join(byType, ", "))
	s.note("%d processes; %s", sum.Processes, lossText(sum))
	own := fmt.Sprintf("own use: CPU %v in all, memory %s at most", sum.SelfCPU.Round(time.Millisecond), byteSize(sum.SelfMaxRSSBytes))
	if size > 0 {
		own += fmt.Sprintf("; %s: %s", output, byteSize(size))
	}
	s.note("%s", own)
	if output != "-" {
		s.note("next: linnix insight %s", shellQuote(output))
	}
}

func lossText(sum *record.Summary) string {
	var parts []string
	for _, t := range schema.Types {
		if c := sum.Counts[t]; c.Lost > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d %ss", c.Lost, c.Attempted, t))
		}
	}
	if parts == nil {
		return "no event lost"
	}
	return "LOST " + strings.Join(parts, ", ") + ": try a larger --ring-size"
}

// shellQuote makes a name safe to paste.
func shellQuote(name string) string {
	plain := strings.IndexFunc(name, func(r rune) bool {
		return !strings.ContainsRune("./_-+:=@%,", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
	if plain && name != "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// meter shows the progress of a recording on one line of a terminal.
type meter struct {
	s       *stdio
	enabled bool
	last    time.Time
	shown   bool
}

// meterEvery bounds how often the line changes.
const meterEvery = 200 * time.Millisecond

func newMeter(s *stdio, quiet bool) *meter {
	return &meter{s: s, enabled: !quiet && isTerminal(s.err)}
}

func (m *meter) show(p record.Progress) {
	if now := time.Now(); m.enabled && now.Sub(m.last) >= meterEvery {
		m.last, m.shown = now, true
		fmt.Fprintf(m.s.err, "\r\x1b[Klinnix: %.0f s, %d events, %d lost, %d processes; Ctrl-C ends it",
			p.Elapsed.Seconds(), p.Events, p.Lost, p.Live)
	}
}

// clear removes the line, so that what follows starts at the margin.
func (m *meter) clear() {
	if m.shown {
		fmt.Fprint(m.s.err, "\r\x1b[K")
	}
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
