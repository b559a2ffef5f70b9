package insight

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// TestIsRunaway works each threshold through at −1, 0 and +1.
func TestIsRunaway(t *testing.T) {
	tests := []struct {
		name   string
		base   int64
		counts [4]int64
		want   bool
		why    string
	}{
		{"living below", 0, [4]int64{30, 46, 63, 80}, false, "63 more"},
		{"living at", 0, [4]int64{30, 46, 64, 80}, true, ""},
		{"living above", 0, [4]int64{30, 46, 65, 81}, true, ""},
		{"first step below", 0, [4]int64{100, 115, 140, 160}, false, "100, 115, 140, 160"},
		{"first step at", 0, [4]int64{100, 116, 140, 160}, true, ""},
		{"first step above", 0, [4]int64{100, 117, 140, 160}, true, ""},
		{"second step below", 0, [4]int64{100, 120, 135, 160}, false, "grows by 16 in each"},
		{"second step at", 0, [4]int64{100, 120, 136, 160}, true, ""},
		{"last step below", 0, [4]int64{100, 120, 140, 155}, false, "grows by 16 in each"},
		{"last step at", 0, [4]int64{100, 120, 140, 156}, true, ""},
		{"burst below", 0, [4]int64{100, 120, 140, 219}, true, ""},
		{"burst at", 0, [4]int64{100, 120, 140, 220}, true, ""},
		{"burst above", 0, [4]int64{100, 120, 140, 221}, false, "a burst"},
		{"ratio below", 400, [4]int64{420, 450, 480, 499}, false, "grows by 25 %"},
		{"ratio at", 400, [4]int64{420, 450, 480, 500}, true, ""},
		{"ratio above", 400, [4]int64{420, 450, 480, 501}, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const second = 100
			row := growthRow{second: second - 1, since: 1, base: int32(tt.base), living: int32(tt.counts[3])}
			for i, n := range tt.counts[:3] {
				*row.at(second + int64(i-3)*int64(growthWindow/sec)) = int32(n)
			}
			row.push(second, replaytest.Start.Add(second*sec))
			g := row.growth(&replay.Process{})
			if got := isRunaway(&g); got != tt.want {
				t.Fatalf("isRunaway(%+v) = %v", g, got)
			}
			f := &features{Growing: []growth{{Process: &replay.Process{}}, g}}
			if got := whyNotRunawayTree(f); !strings.Contains(got, tt.why) {
				t.Errorf("no runaway because %q, want %q", got, tt.why)
			}
		})
	}
}

// TestRunawayTreeInABusySession holds that what runs away is told whatever else is in its
// birth tree: the many that have been there for long, or a burst beside it.
func TestRunawayTreeInABusySession(t *testing.T) {
	for _, tt := range []struct {
		name        string
		old, beside int64
	}{{"alone", 0, 0}, {"below many", 1000, 0}, {"beside a burst", 0, 200}, {"both", 1000, 200}} {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			for i := range tt.old {
				s.Task(5000+i, shell, "old")
			}
			parent := s.fork(1500*ms, shell)
			var m moments
			m.births(s, &parent, 2*sec, 30*sec, 5)
			m.add(23*sec, func() { s.children(shell, tt.beside) })
			s.play(m)
			r := s.end(30 * sec).only(t)
			if p := r.Context.Incident.Primary; r.Insight.Class != schema.ClassRunawayTree || p == nil || p.PID != parent {
				t.Fatalf("class %s, primary %+v; want runaway_tree of pid %d: %s", r.Insight.Class, p, parent, r.Insight.Why)
			}
		})
	}
}

// children forks as many that stay.
func (s *scenario) children(parent, n int64) {
	for range n {
		s.next++
		s.Fork(parent, s.next)
	}
}

