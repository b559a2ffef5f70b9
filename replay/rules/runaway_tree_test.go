package rules

import (
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
)

func TestRunawayTree(t *testing.T) {
	const rule = "detector: runaway_tree, threshold: 10, window_seconds: 2, cooldown: 0"
	runScenarios(t, []scenario{
		{"one fork short", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			forks(c, 5, 10, 9, 0, ms)
		}, ``},
		{"exactly the threshold", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			forks(c, 5, 10, 10, 0, ms)
			quiet(c, time.Second, 3*time.Second)
		}, `9ms firing 5 10
			2s resolved 5 9`},
		{"the window less 1 ns", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			forks(c, 5, 10, 9, 0, ms)
			c.At(2*time.Second-1).Fork(5, 19)
		}, `1.999999999s firing 5 10`},
		{"the window", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			forks(c, 5, 10, 9, 0, ms)
			c.At(2*time.Second).Fork(5, 19)
		}, ``},
		{"forks of init are nobody's tree", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 30, 0, ms)
		}, ``},
		{"two trees do not add up", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.Task(6, 1, "sh")
			forks(c, 5, 10, 9, 0, ms)
			forks(c, 6, 20, 9, 0, ms)
		}, ``},
		{"nine tenths below one child: the child", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 6)
			forks(c, 6, 10, 9, ms, ms)
		}, `9ms firing 6 10`},
		{"less than nine tenths: the tree's top", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 6)
			c.Fork(5, 7)
			forks(c, 6, 10, 8, ms, ms)
		}, `8ms firing 5 10`},
		{"a chain whose members exit", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 6)
			for pid := int64(6); pid < 20; pid++ {
				c.At(time.Duration(pid)*ms).Fork(pid, pid+1)
				c.Exit(pid)
			}
		}, `14ms firing 5 10`},
		{"a chain that has outlived the shell", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			for pid := int64(5); pid < 20; pid++ {
				c.At(time.Duration(pid)*ms).Fork(pid, pid+1)
				c.Exit(pid)
			}
		}, `14ms firing 5 10`},
		{"a binary bomb", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 101)
			for i := int64(1); i < 8; i++ {
				c.At(time.Duration(i)*ms).Fork(100+i, 100+2*i)
				c.Fork(100+i, 100+2*i+1)
			}
		}, `5ms firing 101 10`},
		{"fixed while it fires: neither above nor below", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 6)
			c.Fork(6, 7)
			forks(c, 6, 10, 10, ms, ms)
			forks(c, 7, 30, 200, 20*ms, ms)
			forks(c, 5, 300, 200, 20*ms, ms)
			quiet(c, time.Second, time.Second)
		}, `8ms firing 6 10`},
		{"nor does the top while nine tenths are elsewhere", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 6)
			forks(c, 6, 10, 18, ms, ms)
			forks(c, 5, 100, 400, 500*ms, ms)
			quiet(c, time.Second, 4*time.Second)
		}, `9ms firing 6 10
			3s resolved 6 0`},
		{"a tree that is gone raises nothing new", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 6)
			forks(c, 6, 10, 9, ms, ms)
			forks(c, 5, 100, 15, 100*ms, ms)
			for _, first := range []struct{ pid, n int64 }{{100, 15}, {10, 9}, {5, 2}} {
				for i := range first.n {
					c.Exit(first.pid + i)
				}
			}
			quiet(c, 2*time.Second, 2*time.Second)
			c.At(2*time.Second + 50*ms).System(0)
			c.At(2*time.Second + 51*ms).System(0)
		}, `9ms firing 6 10
			2.05s resolved 6 0`},
		{"a second storm beside it has its own subject", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 6)
			forks(c, 6, 10, 18, ms, ms)
			c.At(450*ms).Fork(5, 7)
			forks(c, 7, 100, 400, 500*ms, ms)
			quiet(c, time.Second, 4*time.Second)
		}, `9ms firing 6 10
			1s firing 7 420
			3s resolved 6 0
			3s resolved 7 0`},
		{"the subject stays though it exits", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.At(0).Fork(5, 6)
			c.Fork(6, 7)
			forks(c, 6, 10, 10, ms, ms)
			c.Exit(6)
			forks(c, 7, 50, 20, 1900*ms, ms)
			quiet(c, 2*time.Second, 4*time.Second)
		}, `8ms firing 6 10
			4s resolved 6 0`},
		{"held back by the cooldown, then it fires again", "detector: runaway_tree, threshold: 10, window_seconds: 2, cooldown: 10",
			func(c *replaytest.Capture) {
				c.Task(5, 1, "sh")
				forks(c, 5, 10, 10, 0, ms)
				forks(c, 5, 30, 10, 9*time.Second, ms)
				c.At(10*time.Second + 8*ms).System(0)
				c.At(10*time.Second + 9*ms).System(0)
				c.At(12 * time.Second).System(0)
			}, `9ms firing 5 10
			2s resolved 5 9
			10.009s firing 5 10 suppressed=1
			11s resolved 5 9`},
		{"where narrows the forks", rule + ", where: {comm: 'k*'}", func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			forks(c, 5, 10, 30, 0, ms)
		}, ``},
	})
}

// TestMembershipIsThatOfBirth has children go on forking after the subject has exited:
// whether each had forked before does not matter.
func TestMembershipIsThatOfBirth(t *testing.T) {
	for _, early := range []bool{true, false} {
		c := replaytest.New("boot")
		c.Task(10, 1, "top")
		c.Task(12, 10, "r")
		forks(c, 12, 100, 100, time.Second, 10*ms)
		forks(c, 12, 200, 100, 2*time.Second, ms)
		if early {
			for i := range int64(100) {
				c.Fork(200+i, 5000+i)
				c.Exit(5000 + i)
			}
		}
		c.At(2500 * ms).Exit(12)
		pid := int64(10000)
		for at := 3 * time.Second; at < 30*time.Second; at += 20 * ms {
			c.At(at).Fork(200+pid%100, pid)
			c.Exit(pid)
			pid++
		}
		alerts, _ := play(t, mustLoad(t, "- {name: r, detector: runaway_tree, threshold: 100, window_seconds: 10}"), c.Source())
		if got := briefs(alerts); got != "1.99s firing 12 100" {
			t.Errorf("early %t: %s, want the storm of pid 12 alone", early, got)
		}
	}
}

// TestEvidenceOfRecordsOutOfOrder has a record with a later seq and an earlier time.
func TestEvidenceOfRecordsOutOfOrder(t *testing.T) {
	c := replaytest.New("boot")
	c.At(time.Second+2).Fork(1, 10)
	c.At(time.Second+1).Fork(1, 11)
	alerts, _ := play(t, mustLoad(t, "- {name: r, detector: fork_burst, threshold: 2, window_seconds: 1}"), c.Source())
	if len(alerts) != 1 || alerts[0].Evidence.FirstSeq.V != 3 || alerts[0].Evidence.LastSeq.V != 4 {
		t.Errorf("%+v, want records 3 to 4", alerts)
	}
}
