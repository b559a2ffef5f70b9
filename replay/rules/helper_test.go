package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// mustLoad loads rules that are meant to be sound.
func mustLoad(t testing.TB, text string) []Rule {
	t.Helper()
	rules, err := Load("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// play runs rules over sources of one host.
func play(t testing.TB, rules []Rule, sources ...replay.Source) (alerts []*schema.Alert, outcomes []Outcome) {
	t.Helper()
	var engine *Engine
	replaytest.Run(t, func(*replay.Host) []replay.Handler {
		engine = NewEngine(rules, func(a *schema.Alert) { alerts = append(alerts, a) })
		return []replay.Handler{engine}
	}, sources...)
	return alerts, engine.Outcomes()
}

// brief writes an alert as: time state subject value, and what is not usual.
func brief(a *schema.Alert) string {
	text := fmt.Sprintf("%s %s", a.Time.Sub(replaytest.Start), a.State)
	if a.Subject.PID.OK {
		text += fmt.Sprintf(" %d", a.Subject.PID.V)
	}
	text += fmt.Sprintf(" %.4g", a.Value)
	if a.Suppressed > 0 {
		text += fmt.Sprintf(" suppressed=%d", a.Suppressed)
	}
	if a.Incomplete {
		text += " incomplete"
	}
	return text
}

func briefs(alerts []*schema.Alert) string {
	lines := make([]string, len(alerts))
	for i, a := range alerts {
		lines[i] = brief(a)
	}
	return strings.Join(lines, "\n")
}

// scenario is a capture, a rule, and the alerts that it must raise.
type scenario struct {
	name  string
	rule  string // keys of one rule beyond the name
	build func(c *replaytest.Capture)
	want  string
}

func runScenarios(t *testing.T, tests []scenario) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := replaytest.New("boot")
			test.build(c)
			alerts, _ := play(t, mustLoad(t, "- {name: r, "+test.rule+"}"), c.Source())
			want := strings.TrimSpace(strings.ReplaceAll(test.want, "\t", ""))
			if got := briefs(alerts); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// forks makes n children of parent, from pid on, one every gap, the first right away.
func forks(c *replaytest.Capture, parent, pid int64, n int, from, gap time.Duration) {
	for i := range n {
		c.At(from + time.Duration(i)*gap)
		c.Fork(parent, pid+int64(i))
	}
}

// quiet lets time pass with a system record each second.
func quiet(c *replaytest.Capture, from, to time.Duration) {
	for at := from; at <= to; at += time.Second {
		c.At(at).System(0)
	}
}
