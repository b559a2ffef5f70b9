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
		c.At(7*time.Second).Fork(11, 12)
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

// chain lists n processes, each the child of the one before, from pid 10 on: the
// youngest first if upwards is set. All started at one time.
func chain(c *replaytest.Capture, n int64, upwards bool) {
	for i := range n {
		pid := 10 + i
		if upwards {
			pid = 10 + n - 1 - i
		}
		ppid := pid - 1
		if pid == 10 {
			ppid = 1
		}
		c.Task(pid, ppid, "a")
	}
}

// TestAListedChainHasOneTop lists a chain in both orders and lets it exit from its
// middle: all of it stays below its first process, whatever was looked up before.
func TestAListedChainHasOneTop(t *testing.T) {
	const n = 200
	for _, upwards := range []bool{false, true} {
		for _, look := range []bool{false, true} {
			c := replaytest.New("boot")
			chain(c, n, upwards)
			c.System(0)
			for pid := int64(10 + n/2); pid < 10+n-1; pid++ {
				c.Exit(pid)
			}
			for pid := int64(10 + n/2 - 1); pid > 10; pid-- {
				c.Exit(pid)
			}
			var last string
			replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
				if look {
					checkTree(t, h)
				}
				if r.Type == schema.TypeSystem {
					for _, p := range h.Processes() {
						if top := p.Top(); p.Key.PID >= 10 && (top == nil || top.Key.PID != 10) {
							t.Errorf("upwards %t: the top of %d is not 10", upwards, p.Key.PID)
						}
					}
				}
			}, end: func(h *replay.Host) { last = drawTree(h.Processes()[0]) }}.handlers, c.Source())
			if want := fmt.Sprintf("1(10(%d))", 10+n-1); last != want {
				t.Errorf("upwards %t, looked at %t: got %s, want %s", upwards, look, last, want)
			}
		}
	}
}

// TestChildrenFollowAChainOfExits lets a chain exit above many children,
// which all find their new parent, in the order in which they joined.
func TestChildrenFollowAChainOfExits(t *testing.T) {
	c := replaytest.New("boot")
	c.Fork(1, 10)
	c.Fork(10, 11)
	c.Fork(11, 12)
	c.Fork(10, 13)
	for pid := int64(20); pid < 24; pid++ {
		c.Fork(12, pid)
	}
	c.Fork(11, 14)
	c.Exit(21)
	c.Exit(12)
	c.Exit(23) // the last of those left over, then the first, then one between
	c.Exit(20)
	c.Fork(22, 30)
	c.Exit(11)
	c.Exit(22)
	c.Fork(30, 31)
	var got lines
	replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
		if r.Type == schema.TypeExit || r.PID.V > 24 {
			got.add("%s %d: %s", r.Type, r.PID.V, drawTree(h.Processes()[2].Top()))
		}
		checkChildren(t, h)
	}}.handlers, c.Source())
	got.check(t, `exit 21: 10(11(12(20 21+ 22 23) 14) 13)
		exit 12: 10(11(12+(20 22 23) 14) 13)
		exit 23: 10(11(14 20 22 23+) 13)
		exit 20: 10(11(14 20+ 22) 13)
		fork 30: 10(11(14 22(30)) 13)
		exit 11: 10(11+(14 22(30)) 13)
		exit 22: 10(13 14 22+(30))
		fork 31: 10(13 14 30(31))`)
}

// checkChildren holds that parents and children name each other, and that a subtree is
// a process and the subtrees of its children.
func checkChildren(t *testing.T, h *replay.Host) {
	t.Helper()
	for _, p := range h.Processes() {
		below := []*replay.Process{p}
		for c := range p.Children() {
			if c.Parent() != p {
				t.Fatalf("%v is a child of %v, which is not its parent", c.Key, p.Key)
			}
			below = slices.AppendSeq(below, c.Subtree())
		}
		if got := slices.Collect(p.Subtree()); !slices.Equal(got, below) {
			t.Fatalf("the subtree of %v has %d processes, those of its children %d", p.Key, len(got)-1, len(below)-1)
		}
		if parent := p.Parent(); parent != nil && !slices.Contains(slices.Collect(parent.Children()), p) {
			t.Fatalf("%v is not among the children of its parent %v", p.Key, parent.Key)
		}
	}
}

// BenchmarkChains replays what costs the square of its length if each step touches the
// whole of a chain, or all the children below it.
func BenchmarkChains(b *testing.B) {
	const n = 20_000
	up, exits := replaytest.New("boot"), replaytest.New("boot")
	chain(up, n, true)
	chain(exits, n, false)
	for pid := int64(10 + n); pid < 10+2*n; pid++ {
		exits.Task(pid, 10+n-1, "a")
	}
	for pid := int64(10 + n - 1); pid > 10; pid-- {
		exits.Exit(pid)
	}
	for name, c := range map[string]*replaytest.Capture{"ListedUpwards": up, "ExitsAboveChildren": exits} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				replaytest.Run(b, probe{}.handlers, c.Source())
			}
		})
	}
}
