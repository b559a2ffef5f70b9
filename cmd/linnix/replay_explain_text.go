package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// explainRow writes a name and what it is, aligned with the others.
func explainRow(w io.Writer, name, format string, args ...any) {
	fmt.Fprintf(w, "  %-10s %s\n", name, visible(fmt.Sprintf(format, args...)))
}

// writeExplanation writes an explanation for people.
func writeExplanation(w io.Writer, ex *schema.Explanation) {
	fmt.Fprintf(w, "%s: %s\n", visible(ex.Rule), strings.ReplaceAll(ex.Verdict, "_", " "))
	explainRow(w, "why", "%s", ex.Why)
	explainRow(w, "rule", "%s, severity %s, on host %s", ex.Detector, ex.Severity, ex.Host)
	explainRow(w, "evaluated", "%d of %s that the detector looks at", ex.Evaluated, count(ex.Inputs, "record"))
	if l := ex.LeftOut; l != nil {
		explainRow(w, "left out", "%s (%s), from seq %d to %d: %s", count(l.Count, "record"), l.Reason, l.FirstSeq.V, l.LastSeq.V, topText(&l.Evidence))
	}
	explainRow(w, "alerts", "%d fired, %d resolved, %d suppressed", ex.Fired, ex.Resolved, ex.Suppressed)
	if ex.UnknownNs > 0 {
		explainRow(w, "unknown", "for %s", time.Duration(ex.UnknownNs))
	}
	for i := range ex.Firings {
		writeMoment(w, "fired", &ex.Firings[i])
	}
	if n := ex.Fired - int64(len(ex.Firings)); n > 0 {
		fmt.Fprintf(w, "\nand %d more\n", n)
	}
	if ex.NearestMiss != nil {
		writeMoment(w, "nearest miss", ex.NearestMiss)
	}
	writeChanges(w, ex)
	if ex.At != nil {
		writeMoment(w, "state", ex.At)
	}
}

// writeMoment writes what a rule knew of a subject.
func writeMoment(w io.Writer, what string, m *schema.RuleMoment) {
	fmt.Fprintf(w, "\n%s at %s: %s\n", what, m.Time, visible(subjectText(&m.Subject)))
	explainRow(w, "state", "%s (%s)", m.State, m.Reason)
	label := "missing"
	if m.Reason == schema.ReasonMet {
		label = "next"
	}
	explainRow(w, label, "%s", m.Missing)
	for i := range m.Terms {
		explainRow(w, "term", "%s", termText(&m.Terms[i]))
	}
	explainRow(w, "window", "%s", time.Duration(m.WindowNs))
	if m.Since.OK && m.DurationNs > 0 {
		explainRow(w, "holds", "since %s, for %s of %s", m.Since.V, time.Duration(m.HeldNs.V), time.Duration(m.DurationNs))
	}
	if m.CooldownUntil.OK {
		explainRow(w, "cooldown", "until %s", m.CooldownUntil.V)
	}
	explainRow(w, "records", "%s", recordsText(&m.Evidence))
	if len(m.Evidence.Top) > 0 {
		explainRow(w, "top", "%s", topText(&m.Evidence))
	}
	if m.Incomplete {
		explainRow(w, "incomplete", "events were lost within the window")
	}
}

// termText writes a term as: name value comparison threshold, and the margin.
func termText(m *schema.RuleTerm) string {
	met := "met"
	if !m.Met {
		met = "not met"
	}
	text := fmt.Sprintf("%s %.4g %s %.4g: %s, margin %+.4g", m.Name, m.Value.V, m.Comparison, m.Threshold, met, m.Margin.V)
	if m.MarginPercent.OK {
		text += fmt.Sprintf(" (%+.1f %%)", m.MarginPercent.V)
	}
	return text
}

func recordsText(e *schema.Evidence) string {
	if !e.FirstSeq.OK {
		return "none"
	}
	return fmt.Sprintf("%d, from seq %d to %d", e.Count, e.FirstSeq.V, e.LastSeq.V)
}

func topText(e *schema.Evidence) string {
	parts := make([]string, len(e.Top))
	for i, p := range e.Top {
		name := p.Comm
		if name == "" {
			name = "a process"
		}
		parts[i] = fmt.Sprintf("%s (pid %d) %d", name, p.PID, p.Count)
		if p.Value.OK {
			parts[i] = fmt.Sprintf("%s (pid %d) %.4g", name, p.PID, p.Value.V)
		}
	}
	return strings.Join(parts, ", ")
}

// writeChanges writes the changes of state.
func writeChanges(w io.Writer, ex *schema.Explanation) {
	if len(ex.Changes) == 0 {
		return
	}
	fmt.Fprintln(w, "\nchanges")
	rows := [][]string{{"  TIME", "SUBJECT", "FROM", "TO", "REASON", "VALUE"}}
	for i := range ex.Changes {
		c := &ex.Changes[i]
		value := ""
		if c.Value.OK {
			value = fmt.Sprintf("%.4g", c.Value.V)
		}
		rows = append(rows, []string{"  " + c.Time.String(), subjectText(&c.Subject), string(c.From), string(c.To), string(c.Reason), value})
	}
	textTable(w, rows)
	if ex.ChangesOmitted > 0 {
		fmt.Fprintf(w, "  and %d more\n", ex.ChangesOmitted)
	}
}
