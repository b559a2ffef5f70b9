package main

import (
	"testing"

	"github.com/linnix-os/linnix/replay/rules"
)

// eachDetector has a rule for each detector, with thresholds that ordinary captures
// reach.
const eachDetector = `
- {name: forks, detector: forks_per_sec, threshold: 20, duration: 2, cooldown: 5}
- {name: burst, detector: fork_burst, threshold: 30, window_seconds: 3, cooldown: 2, clear_threshold: 10}
- {name: tree, detector: runaway_tree, threshold: 20, window_seconds: 5, cooldown: 5}
- {name: jobs, detector: short_job_flood, threshold: 10, window_seconds: 10, cooldown: 5}
- {name: cpu, detector: subtree_cpu_pct, threshold: 40, duration: 1, cooldown: 5}
- {name: rss, detector: subtree_rss_mb, threshold: 200, duration: 1, cooldown: 5}
- {name: zombies, detector: zombie_count, threshold: 1, duration: 1}
- {name: cpu_stall, detector: system_psi_cpu, threshold_pct: 10, duration: 2}
- {name: memory_stall, detector: system_psi_memory, threshold_pct: 10, duration: 2}
- {name: io_stall, detector: system_psi_io, threshold_pct: 10, duration: 2}
- {name: growth, detector: process_growth, threshold: 20, window_seconds: 5, cooldown: 5}
- {name: execs, detector: exec_rate, regex: "^(cc1|as|cat|date|ls|sleep)$", rate_per_min: 20, median_lifetime: 5, cooldown: 5}
- {name: oom, detector: oom_kill}
`

func TestEachDetectorHasARule(t *testing.T) {
	set, err := rules.Load("each.yaml", []byte(eachDetector))
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for _, r := range set {
		used[r.Detector] = true
	}
	for _, name := range rules.DetectorNames() {
		if !used[name] {
			t.Errorf("no rule for %s: add one to eachDetector", name)
		}
	}
}
