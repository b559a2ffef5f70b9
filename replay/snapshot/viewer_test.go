package snapshot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// viewAt replays a capture up to an offset from its start and returns its view, each line
// of it checked against the schema.
func viewAt(t *testing.T, c *replaytest.Capture, at time.Duration) *View {
	t.Helper()
	view := uncheckedViewAt(t, c, at)
	checkView(t, view)
	return view
}

func uncheckedViewAt(t *testing.T, c *replaytest.Capture, at time.Duration) *View {
	t.Helper()
	var view *View
	_, err := replay.Run(t.Context(), []replay.Source{c.Source()}, replay.Options{To: replay.After(at)},
		func(*replay.Host) []replay.Handler {
			return []replay.Handler{NewViewer(func(v *View) { view = v })}
		})
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func checkView(t *testing.T, v *View) {
	t.Helper()
	line, err := v.Host.AppendJSON(nil)
	check := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		problems, err := schema.Validate(schema.DocumentView, line)
		if err != nil || len(problems) > 0 {
			t.Fatalf("%s\nbreaks its schema: %v %v", line, problems, err)
		}
	}
	check()
	for i := range v.Processes {
		line, err = v.Processes[i].AppendJSON(nil)
		check()
	}
}

// processOf returns the only process with a pid.
func processOf(t *testing.T, v *View, pid int64) *schema.ProcessView {
	t.Helper()
	var found *schema.ProcessView
	for i := range v.Processes {
		if v.Processes[i].PID == pid {
			if found != nil {
				t.Fatalf("pid %d is there twice", pid)
			}
			found = &v.Processes[i]
		}
	}
	if found == nil {
		t.Fatalf("pid %d is not there", pid)
	}
	return found
}

// has says whether a view shows a pid.
func has(v *View, pid int64) bool {
	for i := range v.Processes {
		if v.Processes[i].PID == pid {
			return true
		}
	}
	return false
}

// busyCapture has, for 30 s, a process of 10 that burns half a core, with counters of
// everything that grow by what a second says: 1 delay of 100 ms, 1,000 bytes read, 2,000
// written, 30 faults of which 10 with I/O.
func busyCapture() *replaytest.Capture {
	c := replaytest.New("boot")
	c.Task(10, 1, "busy", "busy", "--all").ReadBytes = schema.Some[int64](0)
	counters(c.Last(), 0)
	for at := range int64(31) {
		c.At(time.Duration(at) * time.Second)
		if at > 0 {
			c.Burn(10, 500*time.Millisecond).Sample(10, "R", 1<<30)
			counters(c.Last(), at)
			c.Last().Threads = schema.Some[int64](3)
		}
		r := c.System(0)
		r.MemAvailableBytes, r.DiskReadBytes, r.NetTxBytes = schema.Some[int64](6<<30), schema.Some(at*4096), schema.Some(at)
		r.CPUUserNs, r.CPUSystemNs, r.CPUIdleNs = schema.Some(at*int64(time.Second)), schema.Some[int64](0), schema.Some(3*at*int64(time.Second))
	}
	return c.End()
}

func counters(r *schema.Record, seconds int64) {
	r.RunDelayNs, r.ReadBytes, r.WriteBytes = schema.Some(seconds*1e8), schema.Some(seconds*1000), schema.Some(seconds*2000)
	r.MinFaults, r.MajFaults = schema.Some(seconds*20), schema.Some(seconds*10)
}

