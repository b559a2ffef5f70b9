package rules

import (
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

func TestOOMKill(t *testing.T) {
	const rule = "detector: oom_kill, cooldown: 10"
	twice := func(pause time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			c.At(time.Second).OOM(5, 1<<20)
			c.At(time.Second+pause).OOM(5, 1<<20)
			c.At(30 * time.Second).End()
		}
	}
	runScenarios(t, []scenario{
		{"no record", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			c.Exit(5)
		}, ``},
		{"one record: no resolve, however long", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			c.At(time.Second).OOM(5, 1<<20)
			c.Exit(5)
			c.At(time.Hour).End()
		}, `1s firing 5 1`},
		{"each victim for itself, also at one moment", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			c.Task(6, 1, "java")
			c.At(time.Second).OOM(6, 1<<20)
			c.OOM(5, 1<<20)
		}, `1s firing 6 1
			1s firing 5 1`},
		{"a pid used again is another process", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			c.At(time.Second).OOM(5, 1<<20)
			c.Exit(5)
			c.At(2*time.Second).Fork(1, 5)
			c.At(3*time.Second).OOM(5, 1<<20)
		}, `1s firing 5 1
			3s firing 5 1`},
		{"a victim that nobody told of before", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			c.Records = c.Records[:len(c.Records)-1]
			c.At(time.Second).OOM(5, 1<<20)
		}, `1s firing 5 1`},
		{"the cooldown less 1 ns", rule, twice(10*time.Second - 1), `1s firing 5 1`},
		{"the cooldown", rule, twice(10 * time.Second), `1s firing 5 1
			11s firing 5 1`},
		{"the cooldown and 1 ns", rule, twice(10*time.Second + 1), `1s firing 5 1
			11.000000001s firing 5 1`},
		{"what was held back is counted", rule, func(c *replaytest.Capture) {
			twice(10*time.Second - 1)(c)
			c.At(40*time.Second).OOM(5, 1<<20)
		}, `1s firing 5 1
			40s firing 5 1 suppressed=1`},
		{"where narrows the victims", rule + ", where: {comm: postgres}", func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			c.Task(6, 1, "postgres")
			c.At(time.Second).OOM(5, 1<<20)
			c.OOM(6, 1<<20)
		}, `1s firing 6 1`},
		{"a loss before the moment", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			c.At(time.Second).Lost(schema.TypeOOM, 1, 0, time.Second-1)
			c.OOM(5, 1<<20)
		}, `1s firing 5 1`},
		{"a loss up to the moment", rule, func(c *replaytest.Capture) {
			c.Task(5, 1, "java")
			c.At(time.Second).Lost(schema.TypeOOM, 1, 0, time.Second)
			c.OOM(5, 1<<20)
		}, `1s firing 5 1 incomplete`},
	})
}

func TestOOMKillAlert(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "ja\x1bva")
	c.At(time.Second).OOM(5, 3<<19).Process.Cgroup = schema.Some("/a\nb")
	alerts, outcomes := play(t, mustLoad(t, "- {name: r, detector: oom_kill}"), c.Source())
	if len(alerts) != 1 {
		t.Fatalf("%d alerts", len(alerts))
	}
	a := alerts[0]
	if want := "the kernel killed ja?va (pid 5) for want of memory, with 1.5 MiB in memory, in cgroup /a?b"; a.Message != want {
		t.Errorf("message %q, want %q", a.Message, want)
	}
	if a.Subject.Kind != schema.SubjectProcess || a.Value != 1 || a.Threshold != 1 || a.WindowNs != 1 {
		t.Errorf("subject %+v, value %v, threshold %v, window %d", a.Subject, a.Value, a.Threshold, a.WindowNs)
	}
	if o := outcomes[0]; o.Verdict() != Fired || o.Fired != 1 || len(o.OpenAtEnd) > 0 {
		t.Errorf("outcome %+v, want one firing that is not open", o)
	}
	checkAlert(t, a)
}

func TestOutcomesOfOOMKill(t *testing.T) {
	tests := []struct {
		name  string
		build func(c *replaytest.Capture)
		want  Verdict
	}{
		{"no oom", func(c *replaytest.Capture) { quiet(c, 0, time.Second) }, NeverEvaluated},
		{"some were lost", func(c *replaytest.Capture) { c.At(time.Second).Lost(schema.TypeOOM, 1, 0, time.Second) }, Unknown},
		{"only others' victims", func(c *replaytest.Capture) { c.Task(5, 1, "java"); c.OOM(5, 1) }, NeverEvaluated},
	}
	for _, test := range tests {
		c := replaytest.New("boot")
		test.build(c)
		_, outcomes := play(t, mustLoad(t, "- {name: r, detector: oom_kill, where: {comm: x}}"), c.Source())
		if got := outcomes[0].Verdict(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestAVictimIsKnownAfterItsExit has two captures tell of one kill, the second late.
func TestAVictimIsKnownAfterItsExit(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "java")
	c.At(time.Second).OOM(5, 1<<20)
	c.At(time.Second + 5*ms).Exit(5)
	c.At(time.Second+8*ms).OOM(5, 1<<20)
	alerts, outcomes := play(t, mustLoad(t, "- {name: r, detector: oom_kill}"), c.Source())
	if got := briefs(alerts); got != "1s firing 5 1" || outcomes[0].Suppressed != 1 {
		t.Errorf("%s, %d suppressed", got, outcomes[0].Suppressed)
	}
}
