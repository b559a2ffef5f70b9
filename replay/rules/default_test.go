package rules

import (
	"fmt"
	"strings"
	"testing"
)

// TestDefaultRules holds the values of the default rules, and their order.
func TestDefaultRules(t *testing.T) {
	want := strings.Split(strings.TrimSpace(`
fork_storm: forks_per_sec 60 in 5s, high
runaway_tree: runaway_tree 100 in 10s, high
short_job_flood: short_job_flood 300 in 10s of 1s, medium
cpu_hog: subtree_cpu_pct 95 for 15s, info
memory_stall: system_psi_memory 10 for 10s, high
io_stall: system_psi_io 40 for 15s, medium
cpu_stall: system_psi_cpu 60 for 15s, medium
zombies: zombie_count 50 for 1m0s, low
oom_kill: oom_kill 1 in 1ns, high
process_growth: process_growth 500 in 10s, high
`), "\n")
	rules := Default()
	for i := range rules {
		got := defaultRule(&rules[i])
		if i >= len(want) || got != want[i] {
			t.Errorf("rule %d is %s\nwant %s", i, got, want[min(i, len(want)-1)])
		}
		if r := &rules[i]; r.Cooldown != DefaultCooldown || r.Where != nil || r.ClearThreshold.OK {
			t.Errorf("%s has a cooldown, where or clear threshold of its own", r.Name)
		}
	}
	if len(rules) != len(want) {
		t.Errorf("%d default rules, want %d", len(rules), len(want))
	}
}

// defaultRule writes the values of a rule on one line.
func defaultRule(r *Rule) string {
	text := fmt.Sprintf("%s: %s", r.Name, r.Detector)
	switch {
	case r.Window > 0:
		text += fmt.Sprintf(" %g in %s", r.Threshold, r.Window)
	case r.Duration > 0:
		text += fmt.Sprintf(" %g for %s", r.Threshold, r.Duration)
	}
	if r.MaxExec > 0 {
		text += fmt.Sprintf(" of %s", r.MaxExec)
	}
	return text + ", " + string(r.Severity)
}

// TestDefaultRulesHaveReasons holds that a comment stands above each rule.
func TestDefaultRulesHaveReasons(t *testing.T) {
	for _, rule := range strings.Split(string(DefaultYAML()), "\n\n") {
		if strings.Contains(rule, "- name:") && (!strings.HasPrefix(rule, "# ") || strings.Count(rule, "# ") < 2) {
			t.Errorf("no reason above\n%s", rule)
		}
	}
}
