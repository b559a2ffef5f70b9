package rules

import (
	"fmt"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// firesFor lists the subjects' pids of firings, 0 for the host, in their order.
func firesFor(t *testing.T, c *replaytest.Capture, rules string) (pids []int64) {
	t.Helper()
	alerts, _ := play(t, mustLoad(t, rules), c.Source())
	for _, a := range alerts {
		if a.State == schema.AlertFiring {
			pids = append(pids, a.Subject.PID.V)
		}
	}
	return pids
}

// expectFor holds for whom a rule fires.
func expectFor(t *testing.T, what string, c *replaytest.Capture, rule string, want ...int64) {
	t.Helper()
	if got := firesFor(t, c, "- {name: r, "+rule+"}"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %s fires for %v, want %v", what, rule, got, want)
	}
}

// busy samples processes each second of a span: what each burns of it, and its memory.
func busy(c *replaytest.Capture, seconds int, burn map[int64]time.Duration, rss int64) {
	for i := range seconds {
		c.At(time.Duration(i) * time.Second)
		for _, pid := range []int64{5, 6, 7} {
			if used, there := burn[pid]; there {
				c.Burn(pid, used).Sample(pid, "R", rss)
			}
		}
		c.System(0)
	}
}

func TestOriginalCapsCPU(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "spin")
	busy(c, 20, map[int64]time.Duration{5: time.Second}, mib)
	expectFor(t, "a whole core", c, "detector: subtree_cpu_pct, threshold: 95, duration: 5", 5)
}

func TestOriginalSumsNoSubtree(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "make")
	c.Task(6, 5, "cc1")
	c.Task(7, 5, "cc1")
	busy(c, 20, map[int64]time.Duration{6: 600 * ms, 7: 600 * ms}, 60*mib)
	expectFor(t, "two children", c, "detector: subtree_cpu_pct, threshold: 100, duration: 5", 5)
	expectFor(t, "two children", c, "detector: subtree_rss_mb, threshold: 100, duration: 5", 5)
}

// TestOriginalSharesOneTime: a process that idles does not say that another one does.
func TestOriginalSharesOneTime(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "spin")
	c.Task(6, 1, "idle")
	busy(c, 20, map[int64]time.Duration{5: time.Second, 6: ms}, mib)
	expectFor(t, "one spins, one idles", c, "detector: subtree_cpu_pct, threshold: 50, duration: 5", 5)
}

func TestOriginalGuessesMemory(t *testing.T) {
	for _, test := range []struct {
		rss  int64
		want []int64
	}{{mib, nil}, {100 * mib, nil}, {100*mib + mib/2, []int64{5}}} {
		c := replaytest.New("boot")
		c.Task(5, 1, "heap")
		busy(c, 20, map[int64]time.Duration{5: ms}, test.rss)
		expectFor(t, fmt.Sprintf("%d bytes", test.rss), c, "detector: subtree_rss_mb, threshold: 100, duration: 5", test.want...)
	}
}

func TestOriginalCountsNoZombies(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "careless")
	for pid := range int64(3) {
		c.At(0).Fork(5, 10+pid)
		c.Exit(10 + pid)
	}
	for i := range 10 {
		c.At(time.Duration(i)*time.Second + ms)
		for pid := range int64(3) {
			c.Sample(10+pid, "Z", 0)
		}
		c.System(0)
	}
	expectFor(t, "three zombies", c, "detector: zombie_count, threshold: 2, duration: 5", 5)
	expectFor(t, "three zombies", c, "detector: zombie_count, threshold: 3, duration: 5")
}

// commands runs a program five times, one after the other.
func commands(took time.Duration) *replaytest.Capture {
	c := replaytest.New("boot")
	c.Task(5, 1, "sh")
	for i := range int64(5) {
		c.At(time.Duration(i) * took)
		c.Fork(5, 10+i)
		c.Exec(10+i, "cc1", "-v")
		c.At(time.Duration(i+1)*took - 1).Exit(10 + i)
	}
	c.At(6 * took).System(0)
	return c
}

func TestOriginalIgnoresRegex(t *testing.T) {
	const rule = "detector: exec_rate, rate_per_min: 5, median_lifetime: 1, regex: "
	expectFor(t, "what matches", commands(10*ms), rule+"^cc1$", 0)
	expectFor(t, "what does not", commands(10*ms), rule+"^make$")
}

func TestOriginalClearsOtherRulesQueues(t *testing.T) {
	const (
		rate = "- {name: rate, detector: exec_rate, rate_per_min: 3, median_lifetime: 1, regex: cc1}\n"
		jobs = "- {name: jobs, detector: short_job_flood, threshold: 5, window_seconds: 10}\n"
	)
	if got := firesFor(t, commands(10*ms), rate+jobs); fmt.Sprint(got) != "[0 5]" {
		t.Errorf("fires for %v, want the host and pid 5", got)
	}
}

func TestOriginalCutsLifetimes(t *testing.T) {
	const rule = "detector: exec_rate, rate_per_min: 5, regex: cc1, median_lifetime: "
	expectFor(t, "1.9 s are more than 1 s", commands(1900*ms), rule+"1")
	expectFor(t, "but not more than 1.9 s", commands(1900*ms), rule+"1.9", 0)
}

// TestOriginalTakesUpperMedian: of two lifetimes the lower one is the median.
func TestOriginalTakesUpperMedian(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "sh")
	for i, took := range []time.Duration{ms, 3 * time.Second} {
		pid := int64(10 + i)
		c.At(0).Fork(5, pid)
		c.Exec(pid, "cc1")
		c.At(took).Exit(pid)
	}
	c.Exec(5, "cc1")
	expectFor(t, "1 ms and 3 s", c, "detector: exec_rate, rate_per_min: 3, median_lifetime: 1, regex: cc1", 0)
}

// TestOriginalPressureLines: memory and io count when all tasks wait, the cpu when some
// do.
func TestOriginalPressureLines(t *testing.T) {
	capture := func(grow func(r *schema.Record, us int64)) *replaytest.Capture {
		c := replaytest.New("boot")
		for i := range 15 {
			grow(c.At(time.Duration(i)*time.Second).System(0), int64(i)*300_000)
		}
		return c
	}
	memory, io := "detector: system_psi_memory, threshold_pct: 20, duration: 1", "detector: system_psi_io, threshold_pct: 20, duration: 1"
	some := capture(func(r *schema.Record, us int64) {
		r.PSI.MemorySomeUs, r.PSI.IOSomeUs = schema.Some(us), schema.Some(us)
		r.PSI.MemoryFullUs, r.PSI.IOFullUs = schema.Some[int64](0), schema.Some[int64](0)
	})
	expectFor(t, "some wait", some, memory)
	expectFor(t, "some wait", some, io)
	expectFor(t, "all wait", capture(func(r *schema.Record, us int64) { r.PSI.MemoryFullUs = schema.Some(us) }), memory, 0)
	expectFor(t, "all wait", capture(func(r *schema.Record, us int64) { r.PSI.IOFullUs = schema.Some(us) }), io, 0)
}
