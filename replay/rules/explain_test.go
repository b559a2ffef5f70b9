package rules

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

// explain traces a rule over a capture, up to an offset if it is not 0.
func explain(t *testing.T, rule string, c *replaytest.Capture, to time.Duration) *schema.Explanation {
	t.Helper()
	set := mustLoad(t, "- {name: r, "+rule+"}")
	var trace *Trace
	opts := replay.Options{}
	if to > 0 {
		opts.To = replay.After(to)
	}
	_, err := replay.Run(t.Context(), []replay.Source{c.Source()}, opts, func(h *replay.Host) []replay.Handler {
		trace = NewTrace(h, set[0])
		return []replay.Handler{trace}
	})
	if err != nil {
		t.Fatal(err)
	}
	return trace.Explanation()
}

// momentText writes a moment as: time subject state reason value/threshold evidence.
func momentText(m *schema.RuleMoment) string {
	if m == nil {
		return "none"
	}
	text := fmt.Sprintf("%s %s %s %s", m.Time.Sub(replaytest.Start), pidText(&m.Subject), m.State, m.Reason)
	if m.Value.OK {
		text += fmt.Sprintf(" %.4g/%.4g", m.Value.V, m.Threshold)
	}
	if m.Evidence.FirstSeq.OK {
		text += fmt.Sprintf(" seq %d-%d", m.Evidence.FirstSeq.V, m.Evidence.LastSeq.V)
	}
	if m.Incomplete {
		text += " incomplete"
	}
	return text + ": " + m.Missing
}

func pidText(s *schema.Subject) string {
	if s.PID.OK {
		return fmt.Sprint(s.PID.V)
	}
	return string(s.Kind)
}