// TestViewOfABusyProcess holds every figure of a process and of its host, whatever part of
// a second the moment falls in.
func TestViewOfABusyProcess(t *testing.T) {
	for _, at := range []time.Duration{20 * time.Second, 20*time.Second + 1, 21*time.Second - 1, 25 * time.Second, 30 * time.Second} {
		v := viewAt(t, busyCapture(), at)
		p := processOf(t, v, 10)
		got := fmt.Sprint(p.CPUPercent.V, p.DelayPercent.V, p.ReadPerSec.V, p.WritePerSec.V, p.FaultsPerSec.V, p.RSSBytes.V>>20, p.MemPercent.V, p.Threads.V) + p.State
		if want := "50 10 1000 2000 30 1024 12.5 3R"; got != want {
			t.Errorf("at %s: %s, want %s", at, got, want)
		}
		if got, want := p.AgeNs.V, int64(at+time.Minute-10); got != want {
			t.Errorf("at %s: age %d, want %d", at, got, want)
		}
		h := &v.Host
		host := fmt.Sprint(h.CPUPercent.V, h.MemPercent.V, h.DiskReadPerSec.V, h.NetTxPerSec.V, h.DiskWritePerSec.OK, h.Processes, h.CPUs.V)
		if want := "25 25 4096 1 false 3 4"; host != want {
			t.Errorf("at %s: host %s, want %s", at, host, want)
		}
		if h.OffsetNs != int64(at) || h.Time != replaytest.Start.Add(at) || h.Incomplete {
			t.Errorf("at %s: %+v", at, h)
		}
	}
}

// TestTheWindowBeginsAtASystemRecord that is ten seconds old, or the first.
func TestTheWindowBeginsAtASystemRecord(t *testing.T) {
	for at, want := range map[time.Duration]time.Duration{
		0: 0, 1: 1, 10 * time.Second: 10 * time.Second, 11*time.Second - 1: 11*time.Second - 1,
		11 * time.Second: 10 * time.Second, 11*time.Second + 1: 10*time.Second + 1, 30 * time.Second: 10 * time.Second,
	} {
		if got := viewAt(t, busyCapture(), at).Host.WindowNs; got != int64(want) {
			t.Errorf("at %s: a window of %s, want %s", at, time.Duration(got), want)
		}
	}
}

// TestRatesNeedTwoMeasurements leaves figures out until then; what was not sampled while
// others were had not changed.
func TestRatesNeedTwoMeasurements(t *testing.T) {
	for at, want := range map[time.Duration]schema.Opt[float64]{
		0: {}, time.Second - 1: {}, time.Second: schema.Some(50.0),
	} {
		if got := processOf(t, viewAt(t, busyCapture(), at), 10).CPUPercent; got != want {
			t.Errorf("busy at %s: %v, want %v", at, got, want)
		}
	}
	for at, want := range map[time.Duration]schema.Opt[float64]{
		time.Second - 1: {}, time.Second: schema.Some(0.0),
	} {
		if got := processOf(t, viewAt(t, busyCapture(), at), 1).CPUPercent; got != want {
			t.Errorf("idle at %s: %v, want %v", at, got, want)
		}
	}
}

// endedCapture has a process 20 that lives from 4.5 s to 5 s and uses 0.4 s of CPU time,
// with its exit as the test wants it, and system records for 40 s.
func endedCapture(exit func(r *schema.Record)) *replaytest.Capture {
	c := replaytest.New("boot")
	c.Task(10, 1, "shell", "shell")
	for at := range 41 {
		if at == 6 {
			c.At(4500*time.Millisecond).Fork(10, 20)
			c.Exec(20, "job", "-v")
			c.Burn(20, 400*time.Millisecond).At(5*time.Second + 1).Exit(20)
			exit(c.Last())
		}
		c.At(time.Duration(at) * time.Second).System(0)
	}
	return c.End()
}

