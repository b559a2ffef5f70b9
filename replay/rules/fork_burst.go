package rules

import (
	"fmt"

	"github.com/linnix-os/linnix/schema"
)

// forkBurst fires when forks in the window ≥ threshold.
var forkBurst = kind{
	name:    "fork_burst",
	keys:    []key{thresholdKey, windowKey},
	subject: schema.SubjectHost,
	inputs:  []schema.Type{schema.TypeFork},
	start: func(r *runner) detector {
		return newHostForks(r, int64(r.rule.Threshold), int64(r.rule.clearLevel()), func(n int64) (float64, string) {
			return float64(n), fmt.Sprintf("%d forks in %s, threshold %.0f", n, r.rule.Window, r.rule.Threshold)
		})
	},
}
