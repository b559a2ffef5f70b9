package rules

import (
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// bury makes n children of parent, from pid on, and ends them.
func bury(c *replaytest.Capture, parent, pid int64, n int) {
	for i := range int64(n) {
		c.Fork(parent, pid+i)
		c.Exit(pid + i)
	}
}

// samples samples n zombies from pid on, and the system.
func samples(c *replaytest.Capture, at time.Duration, pid int64, n int) {
	c.At(at)
	for i := range int64(n) {
		c.Sample(pid+i, "Z", 0)
	}
	c.System(0)
}

// each samples n zombies each second.
func each(c *replaytest.Capture, from, to time.Duration, pid int64, n int) {
	for at := from; at <= to; at += time.Second {
		samples(c, at, pid, n)
	}
}

func TestZombieCount(t *testing.T) {
	const rule = "detector: zombie_count, threshold: 3, cooldown: 0, duration: "
	of := func(n int, build func(c *replaytest.Capture)) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			bury(c, 5, 10, n)
			build(c)
		}
	}
	lasting := func(n int) func(c *replaytest.Capture) {
		return of(n, func(c *replaytest.Capture) { each(c, time.Second, 5*time.Second, 10, n) })
	}
	runScenarios(t, []scenario{
		{"one fewer than the threshold", rule + "2", lasting(2), ``},
		{"at the threshold it does not hold", rule + "2", lasting(3), ``},
		{"one more than the threshold", rule + "2", lasting(4), `3s firing 5 4`},
		{"the duration less 1 ns", rule + "4000000001ns", lasting(4), ``},
		{"the duration", rule + "4s", lasting(4), `5s firing 5 4`},
		{"the duration and 1 ns", rule + "3999999999ns", lasting(4), `5s firing 5 4`},
		{"reaped in between, it begins anew", rule + "3", of(8, func(c *replaytest.Capture) {
			each(c, time.Second, 2*time.Second, 10, 4)
			each(c, 3*time.Second, 3*time.Second, 10, 3)
			each(c, 4*time.Second, 7*time.Second, 14, 4)
		}), `7s firing 5 4`},
		{"others in their place count on", rule + "3", of(8, func(c *replaytest.Capture) {
			each(c, time.Second, 2*time.Second, 10, 4)
			each(c, 3*time.Second, 4*time.Second, 14, 4)
		}), `4s firing 5 4`},
		{"reaped and new ones in one interval do not add up", rule + "1ns", of(6, func(c *replaytest.Capture) {
			samples(c, time.Second, 10, 3)
			samples(c, 2*time.Second, 13, 3)
		}), ``},
		{"it resolves at the threshold, after the duration", rule + "1", of(4, func(c *replaytest.Capture) {
			each(c, time.Second, 2*time.Second, 10, 4)
			each(c, 3*time.Second, 5*time.Second, 10, 3)
		}), `2s firing 5 4
			4s resolved 5 3`},
		{"or at the clear threshold", rule + "1, clear_threshold: 0, clear_duration: 0", of(4, func(c *replaytest.Capture) {
			each(c, time.Second, 2*time.Second, 10, 4)
			each(c, 3*time.Second, 5*time.Second, 10, 1)
			each(c, 6*time.Second, 6*time.Second, 10, 0)
		}), `2s firing 5 4
			6s resolved 5 0`},
		{"each parent for itself", rule + "1", func(c *replaytest.Capture) {
			c.Task(6, 1, "b")
			c.Task(5, 1, "a")
			bury(c, 5, 10, 4)
			bury(c, 6, 14, 5)
			each(c, time.Second, 2*time.Second, 10, 9)
		}, `2s firing 5 4
			2s firing 6 5`},
		{"two parents do not add up", rule + "1", func(c *replaytest.Capture) {
			c.Task(5, 1, "a")
			c.Task(6, 1, "b")
			bury(c, 5, 10, 3)
			bury(c, 6, 13, 3)
			each(c, time.Second, 3*time.Second, 10, 6)
		}, ``},
		{"an exited parent's zombies are its parent's", rule + "1", func(c *replaytest.Capture) {
			c.Task(5, 1, "a")
			c.Fork(5, 6)
			bury(c, 6, 10, 4)
			c.Exit(6)
			each(c, time.Second, 2*time.Second, 10, 4)
		}, `2s firing 5 4`},
		{"also where it holds a tree together", rule + "1", func(c *replaytest.Capture) {
			c.Task(5, 1, "a")
			bury(c, 5, 10, 4)
			c.Fork(5, 6)
			c.Exit(5)
			each(c, time.Second, 2*time.Second, 10, 4)
		}, `2s firing 1 4`},
		{"when the parent exits there are none", rule + "1, clear_duration: 0", of(4, func(c *replaytest.Capture) {
			each(c, time.Second, 2*time.Second, 10, 4)
			c.At(2500 * ms).Exit(5)
		}), `2s firing 5 4
			2.5s resolved 5 0`},
		{"sampled for the first time an interval after their exit", rule + "1ms", func(c *replaytest.Capture) {
			c.Records[0].IntervalNs = schema.Some(int64(5 * time.Second))
			c.Task(5, 1, "a")
			c.At(ms).Fork(5, 6)
			bury(c, 6, 10, 4)
			c.Exit(6)
			samples(c, 5*time.Second, 10, 4)
			c.At(6 * time.Second).End()
		}, `6s firing 5 4`},
		{"zombies that the capture begins with", rule + "1", func(c *replaytest.Capture) {
			c.Task(5, 1, "a")
			for pid := int64(10); pid < 14; pid++ {
				c.Task(pid, 5, "x").State = schema.Some("Z")
			}
			samples(c, ms, 10, 0)
			samples(c, time.Second, 10, 4)
			c.At(time.Second + ms).End()
		}, `1.001s firing 5 4`},
		{"a leader that ended before its threads is none", rule + "1", of(4, func(c *replaytest.Capture) {
			each(c, time.Second, 3*time.Second, 10, 4)
			for i := range c.Records {
				c.Records[i].Threads = schema.Some[int64](2)
			}
		}), ``},
		{"where narrows the zombies, not their parent", rule + "1, where: {comm: x}", func(c *replaytest.Capture) {
			c.Task(5, 1, "a")
			c.Task(6, 1, "x")
			for pid := int64(10); pid < 20; pid++ {
				c.Fork(5+pid/15, pid)
				if pid < 14 {
					c.Exec(pid, "x")
				}
				c.Exit(pid)
			}
			each(c, time.Second, 2*time.Second, 10, 10)
		}, `2s firing 5 4
			2s firing 6 5`},
	})
}

