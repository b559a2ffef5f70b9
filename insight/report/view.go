package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// ViewOptions adapt a view of a host; the zero value works.
type ViewOptions struct {
	// Width is the number of columns at which lines are cut; 0 is never.
	Width int
	// Colour allows the escape sequences for colours.
	Colour bool
	// ASCII draws trees without line characters.
	ASCII bool
	// All folds nothing.
	All bool
}

// style is how a terminal shows a piece of text: the parameter of its escape sequence.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	yellow style = "33"
)

// piece is a text in one style. It holds nothing that a terminal acts on.
type piece struct {
	text  string
	style style
}

// page is a view in the making.
type page struct {
	b    bytes.Buffer
	opts ViewOptions
}

// line writes one line, cut at the width.
func (p *page) line(pieces ...piece) {
	room := p.opts.Width
	for i, s := range pieces {
		text := s.text
		if p.opts.Width > 0 {
			// What is left must hold the mark of a cut, unless nothing follows.
			rest := 0
			for _, next := range pieces[i+1:] {
				rest += width(next.text)
			}
			if width(text)+rest > room && width(text) > room-len(cutMark) {
				p.write(truncate(text+strings.Repeat(" ", min(rest, len(cutMark)+1)), room), s.style)
				break
			}
			room -= width(text)
		}
		p.write(text, s.style)
	}
	for p.b.Len() > 0 && p.b.Bytes()[p.b.Len()-1] == ' ' {
		p.b.Truncate(p.b.Len() - 1)
	}
	p.b.WriteByte('\n')
}

func (p *page) write(text string, s style) {
	if !p.opts.Colour || s == plain || text == "" {
		p.b.WriteString(text)
		return
	}
	p.b.WriteString("\x1b[" + string(s) + "m" + text + "\x1b[0m")
}

// row is a line of a process table: its columns, then the command.
type row struct {
	cells   []string
	command []piece
	style   style
}

// rows writes a table. Each column is as wide as its widest cell.
func (p *page) rows(head []string, rows []row) {
	rows = append([]row{{cells: head[:len(head)-1], command: []piece{{head[len(head)-1], bold}}, style: bold}}, rows...)
	widths := make([]int, len(head)-1)
	for _, r := range rows {
		for i, cell := range r.cells {
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, r := range rows {
		var b strings.Builder
		for i, cell := range r.cells {
			b.WriteString(padLeft(cell, widths[i]) + "  ")
		}
		p.line(append([]piece{{b.String(), r.style}}, r.command...)...)
	}
}

// title says which host, and when.
func (p *page) title(h *schema.HostView) {
	name := printable(h.Host)
	if name == "" {
		name = "a host"
	}
	p.line(piece{name, bold}, piece{fmt.Sprintf("  %s, %.1f s into the capture; rates over %.1f s",
		moment(h.Time), time.Duration(h.OffsetNs).Seconds(), time.Duration(h.WindowNs).Seconds()), plain})
	if h.Incomplete {
		p.line(piece{"incomplete: events were lost, or nothing was sampled for a while", yellow})
	}
}

// stateOf is the letter of a process's state.
func stateOf(v *schema.ProcessView) string {
	switch {
	case v.Zombie:
		return "Z"
	case v.Ended != nil:
		return "x"
	case v.State == "":
		return "-"
	}
	const columns = 4 // of a letter, as far as any recorder knows
	return truncate(printable(v.State), columns)
}

// styleOf is how a process is shown.
func styleOf(v *schema.ProcessView) style {
	const busy = 50 // percent of a core
	switch {
	case v.Zombie:
		return red
	case v.Ended != nil:
		return dim
	case v.CPUPercent.V >= busy:
		return yellow
	}
	return plain
}

// commandOf is what a process runs, or else its name.
func commandOf(v *schema.ProcessView) string {
	switch {
	case len(v.Args) > 0:
		return printable(commandLine(v.Args))
	case v.Comm != "":
		return printable(v.Comm)
	}
	return "?"
}

// remarkOf says what is special about a process, with a space behind.
func remarkOf(v *schema.ProcessView) string {
	var remarks []string
	if v.Zombie {
		remarks = append(remarks, "zombie")
	}
	if v.Ended != nil {
		remarks = append(remarks, Ending(v.Ended, v.AgeNs))
	}
	if v.OrphanOf.OK {
		remarks = append(remarks, fmt.Sprintf("orphan of %d", v.OrphanOf.V))
	}
	if len(remarks) == 0 {
		return ""
	}
	return "[" + strings.Join(remarks, "; ") + "] "
}

// Ending says how a process ended: exit code 1 after 120 ms, 5.0 ms CPU, 3.1 MiB. The
// time is how long it lived.
func Ending(e *schema.Ended, age schema.Opt[int64]) string {
	text := "ended, exit not recorded,"
	switch {
	case e.Signal.V != 0:
		text = "killed by " + schema.SignalName(e.Signal.V)
		if e.CoreDumped {
			text += " (core dumped)"
		}
	case e.ExitCode.OK:
		text = fmt.Sprintf("exit code %d", e.ExitCode.V)
	}
	if age.OK {
		text += " after " + Span(time.Duration(age.V))
	}
	if e.CPUNs.OK {
		text += ", " + Span(time.Duration(e.CPUNs.V)) + " CPU"
	}
	if e.MaxRSSBytes.OK {
		text += ", " + size(e.MaxRSSBytes)
	}
	return strings.TrimSuffix(text, ",")
}

// Span shows a length of time in the unit that suits it.
func Span(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return age(schema.Some(int64(d)))
}

// age shows how old a process is, in at most six columns.
func age(ns schema.Opt[int64]) string {
	if !ns.OK {
		return "-"
	}
	d := time.Duration(ns.V)
	const day = 24 * time.Hour
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%d.%ds", d/time.Second, d%time.Second/(100*time.Millisecond))
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < day:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%02dh", d/day, d%day/time.Hour)
}

// number shows a number that may be unknown.
func number(v schema.Opt[int64]) string {
	if !v.OK {
		return "-"
	}
	return strconv.FormatInt(v.V, 10)
}

// perSecond shows bytes a second.
func perSecond(v schema.Opt[float64]) string {
	return size(schema.Opt[int64]{V: int64(v.V), OK: v.OK})
}
