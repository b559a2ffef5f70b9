package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// The tests here hold what the original linnix was right about: its rule files load and
// mean the same. ORIGINAL.md lists them, with what was changed and why.

// originalRules are the detectors of the original, each with all the keys that it must
// have there, and no other.
var originalRules = []string{
	"detector: forks_per_sec, threshold: 60, duration: 5",
	"detector: fork_burst, threshold: 30, window_seconds: 5",
	"detector: runaway_tree, threshold: 15, window_seconds: 5",
	"detector: short_job_flood, threshold: 20, window_seconds: 10",
	"detector: exec_rate, regex: ^cc1$, rate_per_min: 100, median_lifetime: 2",
	"detector: subtree_cpu_pct, threshold: 90.0, duration: 15",
	"detector: subtree_rss_mb, threshold: 50, duration: 2",
	"detector: zombie_count, threshold: 5, duration: 10",
	"detector: system_psi_cpu, threshold_pct: 40.5, duration: 15",
	"detector: system_psi_memory, threshold_pct: 10, duration: 10",
	"detector: system_psi_io, threshold_pct: 40, duration: 10",
}

// inTOML writes the keys of a rule in TOML.
func inTOML(keys string) string {
	var b strings.Builder
	b.WriteString("[[rules]]\n")
	for _, pair := range strings.Split(keys, ", ") {
		key, value, _ := strings.Cut(pair, ": ")
		if key == "name" || key == "detector" || key == "severity" || key == "regex" {
			value = `"` + value + `"`
		}
		b.WriteString(key + " = " + value + "\n")
	}
	return b.String()
}

func TestOriginalFiles(t *testing.T) {
	for _, keys := range originalRules {
		keys = "name: a, " + keys + ", severity: high, cooldown: 10"
		files := map[string]string{
			"rules.yaml": "- {" + keys + "}\n",
			"rules.yml":  "- " + strings.ReplaceAll(keys, ", ", "\n  ") + "\n",
			"rules.toml": inTOML(keys),
		}
		for name, text := range files {
			rules, err := Load(name, []byte(text))
			if err != nil || len(rules) != 1 {
				t.Errorf("%d rules, %v\n%s", len(rules), err, text)
				continue
			}
			if r := rules[0]; r.Severity != schema.AlertHigh || r.Cooldown != 10*time.Second || r.Threshold == 0 {
				t.Errorf("%s\ngives %+v", text, r)
			}
		}
	}
}

func TestOriginalKeysAreNeeded(t *testing.T) {
	for _, keys := range originalRules {
		pairs := append([]string{"name: a"}, strings.Split(keys, ", ")...)
		for i, pair := range pairs {
			rest := append(append([]string(nil), pairs[:i]...), pairs[i+1:]...)
			_, err := Load("rules.yaml", []byte("- {"+strings.Join(rest, ", ")+"}\n"))
			key, _, _ := strings.Cut(pair, ":")
			if err == nil || !strings.Contains(err.Error(), "without "+key) {
				t.Errorf("%s without %s: %v", keys, key, err)
			}
		}
	}
}

func TestOriginalDefaults(t *testing.T) {
	if r := mustLoad(t, "- {name: a, "+originalRules[0]+"}")[0]; r.Cooldown != 60*time.Second {
		t.Errorf("cooldown %s, want 60 s", r.Cooldown)
	}
	job := func(took time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			c.At(0).Task(5, 1, "sh")
			c.Fork(5, 10)
			c.Exec(10, "true")
			c.At(took).Exit(10)
		}
	}
	const rule = "detector: short_job_flood, threshold: 1, window_seconds: 5"
	runScenarios(t, []scenario{
		{"a job of 1,000 ms is short", rule, job(time.Second), `1s firing 5 1`},
		{"a job of 1,000 ms and 1 ns is not", rule, job(time.Second + 1), ``},
	})
}

func TestOriginalComparisons(t *testing.T) {
	stalls := func(each time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			for i := range 13 {
				c.At(time.Duration(i) * time.Second).System(each)
			}
		}
	}
	const (
		burst = "detector: fork_burst, threshold: 3, window_seconds: 5"
		rate  = "detector: forks_per_sec, threshold: 2, duration: 3"
		psi   = "detector: system_psi_cpu, threshold_pct: 50, duration: 2"
	)
	runScenarios(t, []scenario{
		{"a count below the threshold", burst, func(c *replaytest.Capture) { forks(c, 1, 10, 2, 0, ms) }, ``},
		{"a count at the threshold", burst, func(c *replaytest.Capture) { forks(c, 1, 10, 3, 0, ms) }, `2ms firing 3`},
		{"a rate is the threshold times the duration", rate, func(c *replaytest.Capture) { forks(c, 1, 10, 5, 0, ms) }, ``},
		{"and need not be spread over it", rate, func(c *replaytest.Capture) { forks(c, 1, 10, 6, 0, ms) }, `5ms firing 2`},
		{"pressure at the threshold", psi, stalls(500 * ms), ``},
		{"pressure above it, once it has held for the duration", psi, stalls(501 * ms), `12s firing 50.1`},
	})
}

// TestOriginalSlidingWindow: events leave one by one, not all at a window's end.
func TestOriginalSlidingWindow(t *testing.T) {
	runScenarios(t, []scenario{
		{"three forks within any 2 s", "detector: fork_burst, threshold: 3, window_seconds: 2", func(c *replaytest.Capture) {
			c.At(500*ms).Fork(1, 10)
			c.At(1900*ms).Fork(1, 11)
			c.At(2400*ms).Fork(1, 12)
		}, `2.4s firing 3`},
		{"but no three within 2 s", "detector: fork_burst, threshold: 3, window_seconds: 2", func(c *replaytest.Capture) {
			forks(c, 1, 10, 20, 0, 1001*ms)
		}, ``},
	})
}

func TestOriginalCooldown(t *testing.T) {
	runScenarios(t, []scenario{
		{"a second alert is held back, one after the cooldown is not",
			"detector: forks_per_sec, threshold: 1, duration: 1, cooldown: 60", func(c *replaytest.Capture) {
				c.At(0).Fork(1, 10)
				c.At(30*time.Second).Fork(1, 11)
				c.At(61*time.Second).Fork(1, 12)
			}, `0s firing 1
			1s resolved 0
			1m1s firing 1 suppressed=1`},
		{"two forks at once are one alert, also without a cooldown",
			"detector: forks_per_sec, threshold: 1, duration: 1, cooldown: 0", func(c *replaytest.Capture) {
				c.At(0).Fork(1, 10)
				c.Fork(1, 11)
			}, `0s firing 1`},
	})
}

// TestOriginalJobStartsAtLastExec: a shell that execs its last command is timed from
// that one.
func TestOriginalJobStartsAtLastExec(t *testing.T) {
	runScenarios(t, []scenario{
		{"an hour of shell, a moment of true", "detector: short_job_flood, threshold: 1, window_seconds: 5", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 10)
			c.Exec(10, "sh")
			c.At(time.Hour).Exec(10, "true")
			c.At(time.Hour + 5*ms).Exit(10)
		}, `1h0m0.005s firing 5 1`},
	})
}
