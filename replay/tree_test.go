package replay_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// probe is a handler made of functions; any may be nil.
type probe struct {
	record func(h *replay.Host, r *schema.Record)
	tick   func(h *replay.Host)
	end    func(h *replay.Host)
}

func (p probe) Record(h *replay.Host, r *schema.Record) {
	if p.record != nil {
		p.record(h, r)
	}
}

func (p probe) Tick(h *replay.Host) {
	if p.tick != nil {
		p.tick(h)
	}
}

func (p probe) End(h *replay.Host) {
	if p.end != nil {
		p.end(h)
	}
}

func (p probe) handlers(*replay.Host) []replay.Handler { return []replay.Handler{p} }

// lines collects what a test observed.
type lines []string

func (l *lines) add(format string, args ...any) { *l = append(*l, fmt.Sprintf(format, args...)) }

func (l lines) check(t *testing.T, want string) {
	t.Helper()
	want = strings.TrimSpace(strings.ReplaceAll(want, "\t", ""))
	if got := strings.Join(l, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// drawTree writes a subtree as 5(6 7(8)), with a + behind what has exited.
func drawTree(p *replay.Process) string {
	text := fmt.Sprint(p.Key.PID)
	if p.Exited() {
		text += "+"
	}
	var children []string
	for c := range p.Children() {
		children = append(children, drawTree(c))
	}
	if children != nil {
		text += "(" + strings.Join(children, " ") + ")"
	}
	return text
}

func TestTreeFollowsBirth(t *testing.T) {
	tests := []struct {
		name  string
		build func(c *replaytest.Capture)
		want  string // the tree of pid 1 at the end
	}{
		{"listed before their parents", func(c *replaytest.Capture) {
			c.Task(30, 20, "c")
			c.Task(20, 10, "b")
			c.Task(10, 1, "a")
		}, "1(10(20(30)))"},
		{"a listed loop is no parent", func(c *replaytest.Capture) {
			c.Task(30, 20, "c").StartTime = schema.Some(replaytest.Start)
			c.Task(20, 30, "b").StartTime = schema.Some(replaytest.Start)
		}, "1"},
		{"forks nest", func(c *replaytest.Capture) {
			c.Fork(1, 10)
			c.Fork(10, 11)
			c.Fork(10, 12)
			c.Fork(12, 13)
		}, "1(10(11 12(13)))"},
		{"exited folds into its parent", func(c *replaytest.Capture) {
			c.Fork(1, 10)
			c.Fork(10, 11)
			c.Fork(11, 12)
			c.Fork(11, 13)
			c.Exit(11)
		}, "1(10(12 13))"},
		{"an exited top holds its tree", func(c *replaytest.Capture) {
			c.Fork(1, 10)
			c.Fork(10, 11)
			c.Exit(10)
			c.Fork(11, 12)
			c.Exit(11)
		}, "1(10+(12))"},
		{"and goes with its last child", func(c *replaytest.Capture) {
			c.Fork(1, 10)
			c.Fork(10, 11)
			c.Exit(10)
			c.Exit(11)
		}, "1"},
		{"a sampled process that nothing told of", func(c *replaytest.Capture) {
			c.Fork(1, 10)
			c.Records = c.Records[:len(c.Records)-1]
			c.Sample(10, "S", 0)
		}, "1(10)"},
		{"a sample that lags behind the exit", func(c *replaytest.Capture) {
			c.Fork(1, 10)
			c.Exit(10)
			c.At(20*time.Millisecond).Sample(10, "S", 0)
		}, "1"},
		{"a pid used again", func(c *replaytest.Capture) {
			c.Fork(1, 10)
			c.Fork(10, 11)
			c.At(time.Second).Exit(10)
			c.At(time.Second+1).Fork(11, 10)
		}, "1(10+(11(10)))"},
		{"a pid used again whose exit was lost", func(c *replaytest.Capture) {
			c.Fork(1, 10)
			c.At(time.Second).Fork(1, 10)
		}, "1(10)"},
		{"an exit that lags behind the reuse of its pid", func(c *replaytest.Capture) {
			c.Fork(1, 10)
			late := *c.Exit(10)
			c.Records = c.Records[:len(c.Records)-1]
			c.At(time.Millisecond).Fork(1, 10)
			c.Records = append(c.Records, late)
		}, "1(10)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := replaytest.New("boot")
			test.build(c)
			var got string
			replaytest.Run(t, probe{end: func(h *replay.Host) {
				got = drawTree(h.Processes()[0])
			}}.handlers, c.Source())
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestUnknownParentIsEnteredOnce(t *testing.T) {
	c := replaytest.New("boot")
	c.Fork(1, 10)
	c.Records = c.Records[:len(c.Records)-1]
	c.Fork(10, 11)
	c.Fork(10, 12)
	var got string
	replaytest.Run(t, probe{end: func(h *replay.Host) {
		got = drawTree(h.Processes()[2].Top())
	}}.handlers, c.Source())
	if want := "10(11 12)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTopNeverChanges(t *testing.T) {
	c := replaytest.New("boot")
	c.Fork(1, 10)
	for pid := int64(10); pid < 20; pid++ {
		c.Fork(pid, pid+1)
		c.Exit(pid)
	}
	tops := make(map[int64]bool)
	replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
		if p := h.Current(); p != nil && p.Key.PID >= 10 {
			tops[p.Top().Key.PID] = true
			if p.Key.PID > 10 && !p.Within(p.Top()) {
				t.Errorf("%d is not within its top", p.Key.PID)
			}
		}
	}}.handlers, c.Source())
	if len(tops) != 1 || !tops[10] {
		t.Errorf("tops %v, want 10 alone", tops)
	}
}

func TestZombies(t *testing.T) {
	c := replaytest.New("boot")
	c.Fork(1, 10)
	c.Fork(10, 11)
	c.At(500 * time.Millisecond).Exit(11)
	for i := range 4 {
		c.At(time.Duration(i+1) * time.Second)
		if i < 2 {
			c.Sample(11, "Z", 0)
		}
		c.System(0)
	}
	var got lines
	replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
		if r.Type == schema.TypeSystem {
			got.add("living %d zombies %d", h.Living(), len(slices.Collect(h.Zombies())))
		}
	}}.handlers, c.Source())
	got.check(t, `living 3 zombies 1
		living 3 zombies 1
		living 3 zombies 0
		living 3 zombies 0`)
}