// TestWhatEndedIsShown while the window reaches back so far: −1, 0 and +1 ns, where the
// system record after the exit is ten seconds old.
func TestWhatEndedIsShown(t *testing.T) {
	const exit = 5*time.Second + 1
	c := endedCapture(func(r *schema.Record) {
		r.ExitCode, r.Event.Signal, r.CoreDumped = schema.Some[int64](0), schema.Some[int64](11), schema.Some(true)
		r.MaxRSSBytes = schema.Some[int64](4096)
	})
	for at, want := range map[time.Duration]bool{
		exit - 1: true, exit: true, 16*time.Second - 1: true, 16 * time.Second: false, 16*time.Second + 1: false,
	} {
		if got := has(viewAt(t, c, at), 20); got != want {
			t.Errorf("at %s: shown %t, want %t", at, got, want)
		}
	}
	if p := processOf(t, viewAt(t, c, exit-1), 20); p.Ended != nil {
		t.Errorf("it ended before its exit: %+v", p.Ended)
	}
	p := processOf(t, viewAt(t, c, 14*time.Second), 20)
	want := schema.Ended{
		Time: replaytest.Start.Add(exit), ExitCode: schema.Some[int64](0), Signal: schema.Some[int64](11), CoreDumped: true,
		CPUNs: schema.Some(int64(400 * time.Millisecond)), MaxRSSBytes: schema.Some[int64](4096),
	}
	if p.Ended == nil || *p.Ended != want {
		t.Errorf("ended %+v, want %+v", p.Ended, want)
	}
	if p.AgeNs.V != int64(500*time.Millisecond+1) || p.RSSBytes.OK || p.State != "" || strings.Join(p.Args, " ") != "job -v" {
		t.Errorf("%+v", p)
	}
	// 0.4 s of the window from 4 s to 14 s.
	if p.CPUPercent.V != 4 {
		t.Errorf("CPU %v, want 4 %%", p.CPUPercent)
	}
}

// TestAnEndWithoutARecord is shown as such: here another process has the pid later.
func TestAnEndWithoutARecord(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "shell")
	c.System(0)
	c.At(time.Second).Fork(10, 20)
	c.At(2*time.Second).Fork(10, 20)
	c.At(3 * time.Second).System(0)
	v := viewAt(t, c, 3*time.Second)
	var first, second *schema.ProcessView
	for i := range v.Processes {
		if p := &v.Processes[i]; p.PID == 20 && first == nil {
			first = p
		} else if p.PID == 20 {
			second = p
		}
	}
	if first == nil || second == nil || second.Ended != nil || first.Ended == nil {
		t.Fatalf("%+v, %+v; want one that ended and one that lives", first, second)
	}
	if e := first.Ended; e.ExitCode.OK || e.Signal.OK || e.Time != replaytest.Start.Add(2*time.Second) {
		t.Errorf("ended %+v, want the time alone", e)
	}
	if got := Find(v.Tree(), 20); got.ProcessView != second {
		t.Errorf("the pid is taken for %+v", got.ProcessView)
	}
}

// TestWithoutSystemRecordsTheWindowIsTenSeconds, so that what ended is not kept for ever.
func TestWithoutSystemRecordsTheWindowIsTenSeconds(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "shell")
	for at := int64(1); at <= 60; at++ {
		c.At(time.Duration(at)*time.Second).Fork(10, 100+at)
		c.Exit(100 + at)
	}
	v := viewAt(t, c, time.Minute)
	for pid, want := range map[int64]bool{149: false, 150: false, 151: true, 160: true} {
		if has(v, pid) != want {
			t.Errorf("%d, which ended %d s before, is shown %t, want %t", pid, 160-pid, !want, want)
		}
	}
}

// TestZombiesKeepTheirEnd beyond the window, until they are reaped.
func TestZombiesKeepTheirEnd(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "shell")
	c.At(time.Second).Fork(10, 20)
	c.At(2 * time.Second).Exit(20)
	c.Last().ExitCode = schema.Some[int64](3)
	for at := 2; at <= 40; at++ {
		c.At(time.Duration(at) * time.Second)
		if at <= 30 {
			c.Sample(20, "Z", 0)
		}
		c.System(0)
	}
	for _, at := range []time.Duration{3 * time.Second, 11 * time.Second, 12 * time.Second, 30 * time.Second} {
		v := viewAt(t, c, at)
		p := processOf(t, v, 20)
		if !p.Zombie || p.State != "Z" || p.Ended == nil || p.Ended.ExitCode.V != 3 || v.Host.Zombies != 1 || p.RSSBytes.OK {
			t.Errorf("at %s: %+v, ended %+v", at, p, p.Ended)
		}
	}
	if has(viewAt(t, c, 32*time.Second), 20) {
		t.Error("it is shown after it was reaped")
	}
}

// TestAZombieWithoutAnExit was there before the capture.
func TestAZombieWithoutAnExit(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "shell")
	c.Task(20, 10, "gone").State = schema.Some("Z")
	c.System(0)
	p := processOf(t, viewAt(t, c, 0), 20)
	if !p.Zombie || p.Ended != nil || p.RSSBytes.OK {
		t.Errorf("%+v, want a zombie of which no more is known", p)
	}
}

