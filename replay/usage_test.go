package replay_test

import (
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// percents notes the CPU use of pid 10 after each record of a type.
func percents(got *lines, after schema.Type) func(*replay.Host) []replay.Handler {
	var p *replay.Process
	return probe{record: func(h *replay.Host, r *schema.Record) {
		if h.Current() != nil && h.Current().Key.PID == 10 {
			p = h.Current()
		}
		if r.Type != after || p == nil {
			return
		}
		text := "unknown"
		if v := h.CPUPercent(p); v.OK {
			text = schema.Clip(time.Duration(v.V*float64(time.Second)).String(), 20)
		}
		got.add("%s %s", h.Now().Sub(replaytest.Start), text)
	}}.handlers
}

func TestCPUPercent(t *testing.T) {
	tests := []struct {
		name  string
		build func(c *replaytest.Capture)
		after schema.Type
		want  string // percent as seconds, so that digits stay few
	}{
		{"between two samples", func(c *replaytest.Capture) {
			c.Task(10, 1, "a")
			c.System(0)
			for i := range 3 {
				c.At(time.Duration(i+1) * time.Second)
				c.Burn(10, time.Duration(i)*250*time.Millisecond).Sample(10, "S", 0)
				c.System(0)
			}
		}, schema.TypeSystem, "0s unknown\n1s 0s\n2s 25s\n3s 50s"},
		{"not sampled means unchanged", func(c *replaytest.Capture) {
			c.Task(10, 1, "a")
			c.System(0)
			c.At(time.Second).Burn(10, time.Second).Sample(10, "S", 0)
			c.System(0)
			c.At(2 * time.Second).System(0)
			c.At(3 * time.Second).System(0)
			c.At(4*time.Second).Burn(10, time.Second).Sample(10, "S", 0) // all since 3 s
			c.System(0)
		}, schema.TypeSystem, "0s unknown\n1s 1m40s\n2s 0s\n3s 0s\n4s 1m40s"},
		{"from birth", func(c *replaytest.Capture) {
			c.System(0)
			c.At(500*time.Millisecond).Fork(1, 10)
			c.At(time.Second).Burn(10, 250*time.Millisecond).Sample(10, "S", 0)
			c.System(0)
		}, schema.TypeSystem, "1s 50s"},
		{"a child that never ran", func(c *replaytest.Capture) {
			c.System(0)
			c.At(500*time.Millisecond).Fork(1, 10)
			c.At(time.Second).System(0)
		}, schema.TypeSystem, "1s 0s"},
		{"nothing after the exit", func(c *replaytest.Capture) {
			c.System(0)
			c.Fork(1, 10)
			c.At(500*time.Millisecond).Burn(10, 500*time.Millisecond).Exit(10)
			c.At(time.Second).System(0)
		}, schema.TypeSystem, "1s 0s"},
		{"unknown 2.5 intervals after the last system record", func(c *replaytest.Capture) {
			c.Task(10, 1, "a")
			c.System(0)
			c.At(time.Second).Burn(10, time.Second).Sample(10, "S", 0)
			c.System(0)
			c.At(3500*time.Millisecond-1).Lost("", 0, 0, 0)
			c.At(3500*time.Millisecond).Lost("", 0, 0, 0)
		}, schema.TypeLost, "3.499999999s 1m40s\n3.5s unknown"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := replaytest.New("boot")
			test.build(c)
			var got lines
			replaytest.Run(t, percents(&got, test.after), c.Source())
			got.check(t, test.want)
		})
	}
}

func TestCPUDeltaCountsEachNanosecondOnce(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "a")
	c.Burn(10, time.Hour) // before the capture
	c.Last().CPUNs = schema.Some(int64(time.Hour))
	c.Fork(10, 11)
	c.At(time.Second).Burn(10, 3).Sample(10, "S", 0)
	c.Burn(11, 5).Sample(11, "S", 0)
	c.Burn(11, 7).Exit(11)
	c.Sample(11, "Z", 0)
	c.Burn(10, 11).Exit(10)
	var sum int64
	replaytest.Run(t, probe{record: func(h *replay.Host, _ *schema.Record) { sum += h.CPUDelta() }}.handlers, c.Source())
	if sum != 3+5+7+11 {
		t.Errorf("%d ns, want 26", sum)
	}
}

func TestPressurePercent(t *testing.T) {
	tests := []struct {
		name string
		at   []time.Duration // of the system records; 1 ms of stall between any two
		want float64         // at the last; -1 for unknown
	}{
		{"9.999999999 s", []time.Duration{1, 10 * time.Second}, -1},
		{"10 s", []time.Duration{0, 10 * time.Second}, 0.01},
		{"the latest that is old enough", []time.Duration{0, time.Second, 10 * time.Second, 11 * time.Second}, 0.02},
		{"a gap of 12.5 s", []time.Duration{0, 12500 * time.Millisecond}, 0.008},
		{"a longer gap", []time.Duration{0, 12500*time.Millisecond + 1}, -1},
	}
	for _, test := range tests {
		c := replaytest.New("boot")
		for _, at := range test.at {
			c.At(at).System(time.Millisecond)
		}
		got := -1.0
		replaytest.Run(t, probe{end: func(h *replay.Host) {
			if v := h.PressurePercent(replay.CPUSome); v.OK {
				got = v.V
			}
		}}.handlers, c.Source())
		if got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestExecReplacesTheProgram(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "sh", "sh", "-c", "x")
	c.Fork(10, 11)
	c.Exec(11, "ls", "-l", "")
	var got lines
	replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
		if p := h.Current(); p != nil && p.Key.PID >= 10 {
			got.add("%s %s %q %s", r.Type, p.Comm, p.Argv, p.Exe)
		}
	}}.handlers, c.Source())
	got.check(t, `task sh ["sh" "-c" "x"] 
		fork sh ["sh" "-c" "x"] 
		exec ls ["ls" "-l" ""] /bin/ls`)
}

// TestOnlyRequiredFields replays records that have nothing more than they must.
func TestOnlyRequiredFields(t *testing.T) {
	types := []schema.Type{schema.TypeMeta, schema.TypeTask, schema.TypeFork, schema.TypeExec, schema.TypeSample,
		schema.TypeSystem, schema.TypeOOM, schema.TypeLost, schema.TypeCgroup, "later", schema.TypeExit, schema.TypeEnd}
	records := make([]schema.Record, len(types))
	for i, kind := range types {
		records[i] = schema.Record{Type: kind, Time: replaytest.Start, Seq: int64(i)}
		records[i].PID, records[i].StartTime = schema.Some[int64](7), schema.Some(replaytest.Start)
	}
	summary := replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
		if p := h.Current(); p != nil && (p.Key.PID != 7 || p.Parent() != nil || h.CPUPercent(p).V != 0) {
			t.Errorf("%s: %+v", r.Type, p)
		}
	}}.handlers, replaytest.Records(records))
	if summary.Records != int64(len(types)) || summary.Counts.Of("later") != 1 {
		t.Errorf("summary %+v", summary)
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		records := replaytest.Random(seeded(seed), 500)
		replaytest.Run(t, probe{tick: func(h *replay.Host) { checkTree(t, h) }}.handlers, replaytest.Records(records))
	})
}
