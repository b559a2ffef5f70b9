package expect

import (
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

const start = schema.Time(1_700_000_000_000_000_000)

// ruleNames are the rules of the tests.
var ruleNames = []string{"fork_storm", "burst", "tree"}

// mustRead reads an expectation that is meant to be sound.
func mustRead(t testing.TB, text string) *Expectation {
	t.Helper()
	e, err := Load("e.yaml", []byte(text), ruleNames)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// storm is an alert of fork_storm that far from the start.
func storm(at time.Duration) *schema.Alert {
	return &schema.Alert{
		Rule: "fork_storm", Detector: "forks_per_sec", Severity: schema.AlertHigh, State: schema.AlertFiring,
		Time: start.Add(at), Subject: schema.Subject{Kind: schema.SubjectHost},
		Value: 62.4, Threshold: 60, WindowNs: 5e9, Host: "db1",
	}
}

// tree is an alert of tree about pid.
func tree(at time.Duration, pid int64) *schema.Alert {
	a := storm(at)
	a.Rule = "tree"
	a.Subject = schema.Subject{
		Kind: schema.SubjectTreeRoot, PID: schema.Some(pid),
		StartTime: schema.Some(start.Add(-time.Second)), Comm: schema.Some("storm.sh"),
	}
	return a
}

// runOf is a run that raised the alerts and evaluated every rule.
func runOf(alerts ...*schema.Alert) *Run {
	run := &Run{Start: start, Events: 100, Alerts: alerts}
	for _, name := range ruleNames {
		o := rules.Outcome{Rule: name, Inputs: 100, Evaluated: 100}
		for _, a := range alerts {
			if a.Rule == name && a.State == schema.AlertFiring {
				o.Fired++
			}
		}
		run.Outcomes = append(run.Outcomes, o)
	}
	return run
}

// told tells the cases: the line, what was expected, and why it failed.
func told(s Suite) string {
	var b strings.Builder
	if err := Write(&b, "text", &s); err != nil {
		return err.Error()
	}
	return b.String()
}
