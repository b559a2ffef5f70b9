package rules

import (
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

func TestCooldown(t *testing.T) {
	// Each burst is 2 forks, 1 ns apart; the window is 1 s.
	const rule = "detector: fork_burst, threshold: 2, window_seconds: 1, cooldown: 10"
	burst := func(c *replaytest.Capture, pid int64, at time.Duration) { forks(c, 1, pid, 2, at-1, 1) }
	second := func(at time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			burst(c, 10, 100*ms)
			burst(c, 20, at)
			c.At(30 * time.Second).End()
		}
	}
	runScenarios(t, []scenario{
		{"1 ns before it ends, and over by then", rule, func(c *replaytest.Capture) {
			burst(c, 10, 100*ms)
			burst(c, 20, 5*time.Second)
			c.At(30 * time.Second).End()
		}, `100ms firing 2
			2s resolved 0`},
		{"1 ns before it ends, and still true when it ends", rule, second(10100*ms - 1), `100ms firing 2
			2s resolved 0
			11s firing 2 suppressed=1
			12s resolved 0`},
		{"when it ends", rule, second(10100 * ms), `100ms firing 2
			2s resolved 0
			10.1s firing 2
			12s resolved 0`},
		{"1 ns after", rule, second(10100*ms + 1), `100ms firing 2
			2s resolved 0
			10.100000001s firing 2
			12s resolved 0`},
		{"all that were held back are counted", rule, func(c *replaytest.Capture) {
			for i := range int64(5) {
				burst(c, 10+10*i, time.Duration(i)*3*time.Second+100*ms)
			}
			c.At(30 * time.Second).End()
		}, `100ms firing 2
			2s resolved 0
			12.1s firing 2 suppressed=3
			14s resolved 0`},
	})
}

func TestClearing(t *testing.T) {
	const rule = "detector: fork_burst, threshold: 3, window_seconds: 1, cooldown: 0"
	runScenarios(t, []scenario{
		{"not before the clear threshold", rule + ", clear_threshold: 2", func(c *replaytest.Capture) {
			forks(c, 1, 10, 5, 0, 250*ms)
			c.At(1750*ms - 1).System(0) // 0.75 and 1 remain
			c.At(1750 * ms).System(0)
		}, `500ms firing 3
			1.75s resolved 1`},
		{"the clear duration less 1 ns", rule + ", clear_duration: 5", func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 0, ms) // clear from the tick at 1 s on
			c.At(6*time.Second - 1).System(0)
		}, `2ms firing 3`},
		{"the clear duration", rule + ", clear_duration: 5", func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 0, ms)
			c.At(6 * time.Second).System(0)
		}, `2ms firing 3
			6s resolved 0`},
		{"one more burst starts it anew", rule + ", clear_duration: 5", func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 0, ms)
			forks(c, 1, 20, 3, 4*time.Second, ms)
			c.At(15 * time.Second).End()
		}, `2ms firing 3
			10s resolved 0`},
	})
}

func TestPressureDuration(t *testing.T) {
	// System records each second; cpu pressure is 100 % from 20 s on, so that the 10 s
	// percentage passes 50 between 25 s (50) and 26 s (60).
	const rule = "detector: system_psi_cpu, threshold_pct: 50, cooldown: 0, duration: "
	ramp := func(end time.Duration, skip func(at time.Duration) bool) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			for at := time.Duration(0); at <= end; at += time.Second {
				stalled := time.Duration(0)
				if at > 20*time.Second {
					stalled = time.Second
				}
				c.At(at)
				c.System(stalled)
				if skip != nil && skip(at) {
					c.Records = c.Records[:len(c.Records)-1]
				}
			}
		}
	}
	between := func(from, to time.Duration) func(time.Duration) bool {
		return func(at time.Duration) bool { return at > from && at < to }
	}
	runScenarios(t, []scenario{
		{"at the threshold it does not hold", rule + "1ms", ramp(25*time.Second, nil), ``},
		{"the duration less 1 ns", rule + "4000000001ns", ramp(30*time.Second, nil), ``},
		{"the duration", rule + "4s", ramp(30*time.Second, nil), `30s firing 100`},
		{"the duration and 1 ns", rule + "3999999999ns", ramp(30*time.Second, nil), `30s firing 100`},
		{"unknown before there is a record 10 s older", "detector: system_psi_cpu, threshold_pct: 10, duration: 1ms",
			func(c *replaytest.Capture) {
				for at := range 10 {
					c.At(time.Duration(at) * time.Second).System(time.Second)
				}
			}, ``},
		// No records from 28 s to 32 s: from 29.5 s to 33 s nobody knows. It holds from
		// 26 s on, and 36 s − 26 s − 3.5 s are 6.5 s.
		{"unknown time does not count", rule + "6500ms", ramp(36*time.Second, between(27*time.Second, 33*time.Second)), `36s firing 100`},
		{"nor does it reset", rule + "6500000001ns", ramp(36*time.Second, between(27*time.Second, 33*time.Second)), ``},
	})
}

// TestCooldownEndsWithinAHold has pressure above the threshold from 10 s to 15 s, then
// twice within the cooldown, with a dip between that is shorter than the clear duration.
func TestCooldownEndsWithinAHold(t *testing.T) {
	high := func(at int) bool { return at >= 10 && at < 16 || at >= 24 && at < 32 || at >= 36 }
	const rule = "detector: system_psi_cpu, threshold_pct: 50, duration: 5, cooldown: "
	build := func(c *replaytest.Capture) {
		var before [56]time.Duration // stalled until a second
		for at := range before {
			if at >= 10 {
				before[at] = before[at-10]
			}
			if high(at) {
				before[at] += 9 * time.Second
			}
			r := c.At(time.Duration(at) * time.Second).System(0)
			r.System.PSI.CPUSomeUs = schema.Some(before[at].Microseconds())
		}
	}
	runScenarios(t, []scenario{
		{"it has held for too short when the cooldown ends", rule + "21", build, `15s firing 90
			21s resolved 0
			41s firing 90 suppressed=1`},
		{"it has held for the duration when the cooldown ends", rule + "26", build, `15s firing 90
			21s resolved 0
			41s firing 90 suppressed=1`},
		{"and 1 s later", rule + "27", build, `15s firing 90
			21s resolved 0
			42s firing 90 suppressed=1`},
	})
}

func TestLossMakesAlertsIncomplete(t *testing.T) {
	const rule = "detector: fork_burst, threshold: 3, window_seconds: 2, cooldown: 0"
	lossEnding := func(lostType schema.Type, to time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			c.At(3*time.Second).Lost(lostType, 7, to-ms, to)
			forks(c, 1, 10, 3, 4*time.Second-2, 1)
		}
	}
	runScenarios(t, []scenario{
		{"a loss that ends before the window", rule, lossEnding(schema.TypeFork, 2*time.Second-1), `4s firing 3`},
		{"a loss that ends where the window begins", rule, lossEnding(schema.TypeFork, 2*time.Second), `4s firing 3`},
		{"a loss that ends within", rule, lossEnding(schema.TypeFork, 2*time.Second+1), `4s firing 3 incomplete`},
		{"a loss of other events", rule, lossEnding(schema.TypeExit, 2*time.Second+1), `4s firing 3`},
		{"a loss of no known type", rule, lossEnding("", 2*time.Second+1), `4s firing 3 incomplete`},
	})
}
