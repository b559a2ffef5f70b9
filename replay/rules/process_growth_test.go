package rules

import (
	"slices"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// exits ends n processes from pid on, one every gap, the first right away.
func exits(c *replaytest.Capture, pid int64, n int, from, gap time.Duration) {
	for i := range n {
		c.At(from + time.Duration(i)*gap)
		c.Exit(pid + int64(i))
	}
}

func TestProcessGrowth(t *testing.T) {
	const rule = "detector: process_growth, threshold: 3, window_seconds: 2, cooldown: 0"
	runScenarios(t, []scenario{
		{"one short", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			quiet(c, time.Second, 4*time.Second)
		}, ``},
		{"exactly the threshold", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 0, ms)
			quiet(c, time.Second, 4*time.Second)
		}, `2ms firing 3
			2s resolved 2`},
		{"one more changes nothing", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 4, 0, ms)
			quiet(c, time.Second, 4*time.Second)
		}, `2ms firing 3
			3s resolved 0`},
		{"the window less 1 ns", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.At(2*time.Second-1).Fork(1, 12)
		}, `1.999999999s firing 3`},
		{"the window", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.At(2*time.Second).Fork(1, 12)
		}, ``},
		{"the window and 1 ns", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.At(2*time.Second+1).Fork(1, 12)
		}, ``},
		{"those that end are no growth", rule, func(c *replaytest.Capture) {
			for i := range int64(20) {
				c.At(time.Duration(i)*ms).Fork(1, 10+i)
				c.Exit(10 + i)
			}
		}, ``},
		{"also those that were there", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(ms).Exit(5)
			forks(c, 1, 10, 3, 2*ms, ms)
			c.At(6*ms).Fork(1, 13)
		}, `6ms firing 3`},
		{"an end leaves the window too", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(ms).Exit(5)
			forks(c, 1, 10, 3, 500*ms, ms)
			c.At(2*time.Second + ms).System(0)
		}, `2.001s firing 3`},
		{"clear below the clear threshold", rule + ", clear_threshold: 2", func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 0, ms)
			exits(c, 10, 2, 10*ms, ms)
		}, `2ms firing 3
			11ms resolved 1`},
		{"fewer than a window ago", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 0, ms)
			exits(c, 10, 3, 10*ms, 995*ms) // at 10 ms, 1.005 s and 2 s
			quiet(c, 2*time.Second, 2*time.Second)
		}, `2ms firing 3
			10ms resolved 2`},
		{"less than none is none", rule + ", clear_duration: 1", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			forks(c, 1, 10, 3, 0, ms)
			exits(c, 10, 3, 10*ms, 0)
			c.Exit(5)
			c.At(1010 * ms).End()
		}, `2ms firing 3
			1.01s resolved 0`},
		{"out of order by 1 ms", rule, func(c *replaytest.Capture) {
			c.At(5*ms).Fork(1, 10)
			c.At(4*ms).Fork(1, 11)
			c.At(6*ms).Fork(1, 12)
			c.At(2*time.Second + 4*ms).System(0)
		}, `6ms firing 3
			2.004s resolved 2`},
		{"where narrows the processes", rule + ", where: {comm: java}", func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			forks(c, 1, 10, 9, 0, ms)
			forks(c, 5, 20, 3, 10*ms, ms)
		}, `12ms firing 3`},
		{"an exec brings one in, or out", rule + ", where: {comm: java}", func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 0, ms)
			for pid := int64(10); pid < 13; pid++ {
				c.At(time.Duration(pid)*ms).Exec(pid, "java")
			}
			c.At(20*ms).Exec(12, "sh")
			c.At(30 * ms).Exit(12)
		}, `12ms firing 3
			20ms resolved 2`},
		{"a loss within the window", rule, func(c *replaytest.Capture) {
			c.At(3*time.Second).Lost(schema.TypeExit, 1, 0, 2*time.Second+1)
			forks(c, 1, 10, 3, 4*time.Second-2, 1)
		}, `4s firing 3 incomplete`},
		{"a loss before it", rule, func(c *replaytest.Capture) {
			c.At(3*time.Second).Lost(schema.TypeExit, 1, 0, 2*time.Second)
			forks(c, 1, 10, 3, 4*time.Second-2, 1)
		}, `4s firing 3`},
		{"a loss of samples says nothing", rule, func(c *replaytest.Capture) {
			c.At(3*time.Second).Lost(schema.TypeSample, 1, 0, 3*time.Second)
			forks(c, 1, 10, 3, 4*time.Second-2, 1)
		}, `4s firing 3`},
	})
}