func changesText(changes []schema.RuleChange) string {
	var lines []string
	for i := range changes {
		c := &changes[i]
		line := fmt.Sprintf("%s %s %s→%s %s", c.Time.Sub(replaytest.Start), pidText(&c.Subject), c.From, c.To, c.Reason)
		if c.Value.OK {
			line += fmt.Sprintf(" %.4g", c.Value.V)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// pressured samples the system each second until end, with the pressure of cpu, memory
// and I/O that stalled tells of each second.
func pressured(c *replaytest.Capture, end int, stalled func(second int) time.Duration) {
	for second := range end + 1 {
		c.Stall(replay.MemoryFull, stalled(second)).Stall(replay.IOFull, stalled(second))
		c.At(time.Duration(second) * time.Second).System(stalled(second))
	}
}

// briefly is eight seconds of pressure.
func briefly(c *replaytest.Capture) {
	pressured(c, 30, func(second int) time.Duration {
		if second > 10 && second <= 18 {
			return time.Second
		}
		return 0
	})
}

// grown has two trees, of which the second is the larger for four seconds.
func grown(c *replaytest.Capture) {
	l := family(c)
	c.Task(20, 1, "java")
	l.seconds(0, 3, []int64{10, 11, 20}, steady(0.5, 100))
	l.seconds(3, 7, []int64{20}, steady(2, 300))
	l.seconds(7, 20, []int64{20}, steady(0, 100))
}

// nearMisses has for each detector a rule that just does not fire, a capture, and the
// nearest miss.
var nearMisses = map[string]struct {
	keys  string
	build func(c *replaytest.Capture)
	want  string
}{
	"forks_per_sec": {"threshold: 10, duration: 1", func(c *replaytest.Capture) { forks(c, 1, 10, 9, ms, ms) },
		"9ms host inactive below_threshold 9/10 seq 3-11: forks_per_sec is 1 below 10 (-10.0 %)"},
	"fork_burst": {"threshold: 4, window_seconds: 1", func(c *replaytest.Capture) {
		forks(c, 1, 10, 2, ms, ms)
		forks(c, 1, 20, 3, 3*time.Second, ms)
		forks(c, 1, 30, 3, 6*time.Second, ms)
		c.At(20 * time.Second).End()
	}, "3.002s host inactive below_threshold 3/4 seq 5-7: fork_burst is 1 below 4 (-25.0 %)"},
	"runaway_tree": {"threshold: 10, window_seconds: 10", func(c *replaytest.Capture) {
		c.Task(100, 1, "sh")
		c.Task(200, 1, "make")
		forks(c, 100, 1000, 7, ms, ms)
		forks(c, 200, 2000, 8, time.Second, ms)
	}, "1.007s 200 inactive below_threshold 8/10 seq 12-19: runaway_tree is 2 below 10 (-20.0 %)"},
	"short_job_flood": {"threshold: 5, window_seconds: 10", func(c *replaytest.Capture) {
		c.Task(100, 1, "sh")
		for pid := int64(1000); pid < 1004; pid++ {
			c.At(time.Duration(pid)*ms).Fork(100, pid)
			c.Exec(pid, "true")
			c.Exit(pid)
		}
	}, "1.003s 100 inactive below_threshold 4/5 seq 6-15: short_job_flood is 1 below 5 (-20.0 %)"},
	"system_psi_cpu": {"threshold_pct: 50, duration: 8", briefly, "18s host holding duration_not_met 80/50 seq 11-21: it holds for 6s of 8s"},
	"system_psi_memory": {"threshold_pct: 80, duration: 8", briefly,
		"18s host inactive below_threshold 80/80 seq 11-21: system_psi_memory must be more than 80, and must hold for 8s"},
	"system_psi_io": {"threshold_pct: 50, duration: 8", briefly, "18s host holding duration_not_met 80/50 seq 11-21: it holds for 6s of 8s"},
	"oom_kill": {"cooldown: 10", func(c *replaytest.Capture) {
		c.Task(5, 1, "java")
		c.At(time.Second).OOM(5, 1<<20)
		c.At(2*time.Second).OOM(5, 1<<20)
	}, "2s 5 suppressed cooldown 1/1 seq 5-5: the cooldown holds it back until 2023-11-14T22:13:31.000000000Z"},
	"exec_rate": {"regex: curl, rate_per_min: 4, median_lifetime: 100ms", func(c *replaytest.Capture) {
		for i := range int64(5) {
			run(c, 10+i, time.Duration(i)*time.Second, 200*ms, "curl")
		}
		run(c, 20, 2*time.Minute, ms, "curl")
	}, "3s host inactive below_threshold 4/4 seq 4-13: median_lifetime is 0.1 above 0.1 (+100.0 %)"},
	"zombie_count": {"threshold: 2, duration: 7", func(c *replaytest.Capture) {
		c.Task(5, 1, "sh")
		c.Task(6, 1, "sh")
		for pid := int64(10); pid < 15; pid++ {
			c.Task(pid, 5+pid/14, "true")
		}
		for second := range 10 {
			state := "S"
			if second >= 3 {
				state = "Z"
			}
			for pid := int64(10); pid < 15; pid++ {
				c.At(time.Duration(second)*time.Second+time.Duration(pid)).Sample(pid, state, 0)
			}
			c.At(time.Duration(second)*time.Second + 20).System(0)
		}
	}, "3.00000002s 5 holding duration_not_met 4/2 seq 28-31: it holds for 6s of 7s"},
	"process_growth": {"threshold: 5, window_seconds: 2", func(c *replaytest.Capture) {
		c.At(0).System(0)
		forks(c, 1, 10, 4, time.Second, ms)
		c.Exit(10)
	}, "1.003s host inactive below_threshold 4/5 seq 4-7: process_growth is 1 below 5 (-20.0 %)"},
	"subtree_cpu_pct": {"threshold: 150, duration: 5", grown, "4s 20 holding duration_not_met 200/150 seq 18-20: it holds for 3.999999s of 5s"},
	"subtree_rss_mb":  {"threshold: 400, duration: 5", grown, "4s 20 inactive below_threshold 300/400 seq 20-20: subtree_rss_mb is 100 below 400 (-25.0 %), and must hold for 5s"},
}

// TestEveryDetectorExplains holds that each detector tells of a subject that comes near.
func TestEveryDetectorExplains(t *testing.T) {
	for i := range kinds {
		name := kinds[i].name
		t.Run(name, func(t *testing.T) {
			test, ok := nearMisses[name]
			if !ok {
				t.Fatalf("no near miss of %s in the table", name)
			}
			c := replaytest.New("boot")
			test.build(c)
			ex := explain(t, "detector: "+name+", "+test.keys, c, 0)
			if got := momentText(ex.NearestMiss); got != test.want {
				t.Errorf("nearest miss\n%s\nwant\n%s", got, test.want)
			}
			if ex.Fired > 0 != (ex.NearestMiss.Reason == schema.ReasonCooldown) || len(ex.Terms) == 0 || ex.NearestMiss.Evidence.Count == 0 {
				t.Errorf("verdict %s, terms %v, evidence %v", ex.Verdict, ex.Terms, ex.NearestMiss.Evidence)
			}
		})
	}
}

func TestExplainChanges(t *testing.T) {
	burst := func(c *replaytest.Capture, pid int64, at time.Duration) { forks(c, 1, pid, 2, at-1, 1) }
	for _, test := range []struct {
		name, rule string
		build      func(c *replaytest.Capture)
		want       string
	}{
		{"fires, resolves, and is held back", "detector: fork_burst, threshold: 2, window_seconds: 1, cooldown: 10", func(c *replaytest.Capture) {
			burst(c, 10, 100*ms)
			burst(c, 20, 5*time.Second)
			c.At(30 * time.Second).End()
		}, `100ms host inactive→firing met 2
			2s host firing→inactive below_threshold 0
			5s host inactive→suppressed cooldown 2
			6s host suppressed→inactive below_threshold 0`},
		{"a loss", "detector: fork_burst, threshold: 5, window_seconds: 1", func(c *replaytest.Capture) {
			burst(c, 10, time.Second)
			c.At(2*time.Second).Lost(schema.TypeFork, 1, time.Second, 2*time.Second)
			quiet(c, 3*time.Second, 4*time.Second)
		}, `2s host inactive→unknown lost 0
			3s host unknown→inactive below_threshold 0`},
		{"a loss, of any subject", "detector: runaway_tree, threshold: 5, window_seconds: 1", func(c *replaytest.Capture) {
			c.At(2*time.Second).Lost(schema.TypeFork, 1, time.Second, 2*time.Second)
			quiet(c, 3*time.Second, 4*time.Second)
		}, `2s tree_root inactive→unknown lost
			3s tree_root unknown→inactive below_threshold`},
		{"too short, then a gap", "detector: system_psi_cpu, threshold_pct: 50, duration: 30", func(c *replaytest.Capture) {
			pressured(c, 14, func(second int) time.Duration { return time.Duration(second%2) * time.Second * 12 / 10 })
			c.At(20 * time.Second).End()
		}, `0s host inactive→unknown unknown
			10s host unknown→holding duration_not_met 60
			17s host holding→unknown gap`},
		{"another subject of the tree", "detector: runaway_tree, threshold: 4, window_seconds: 10", func(c *replaytest.Capture) {
			c.Task(100, 1, "sh")
			c.At(ms).Fork(100, 101)
			forks(c, 101, 1000, 4, 20*time.Second, ms)
			forks(c, 100, 2000, 50, 20100*ms, 10*ms)
			quiet(c, 21*time.Second, 23*time.Second)
		}, `20.003s 101 inactive→firing met 4
			21s 100 inactive→inactive wrong_subject 54`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := replaytest.New("boot")
			test.build(c)
			ex := explain(t, test.rule, c, 0)
			want := strings.ReplaceAll(test.want, "\t", "")
			if got := changesText(ex.Changes); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestExplainAt(t *testing.T) {
	c := replaytest.New("boot")
	pressured(c, 40, func(second int) time.Duration { return time.Duration(min(second/11, 1)) * time.Second })
	for _, test := range []struct {
		to   time.Duration
		want string
	}{
		{5 * time.Second, "5s host unknown unknown: the value is not known"},
		{15 * time.Second, "15s host inactive below_threshold 50/50 seq 8-18: system_psi_cpu must be more than 50, and must hold for 4s"},
		{18500 * ms, "18.5s host holding duration_not_met 80/50 seq 11-21: it holds for 2.5s of 4s"},
		{20 * time.Second, "20s host firing met 100/50 seq 13-23: it resolves when its value has been at most 50 for 4s"},
		{100 * time.Second, "40s host firing met 100/50 seq 33-43: it resolves when its value has been at most 50 for 4s"},
	} {
		ex := explain(t, "detector: system_psi_cpu, threshold_pct: 50, duration: 4", c, test.to)
		if got := momentText(ex.At); got != test.want {
			t.Errorf("at %s\n%s\nwant\n%s", test.to, got, test.want)
		}
	}
}

func TestExplainTellsEachTerm(t *testing.T) {
	c := replaytest.New("boot")
	run(c, 10, time.Second, -1, "curl")
	run(c, 11, 2*time.Second, -1, "curl")
	ex := explain(t, "detector: exec_rate, regex: curl, rate_per_min: 2, median_lifetime: 100ms", c, 0)
	want := []schema.RuleTerm{
		{Name: "rate_per_min", Value: schema.Some(2.0), Threshold: 2, Comparison: ">=", Margin: schema.Some(0.0), MarginPercent: schema.Some(0.0), Met: true},
		{Name: "ended", Value: schema.Some(0.0), Threshold: 1, Comparison: ">=", Margin: schema.Some(-1.0), MarginPercent: schema.Some(-100.0)},
	}
	if !slices.Equal(ex.Terms, want) || ex.NearestMiss.Missing != "ended is 1 below 1 (-100.0 %)" {
		t.Errorf("terms %+v, missing %q", ex.Terms, ex.NearestMiss.Missing)
	}
}

func TestExplainAtCooldown(t *testing.T) {
	c := replaytest.New("boot")
	forks(c, 1, 10, 2, time.Second, ms)
	forks(c, 1, 20, 2, 5*time.Second, ms)
	c.At(20 * time.Second).End()
	const rule = "detector: fork_burst, threshold: 2, window_seconds: 1, cooldown: 10"
	ex := explain(t, rule, c, 5500*ms)
	until := replaytest.Start.Add(11*time.Second + ms).String()
	want := "5.5s host suppressed cooldown 2/2 seq 5-6: the cooldown holds it back until " + until
	if got := momentText(ex.At); got != want {
		t.Errorf("at 5.5 s\n%s\nwant\n%s", got, want)
	}
	if got := momentText(explain(t, rule, c, 0).NearestMiss); !strings.HasPrefix(got, "5.001s host suppressed cooldown 2/2") {
		t.Errorf("nearest miss %s", got)
	}
}

func TestExplainNeverEvaluated(t *testing.T) {
	for _, test := range []struct {
		name, rule string
		build      func(c *replaytest.Capture)
		want       string
	}{
		{"no input", "detector: fork_burst, threshold: 2, window_seconds: 1", func(*replaytest.Capture) {},
			"it was never evaluated: there is no fork record"},
		{"where", "detector: fork_burst, threshold: 2, window_seconds: 1, where: {comm: x}",
			func(c *replaytest.Capture) { forks(c, 1, 10, 3, 0, ms) },
			"it was never evaluated: its where matches none of 3 fork records"},
		{"no value", "detector: short_job_flood, threshold: 2, window_seconds: 1",
			func(c *replaytest.Capture) { forks(c, 1, 10, 1, 0, ms); c.Exit(10) },
			"it was never evaluated: none of 2 fork or exec or exit records tells what it measures"},
		{"blind", "detector: system_psi_cpu, threshold_pct: 50, duration: 4",
			func(c *replaytest.Capture) { quiet(c, 0, 5*time.Second) },
			"the value was never known: it needs system records over 10 s, with the totals that the detector reads"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := replaytest.New("boot")
			test.build(c)
			if ex := explain(t, test.rule, c, 0); ex.Why != test.want || ex.NearestMiss != nil && ex.LeftOut != nil {
				t.Errorf("why %q, want %q; nearest miss %s", ex.Why, test.want, momentText(ex.NearestMiss))
			}
		})
	}
}

// TestExplainLeavesOut counts what where does not match, and what is another's.
func TestExplainLeavesOut(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(100, 1, "sh")
	forks(c, 100, 1000, 3, ms, ms)
	forks(c, 1, 2000, 2, time.Second, ms)
	ex := explain(t, "detector: fork_burst, threshold: 3, window_seconds: 10, where: {comm: init}", c, 0)
	if l := ex.LeftOut; l == nil || l.Count != 3 || l.FirstSeq.V != 4 || l.LastSeq.V != 6 || l.Top[0].Comm != "sh" {
		t.Errorf("left out %+v", l)
	}
	if got := momentText(ex.NearestMiss); !strings.HasPrefix(got, "1.001s host inactive below_threshold 2/3") {
		t.Errorf("nearest miss %s", got)
	}
}

// TestExplainBounds holds that a rule which flaps keeps no more than the limits.
func TestExplainBounds(t *testing.T) {
	c := replaytest.New("boot")
	for i := range int64(300) {
		c.At(time.Duration(i)*3*time.Second).Fork(1, 100+i)
	}
	ex := explain(t, "detector: fork_burst, threshold: 1, window_seconds: 1, cooldown: 0", c, 0)
	if len(ex.Changes) != maxChanges || ex.ChangesOmitted != 599-maxChanges || len(ex.Firings) != maxFirings || ex.Fired != 300 {
		t.Errorf("%d changes, %d omitted, %d firings of %d", len(ex.Changes), ex.ChangesOmitted, len(ex.Firings), ex.Fired)
	}
}

// TestTraceChangesNothing holds that a traced rule comes to the same outcome.
func TestTraceChangesNothing(t *testing.T) {
	c := workload(7)
	for _, rule := range mustLoad(t, many) {
		_, outcomes := play(t, []Rule{rule}, c.Source())
		var trace *Trace
		replaytest.Run(t, func(h *replay.Host) []replay.Handler {
			trace = NewTrace(h, rule)
			return []replay.Handler{trace}
		}, c.Source())
		got, want := trace.Explanation(), outcomes[0]
		if got.Fired != want.Fired || got.Resolved != want.Resolved || got.Suppressed != want.Suppressed || got.Verdict != string(want.Verdict()) {
			t.Errorf("%s: %+v, want %+v", rule.Name, got, want)
		}
		times := slices.IsSortedFunc(got.Changes, func(a, b schema.RuleChange) int { return int(a.Time - b.Time) })
		if !times {
			t.Errorf("%s: changes out of order", rule.Name)
		}
	}
}

// TestNearestMiss holds what counts as a miss: what led to a firing, and what is left of
// one in the window, does not.
func TestNearestMiss(t *testing.T) {
	const rule = "detector: fork_burst, threshold: 4, window_seconds: 2, cooldown: 0"
	for _, test := range []struct {
		name, rule string
		build      func(c *replaytest.Capture)
		want       string
	}{
		{"what led to a firing", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 4, 0, ms)
		}, "none"},
		{"what is left of a firing", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 4, 0, 500*ms)
			quiet(c, 2*time.Second, 10*time.Second)
		}, "none"},
		{"after it", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 4, 0, ms)
			quiet(c, 2*time.Second, 10*time.Second)
			forks(c, 1, 20, 1, 11*time.Second, ms)
		}, "11s host inactive below_threshold 1/4 seq 16-16: fork_burst is 3 below 4 (-75.0 %)"},
		{"longer than a window before it", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			quiet(c, 2*time.Second, 3*time.Second)
			forks(c, 1, 20, 4, 4*time.Second, ms)
		}, "1ms host inactive below_threshold 2/4 seq 3-4: fork_burst is 2 below 4 (-50.0 %)"},
		{"of equals the first", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			quiet(c, 2*time.Second, 3*time.Second)
			forks(c, 1, 20, 2, 4*time.Second, ms)
		}, "1ms host inactive below_threshold 2/4 seq 3-4: fork_burst is 2 below 4 (-50.0 %)"},
		{"below the root that fires in its tree", "detector: runaway_tree, threshold: 4, window_seconds: 2, cooldown: 0",
			func(c *replaytest.Capture) {
				c.Task(100, 1, "sh")
				c.Fork(100, 101)
				forks(c, 101, 1000, 20, 5*time.Second, ms)
			}, "0s 100 inactive below_threshold 1/4 seq 4-4: runaway_tree is 3 below 4 (-75.0 %)"},
		{"a gauge that holds, and then fires", "detector: system_psi_cpu, threshold_pct: 50, duration: 6", briefly, "none"},
		{"of equal holds the first", "detector: system_psi_cpu, threshold_pct: 50, duration: 8", func(c *replaytest.Capture) {
			pressured(c, 70, func(second int) time.Duration {
				if second%30 > 10 && second%30 <= 18 {
					return time.Second
				}
				return 0
			})
		}, "18s host holding duration_not_met 80/50 seq 11-21: it holds for 6s of 8s"},
		{"what a cooldown holds back is nearest", rule[:len(rule)-1] + "8", func(c *replaytest.Capture) {
			forks(c, 1, 10, 4, 0, ms)
			forks(c, 1, 20, 4, 5*time.Second, ms)
			c.At(8 * time.Second).System(0)
			forks(c, 1, 30, 3, 12*time.Second, ms)
		}, "5.003s host suppressed cooldown 4/4 seq 7-10: the cooldown holds it back until 2023-11-14T22:13:28.003000000Z"},
		{"a lost fork beside it", rule, func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.Lost(schema.TypeFork, 1, 0, ms)
			forks(c, 1, 20, 1, 2*ms, ms)
		}, "2ms host unknown lost 3/4 seq 3-6 incomplete: fork_burst is 1 below 4 (-25.0 %); but events were lost, so nobody knows"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := replaytest.New("boot")
			test.build(c)
			if got := momentText(explain(t, test.rule, c, 0).NearestMiss); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestExplainTree tells of a tree, then of the root that is found in it.
func TestExplainTree(t *testing.T) {
	c := replaytest.New("boot")
	family(c).seconds(0, 8, []int64{10}, steady(2, 1))
	ex := explain(t, "detector: subtree_cpu_pct, threshold: 150, duration: 3", c, 0)
	want := `0s tree_root inactive→unknown unknown
1s tree_root unknown→inactive below_threshold
1s 5 inactive→holding duration_not_met 200
4s 10 holding→firing met 200`
	if got := changesText(ex.Changes); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	at := explain(t, "detector: subtree_cpu_pct, threshold: 150, duration: 3", c, 3*time.Second).At
	if got, want := momentText(at), "3s 10 holding duration_not_met 200/150 seq 9-11: it holds for 2s of 3s"; got != want {
		t.Errorf("at 3 s\n%s\nwant\n%s", got, want)
	}
}
