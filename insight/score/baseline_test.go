package score

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// fires makes the alerts of one episode, of pid 0 for the host; without an end it stays
// open.
func fires(detector string, pid int64, from, to time.Duration) []*schema.Alert {
	a := schema.Alert{ID: fmt.Sprint(detector, pid, from), Detector: detector, State: schema.AlertFiring, Time: start.Add(from), Message: "why"}
	if pid > 0 {
		a.Subject.PID.Set(pid)
	}
	if to == 0 {
		return []*schema.Alert{&a}
	}
	b := a
	b.State, b.Time = schema.AlertResolved, start.Add(to)
	return []*schema.Alert{&a, &b}
}

func TestRules(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name         string
		alerts       [][]*schema.Alert
		every, first string
	}{
		{"nothing", nil, "normal", "normal"},
		{"zombies are no class", [][]*schema.Alert{fires("zombie_count", 5, 3*s, 9*s)}, "normal", "normal"},
		{"one", [][]*schema.Alert{fires("forks_per_sec", 0, 3*s, 9*s)}, "fork_storm 3s–9s", "fork_storm 3s–9s"},
		{"open at the end", [][]*schema.Alert{fires("runaway_tree", 7, 3*s, 0)}, "runaway_tree 3s–1m0s 7", "runaway_tree 3s–1m0s 7"},
		{"a kill is an instant", [][]*schema.Alert{fires("oom_kill", 7, 3*s, 0)}, "oom_risk 3s–3s 7", "oom_risk 3s–3s 7"},
		{"one class, merged", [][]*schema.Alert{fires("subtree_cpu_pct", 7, 3*s, 9*s), fires("system_psi_cpu", 0, 4*s, 12*s), fires("subtree_cpu_pct", 8, 5*s, 6*s)},
			"cpu_spin 3s–12s 7 8", "cpu_spin 3s–12s 7 8"},
		{"ten seconds apart are one", [][]*schema.Alert{fires("forks_per_sec", 0, 3*s, 9*s), fires("fork_burst", 0, 19*s, 20*s)},
			"fork_storm 3s–20s", "fork_storm 3s–20s"},
		{"longer apart are two", [][]*schema.Alert{fires("forks_per_sec", 0, 3*s, 9*s), fires("fork_burst", 0, 19*s+1, 20*s)},
			"fork_storm 3s–9s, fork_storm 19.000000001s–20s", "fork_storm 3s–9s, fork_storm 19.000000001s–20s"},
		{"two classes", [][]*schema.Alert{fires("runaway_tree", 7, 3*s, 9*s), fires("forks_per_sec", 0, 5*s, 7*s), fires("short_job_flood", 9, 6*s, 8*s)},
			"fork_storm 5s–7s, runaway_tree 3s–9s 7, short_job_flood 6s–8s 9", "fork_storm 3s–9s 7 9"},
		{"resolved in another order", [][]*schema.Alert{fires("runaway_tree", 7, 3*s, 0), fires("forks_per_sec", 0, 5*s, 7*s)},
			"fork_storm 5s–7s, runaway_tree 3s–1m0s 7", "fork_storm 3s–1m0s 7"},
		{"the first class ten seconds later", [][]*schema.Alert{fires("runaway_tree", 7, 3*s, 4*s), fires("forks_per_sec", 0, 14*s, 15*s)},
			"fork_storm 14s–15s, runaway_tree 3s–4s 7", "fork_storm 3s–15s 7"},
		{"and a moment more", [][]*schema.Alert{fires("runaway_tree", 7, 3*s, 4*s), fires("forks_per_sec", 0, 14*s+1, 15*s)},
			"fork_storm 14.000000001s–15s, runaway_tree 3s–4s 7", "fork_storm 14.000000001s–15s, runaway_tree 3s–4s 7"},
		{"two classes, far apart", [][]*schema.Alert{fires("forks_per_sec", 0, 5*s, 7*s), fires("system_psi_io", 0, 17*s+1, 0)},
			"fork_storm 5s–7s, io_saturation 17.000000001s–1m0s", "fork_storm 5s–7s, io_saturation 17.000000001s–1m0s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &replayed{alerts: slices.Concat(tt.alerts...), end: start.Add(time.Minute)}
			if got := told(predictRules(r)); got != tt.every {
				t.Errorf("rules:      %s, want %s", got, tt.every)
			}
			if got := told(predictFirstRule(r)); got != tt.first {
				t.Errorf("first_rule: %s, want %s", got, tt.first)
			}
		})
	}
}

// told writes a prediction in one line.
func told(p Prediction) string {
	var list []string
	for _, in := range p.Incidents {
		text := fmt.Sprintf("%s %s–%s", in.Class, in.Onset.Sub(start), in.End.Sub(start))
		for _, p := range in.Processes {
			text += fmt.Sprint(" ", p.PID)
		}
		if in.Confidence != 1 || in.Why == "" {
			text += " unsure"
		}
		list = append(list, text)
	}
	if list == nil && p.Confidence == 1 {
		return "normal"
	}
	return strings.Join(list, ", ")
}

// TestEveryDetectorHasAClass holds that a new detector is not forgotten in the baseline.
func TestEveryDetectorHasAClass(t *testing.T) {
	mapped := []string{"zombie_count"} // tells of none
	for _, row := range detectorClasses {
		mapped = append(mapped, row.detectors...)
	}
	slices.Sort(mapped)
	names := slices.Sorted(slices.Values(rules.DetectorNames()))
	if !slices.Equal(mapped, names) {
		t.Errorf("the baseline knows the detectors %q, and there are %q", mapped, names)
	}
	if len(detectorClasses)+1 != classCount {
		t.Errorf("the baseline knows %d classes, want all but normal of %d", len(detectorClasses), classCount)
	}
}