// TestZombiesUnknown has no system records between 2 s and 7 s: from 4.5 s to 7 s
// nobody knows.
func TestZombiesUnknown(t *testing.T) {
	const rule = "detector: zombie_count, threshold: 3, cooldown: 0, duration: "
	gap := func(end time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			bury(c, 5, 10, 4)
			each(c, time.Second, 2*time.Second, 10, 4)
			each(c, 7*time.Second, end, 10, 4)
		}
	}
	runScenarios(t, []scenario{
		{"it does not fire while nobody knows", rule + "4s", gap(0), ``},
		{"unknown time does not count", rule + "3500ms", gap(7 * time.Second), `7s firing 5 4`},
		{"nor does it reset", rule + "3500000001ns", gap(8 * time.Second), `8s firing 5 4`},
		{"no system record at all", rule + "1ns", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			bury(c, 5, 10, 4)
			for i := range 5 {
				for pid := range int64(4) {
					c.At(time.Duration(i)*time.Second).Sample(10+pid, "Z", 0)
				}
			}
		}, ``},
		{"a loss of samples", rule + "2", func(c *replaytest.Capture) {
			gap(0)(c)
			c.At(2100*ms).Lost(schema.TypeSample, 1, 0, 2100*ms)
			samples(c, 3*time.Second, 10, 4)
		}, `3s firing 5 4 incomplete`},
		{"a loss of samples one interval ago", rule + "2", func(c *replaytest.Capture) {
			gap(0)(c)
			c.At(2100*ms).Lost(schema.TypeSample, 1, 0, 2*time.Second)
			samples(c, 3*time.Second, 10, 4)
		}, `3s firing 5 4`},
		{"a loss of forks, which tell the parent", rule + "2", func(c *replaytest.Capture) {
			gap(0)(c)
			c.At(2100*ms).Lost(schema.TypeFork, 1, 0, 2100*ms)
			samples(c, 3*time.Second, 10, 4)
		}, `3s firing 5 4 incomplete`},
		{"a loss of execs says nothing", rule + "2", func(c *replaytest.Capture) {
			gap(0)(c)
			c.At(2100*ms).Lost(schema.TypeExec, 1, 0, 2100*ms)
			samples(c, 3*time.Second, 10, 4)
		}, `3s firing 5 4`},
	})
}

func TestOutcomesOfZombies(t *testing.T) {
	const rule = "- {name: r, detector: zombie_count, threshold: 3, duration: 3, where: {comm: sh}}"
	tests := []struct {
		name    string
		build   func(c *replaytest.Capture)
		want    Verdict
		unknown time.Duration
	}{
		{"none, known from the first second on", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			quiet(c, time.Second, 4*time.Second)
		}, NotFired, time.Second},
		{"blind but for a second, whatever the parents", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.Task(6, 1, "sh")
			bury(c, 5, 10, 4)
			bury(c, 6, 14, 4)
			each(c, 0, 0, 10, 8)
			c.At(10 * time.Second).End()
		}, NotFired, 7500 * ms},
		{"no system record", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(4 * time.Second).End()
		}, Unknown, 4 * time.Second},
		{"no state", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			quiet(c, 0, 4*time.Second)
			for i := range c.Records {
				c.Records[i].State = schema.Opt[string]{}
			}
		}, Unknown, 4 * time.Second},
		{"where matches nothing", func(c *replaytest.Capture) { quiet(c, 0, 4*time.Second) }, NeverEvaluated, 0},
	}
	for _, test := range tests {
		c := replaytest.New("boot")
		test.build(c)
		_, outcomes := play(t, mustLoad(t, rule), c.Source())
		if o := outcomes[0]; o.Verdict() != test.want || o.Unknown != test.unknown {
			t.Errorf("%s: %s, unknown for %s; want %s, %s", test.name, o.Verdict(), o.Unknown, test.want, test.unknown)
		}
	}
}
