package rules

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// run forks pid below init, execs argv in it, and ends it unless it is to stay.
func run(c *replaytest.Capture, pid int64, from, took time.Duration, argv ...string) {
	c.At(from).Fork(1, pid)
	c.Exec(pid, argv...)
	if took >= 0 {
		c.At(from + took).Exit(pid)
	}
}

func TestExecRate(t *testing.T) {
	const rule = "detector: exec_rate, regex: ^curl$, rate_per_min: 3, median_lifetime: 100ms, cooldown: 0"
	const stays = -1
	curls := func(times ...time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			for i, took := range times {
				run(c, 10+int64(i), time.Duration(i)*time.Second, took, "curl")
			}
		}
	}
	last := func(at time.Duration) func(c *replaytest.Capture) {
		return func(c *replaytest.Capture) {
			curls(ms, ms)(c)
			run(c, 20, at, stays, "curl")
		}
	}
	runScenarios(t, []scenario{
		{"one exec short", rule, curls(ms, ms), ``},
		{"exactly the rate", rule, curls(ms, ms, ms), `2s firing 3`},
		{"one exec more changes nothing", rule, curls(ms, ms, ms, ms), `2s firing 3`},
		{"the minute less 1 ns", rule, last(time.Minute - 1), `59.999999999s firing 3`},
		{"the minute", rule, last(time.Minute), ``},
		{"the minute and 1 ns", rule, last(time.Minute + 1), ``},
		{"it resolves when an exec leaves the minute", rule, func(c *replaytest.Capture) {
			curls(ms, ms, ms)(c)
			quiet(c, 3*time.Second, 61*time.Second)
		}, `2s firing 3
			1m0s resolved 2`},
		{"below the clear threshold", rule + ", clear_threshold: 2", func(c *replaytest.Capture) {
			curls(ms, ms, ms)(c)
			quiet(c, 3*time.Second, 62*time.Second)
		}, `2s firing 3
			1m1s resolved 1`},

		{"a median of the lifetime less 1 ns", rule, curls(100*ms-1, 100*ms-1, stays), `2s firing 3`},
		{"a median of the lifetime", rule, curls(100*ms, 100*ms, stays), `2s firing 3`},
		{"a median of the lifetime and 1 ns", rule, curls(100*ms+1, 100*ms+1, stays), ``},
		{"the median, not the mean", rule, curls(ms, 900*ms, ms, stays), `2s firing 3`},
		{"nor the least", rule, curls(ms, 900*ms, 900*ms, stays), `2s firing 3
			2.9s resolved 3`},
		{"of two the lower", rule, curls(900*ms, ms, stays), `2s firing 3`},
		{"none ended", rule, curls(stays, stays, stays, stays), ``},
		{"the ended leave the minute too", rule, func(c *replaytest.Capture) {
			run(c, 10, 0, ms, "curl")
			for pid := int64(11); pid < 15; pid++ {
				run(c, pid, 30*time.Second, stays, "curl")
			}
			quiet(c, 31*time.Second, 61*time.Second)
		}, `30s firing 3
			1m1s resolved 4`},
		{"when the median rises it resolves", rule, func(c *replaytest.Capture) {
			curls(ms, stays, stays)(c)
			c.At(3 * time.Second).Exit(11)
			c.At(4 * time.Second).Exit(12)
		}, `2s firing 3
			4s resolved 3`},

		{"other execs do not count", rule, func(c *replaytest.Capture) {
			curls(ms, ms)(c)
			run(c, 20, 3*time.Second, ms, "wget")
			run(c, 21, 3*time.Second, ms, "curly")
		}, ``},
		{"argv[0] matches, but no other argument", rule, func(c *replaytest.Capture) {
			curls(ms, ms)(c)
			run(c, 20, 3*time.Second, ms, "sh", "curl")
			c.At(4*time.Second).Fork(1, 21)
			c.Exec(21, "curl").Comm = schema.Some("x")
			c.Last().Filename = schema.Some("/x")
		}, `4s firing 3`},
		{"what ran matches", "detector: exec_rate, regex: ^/bin/c, rate_per_min: 3, median_lifetime: 1", curls(ms, ms, ms), `2s firing 3`},
		{"the name alone matches", rule, func(c *replaytest.Capture) {
			curls(ms, ms, ms)(c)
			for i := range c.Records {
				c.Records[i].Argv, c.Records[i].Filename = schema.Opt[[]string]{}, schema.Opt[string]{}
			}
		}, `2s firing 3`},
		{"anywhere, if not anchored", "detector: exec_rate, regex: ur, rate_per_min: 3, median_lifetime: 1", curls(ms, ms, ms), `2s firing 3`},
		{"two execs of one process count twice", rule, func(c *replaytest.Capture) {
			run(c, 10, 0, ms, "curl")
			run(c, 11, time.Second, stays, "curl")
			c.At(2*time.Second).Exec(11, "curl")
		}, `2s firing 3`},
		{"it lives from the last one", rule, func(c *replaytest.Capture) {
			curls(stays, stays)(c)
			c.At(5*time.Second).Exec(10, "curl")
			c.At(5100 * ms).Exit(10)
		}, `5.1s firing 3`},
		{"the last one was another program", rule, func(c *replaytest.Capture) {
			curls(stays, stays, stays)(c)
			c.At(5*time.Second).Exec(10, "sh")
			c.At(5100 * ms).Exit(10)
		}, ``},
		{"a fork of one that matches did not exec", rule, func(c *replaytest.Capture) {
			curls(stays, stays, stays)(c)
			c.At(5*time.Second).Fork(10, 20)
			c.Exit(20)
		}, ``},
		{"an exit of one that nobody saw exec", rule, func(c *replaytest.Capture) {
			curls(stays, stays, stays)(c)
			c.Task(5, 1, "curl")
			c.Exit(5)
		}, ``},
		{"where narrows the execs", rule + ", where: {uid: 7}", curls(ms, ms, ms), ``},
		{"a loss of exits in the minute", rule, func(c *replaytest.Capture) {
			c.At(1).Lost(schema.TypeExit, 1, 0, 1)
			for i := range int64(3) {
				run(c, 10+i, time.Minute-2+time.Duration(i), 0, "curl")
			}
		}, `1m0s firing 3 incomplete`},
		{"a loss before", rule, func(c *replaytest.Capture) {
			c.At(1).Lost(schema.TypeExit, 1, 0, 0)
			for i := range int64(3) {
				run(c, 10+i, time.Minute-2+time.Duration(i), 0, "curl")
			}
		}, `1m0s firing 3`},
	})
}