// TestGrowthIsNoDiscovery holds that a process which was there before a record told of
// it is no growth.
func TestGrowthIsNoDiscovery(t *testing.T) {
	const rule = "detector: process_growth, threshold: 3, window_seconds: 2, cooldown: 0"
	list := func(c *replaytest.Capture, at time.Duration, n int64) {
		for i := range n {
			c.At(at).Task(10+i, 1, "sh")
		}
	}
	unlisted := func(c *replaytest.Capture, pid int64) {
		c.Task(pid, 1, "sh")
		c.Records = c.Records[:len(c.Records)-1]
	}
	runScenarios(t, []scenario{
		{"those listed at the start", rule, func(c *replaytest.Capture) { list(c, 0, 9) }, ``},
		{"also if they started while it was written", rule, func(c *replaytest.Capture) {
			list(c, 10*ms, 9)
			for i := range c.Records[3:] {
				c.Records[3+i].StartTime = schema.Some(replaytest.Start.Add(ms))
			}
		}, ``},
		{"zombies listed at the start neither came nor go", rule, func(c *replaytest.Capture) {
			for pid := int64(10); pid < 15; pid++ {
				c.Task(pid, 1, "sh").State = schema.Some("Z")
			}
			forks(c, 1, 20, 3, 0, ms)
		}, `2ms firing 3`},
		{"those that were never listed", rule, func(c *replaytest.Capture) {
			for pid := int64(10); pid < 15; pid++ {
				unlisted(c, pid)
				c.At(ms).Exec(pid, "a").StartTime = schema.Some(replaytest.Start.Add(-1))
			}
		}, ``},
		{"but a fork is growth, also of one that started before", rule, func(c *replaytest.Capture) {
			for pid := int64(10); pid < 13; pid++ {
				c.At(ms).Fork(1, pid).StartTime = schema.Some(replaytest.Start.Add(-1))
			}
		}, `1ms firing 3`},
		{"the parent of the first fork", rule, func(c *replaytest.Capture) {
			unlisted(c, 5)
			forks(c, 5, 10, 2, 0, ms)
		}, ``},
		{"an unlisted one's end counts", rule, func(c *replaytest.Capture) {
			unlisted(c, 5)
			forks(c, 1, 10, 2, 0, ms)
			c.At(3 * ms).Exit(5)
			c.At(4*ms).Fork(1, 12)
			c.At(5*ms).Fork(1, 13)
		}, `5ms firing 3`},
		{"whose fork was lost came when it started", rule + ", clear_threshold: 1", func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 500*ms, ms)
			c.Records = slices.Delete(c.Records, len(c.Records)-1, len(c.Records))
			c.At(time.Second).Exec(12, "a")
			c.At(2502 * ms).System(0)
		}, `1s firing 3
			2.502s resolved 0`},
		{"a pid used again: the one before has ended", rule, func(c *replaytest.Capture) {
			for i := range 5 {
				c.At(time.Duration(i)*ms).Fork(1, 10)
			}
		}, ``},
		{"and does so once, also if its exit record is late", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(ms).Exit(5)
			c.Fork(1, 5)
			n := len(c.Records)
			c.Records[n-2], c.Records[n-1] = c.Records[n-1], c.Records[n-2]
			forks(c, 1, 10, 3, 2*ms, ms)
		}, `4ms firing 3`},
		{"a later list without them: they have ended", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 500*ms, ms)
			c.At(600 * ms)
			meta := c.Records[0]
			meta.Time, meta.Seq = c.Now(), int64(len(c.Records))
			c.Records = append(c.Records, meta)
			c.Task(1, 0, "init")
			c.At(700 * ms).System(0)
			forks(c, 1, 20, 4, 800*ms, ms) // 2 - 3 + 4, for pid 2 is not listed
		}, `803ms firing 3`},
	})
}

func TestGrowthFromTheMiddle(t *testing.T) {
	c := replaytest.New("boot")
	forks(c, 1, 10, 5, 0, ms)
	c.At(1500*ms).Exec(10, "a")
	c.Exec(11, "a")
	forks(c, 1, 20, 2, 1600*ms, ms)
	var alerts []*schema.Alert
	rules := mustLoad(t, `
- {name: r, detector: process_growth, threshold: 3, window_seconds: 2}
- {name: a, detector: process_growth, threshold: 2, window_seconds: 2, where: {comm: a}}
`)
	_, err := replay.Run(t.Context(), []replay.Source{c.Source()}, replay.Options{From: replay.After(time.Second)},
		func(*replay.Host) []replay.Handler {
			return []replay.Handler{NewEngine(rules, func(a *schema.Alert) { alerts = append(alerts, a) })}
		})
	if err != nil || len(alerts) != 1 || alerts[0].Rule != "a" {
		t.Errorf("%v\n%s\nwant that of a: five were there when the rules began to look", err, briefs(alerts))
	}
}

func TestGrowthNamesTheParentsOfThoseThatStay(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "busy")
	c.Task(6, 1, "leaky")
	forks(c, 5, 10, 6, ms, ms)
	exits(c, 10, 6, 10*ms, ms)
	forks(c, 6, 20, 3, 20*ms, ms)
	alerts, _ := play(t, mustLoad(t, "- {name: r, detector: process_growth, threshold: 3, window_seconds: 2, cooldown: 0}"), c.Source())
	a := alerts[len(alerts)-1]
	if top := a.Evidence.Top; len(top) != 1 || top[0].PID != 6 || top[0].Count != 3 || a.Evidence.Count != 15 {
		t.Errorf("evidence %+v, want 3 below pid 6, of 15 records", a.Evidence)
	}
	if want := "3 more processes than 2s ago: 9 came and 6 went, threshold 3"; a.Message != want {
		t.Errorf("message %q, want %q", a.Message, want)
	}
}
