package expect

import (
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

const (
	stormAt5 = "- {rule: fork_storm, state: firing, time: +5s}\n"
	tree100  = "- {rule: tree, state: firing, time: +5s, subject: {kind: tree_root, pid: 100}}\n"
	tree200  = "- {rule: tree, state: firing, time: +5s, subject: {kind: tree_root, pid: 200}}\n"
)

func TestCompareSets(t *testing.T) {
	for _, test := range []struct {
		name, text string
		got        []*schema.Alert
		want       string
	}{
		{"equal", "alerts:\n" + stormAt5 + tree100, []*schema.Alert{storm(5 * time.Second), tree(5*time.Second, 100)}, "2 expectations met\n"},
		{"in another order", "alerts:\n" + tree200 + tree100 + stormAt5,
			[]*schema.Alert{storm(5 * time.Second), tree(5*time.Second, 100), tree(5*time.Second, 200)}, "3 expectations met\n"},
		{"missing", "alerts:\n" + stormAt5 + tree100, []*schema.Alert{storm(5 * time.Second)}, `
			e.yaml:3: tree firing at +5.000000000s: was not raised
			- rule: tree
			- state: firing
			- time: +5.000000000s
			- subject: {kind: tree_root, pid: 100}
			- suppressed: 0
			- incomplete: false
			- open_at_end: false
			1 of 2 expectations not met: 1 missing`},
		{"extra", "alerts:\n" + stormAt5, []*schema.Alert{storm(5 * time.Second), tree(6*time.Second, 100)}, `
			e.yaml:1: tree firing at +6.000000000s: is not expected
			+ rule: tree
			+ state: firing
			+ time: +6.000000000s
			+ severity: high
			+ subject: {kind: tree_root, pid: 100, start_time: 2023-11-14T22:13:19.000000000Z, comm: storm.sh}
			+ value: 62.4
			+ threshold: 60
			+ window_ns: 5000000000
			+ suppressed: 0
			+ incomplete: false
			+ open_at_end: false
			1 of 2 expectations not met: 1 not expected`},
		{"twice raised", "alerts:\n" + stormAt5, []*schema.Alert{storm(5 * time.Second), storm(5 * time.Second)}, "1 not expected"},
		{"twice expected", "alerts:\n" + stormAt5 + stormAt5, []*schema.Alert{storm(5 * time.Second)}, "e.yaml:3: fork_storm firing at +5.000000000s: was not raised"},
		{"different", "alerts:\n- {rule: fork_storm, state: firing, time: +4.9s, value: 60, suppressed: 2}", []*schema.Alert{storm(5 * time.Second)}, `
			e.yaml:2: fork_storm firing at +4.900000000s: differs in time, value, suppressed
			- time:       +4.900000000s
			+ time:       +5.000000000s
			- value:      60
			+ value:      62.4
			- suppressed: 2
			+ suppressed: 0
			1 of 1 expectation not met: 1 different`},
		{"nearest in time", "alerts:\n" + stormAt5, []*schema.Alert{storm(time.Second), storm(5*time.Second + 1)}, "+ time: +5.000000001s"},
		{"same subject before nearest", "alerts:\n" + tree100, []*schema.Alert{tree(5*time.Second+1, 200), tree(9*time.Second, 100)},
			"+ time: +9.000000000s"},
		{"other subject", "alerts:\n" + tree100, []*schema.Alert{tree(5*time.Second, 101)}, `
			e.yaml:2: tree firing at +5.000000000s: differs in subject
			- subject: {kind: tree_root, pid: 100}
			+ subject: {kind: tree_root, pid: 101}`},
		{"a vague one leaves the exact one its own", "tolerance: 1s\nalerts:\n- {rule: tree, state: firing, time: +5s}\n" + tree100,
			[]*schema.Alert{tree(5*time.Second, 100), tree(5*time.Second+1, 200)}, "2 expectations met\n"},
		{"none", "rules: [fork_storm]\nalerts: none", nil, "1 expectation met\n"},
		{"not none", "rules: [fork_storm]\nalerts: none", []*schema.Alert{storm(time.Second)}, "e.yaml:2: fork_storm firing at +1.000000000s: is not expected"},
		{"not none, by another rule", "rules: [fork_storm]\nalerts: none", []*schema.Alert{tree(time.Second, 1)}, "1 of 2 expectations not met: 1 not expected"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := told(Compare(mustRead(t, test.text), runOf(test.got...)))
			want := strings.TrimPrefix(strings.ReplaceAll(test.want, "\t", ""), "\n")
			if !strings.Contains(strings.ReplaceAll(got, "\n    ", "\n"), want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestCompareFields holds that each field is compared, and one that is not told is not,
// but for the three that always are.
func TestCompareFields(t *testing.T) {
	const full = "alerts: [{rule: tree, state: firing, time: +5s, severity: high, subject: {kind: tree_root, pid: 100, start_time: 2023-11-14T22:13:19Z, comm: storm.sh}, value: 62.4, threshold: 60, window_ns: 5000000000, host: db1}]"
	const least = "alerts: [{rule: tree, state: firing, time: +5s, subject: {kind: tree_root}}]"
	for _, test := range []struct {
		field  string
		change func(a *schema.Alert)
		always bool
	}{
		{"time", func(a *schema.Alert) { a.Time++ }, true},
		{"time", func(a *schema.Alert) { a.Time-- }, true},
		{"severity", func(a *schema.Alert) { a.Severity = schema.AlertLow }, false},
		{"subject", func(a *schema.Alert) { a.Subject.Kind = schema.SubjectParent }, true},
		{"subject", func(a *schema.Alert) { a.Subject.PID = schema.Some[int64](101) }, false},
		{"subject", func(a *schema.Alert) { a.Subject.StartTime.V++ }, false},
		{"subject", func(a *schema.Alert) { a.Subject.StartTime.Clear() }, false},
		{"subject", func(a *schema.Alert) { a.Subject.Comm.V = "storm" }, false},
		{"value", func(a *schema.Alert) { a.Value = 62.400000000000006 }, false},
		{"threshold", func(a *schema.Alert) { a.Threshold = 60.5 }, false},
		{"window_ns", func(a *schema.Alert) { a.WindowNs++ }, false},
		{"suppressed", func(a *schema.Alert) { a.Suppressed = 1 }, true},
		{"incomplete", func(a *schema.Alert) { a.Incomplete = true }, true},
		{"host", func(a *schema.Alert) { a.Host = "db2" }, false},
	} {
		a := tree(5*time.Second, 100)
		test.change(a)
		want := "differs in " + test.field + "\n"
		if got := told(Compare(mustRead(t, full), runOf(a))); !strings.Contains(got, want) {
			t.Errorf("%s: got %s", test.field, got)
		}
		if got := told(Compare(mustRead(t, least), runOf(a))); strings.Contains(got, want) != test.always {
			t.Errorf("%s, not told: got %s", test.field, got)
		}
	}
	open := runOf(tree(5*time.Second, 100))
	open.Outcomes[2].OpenAtEnd = open.Alerts
	if got := told(Compare(mustRead(t, full), open)); !strings.Contains(got, "differs in open_at_end\n") {
		t.Errorf("open_at_end: got %s", got)
	}
}

func TestCompareTolerance(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		all, own string
		at       time.Duration
		passes   bool
	}{
		{"", "", 5 * time.Second, true}, {"", "", 5*time.Second + 1, false}, {"", "", 5*time.Second - 1, false},
		{"tolerance: 100ms\n", "", 5*time.Second + 100*ms - 1, true}, {"tolerance: 100ms\n", "", 5*time.Second + 100*ms, true},
		{"tolerance: 100ms\n", "", 5*time.Second + 100*ms + 1, false}, {"tolerance: 100ms\n", "", 5*time.Second - 100*ms, true},
		{"tolerance: 100ms\n", "", 5*time.Second - 100*ms - 1, false}, {"tolerance: 100ms\n", ", tolerance: 1ms", 5*time.Second + ms, true},
		{"tolerance: 100ms\n", ", tolerance: 1ms", 5*time.Second + ms + 1, false}, {"tolerance: 1ms\n", ", tolerance: 0", 5*time.Second + 1, false},
	} {
		e := mustRead(t, test.all+"alerts: [{rule: fork_storm, state: firing, time: +5s"+test.own+"}]")
		suite := Compare(e, runOf(storm(test.at)))
		if passes := suite.Failed() == 0; passes != test.passes {
			t.Errorf("%s%s, raised at %v: passes %v", test.all, test.own, test.at, passes)
		}
	}
}

func TestCompareTestsSomething(t *testing.T) {
	const none = "rules: [burst]\nalerts: none"
	outcome := func(o rules.Outcome) *Run {
		run := runOf()
		o.Rule = "burst"
		run.Outcomes[1] = o
		return run
	}
	for _, test := range []struct {
		name, text string
		run        *Run
		untested   bool
		want       string
	}{
		{"no event", none, &Run{Start: start}, true, "e.yaml:1: capture: nothing was tested: no event was replayed"},
		{"no event for alerts", "alerts:\n" + stormAt5, &Run{Start: start}, true, "no event was replayed"},
		{"no event, but an alert of samples", "alerts:\n" + stormAt5, &Run{Start: start, Alerts: []*schema.Alert{storm(5 * time.Second)}}, false, "1 expectation met"},
		{"no event, and the wrong alert", none, &Run{Start: start, Alerts: []*schema.Alert{storm(5 * time.Second)}}, true, "1 not expected, 1 never evaluated"},
		{"never evaluated", none, outcome(rules.Outcome{Inputs: 5}), true, "e.yaml:1: burst was evaluated: never evaluated"},
		{"evaluated once", none, outcome(rules.Outcome{Inputs: 1, Evaluated: 1}), false, "1 expectation met"},
		{"lost", none, outcome(rules.Outcome{Inputs: 5, Evaluated: 5, Incomplete: true}), false, "cannot be told: events were lost"},
		{"lost and never evaluated", none, outcome(rules.Outcome{Incomplete: true}), false, "cannot be told: events were lost"},
		{"not replayed", none, &Run{Start: start, Events: 1}, true, "no such rule was replayed"},
		{"named, not evaluated", "rules: [burst]\nalerts:\n" + stormAt5, func() *Run {
			run := runOf(storm(5 * time.Second))
			run.Outcomes[1] = rules.Outcome{Rule: "burst"}
			return run
		}(), true, "1 of 2 expectations not met: 1 never evaluated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			suite := Compare(mustRead(t, test.text), test.run)
			if got := told(suite); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if untested := suite.Untested() > 0; untested != test.untested {
				t.Errorf("untested: %v", untested)
			}
		})
	}
}

// TestAReplayShorterThanADuration tests nothing of a rule that cannot have fired in it.
func TestAReplayShorterThanADuration(t *testing.T) {
	for _, test := range []struct {
		length string
		passes bool
	}{{"4.999s", false}, {"5s", true}} {
		text := "name: t\ntimeline: [cpu 10% for 3s in worker]\nlength: " + test.length +
			"\nrules: [{name: hog, detector: subtree_cpu_pct, threshold: 95, duration: 5}]\nevaluated: [hog]\nalerts: none\n"
		tests, err := LoadTests("t.yaml", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		run := &Run{Events: 1}
		var engine *rules.Engine
		_, err = replay.Run(t.Context(), []replay.Source{tests[0].Timeline.Source()}, replay.Options{}, func(*replay.Host) []replay.Handler {
			engine = rules.NewEngine(tests[0].Rules, func(*schema.Alert) {})
			return []replay.Handler{engine}
		})
		if err != nil {
			t.Fatal(err)
		}
		run.Outcomes = engine.Outcomes()
		suite := Compare(tests[0].Expectation, run)
		if passed := suite.Failed() == 0; passed != test.passes {
			t.Errorf("%s: %+v", test.length, suite.Cases)
		}
	}
}