func TestZombieTopIsForgotten(t *testing.T) {
	tests := []struct {
		name  string
		state string // the last that is sampled, at 2 s
	}{
		{"reaped", ""},
		{"sampled as no zombie any more", "X"},
	}
	for _, test := range tests {
		c := replaytest.New("boot")
		top := *c.Fork(1, 10)
		c.Fork(10, 11)
		c.Exit(10)
		for i := range 6 {
			c.At(time.Duration(i+1) * time.Second)
			switch {
			case i < 4:
				c.Sample(10, "Z", 0)
			case i == 4 && test.state != "":
				c.Sample(10, test.state, 0)
			}
			c.System(0)
		}
		c.At(7 * time.Second).Fork(11, 12)
		c.At(20 * time.Second).Exit(12)
		var got lines
		replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
			if r.Type == schema.TypeSystem && h.Now() == replaytest.Start.Add(4*time.Second) {
				got.add("a zombie: remembered %v", h.Remembers(10, top.StartTime.V))
			}
		}, end: func(h *replay.Host) {
			p := h.Processes()
			got.add("gone: remembered %v, top %s", h.Remembers(10, top.StartTime.V), drawTree(p[len(p)-1].Top()))
		}}.handlers, c.Source())
		t.Log(test.name)
		got.check(t, `a zombie: remembered true
			gone: remembered false, top 10+(11)`)
	}
}

func TestSecondCaptureOfABootListsTheLiving(t *testing.T) {
	first := replaytest.New("boot")
	first.Fork(1, 10)
	first.At(time.Second).System(0)
	second := replaytest.New("boot")
	for i := range second.Records {
		second.Records[i].Time += schema.Time(time.Hour)
	}
	second.At(time.Hour).System(0)
	var living int
	summary := replaytest.Run(t, probe{end: func(h *replay.Host) { living = h.Living() }}.handlers,
		second.Source(), first.Source())
	if living != 2 || len(summary.Hosts) != 1 {
		t.Errorf("%d living on %d hosts, want 2 on 1", living, len(summary.Hosts))
	}
}

func TestMemoryFollowsTheLiving(t *testing.T) {
	c := replaytest.New("boot")
	for i := range int64(20_000) {
		pid := 100 + i
		c.At(time.Duration(i) * time.Millisecond)
		c.Fork(1, pid)
		c.Exit(pid)
	}
	var remembered int
	replaytest.Run(t, probe{end: func(h *replay.Host) {
		for i := range c.Records {
			r := &c.Records[i]
			if r.Type == schema.TypeFork && h.Remembers(r.PID.V, r.StartTime.V) {
				remembered++
			}
		}
	}}.handlers, c.Source())
	if remembered > 2100 {
		t.Errorf("%d exited processes remembered, want those of the last two seconds", remembered)
	}
}
