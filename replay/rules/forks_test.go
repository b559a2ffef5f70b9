package rules

import (
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
)

const ms = time.Millisecond

func TestForkBurst(t *testing.T) {
	const rule = "detector: fork_burst, threshold: 3, window_seconds: 2, cooldown: 0"
	runScenarios(t, []scenario{
		{"one fork short", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			quiet(c, time.Second, 4*time.Second)
		}, ``},
		{"exactly the threshold", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 0, ms)
			quiet(c, time.Second, 4*time.Second)
		}, `2ms firing 3
			2s resolved 2`},
		{"one fork more changes nothing", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 4, 0, ms)
			quiet(c, time.Second, 4*time.Second)
		}, `2ms firing 3
			3s resolved 0`},
		{"the window less 1 ns", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.At(2*time.Second-1).Fork(1, 12)
		}, `1.999999999s firing 3`},
		{"the window: the first fork has left", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.At(2*time.Second).Fork(1, 12)
		}, ``},
		{"the window and 1 ns", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.At(2*time.Second+1).Fork(1, 12)
		}, ``},
		{"out of order by 1 ms", rule, func(c *replaytest.Capture) {
			c.At(5*ms).Fork(1, 10)
			c.At(4*ms).Fork(1, 11)
			c.At(6*ms).Fork(1, 12)
			c.At(2*time.Second + 4*ms).System(0)
		}, `6ms firing 3
			2.004s resolved 2`},
		{"threads are no processes: only forks count", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.Exec(10, "a")
			c.Exec(11, "b")
			c.Exit(10)
		}, ``},
	})
}

func TestForksPerSec(t *testing.T) {
	const rule = "detector: forks_per_sec, threshold: 2, duration: 1500ms, cooldown: 0"
	runScenarios(t, []scenario{
		{"one fork short", rule, func(c *replaytest.Capture) { forks(c, 1, 10, 2, 0, ms) }, ``},
		{"exactly threshold times duration", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 3, 0, ms)
			c.At(2 * time.Second).End()
		}, `2ms firing 2
			2s resolved 0`},
		{"the window less 1 ns", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.At(1500*ms-1).Fork(1, 12)
		}, `1.499999999s firing 2`},
		{"the window", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.At(1500*ms).Fork(1, 12)
		}, ``},
		{"half a fork rounds up", "detector: forks_per_sec, threshold: 1, duration: 1500ms", func(c *replaytest.Capture) {
			forks(c, 1, 10, 1, 0, ms)
			c.At(time.Second).Fork(1, 11)
		}, `1s firing 1.333`},
	})
}

func TestShortJobFlood(t *testing.T) {
	const rule = "detector: short_job_flood, threshold: 3, window_seconds: 2, max_exec_duration_ms: 100, cooldown: 0"
	job := func(c *replaytest.Capture, parent, pid int64, from, took time.Duration) {
		c.At(from).Fork(parent, pid)
		c.Exec(pid, "true")
		c.At(from + took).Exit(pid)
	}
	jobs := func(took, last time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			job(c, 5, 10, 0, took)
			job(c, 5, 11, took, took)
			job(c, 5, 12, last-took, took)
		}
	}
	runScenarios(t, []scenario{
		{"jobs of the longest time less 1 ns", rule, jobs(100*ms-1, time.Second), `1s firing 5 3`},
		{"jobs of the longest time", rule, jobs(100*ms, time.Second), `1s firing 5 3`},
		{"jobs of the longest time and 1 ns", rule, jobs(100*ms+1, time.Second), ``},
		{"the window less 1 ns", rule, jobs(100*ms, 2100*ms-1), `2.099999999s firing 5 3`},
		{"the window", rule, jobs(100*ms, 2100*ms), ``},
		{"two parents do not add up", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.Task(6, 1, "sh")
			job(c, 5, 10, 0, ms)
			job(c, 6, 11, 1*ms, ms)
			job(c, 5, 12, 2*ms, ms)
			job(c, 6, 13, 3*ms, ms)
		}, ``},
		{"and each has its own episode", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			c.Task(6, 1, "sh")
			for i := range int64(3) {
				job(c, 6, 10+2*i, time.Duration(2*i)*ms, ms)
				job(c, 5, 11+2*i, time.Duration(2*i+1)*ms, ms)
			}
			quiet(c, time.Second, 3*time.Second)
		}, `5ms firing 6 3
			6ms firing 5 3
			3s resolved 5 0
			3s resolved 6 0`},
		{"a child that never ran anything is no job", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 5, 0, ms)
			for pid := range int64(5) {
				c.Exit(10 + pid)
			}
		}, ``},
		{"an exited parent's jobs are its parent's", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "sh")
			for i := range int64(3) {
				wrapper, program := 10+2*i, 11+2*i
				c.At(time.Duration(i)*10*ms).Fork(5, wrapper)
				c.Fork(wrapper, program)
				c.Exec(program, "true")
				c.Exit(wrapper)
				c.Exit(program)
			}
		}, `20ms firing 5 3`},
		{"where narrows the jobs", rule + ", where: {comm: make}", jobs(ms, time.Second), ``},
	})
}