func TestExecRateAlert(t *testing.T) {
	c := replaytest.New("boot")
	run(c, 10, 0, 30*ms, "curl")
	run(c, 11, time.Second, 20*ms, "curl")
	run(c, 12, 2*time.Second, -1, "curl")
	alerts, outcomes := play(t, mustLoad(t, "- {name: r, detector: exec_rate, regex: c.rl, rate_per_min: 3, median_lifetime: 100ms}"), c.Source())
	a := alerts[0]
	if want := `3 execs of "c.rl" in 1m0s, threshold 3; the median of the 2 that ended lived for 20ms, at most 100ms`; a.Message != want {
		t.Errorf("message %q, want %q", a.Message, want)
	}
	if a.WindowNs != int64(time.Minute) || a.Threshold != 3 || a.Evidence.Count != 3 || a.Evidence.Top[0].Count != 3 {
		t.Errorf("window %d, threshold %v, evidence %+v", a.WindowNs, a.Threshold, a.Evidence)
	}
	if o := outcomes[0]; o.Evaluated != 5 || o.Inputs != 5 {
		t.Errorf("%d of %d records evaluated, want 5 of 5", o.Evaluated, o.Inputs)
	}
}

// TestExecRateFromTheMiddle has the execs before the rule begins to look: their exits
// count all the same.
func TestExecRateFromTheMiddle(t *testing.T) {
	c := replaytest.New("boot")
	run(c, 9, 0, -1, "other")
	run(c, 10, 0, -1, "curl")
	for pid := int64(11); pid < 14; pid++ {
		run(c, pid, 2*time.Second, -1, "curl")
	}
	c.At(3 * time.Second).Exit(9)
	c.At(4 * time.Second).Exit(10)
	var alerts []*schema.Alert
	rules := mustLoad(t, "- {name: r, detector: exec_rate, regex: curl, rate_per_min: 3, median_lifetime: 10}")
	_, err := replay.Run(t.Context(), []replay.Source{c.Source()}, replay.Options{From: replay.After(time.Second)},
		func(*replay.Host) []replay.Handler {
			return []replay.Handler{NewEngine(rules, func(a *schema.Alert) { alerts = append(alerts, a) })}
		})
	if got := briefs(alerts); err != nil || got != "4s firing 3" {
		t.Errorf("%v\n%s\nwant 4s firing 3", err, got)
	}
}

