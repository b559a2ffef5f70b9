package rules

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// floods lets parents from 100 on run short jobs: so many each, one after the other.
func floods(c *replaytest.Capture, at time.Duration, first int64, jobs ...int) {
	for i, n := range jobs {
		parent := first + int64(i)
		c.Task(parent, 1, "sh")
		for j := range int64(n) {
			job(c, at, parent, 1000*parent+j)
		}
	}
}

// job is one short job of a parent.
func job(c *replaytest.Capture, at time.Duration, parent, pid int64) {
	c.At(at).Fork(parent, pid)
	c.Exec(pid, "true")
	c.Exit(pid)
}

// TestExplainAtTheForemost picks from several subjects the one that matters most.
func TestExplainAtTheForemost(t *testing.T) {
	const rule = "detector: short_job_flood, threshold: 4, window_seconds: 10, cooldown: 60"
	many := make([]int, maxTouched)
	for i := range many {
		many[i] = 2
	}
	for _, test := range []struct {
		name  string
		build func(c *replaytest.Capture)
		want  string
	}{
		{"nothing yet", func(c *replaytest.Capture) {}, "1m0s parent inactive below_threshold 0/4: short_job_flood is 4 below 4 (-100.0 %)"},
		{"the largest", func(c *replaytest.Capture) { floods(c, 55*time.Second, 100, 2, 3, 1) },
			"1m0s 101 inactive below_threshold 3/4 seq 13-19: short_job_flood is 1 below 4 (-25.0 %)"},
		{"one that fires before one that is held back", func(c *replaytest.Capture) {
			floods(c, 20*time.Second, 100, 4)
			floods(c, 55*time.Second, 200, 4)
			for j := range int64(4) {
				job(c, 56*time.Second, 100, 100_100+j)
			}
		}, "1m0s 200 firing met 4/4 seq 19-28: it resolves when its value has been below 4"},
		{"the larger of more than are kept", func(c *replaytest.Capture) {
			floods(c, 55*time.Second, 100, 3)
			floods(c, 55*time.Second, 200, many...)
		}, "1m0s 100 inactive below_threshold 3/4 seq 6-12: short_job_flood is 1 below 4 (-25.0 %)"},
		{"one of now before those of long ago", func(c *replaytest.Capture) {
			floods(c, 20*time.Second, 200, many...)
			floods(c, 55*time.Second, 100, 1)
		}, "1m0s 100 inactive below_threshold 1/4 seq 118-118: short_job_flood is 3 below 4 (-75.0 %)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := replaytest.New("boot")
			test.build(c)
			c.At(time.Minute).End()
			if got := momentText(explain(t, rule, c, time.Minute).At); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestAttemptsAreBounded holds that the farthest attempts make room for others.
func TestAttemptsAreBounded(t *testing.T) {
	var m misses
	for i := range 3 * maxAttempts {
		m.enter(&attempt{process: &replay.Process{}, closeness: float64(i%7) / 10})
	}
	for _, a := range m.attempts[:maxAttempts-1] {
		if a.closeness < 0.4 {
			t.Errorf("an attempt of %v is kept", a.closeness)
		}
	}
	if len(m.attempts) != maxAttempts {
		t.Errorf("%d attempts, want %d", len(m.attempts), maxAttempts)
	}
}

// TestLeftOutIsBounded holds that names beyond the limit count in the sum.
func TestLeftOutIsBounded(t *testing.T) {
	var l leftOut
	for i := range int64(2 * maxLeftOut) {
		l.add(&replay.Process{Comm: string(rune('a' + i))}, i)
	}
	told := l.told()
	if len(l.top) != maxLeftOut || told.Count != 2*maxLeftOut || told.LastSeq.V != 2*maxLeftOut-1 || len(told.Top) != topCount {
		t.Errorf("%d names, %+v", len(l.top), told)
	}
}

// TestTraceTakesAnything has each detector traced over what no recorder writes, up to the
// end and to moments before it.
func TestTraceTakesAnything(t *testing.T) {
	set, judged := mustLoad(t, many), 0
	for seed := range uint64(20) {
		c := replaytest.Capture{Records: replaytest.Random(rand.New(rand.NewPCG(seed, 2)), 1000)}
		for _, to := range []time.Duration{time.Second, 5 * time.Second, time.Hour} {
			var traces []*Trace
			opts := replay.Options{To: replay.After(to)}
			_, err := replay.Run(t.Context(), []replay.Source{c.Source()}, opts, func(h *replay.Host) []replay.Handler {
				var handlers []replay.Handler
				for _, rule := range set {
					trace := NewTrace(h, rule)
					traces, handlers = append(traces, trace), append(handlers, trace)
				}
				return handlers
			})
			if err != nil {
				continue // a time that no capture can have
			}
			for _, trace := range traces {
				ex := trace.Explanation()
				judged += len(ex.Changes)
				if _, err := ex.AppendJSON(nil); err != nil || ex.At.State == "" || ex.Why == "" {
					t.Fatalf("seed %d, to %s: %v\n%+v", seed, to, err, ex)
				}
			}
		}
	}
	if judged == 0 {
		t.Error("nothing was judged")
	}
}

// TestTraceBoundsItsWork has the forks of a window grow for as long as there are any,
// each of them nearer to a threshold that is out of reach.
func TestTraceBoundsItsWork(t *testing.T) {
	const count = 40_000
	c := replaytest.New("boot")
	forks(c, 1, 10, count, 0, 100*time.Microsecond)
	set := mustLoad(t, "- {name: r, detector: fork_burst, threshold: 1000000, window_seconds: 60}")
	var trace *Trace
	replaytest.Run(t, func(h *replay.Host) []replay.Handler {
		trace = NewTrace(h, set[0])
		return []replay.Handler{trace}
	}, c.Source())
	m := &trace.misses
	if most := int64(freeWork + workPerCheck*count + count*worthPart); m.work > most {
		t.Errorf("measuring has looked at %d records, more than %d", m.work, most)
	}
	if value := trace.Explanation().NearestMiss.Value.V; value < count-count/worthPart || value > count {
		t.Errorf("nearest miss %v, want about %d", value, count)
	}
}

// traced traces a rule over the capture.
func traced(t *testing.T, rule string, c *replaytest.Capture) (trace *Trace) {
	t.Helper()
	set := mustLoad(t, "- {name: r, "+rule+"}")
	replaytest.Run(t, func(h *replay.Host) []replay.Handler {
		trace = NewTrace(h, set[0])
		return []replay.Handler{trace}
	}, c.Source())
	return trace
}

// TestProbeLooksOnceAtEach has each process of a tree below the one before.
func TestProbeLooksOnceAtEach(t *testing.T) {
	const count = 1000
	c := replaytest.New("boot")
	c.Task(10, 1, "sh")
	for pid := range int64(count) {
		c.Fork(10+pid, 11+pid)
	}
	trace := traced(t, "detector: runaway_tree, threshold: 1000000, window_seconds: 10", c)
	root, m := trace.runner.detector.(prober).probe(trace.host, trace.misses.nearest.process)
	// Forks come from pid 10 on; a tenth of them is at or above the root.
	if root.Key.PID != 10+count/10 || m.value != count || m.looked < count || m.looked > 2*count {
		t.Errorf("root %d, value %v, %d processes looked at, want pid %d, %d, at most %d", root.Key.PID, m.value, m.looked, 10+count/10, count, 2*count)
	}
}

// TestTraceCountsTheDepthOfATree has few forks in the window, but far below the top of
// their tree: what they cost is the way up.
func TestTraceCountsTheDepthOfATree(t *testing.T) {
	const depth, count = 5000, 1000
	c := replaytest.New("boot")
	c.Task(10, 1, "sh")
	for pid := range int64(depth) {
		c.Task(11+pid, 10+pid, "sh")
	}
	forks(c, 10+depth, 100_000, count, time.Minute, time.Millisecond)
	m := &traced(t, "detector: runaway_tree, threshold: 1000000, window_seconds: 10", c).misses
	const perProbe, growth = workPerProcess * (depth + 2*count), 300 // 1.03 to the 300th is more than count
	if most := int64(freeWork + workPerCheck*(depth+count) + growth*perProbe); m.work <= freeWork || m.work > most {
		t.Errorf("measuring has cost %d, want more than %d, at most %d", m.work, freeWork, most)
	}
}

// TestOpenEpisodesAreBounded holds that those that matter most are kept.
func TestOpenEpisodesAreBounded(t *testing.T) {
	trace := &Trace{}
	for range 2 * maxOpen {
		trace.tell(&episode{}, schema.RuleUnknown)
	}
	held := &episode{}
	trace.tell(held, schema.RuleSuppressed)
	if len(trace.open) != maxOpen || !slices.Contains(trace.open, held) {
		t.Errorf("%d episodes, the one that is held back among them: %v", len(trace.open), slices.Contains(trace.open, held))
	}
}

// TestEndedEpisodesAreBounded has more firings end within a window than are kept.
func TestEndedEpisodesAreBounded(t *testing.T) {
	c := replaytest.New("boot")
	jobs := make([]int, maxOver+1)
	for i := range jobs {
		jobs[i] = 1
	}
	floods(c, time.Second, 1000, jobs...)
	c.At(15 * time.Second).End()
	trace := traced(t, "detector: short_job_flood, threshold: 1, window_seconds: 10", c)
	if ended := trace.Explanation().Resolved; ended != maxOver+1 || len(trace.misses.over) != maxOver {
		t.Errorf("%d have ended, %d are kept, want %d", ended, len(trace.misses.over), maxOver)
	}
}
