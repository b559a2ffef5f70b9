package insight

import (
	"math"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// windows holds what is looked at of every window of a scenario, by its end.
type windows map[time.Duration]seen

// seen is a copy, as features are only good while they are judged.
type seen struct {
	features
	busiest  []cpuUse
	lifetime schema.Opt[time.Duration]
}

func (s *scenario) windows(t *testing.T) windows {
	t.Helper()
	w := windows{}
	judge := func(f *features) { w[offset(f.To)] = seen{*f, f.Busiest(), f.MedianLifetime()} }
	replaytest.Run(t, func(h *replay.Host) []replay.Handler {
		return []replay.Handler{newCollector(h, judge)}
	}, s.Source())
	return w
}

// TestWindowEdges holds that a window is (t − 10 s, t], to the nanosecond.
func TestWindowEdges(t *testing.T) {
	s := newScenario()
	s.fork(5*sec, shell)
	s.fork(5*sec+1, shell)
	windows := s.end(20 * sec).windows(t)
	for at, want := range map[time.Duration]int64{4 * sec: 0, 5 * sec: 1, 6 * sec: 2, 14 * sec: 2, 15 * sec: 1, 16 * sec: 0} {
		if got := windows[at].Forks; got != want {
			t.Errorf("%d forks in the window up to %s, want %d", got, at, want)
		}
	}
	if f := windows[4*sec]; offset(f.From) != 0 {
		t.Errorf("the window up to 4 s begins at %s, want 0", offset(f.From))
	}
	if f := windows[15*sec]; offset(f.From) != 5*sec {
		t.Errorf("the window up to 15 s begins at %s, want 5 s", offset(f.From))
	}
}

func TestCounts(t *testing.T) {
	s := newScenario()
	for i := range 30 {
		at := 3100*ms + time.Duration(i)*10*ms
		pid := s.fork(at, shell)
		s.Exec(pid, "job")
		if i < 20 {
			s.At(at + time.Duration(i+1)*ms/4)
			s.Exit(pid)
		}
	}
	f := s.end(12 * sec).windows(t)[10*sec]
	if f.Forks != 30 || f.Execs != 30 || f.Exits != 20 || f.BornAlive != 10 || f.EventsPerSec != 8 {
		t.Errorf("forks %d, execs %d, exits %d, alive %d, %v events/s", f.Forks, f.Execs, f.Exits, f.BornAlive, f.EventsPerSec)
	}
	if got := f.lifetime; got != schema.Some(11*ms/4) {
		t.Errorf("median lifetime %v, want 2.75 ms", got)
	}
	if trees := f.Trees; len(trees) != 1 || trees[0].Top.Key.PID != shell || trees[0].Born != 30 || trees[0].Alive != 10 {
		t.Errorf("trees %+v", f.Trees)
	}
}

// TestBusiest holds that CPU time counts for processes that no sample saw, and only
// the part of it that falls into the window.
func TestBusiest(t *testing.T) {
	s := newScenario()
	long := s.fork(100*ms, shell)
	for i := range 10 {
		pid := s.fork(6*sec+time.Duration(i)*100*ms, shell)
		s.Burn(pid, time.Duration(50+i)*ms)
		s.At(6*sec + time.Duration(i)*100*ms + 60*ms)
		s.Exit(pid)
	}
	for at := 7 * sec; at <= 11*sec; at += sec {
		s.to(at + 100*ms)
		s.Burn(long, 600*ms)
		s.Sample(long, "R", 1<<20)
	}
	uses := s.end(20 * sec).windows(t)[18*sec].busiest
	if len(uses) != 1 || uses[0].Process.Key.PID != long {
		t.Fatalf("uses %+v, want the long one alone", uses)
	}
	// The sample at 8.1 s covers one second, of which 0.1 s lie in the window.
	if got, want := time.Duration(uses[0].UsedNs), 3*600*ms+60*ms; got != want {
		t.Errorf("used %s, want %s", got, want)
	}
	uses = s.windows(t)[9*sec].busiest
	if len(uses) != 11 || uses[1].UsedNs != int64(59*ms) {
		t.Errorf("%d uses, want the long one and ten that no sample saw", len(uses))
	}
}

func TestPercentages(t *testing.T) {
	s := newScenario()
	s.system = func(r *schema.Record) {
		s.stalled += 250 * ms
		s.busy += 2 * sec
		r.ProcsRunning = schema.Some[int64](3)
	}
	windows := s.end(20 * sec).windows(t)
	f := windows[15*sec]
	for name, got := range map[string][2]float64{
		"cpu pressure": {f.CPUSome.V, 25}, "busy": {f.Busy.V, 50}, "available": {f.Available.V, 75}, "run queue": {f.RunQueue.V, 3},
	} {
		if math.Abs(got[0]-got[1]) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got[0], got[1])
		}
	}
	if len(f.Unknown) != 0 || !f.Sampled {
		t.Errorf("sampled %v, unknown %q", f.Sampled, f.Unknown)
	}
	if f := windows[3*sec]; f.CPUSome.OK || f.Sampled || len(f.Unknown) == 0 {
		t.Errorf("after 3 s: pressure %v, sampled %v, unknown %q", f.CPUSome, f.Sampled, f.Unknown)
	}
	if f := windows[4*sec]; !f.CPUSome.OK || !f.Sampled {
		t.Errorf("after 4 s: pressure %v, sampled %v", f.CPUSome, f.Sampled)
	}
}

// TestLateRecords holds that a record behind the clock counts in its own second, and in
// no window once that has passed.
func TestLateRecords(t *testing.T) {
	for late, want := range map[time.Duration]int64{5 * sec: 1, 28 * sec: 0} {
		s := newScenario()
		s.to(30 * sec).At(30*sec - late)
		s.next++
		s.Fork(shell, s.next)
		s.At(31 * sec).End()
		if f := s.windows(t)[31*sec]; f.Forks != want {
			t.Errorf("%d forks after one that was %s late, want %d", f.Forks, late, want)
		}
	}
}