// TestOrphans are named: those whose parent ended, whether a record tells of the new one
// or not.
func TestOrphans(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "reaper")
	c.Task(10, 1, "shell")
	c.Task(11, 77, "filtered")
	c.System(0)
	for pid := int64(20); pid < 23; pid++ {
		c.At(time.Second).Fork(10, pid)
	}
	c.At(2 * time.Second).Exit(10)
	c.At(3*time.Second).Sample(21, "S", 1).PPID = schema.Some[int64](5)
	c.Sample(22, "S", 1).PPID = schema.Some[int64](99) // of whom nothing is known
	c.System(0)
	for _, test := range []struct {
		pid, ppid, parent int64
		orphan            schema.Opt[int64]
	}{
		{5, 1, 1, schema.Opt[int64]{}},
		{1, 0, 0, schema.Opt[int64]{}},
		{20, 10, 1, schema.Some[int64](10)},
		{21, 5, 5, schema.Some[int64](10)},
		{22, 99, 1, schema.Some[int64](10)},
		{11, 77, 1, schema.Opt[int64]{}},
		{10, 1, 1, schema.Opt[int64]{}},
	} {
		v := viewAt(t, c, 3*time.Second)
		p := processOf(t, v, test.pid)
		if p.PPID != test.ppid || p.OrphanOf != test.orphan {
			t.Errorf("%d: ppid %d, orphan of %v; want %d, %v", test.pid, p.PPID, p.OrphanOf, test.ppid, test.orphan)
		}
		n, parent := Find(v.Tree(), test.pid), int64(0)
		if n.Parent != nil {
			parent = n.Parent.PID
		}
		if parent != test.parent {
			t.Errorf("%d hangs on %d, want %d", test.pid, parent, test.parent)
		}
	}
	// While the parent lives none is an orphan.
	if p := processOf(t, viewAt(t, c, 2*time.Second-1), 20); p.OrphanOf.OK {
		t.Errorf("an orphan of %d, which lives", p.OrphanOf.V)
	}
}

// TestAnOrphanOfAPidUsedAgain has no part in who has it now.
func TestAnOrphanOfAPidUsedAgain(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "shell")
	c.System(0)
	c.At(time.Second).Fork(10, 20)
	c.At(2 * time.Second).Exit(10)
	c.At(3*time.Second).Fork(1, 10)
	v := viewAt(t, c, 3*time.Second)
	if p := processOf(t, v, 20); p.OrphanOf != schema.Some[int64](10) {
		t.Errorf("orphan of %v, want of 10", p.OrphanOf)
	}
	if n := Find(v.Tree(), 20); n.Parent == nil || n.Parent.PID != 1 {
		t.Errorf("it hangs on %+v, want on init", n.Parent)
	}
}

// TestABlindView leaves out what was sampled: 2.5 intervals at −1, 0 and +1 ns.
func TestABlindView(t *testing.T) {
	c := busyCapture()
	c.Records = c.Records[:len(c.Records)-1]
	c.At(time.Minute).Fork(10, 20)
	for after, blind := range map[time.Duration]bool{-1: false, 0: true, 1: true} {
		v := viewAt(t, c, 32500*time.Millisecond+after)
		p := processOf(t, v, 10)
		for name, known := range map[string]bool{
			"cpu": p.CPUPercent.OK, "rss": p.RSSBytes.OK, "state": p.State != "", "host": v.Host.CPUPercent.OK, "complete": !v.Host.Incomplete,
		} {
			if known == blind {
				t.Errorf("%+d ns: %s known %t, want %t", after, name, known, !blind)
			}
		}
	}
}

