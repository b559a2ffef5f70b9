package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// The tests here hold where linnix differs from the original on purpose. ORIGINAL.md
// lists each with what the original does.

// TestOriginalFilesWithMistakes loads what the original took in silence: each is a
// problem that says what to write.
func TestOriginalFilesWithMistakes(t *testing.T) {
	const rule = "- {name: a, detector: fork_burst, threshold: 3, window_seconds: 5"
	tests := []struct {
		file, text string
		code       document.Code
		hint       string
	}{
		{"a.yaml", rule + ", severity: critical}", CodeUnknownSeverity, "one of info, low, medium, high"},
		{"a.yaml", rule + ", severity: HIGH}", CodeUnknownSeverity, "did you mean high?"},
		{"a.yaml", rule + ", severity: }", document.CodeWrongType, "write a value, or leave the key out"},
		{"a.yaml", rule + ", cooldwon: 5}", document.CodeUnknownKey, "did you mean cooldown?"},
		{"a.yaml", rule + "}\n" + rule + "}", CodeDuplicateName, "give each rule its own name"},
		{"a.yaml", strings.Replace(rule, "3", "0", 1) + "}", document.CodeOutOfRange, "write 1 or more"},
		{"a.yaml", strings.Replace(rule, "5", "0", 1) + "}", document.CodeOutOfRange, "write 1 or more"},
		{"a.yaml", "- {name: a, detector: system_psi_cpu, threshold_pct: 10, duration: 0}", document.CodeOutOfRange, "write 1 or more"},
		{"a.yaml", "- {name: a, detector: system_psi_cpu, threshold_pct: 100, duration: 5}", CodeNeverReached, "write less than 100"},
		{"a.yaml", rule + "}\n- &b " + strings.Replace(rule, "name: a", "name: b", 1)[2:] + "}\n- *b", document.CodeSyntax, "write the value itself"},
		{"a.yaml", " \n", CodeNoRules, "linnix replay rules prints the default rules, to start from"},
		{"a.yaml", inTOML("name: a, detector: fork_burst, threshold: 3, window_seconds: 5"), document.CodeSyntax,
			"give the file a name that ends in .toml: that is what it holds"},
		{"a.toml", rule + "}", document.CodeSyntax, "give the file a name that ends in .yaml: that is what it holds"},
	}
	for _, test := range tests {
		_, err := Load(test.file, []byte(test.text))
		problems, _ := err.(document.Problems)
		if len(problems) != 1 || problems[0].Code != test.code || problems[0].Hint != test.hint {
			t.Errorf("%s %s\ngives %v\nwant one problem of kind %s with the hint %q", test.file, test.text, err, test.code, test.hint)
		}
	}
}

func TestOriginalDoesNotLoadAMapInYAML(t *testing.T) {
	if rules := mustLoad(t, "rules:\n- {name: a, "+originalRules[0]+"}\n"); len(rules) != 1 {
		t.Errorf("%d rules, want 1", len(rules))
	}
}

func TestOriginalDefaultSeverityIsInfo(t *testing.T) {
	if r := mustLoad(t, "- {name: a, "+originalRules[0]+"}")[0]; r.Severity != schema.AlertMedium {
		t.Errorf("severity %s, want medium", r.Severity)
	}
}

// TestOriginalRunsOnArrivalTime replays in a moment what took a quarter of a minute.
func TestOriginalRunsOnArrivalTime(t *testing.T) {
	runScenarios(t, []scenario{
		{"a fork a second is no burst", "detector: fork_burst, threshold: 3, window_seconds: 1", func(c *replaytest.Capture) {
			forks(c, 1, 10, 15, 0, time.Second)
		}, ``},
		{"records that arrive out of order count where they belong", "detector: fork_burst, threshold: 2, window_seconds: 1", func(c *replaytest.Capture) {
			c.At(2*time.Second).Fork(1, 10)
			c.At(999*ms).Fork(1, 11)
		}, ``},
	})
}

func TestOriginalWindowHoldsBothEnds(t *testing.T) {
	const rule = "detector: fork_burst, threshold: 2, window_seconds: 2"
	second := func(at time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			c.At(0).Fork(1, 10)
			c.At(at).Fork(1, 11)
		}
	}
	runScenarios(t, []scenario{
		{"a fork 2 s less 1 ns ago counts", rule, second(2*time.Second - 1), `1.999999999s firing 2`},
		{"a fork 2 s ago does not", rule, second(2 * time.Second), ``},
	})
}

// TestOriginalRepeatsAlerts: a condition that stays is one episode with an end, not an
// alert after each cooldown.
func TestOriginalRepeatsAlerts(t *testing.T) {
	runScenarios(t, []scenario{
		{"ten seconds of forks", "detector: fork_burst, threshold: 5, window_seconds: 1, cooldown: 3", func(c *replaytest.Capture) {
			forks(c, 1, 10, 100, 0, 100*ms)
			c.At(11 * time.Second).End()
		}, `400ms firing 5
			11s resolved 0`},
	})
}

