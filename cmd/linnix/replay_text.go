package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/expect"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// replayText writes the results of a replay for people: each alert as it comes, then
// what became of each rule, and the digest as the last line.
type replayText struct {
	out    *output
	alerts int
}

func newReplayText(out *output) *replayText { return &replayText{out: out} }

func (t *replayText) alert(a *schema.Alert) error {
	t.alerts++
	text := fmt.Sprintf("%s  %-8s  %-6s  %s: %s", a.Time, a.State, a.Severity, a.Rule, a.Message)
	if a.Incomplete {
		text += " (incomplete: events were lost)"
	}
	return t.out.line([]byte(visible(text) + "\n"))
}

// end writes what is known at the end. What cannot be written comes up when the output
// is committed.
func (t *replayText) end(r *replayResult) {
	if t.alerts == 0 {
		fmt.Fprintln(t.out, "no alert")
	}
	for _, line := range openAtEndLines(r.outcomes) {
		fmt.Fprintln(t.out, line)
	}
	fmt.Fprintln(t.out)
	t.outcomes(r.outcomes)
	sum := &r.summary
	fmt.Fprintf(t.out, "\n%s (%s) in %s, %s; %s, %d late\n", count(sum.Records, "record"), count(sum.Events(), "event"),
		seconds(sum.To.Sub(sum.From)), count(r.snapshots, "snapshot"), lostText(sum), sum.Late)
	if r.expected != nil {
		fmt.Fprintln(t.out)
		_ = expect.Write(t.out, formatText, r.expected) // as above
		fmt.Fprintln(t.out)
	}
	fmt.Fprintf(t.out, "digest %s\n", r.digest)
}

// lostText says how many events were lost, as far as it is known.
func lostText(sum *replay.Summary) string {
	if sum.Lost == 0 && sum.LossRecords > 0 {
		return "an unknown number of events lost"
	}
	return count(sum.Lost, "event") + " lost"
}

// outcomes writes what became of each rule.
func (t *replayText) outcomes(outcomes []rules.Outcome) {
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tDETECTOR\tVERDICT\tREMARKS")
	for i := range outcomes {
		o := &outcomes[i]
		fmt.Fprintf(table, "%s\t%s\t%s", visible(o.Rule), o.Detector, strings.ReplaceAll(string(o.Verdict()), "_", " "))
		if remarks := outcomeRemarks(o); remarks != "" {
			fmt.Fprintf(table, "\t%s", remarks)
		}
		fmt.Fprintln(table)
	}
	table.Flush()
}

// outcomeRemarks says what the verdict does not.
func outcomeRemarks(o *rules.Outcome) string {
	var remarks []string
	add := func(say bool, format string, args ...any) {
		if say {
			remarks = append(remarks, fmt.Sprintf(format, args...))
		}
	}
	add(o.Fired > 0, "%d fired, %d resolved", o.Fired, o.Resolved)
	add(len(o.OpenAtEnd) > 0, "%d open at the end", len(o.OpenAtEnd))
	add(o.Suppressed > 0, "%d suppressed", o.Suppressed)
	add(o.Incomplete, "events were lost")
	add(o.Unknown > 0, "unknown for %s", seconds(o.Unknown))
	return strings.Join(remarks, ", ")
}

// openAtEndLines writes a line for each alert that still fires at the end.
func openAtEndLines(outcomes []rules.Outcome) []string {
	var lines []string
	for i := range outcomes {
		for _, a := range outcomes[i].OpenAtEnd {
			lines = append(lines, visible(fmt.Sprintf("open_at_end  %s  %s  %s, since %s, %s",
				a.Rule, a.Severity, subjectText(&a.Subject), a.Time, a.ID)))
		}
	}
	return lines
}

// subjectText names the subject of an alert.
func subjectText(s *schema.Subject) string {
	if !s.PID.OK {
		return string(s.Kind)
	}
	return fmt.Sprintf("%s (pid %d)", s.Comm.Or("a process"), s.PID.V)
}