// TestEventsPerSecond counts them from the window's beginning on.
func TestEventsPerSecond(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "shell")
	pid := int64(100)
	for at := range 31 {
		for range at % 3 {
			c.At(time.Duration(at)*time.Second-time.Millisecond).Fork(10, pid)
			c.Exec(pid, "x")
			c.At(time.Duration(at)*time.Second).Exec(pid, "y")
			c.Exit(pid)
			pid++
		}
		c.At(time.Duration(at) * time.Second).System(0)
	}
	c.At(30500 * time.Millisecond)
	c.Lost(schema.TypeFork, 1, 30*time.Second, 30500*time.Millisecond)
	v := viewAt(t, c, 30*time.Second)
	if h := &v.Host; h.ForksPerSec.V != 0.9 || h.ExecsPerSec.V != 1.8 || h.ExitsPerSec.V != 0.9 || h.Incomplete {
		t.Errorf("%v forks, %v execs, %v exits a second", h.ForksPerSec, h.ExecsPerSec, h.ExitsPerSec)
	}
	if !viewAt(t, c, 30500*time.Millisecond).Host.Incomplete {
		t.Error("a window with a loss is complete")
	}
}

// TestViewsMissNothing compares the CPU time of each process in a view with what the
// records of the window add to it, for random workloads.
func TestViewsMissNothing(t *testing.T) {
	for seed := range uint64(8) {
		c := replaytest.Workload(rand.New(rand.NewPCG(seed, 2)), 20*time.Second)
		at := timeOfSystem(c, 8+int(seed))
		v := uncheckedViewAt(t, c, at.Sub(replaytest.Start))
		u := usedHandler{from: at.Add(-time.Duration(v.Host.WindowNs)), to: at, ns: make(map[string]int64)}
		replaytest.Run(t, func(*replay.Host) []replay.Handler { return []replay.Handler{&u} }, c.Source())
		for i := range v.Processes {
			p := &v.Processes[i]
			key := fmt.Sprint(p.PID, p.StartTime.V)
			want := float64(u.ns[key]) * 100 / float64(v.Host.WindowNs)
			if math.Abs(p.CPUPercent.V-want) > 0.0051 {
				t.Errorf("seed %d at %s: process %d used %v %%, want %.3f", seed, at, p.PID, p.CPUPercent, want)
			}
			delete(u.ns, key)
		}
		for key, ns := range u.ns {
			if ns > 0 {
				t.Errorf("seed %d at %s: process %s, which used %d ns, is not shown", seed, at, key, ns)
			}
		}
	}
}

// timeOfSystem is the time of the n-th system record.
func timeOfSystem(c *replaytest.Capture, n int) schema.Time {
	for i := range c.Records {
		if c.Records[i].Type == schema.TypeSystem {
			if n--; n == 0 {
				return c.Records[i].Time
			}
		}
	}
	return 0
}

// usedHandler adds up the CPU time of each process between two moments.
type usedHandler struct {
	from, to schema.Time
	ns       map[string]int64
}

func (u *usedHandler) Record(h *replay.Host, r *schema.Record) {
	if p := h.Current(); p != nil && r.Time > u.from && r.Time <= u.to {
		u.ns[fmt.Sprint(p.Key.PID, p.StartTime)] += h.CPUDelta()
	}
}

func (u *usedHandler) Tick(*replay.Host) {}
func (u *usedHandler) End(*replay.Host)  {}

// TestNumbersThatCannotBe are left out.
func TestNumbersThatCannotBe(t *testing.T) {
	c := endedCapture(func(r *schema.Record) {
		r.ExitCode, r.Event.Signal = schema.Some[int64](-1), schema.Some[int64](math.MinInt64)
		r.CPUNs, r.MaxRSSBytes = schema.Some[int64](-5), schema.Some[int64](-1)
		r.ReadBytes, r.MinFaults, r.MajFaults = schema.Some[int64](math.MaxInt64), schema.Some[int64](math.MaxInt64), schema.Some[int64](math.MaxInt64)
		r.UID = schema.Some[int64](-7)
	})
	c.Records[0].CPUs, c.Records[0].MemTotalBytes = schema.Some[int64](-1), schema.Some[int64](-1)
	p := processOf(t, viewAt(t, c, 6*time.Second), 20)
	if e := p.Ended; e.ExitCode.OK || e.Signal.OK || e.CPUNs.OK || e.MaxRSSBytes.OK || p.UID.OK {
		t.Errorf("%+v, ended %+v", p, p.Ended)
	}
}