// TestRunawayTreeRates holds that slow and steady growth is recognised within 30 s, and
// its beginning found.
func TestRunawayTreeRates(t *testing.T) {
	for _, rate := range []float64{4, 5, 8, 12, 18, 25, 29} {
		for _, onset := range []time.Duration{2 * sec, 2300 * ms, 12900 * ms} {
			t.Run(fmt.Sprintf("%v a second from %s", rate, onset), func(t *testing.T) {
				s := newScenario()
				parent := s.fork(1500*ms, shell)
				s.Exec(parent, "leak")
				var m moments
				m.births(s, &parent, onset, onset+30*sec, rate)
				s.play(m)
				r := s.end(onset + 30*sec).only(t)
				in := r.Context.Incident
				if r.Insight.Class != schema.ClassRunawayTree || in.Primary == nil || in.Primary.PID != parent {
					t.Fatalf("class %s, primary %+v; want runaway_tree of pid %d", r.Insight.Class, in.Primary, parent)
				}
				if off := offset(in.Onset) - onset; off.Abs() > sec {
					t.Errorf("onset %s off", off)
				}
			})
		}
	}
}

func TestRunawayTreeRecord(t *testing.T) {
	s := newScenario()
	parent := s.fork(1500*ms, shell)
	s.Exec(parent, "leak", "--rate", "10")
	var m moments
	m.births(s, &parent, 5*sec, 65*sec, 10)
	s.play(m)
	r := s.end(100 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassRunawayTree || *r.Insight.PrimaryProcess != "leak" {
		t.Fatalf("class %s of %q", r.Insight.Class, *r.Insight.PrimaryProcess)
	}
	if got := offset(in.Onset); got != 5*sec {
		t.Errorf("onset at %s, want the first birth", got)
	}
	if got := offset(in.End); got != 64900*ms {
		t.Errorf("end at %s, want the last birth", got)
	}
	if in.Severity != schema.SeverityWarning || r.Insight.Confidence != round(calibrated(10)) || len(in.UnknownInputs) > 0 {
		t.Errorf("severity %s, confidence %v with unknown %q", in.Severity, r.Insight.Confidence, in.UnknownInputs)
	}
	if len(in.Candidates) != 1 || in.Candidates[0].Share != 1 {
		t.Errorf("candidates %+v", in.Candidates)
	}
	if want := "and they grow without a pause"; !strings.Contains(r.Insight.Why, want) {
		t.Errorf("why %q, want %q", r.Insight.Why, want)
	}
}

// TestRunawayTreeShapes holds that the process which the growth comes from is named,
// however it is spread, and long after it began.
func TestRunawayTreeShapes(t *testing.T) {
	tests := []struct {
		name string
		// grow forks one more below root and returns nothing.
		grow func(s *scenario, root int64, born []int64) int64
	}{
		{"flat", func(s *scenario, root int64, _ []int64) int64 { return root }},
		{"chain", func(s *scenario, root int64, born []int64) int64 {
			if len(born) == 0 {
				return root
			}
			return born[len(born)-1]
		}},
		{"binary", func(s *scenario, root int64, born []int64) int64 {
			if len(born) < 2 {
				return root
			}
			return born[len(born)/2-1]
		}},
		{"with a shell between", func(s *scenario, root int64, born []int64) int64 {
			if len(born)%2 == 0 {
				return root
			}
			return born[len(born)-1]
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			root := s.fork(1500*ms, shell)
			s.Exec(root, "leak")
			var born []int64
			for i := range 500 {
				at := 3*sec + time.Duration(i)*100*ms
				born = append(born, s.fork(at, tt.grow(s, root, born)))
			}
			r := s.end(55 * sec).only(t)
			in := r.Context.Incident
			if r.Insight.Class != schema.ClassRunawayTree || in.Primary == nil || in.Primary.PID != root {
				t.Errorf("class %s, primary %+v; want runaway_tree of pid %d", r.Insight.Class, in.Primary, root)
			}
			if got := offset(in.Onset); got != 3*sec {
				t.Errorf("onset at %s", got)
			}
		})
	}
}

// TestRunawayTreeOfWorkers holds that the worker which grows is named, and their master
// where several grow alike.
func TestRunawayTreeOfWorkers(t *testing.T) {
	for growing := 1; growing <= 3; growing++ {
		s := newScenario()
		master := s.fork(500*ms, shell)
		s.Exec(master, "master")
		var workers []int64
		for range 3 {
			workers = append(workers, s.fork(600*ms, master))
		}
		var m moments
		for i := range growing {
			m.births(s, &workers[i], 3*sec, 40*sec, 9/float64(growing))
		}
		s.play(m)
		r := s.end(45 * sec).only(t)
		in := r.Context.Incident
		want := master
		if growing == 1 {
			want = workers[0]
		}
		if r.Insight.Class != schema.ClassRunawayTree || in.Primary == nil || in.Primary.PID != want {
			t.Errorf("%d grow: class %s, primary %+v; want runaway_tree of pid %d", growing, r.Insight.Class, in.Primary, want)
		}
		if len(in.Candidates) < min(growing, 2) {
			t.Errorf("%d grow: candidates %+v", growing, in.Candidates)
		}
	}
}

// TestRunawayTreeOfSlowWorkers holds that a worker with half of the growth is not named
// if what it has is none by itself.
func TestRunawayTreeOfSlowWorkers(t *testing.T) {
	s := newScenario()
	master := s.fork(500*ms, shell)
	s.Exec(master, "master")
	workers := []int64{s.fork(600*ms, master), s.fork(600*ms, master)}
	var m moments
	m.births(s, &workers[0], 3*sec, 40*sec, 2.9)
	m.births(s, &workers[1], 3*sec, 40*sec, 2.3)
	s.play(m)
	in := s.end(45 * sec).only(t).Context.Incident
	if len(in.Candidates) != 3 || in.Candidates[0].PID != master || in.Candidates[1].PID != workers[0] {
		t.Errorf("candidates %+v, want pid %d, then %d", in.Candidates, master, workers)
	}
}

// TestRunawayTreeOnset holds that slower growth before is a part of it, a burst is not.
func TestRunawayTreeOnset(t *testing.T) {
	s := newScenario()
	parent := s.fork(500*ms, shell)
	var m moments
	m.births(s, &parent, 6050*ms, 16*sec, 2)
	m.births(s, &parent, 16*sec, 40*sec, 6)
	s.play(m)
	if got := offset(s.end(40 * sec).only(t).Context.Incident.Onset); got != 6050*ms {
		t.Errorf("slow at first: onset at %s", got)
	}
	s = newScenario()
	parent = s.fork(500*ms, shell)
	m = nil
	m.add(10*sec-ms, func() { s.children(parent, 150) })
	m.births(s, &parent, 10*sec+ms, 40*sec, 6)
	s.play(m)
	if got := offset(s.end(40 * sec).only(t).Context.Incident.Onset); got != 10*sec+ms {
		t.Errorf("after a burst: onset at %s", got)
	}
}

// TestRunawayTreeBesideBuild holds that a build of the same tree does not hide it.
func TestRunawayTreeBesideBuild(t *testing.T) {
	s := newScenario()
	leak, mk := s.fork(sec, shell), s.fork(sec, shell)
	var m moments
	m.births(s, &leak, 5*sec, 30*sec, 6)
	m.builds(s, &mk, 2*sec, 30*sec, 24)
	s.play(m)
	r := s.end(32 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassRunawayTree || in.Primary == nil || in.Primary.PID != leak {
		t.Fatalf("class %s, primary %+v; want runaway_tree of pid %d", r.Insight.Class, in.Primary, leak)
	}
	if off := offset(in.Onset) - 5*sec; off.Abs() > sec {
		t.Errorf("onset %s off", off)
	}
}

// builds lets up to so many processes of a parent come and go at once, in waves.
func (m *moments) builds(s *scenario, parent *int64, from, to time.Duration, wide int) {
	for at, wave := from, 0; at < to; at, wave = at+700*ms, wave+1 {
		n := wide/4 + (wave%7)*wide/8
		pids := make([]int64, n)
		for i := range n {
			m.add(at+time.Duration(i)*ms, func() { pids[i] = s.fork(at+time.Duration(i)*ms, *parent) })
			m.add(at+600*ms+time.Duration(i)*ms, func() { s.Exit(pids[i]) })
		}
	}
}

// TestTwoRunawayTrees holds that two trees have an incident each.
func TestTwoRunawayTrees(t *testing.T) {
	s := newScenario()
	s.Task(200, 1, "service")
	parents := []int64{200, shell}
	var m moments
	m.births(s, &parents[0], 5*sec, 40*sec, 7)
	m.births(s, &parents[1], 11*sec, 40*sec, 12)
	s.play(m)
	records := s.end(42 * sec).analyze(t)
	if len(records) != 2 {
		t.Fatalf("found %v", classesOf(records))
	}
	for i, onset := range []time.Duration{5 * sec, 11 * sec} {
		in := records[i].Context.Incident
		if off := offset(in.Onset) - onset; in.Primary.PID != parents[i] || off.Abs() > sec {
			t.Errorf("incident %d is of pid %d and begins %s off", i, in.Primary.PID, off)
		}
	}
}

// TestRunawayTreeAfterRest holds that a tree in which nothing was born for long is known
// as it was.
func TestRunawayTreeAfterRest(t *testing.T) {
	s := newScenario()
	parent := s.fork(500*ms, shell)
	var m moments
	m.add(600*ms, func() { s.children(parent, 50) })
	m.births(s, &parent, 60*sec, 90*sec, 8)
	s.play(m)
	in := s.end(90 * sec).only(t).Context.Incident
	if in.Primary == nil || in.Primary.PID != parent || offset(in.Onset) != 60*sec {
		t.Errorf("primary %+v, onset %s; want pid %d at 60 s", in.Primary, offset(in.Onset), parent)
	}
	if in.Candidates[0].Share != 1 {
		t.Errorf("candidates %+v: those before are no part of it", in.Candidates)
	}
}

// TestRunawayTreeSeverity holds that it is critical when the pids end within 10 min.
func TestRunawayTreeSeverity(t *testing.T) {
	// At the strongest window 5 others, shell and init among them, and 250 below live.
	const living, rate = 4 + 250, 10
	for pids, want := range map[int64]schema.Severity{
		living + 600*rate - 1: schema.SeverityCritical, living + 600*rate: schema.SeverityCritical,
		living + 600*rate + 1: schema.SeverityWarning,
	} {
		s := newScenario()
		s.Records[0].PIDMax = schema.Some(pids)
		parent := s.fork(500*ms, shell)
		var m moments
		m.births(s, &parent, 5*sec+50*ms, 30*sec, rate)
		s.play(m)
		if got := s.end(30 * sec).only(t).Context.Incident.Severity; got != want {
			t.Errorf("with %d pids it is %s, want %s", pids, got, want)
		}
	}
}

func TestRunawayTreeLoss(t *testing.T) {
	s := newScenario()
	parent := s.fork(500*ms, shell)
	var m moments
	m.births(s, &parent, 5*sec, 30*sec, 10)
	m.add(7*sec, func() { s.Lost(schema.TypeExit, 10, 6*sec, 7*sec) })
	s.play(m)
	r := s.end(30 * sec).only(t)
	if r.Insight.Confidence != capLoss || len(r.Context.Incident.UnknownInputs) != 1 {
		t.Errorf("confidence %v with unknown %q, want %v for the loss", r.Insight.Confidence, r.Context.Incident.UnknownInputs, capLoss)
	}
}

// TestRunawayTreeAtTheEnd holds that the end of a capture, within a second, tells nothing
// new.
func TestRunawayTreeAtTheEnd(t *testing.T) {
	s := newScenario()
	parent := s.fork(sec, shell)
	var m moments
	m.births(s, &parent, 3*sec, 33*sec, 8)
	s.play(m)
	s.end(35*sec + 500*ms)
	s.eachWindow(t, func(f *features) {
		if got := len(judgeRunawayTree(f)); f.Last && got > 0 {
			t.Errorf("%d verdicts at the end", got)
		}
	})
}

// TestForkStormIsNoRunaway holds that a tree has one incident, the storm.
func TestForkStormIsNoRunaway(t *testing.T) {
	for _, rate := range []float64{35, 100} {
		s := newScenario()
		parent := s.fork(500*ms, shell)
		var m moments
		m.births(s, &parent, 5*sec, 30*sec, rate)
		s.play(m)
		if got := s.end(40 * sec).only(t).Insight.Class; got != schema.ClassForkStorm {
			t.Errorf("%v forks/s are %s", rate, got)
		}
		s.eachWindow(t, func(f *features) {
			if len(judgeForkStorm(f)) > 0 && len(judgeRunawayTree(f)) > 0 {
				t.Errorf("%v forks/s are both at %s", rate, offset(f.To))
			}
		})
	}
}

// TestNoRunawayTree works through what grows for a while, or looks so.
func TestNoRunawayTree(t *testing.T) {
	pool := func(rate float64) func(s *scenario, m *moments, parent *int64) {
		return func(s *scenario, m *moments, parent *int64) {
			m.births(s, parent, 6*sec, 6*sec+time.Duration(64/rate*float64(sec)), rate)
		}
	}
	tests := []struct {
		name string
		play func(s *scenario, m *moments, parent *int64)
	}{
		{"warm pool, slow", pool(2)},
		{"warm pool", pool(4)},
		{"warm pool, faster", pool(5)},
		{"warm pool, fast", pool(12)},
		{"warm pool, at once", pool(1000)},
		{"warm pool beside many", func(s *scenario, m *moments, parent *int64) {
			m.add(sec, func() { s.children(*parent, 200) })
			pool(4)(s, m, parent)
		}},
		{"warm pool after a burst", func(s *scenario, m *moments, parent *int64) {
			m.add(5900*ms, func() { s.children(*parent, 200) })
			pool(4)(s, m, parent)
		}},
		{"workers that are replaced", func(s *scenario, m *moments, parent *int64) {
			var old []int64
			m.add(2*sec, func() {
				for range 100 {
					old = append(old, s.fork(2*sec, *parent))
				}
			})
			m.births(s, parent, 5*sec, 17*sec, 8)
			for i := range 100 {
				m.add(5*sec+time.Duration(i)*125*ms, func() { s.Exit(old[i]) })
			}
		}},
		{"make -j32", func(s *scenario, m *moments, parent *int64) { m.builds(s, parent, 2*sec, 35*sec, 60) }},
		{"make -j100", func(s *scenario, m *moments, parent *int64) { m.builds(s, parent, 2*sec, 35*sec, 200) }},
		{"container start", func(s *scenario, m *moments, parent *int64) {
			m.births(s, parent, 3*sec, 6*sec, 8)
		}},
		{"cron burst that stays", func(s *scenario, m *moments, parent *int64) {
			m.births(s, parent, 3*sec, 5*sec, 100)
		}},
		{"zombies whose exit was lost", func(s *scenario, m *moments, parent *int64) {
			var pids []int64
			for i := range 200 {
				at := 3*sec + time.Duration(i)*125*ms
				m.add(at, func() { pids = append(pids, s.fork(at, *parent)) })
			}
			for at := 3 * sec; at < 30*sec; at += 100 * ms {
				m.add(at+ms, func() {
					for _, pid := range pids {
						s.Sample(pid, "Z", 0)
					}
				})
			}
		}},
		{"a few more each minute", func(s *scenario, m *moments, parent *int64) {
			m.births(s, parent, 3*sec, 35*sec, 3)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			parent := s.fork(sec, shell)
			s.Exec(parent, "service")
			var m moments
			tt.play(s, &m, &parent)
			s.play(m)
			for _, r := range s.end(40 * sec).analyze(t) {
				if r.Insight.Class == schema.ClassRunawayTree {
					t.Errorf("runaway_tree: %s", r.Insight.Why)
				}
			}
		})
	}
}