func TestLowerMedian(t *testing.T) {
	for _, test := range []struct {
		lifetimes []time.Duration
		want      time.Duration
	}{{[]time.Duration{7}, 7}, {[]time.Duration{9, 7}, 7}, {[]time.Duration{9, 7, 8}, 8}, {[]time.Duration{9, 1, 8, 7}, 7}} {
		d := execs{runner: &runner{rule: &Rule{MedianLifetime: test.want}}, ended: window{width: time.Minute}}
		for _, limit := range []time.Duration{test.want - 1, test.want, test.want + 1} {
			short := 0
			for _, l := range test.lifetimes {
				if l <= limit {
					short++
				}
			}
			if holds := 2*short >= len(test.lifetimes); holds != (test.want <= limit) {
				t.Errorf("%v: at most %d: %v", test.lifetimes, limit, holds)
			}
		}
		for i, l := range test.lifetimes {
			d.ended.add(replaytest.Start, event{at: replaytest.Start, seq: int64(i), took: l})
		}
		if got, ok := d.median(); !ok || got != test.want {
			t.Errorf("%v: median %d, want %d", test.lifetimes, got, test.want)
		}
	}
}

func TestRegexIsTestedOnEachName(t *testing.T) {
	rule := mustLoad(t, "- {name: r, detector: exec_rate, regex: x, rate_per_min: 3, median_lifetime: 1}")[0]
	tests := []replay.Process{{Comm: "x"}, {Exe: "x"}, {Argv: []string{"x"}}, {Comm: "y", Argv: []string{"y", "x"}}}
	var got []bool
	for i := range tests {
		got = append(got, matchesExec(rule.Regex, &tests[i]))
	}
	if want := []bool{true, true, true, false}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestStandInsArePruned holds that comms which nothing counts any more are forgotten.
func TestStandInsArePruned(t *testing.T) {
	var s standIns
	kept := s.of(&replay.Process{Comm: "kept"})
	kept.n = 1
	for i := range 20 * leastStandIns {
		s.of(&replay.Process{Comm: fmt.Sprint(i)})
	}
	if len(s.byComm) > leastStandIns || s.byComm["kept"] != kept {
		t.Errorf("%d comms kept, at most %d wanted; the one that counts is %v", len(s.byComm), leastStandIns, s.byComm["kept"])
	}
}

// TestExecRateExplained has the rate, but not the median.
func TestExecRateExplained(t *testing.T) {
	for _, test := range []struct {
		name  string
		build func(c *replaytest.Capture)
		want  string
	}{
		{"none ended", func(c *replaytest.Capture) {
			run(c, 10, 0, -1, "curl")
			run(c, 11, 0, -1, "wget")
			run(c, 12, 0, -1, "wget")
			run(c, 13, 0, -1, "curl")
		}, "0s host inactive below_threshold 2/2 seq 4-10: ended is 1 below 1 (-100.0 %)"},
		{"they live for too long", func(c *replaytest.Capture) {
			run(c, 10, 0, 2500*ms, "curl")
			run(c, 11, 3*time.Second, 3*time.Second, "wget")
			run(c, 12, 7*time.Second, -1, "curl")
		}, "7s host inactive below_threshold 2/2 seq 4-10: median_lifetime is 1.5 above 1 (+150.0 %)"},
	} {
		c := replaytest.New("boot")
		test.build(c)
		ex := explain(t, "detector: exec_rate, regex: curl, rate_per_min: 2, median_lifetime: 1", c, 0)
		if got := momentText(ex.NearestMiss); got != test.want {
			t.Errorf("%s: nearest miss\n%s\nwant\n%s", test.name, got, test.want)
		}
		if ex.LeftOut == nil || ex.LeftOut.Count != 2 || ex.LeftOut.Top[0].Comm != "wget" {
			t.Errorf("%s: left out: %+v, want two records of wget", test.name, ex.LeftOut)
		}
	}
}
