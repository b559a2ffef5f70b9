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

// TestCooldownOfEachDetector makes each condition true again 1 ns before the cooldown
// ends, when it ends and 1 ns later. Early, it is held back and fires at the next look.
func TestCooldownOfEachDetector(t *testing.T) {
	const cooldown = 70 * time.Second // a minute and more, for exec_rate to clear
	tests := []struct {
		rule string
		// again makes the condition true at a time, with pids from the given one.
		again func(c *replaytest.Capture, pid int64, at time.Duration)
	}{
		{"detector: fork_burst, threshold: 2, window_seconds: 1", func(c *replaytest.Capture, pid int64, at time.Duration) {
			forks(c, 5, pid, 2, at-1, 1)
		}},
		{"detector: forks_per_sec, threshold: 1, duration: 2", func(c *replaytest.Capture, pid int64, at time.Duration) {
			forks(c, 5, pid, 2, at-1, 1)
		}},
		{"detector: runaway_tree, threshold: 2, window_seconds: 1", func(c *replaytest.Capture, pid int64, at time.Duration) {
			forks(c, 5, pid, 2, at-1, 1)
		}},
		{"detector: short_job_flood, threshold: 2, window_seconds: 1", func(c *replaytest.Capture, pid int64, at time.Duration) {
			forks(c, 5, pid, 2, at-5, 1)
			c.Exec(pid, "true")
			c.Exec(pid+1, "true")
			c.At(at - 1).Exit(pid)
			c.At(at).Exit(pid + 1)
		}},
		{"detector: system_psi_cpu, threshold_pct: 50, duration: 1ns", func(c *replaytest.Capture, _ int64, at time.Duration) {
			c.At(at - 1).System(10 * time.Second)
			c.At(at).Lost(schema.TypeExit, 0, 0, 0)
		}},
		{"detector: zombie_count, threshold: 1, duration: 1ns", func(c *replaytest.Capture, pid int64, at time.Duration) {
			c.At(at - 2)
			bury(c, 5, pid, 2)
			samples(c, at-1, pid, 2)
			c.At(at).Lost(schema.TypeExit, 0, 0, 0)
		}},
		{"detector: process_growth, threshold: 2, window_seconds: 1", func(c *replaytest.Capture, pid int64, at time.Duration) {
			forks(c, 5, pid, 2, at-1, 1)
		}},
		{"detector: exec_rate, regex: ^true$, rate_per_min: 2, median_lifetime: 1", func(c *replaytest.Capture, pid int64, at time.Duration) {
			forks(c, 5, pid, 2, at-5, 1)
			c.At(at-1).Exec(pid, "true")
			c.Exit(pid)
			c.At(at).Exec(pid+1, "true")
		}},
		{"detector: system_psi_memory, threshold_pct: 50, duration: 1ns", func(c *replaytest.Capture, _ int64, at time.Duration) {
			c.At(at-1).Stall(replay.MemoryFull, 10*time.Second).System(0)
			c.At(at).Lost(schema.TypeExit, 0, 0, 0)
		}},
		{"detector: system_psi_io, threshold_pct: 50, duration: 1ns", func(c *replaytest.Capture, _ int64, at time.Duration) {
			c.At(at-1).Stall(replay.IOFull, 10*time.Second).System(0)
			c.At(at).Lost(schema.TypeExit, 0, 0, 0)
		}},
		{"detector: subtree_cpu_pct, threshold: 50, duration: 1ns", func(c *replaytest.Capture, _ int64, at time.Duration) {
			c.At(at-1).Burn(5, 10*time.Second).Sample(5, "R", 0)
			c.System(0)
			c.At(at).Lost(schema.TypeExit, 0, 0, 0)
		}},
		{"detector: subtree_rss_mb, threshold: 50, duration: 1ns, clear_duration: 0", func(c *replaytest.Capture, _ int64, at time.Duration) {
			for i, rss := range []int64{0, 51 * mib} {
				c.At(at-2+time.Duration(i)).Sample(5, "R", rss)
				c.System(0)
			}
			c.At(at).Lost(schema.TypeExit, 0, 0, 0)
		}},
	}
	for _, test := range tests {
		for _, off := range []time.Duration{-1, 0, 1} {
			name := fmt.Sprintf("%s %+d ns", test.rule, off)
			first, second := 15*time.Second+1, 15*time.Second+1+cooldown+off
			c := replaytest.New("boot")
			c.Task(5, 1, "sh")
			next := time.Duration(0)
			pass := func(until time.Duration) {
				for ; next < until-time.Second; next += time.Second {
					c.At(next).System(0)
				}
			}
			pass(first)
			test.again(c, 10, first)
			next = 17 * time.Second
			pass(second)
			test.again(c, 20, second)
			c.At(second+1).Lost(schema.TypeExit, 0, 0, 0)
			alerts, outcomes := play(t, mustLoad(t, fmt.Sprintf("- {name: r, cooldown: %s, %s}", cooldown, test.rule)), c.Source())
			var got []string
			for _, a := range alerts {
				if a.State == schema.AlertFiring {
					got = append(got, fmt.Sprintf("%s+%d", a.Time.Sub(replaytest.Start), a.Suppressed))
				}
			}
			want := fmt.Sprintf("%s+0 %s+0", first, second)
			if off < 0 {
				want = fmt.Sprintf("%s+0 %s+1", first, second+1)
			}
			if strings.Join(got, " ") != want || outcomes[0].Resolved != 1 {
				t.Errorf("%s: fired at %v, resolved %d; want %s and 1", name, got, outcomes[0].Resolved, want)
			}
		}
	}
}
