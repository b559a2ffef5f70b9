package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

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

func (t *replayText) end(r *replayResult) error {
	if t.alerts == 0 {
		fmt.Fprintln(t.out, "no alert")
	}
	fmt.Fprintln(t.out)
	t.outcomes(r.outcomes)
	sum := &r.summary
	fmt.Fprintf(t.out, "\n%s (%s) in %s, %s; %s lost, %d late\n", count(sum.Records, "record"), count(sum.Events(), "event"),
		seconds(sum.To.Sub(sum.From)), count(r.snapshots, "snapshot"), count(sum.Lost, "event"), sum.Late)
	fmt.Fprintf(t.out, "digest %s\n", r.digest)
	return t.out.commit()
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