func TestOriginalCooldownIsOfTheRule(t *testing.T) {
	runScenarios(t, []scenario{
		{"two trees fire each for itself", "detector: runaway_tree, threshold: 3, window_seconds: 2, cooldown: 60", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.Task(6, 1, "sh")
			forks(c, 5, 10, 3, 0, ms)
			forks(c, 6, 20, 3, 10*ms, ms)
		}, `2ms firing 5 3
			12ms firing 6 3`},
	})
}

func TestOriginalZeroCooldownIsSome(t *testing.T) {
	runScenarios(t, []scenario{
		{"two bursts 20 ms apart", "detector: fork_burst, threshold: 2, window_seconds: 10ms, cooldown: 0", func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			forks(c, 1, 20, 2, 20*ms, ms)
		}, `1ms firing 2
			20ms resolved 1
			21ms firing 2`},
	})
}

func TestOriginalJobsOfAllParentsAddUp(t *testing.T) {
	runScenarios(t, []scenario{
		{"two parents with a job each", "detector: short_job_flood, threshold: 2, window_seconds: 5", func(c *replaytest.Capture) {
			for _, parent := range []int64{5, 6} {
				c.At(0).Task(parent, 1, "sh")
				c.Fork(parent, 10*parent)
				c.Exec(10*parent, "true")
				c.At(ms).Exit(10 * parent)
			}
		}, ``},
	})
}

func TestOriginalTreeIsOneParent(t *testing.T) {
	runScenarios(t, []scenario{
		{"a chain in which each forks once", "detector: runaway_tree, threshold: 3, window_seconds: 5", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 10)
			c.At(ms).Fork(10, 11)
			c.At(2*ms).Fork(11, 12)
		}, `2ms firing 5 3`},
	})
}

// TestOriginalMistakesPIDs: a pid that is used again is another process.
func TestOriginalMistakesPIDs(t *testing.T) {
	runScenarios(t, []scenario{
		{"an exec of the one, an exit of the other", "detector: short_job_flood, threshold: 1, window_seconds: 5", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 10)
			c.Exec(10, "true")
			c.At(100*ms).Fork(5, 10) // the exit in between was not seen
			c.At(110 * ms).Exit(10)
		}, ``},
	})
}

// TestOriginalReadsAverages: the kernel's avg10 lags, and a daemon's snapshot of it more
// so. The totals say what the last 10 s were.
func TestOriginalReadsAverages(t *testing.T) {
	const rule = "detector: system_psi_cpu, threshold_pct: 50, duration: 1"
	pressed := func(stalled time.Duration, avg10 float64) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			for i := range 12 {
				c.At(time.Duration(i) * time.Second).System(stalled).PSICPUSomeAvg10 = schema.Some(avg10)
			}
		}
	}
	runScenarios(t, []scenario{
		{"a total that grows", rule, pressed(900*ms, 0), `11s firing 90`},
		{"an average that has not come down yet", rule, pressed(0, 90), ``},
	})
}

func TestOriginalDiscardsLosses(t *testing.T) {
	c := replaytest.New("boot")
	forks(c, 1, 10, 2, 0, ms)
	c.Lost(schema.TypeFork, 500, 0, 100*ms)
	_, outcomes := play(t, mustLoad(t, "- {name: a, detector: fork_burst, threshold: 3, window_seconds: 5}"), c.Source())
	if got := outcomes[0].Verdict(); got != Unknown {
		t.Errorf("two forks and 500 that were lost: %s, want unknown", got)
	}
}

func TestOriginalOrdersTiesByHash(t *testing.T) {
	c := replaytest.New("boot")
	for _, pid := range []int64{7, 5, 6} {
		c.Task(pid, 1, "sh")
	}
	for i, pid := range []int64{6, 7, 5} {
		c.At(time.Duration(i)*ms).Fork(pid, 10*pid)
	}
	alerts, _ := play(t, mustLoad(t, "- {name: a, detector: fork_burst, threshold: 3, window_seconds: 5}"), c.Source())
	if len(alerts) != 1 || len(alerts[0].Evidence.Top) != 3 {
		t.Fatalf("alerts %v, want one with three contributors", alerts)
	}
	for i, want := range []int64{5, 6, 7} {
		if got := alerts[0].Evidence.Top[i].PID; got != want {
			t.Errorf("contributor %d is pid %d, want %d: by start time", i, got, want)
		}
	}
}

func TestOriginalTakesHostFromEnvironment(t *testing.T) {
	t.Setenv("HOSTNAME", "elsewhere")
	c := replaytest.New("boot")
	c.Fork(1, 10)
	alerts, _ := play(t, mustLoad(t, "- {name: a, detector: fork_burst, threshold: 1, window_seconds: 5}"), c.Source())
	if len(alerts) != 1 || alerts[0].Host != "testhost" {
		t.Errorf("alerts %v, want one of testhost", alerts)
	}
}
