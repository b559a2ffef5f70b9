package rules

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// many are rules that all fire somewhere in a workload.
const many = `
- {name: a, detector: forks_per_sec, threshold: 60, duration: 2, severity: high}
- {name: b, detector: fork_burst, threshold: 50, window_seconds: 3, cooldown: 2, clear_threshold: 20, clear_duration: 1}
- {name: c, detector: runaway_tree, threshold: 30, window_seconds: 5, cooldown: 3}
- {name: d, detector: short_job_flood, threshold: 10, window_seconds: 10, max_exec_duration_ms: 5000, cooldown: 0}
- {name: e, detector: system_psi_cpu, threshold_pct: 50, duration: 5, clear_threshold: 20}
- {name: f, detector: runaway_tree, threshold: 100, window_seconds: 10, cooldown: 0, where: {comm: [cc1, s*]}}
- {name: s, detector: subtree_cpu_pct, threshold: 80, duration: 1, cooldown: 5}
- {name: t, detector: subtree_rss_mb, threshold: 1500, duration: 1, cooldown: 5}
- {name: g, detector: fork_burst, threshold: 1000000, window_seconds: 3}
- {name: h, detector: system_psi_memory, threshold_pct: 40.5, duration: 3}
- {name: i, detector: system_psi_io, threshold_pct: 60, duration: 8, cooldown: 5}
- {name: j, detector: oom_kill, severity: high}
- {name: k, detector: zombie_count, threshold: 3, duration: 2, cooldown: 2}
- {name: l, detector: zombie_count, threshold: 2, duration: 1, clear_threshold: 0, where: {comm: ["t*", "s*"]}}
- {name: m, detector: process_growth, threshold: 20, window_seconds: 5, cooldown: 4, clear_threshold: 10}
- {name: n, detector: process_growth, threshold: 5, window_seconds: 3, cooldown: 1, where: {comm: ["t*", "s*"]}}
- {name: o, detector: exec_rate, regex: "^(cc1|as)$", rate_per_min: 150, median_lifetime: 200ms, cooldown: 1}
`

// texts encodes alerts, one a line.
func texts(t *testing.T, alerts []*schema.Alert) []string {
	t.Helper()
	lines := make([]string, len(alerts))
	for i, a := range alerts {
		line, err := a.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = string(line)
	}
	return lines
}

func workload(seed uint64) *replaytest.Capture {
	return replaytest.Workload(rand.New(rand.NewPCG(seed, 2)), 75*time.Second)
}

func TestWorkloadFiresEveryRuleButOne(t *testing.T) {
	_, outcomes := play(t, mustLoad(t, many), workload(1).Source())
	for _, o := range outcomes {
		want := Fired
		if o.Rule == "g" {
			want = Unknown // forks were lost
		}
		if o.Verdict() != want || o.Evaluated == 0 {
			t.Errorf("%s: %s after %d of %d records, want %s", o.Rule, o.Verdict(), o.Evaluated, o.Inputs, want)
		}
	}
}

func TestRulesDoNotSeeOneAnother(t *testing.T) {
	for seed := range uint64(2) {
		records, rules := rich(seed, true), mustLoad(t, many)
		together, _ := play(t, rules, replaytest.Records(records))
		var alone []*schema.Alert
		for _, rule := range rules {
			alerts, _ := play(t, []Rule{rule}, replaytest.Records(records))
			alone = append(alone, alerts...)
		}
		slices.Reverse(rules)
		reversed, _ := play(t, rules, replaytest.Records(records))
		want := texts(t, together)
		slices.Sort(want)
		for name, alerts := range map[string][]*schema.Alert{"each alone": alone, "in reverse": reversed} {
			got := texts(t, alerts)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("seed %d: %s: %d alerts, together %d", seed, name, len(got), len(want))
			}
		}
	}
}

func TestSplitAndMergedIsTheSame(t *testing.T) {
	for seed := range uint64(2) {
		records, rules := rich(seed, true), mustLoad(t, many)
		whole, _ := play(t, rules, replaytest.Records(records))
		rnd := rand.New(rand.NewPCG(seed, 3))
		parts := [2][]schema.Record{}
		for _, r := range records {
			if r.Type == schema.TypeMeta {
				parts[0], parts[1] = append(parts[0], r), append(parts[1], r)
				continue
			}
			n := rnd.IntN(2)
			if r.Type == schema.TypeTask {
				n = 0 // who is not in a capture's list of the living is gone
			}
			parts[n] = append(parts[n], r)
		}
		merged, _ := play(t, rules, replaytest.Records(parts[0]), replaytest.Records(parts[1]))
		if got, want := texts(t, merged), texts(t, whole); !slices.Equal(got, want) {
			t.Errorf("seed %d: %d alerts, whole %d", seed, len(got), len(want))
		}
	}
}

func TestAlertsDoNotDependOnTheMachine(t *testing.T) {
	c, rules := workload(5), mustLoad(t, many)
	var want []string
	for _, procs := range []int{1, 2, 4} {
		before := runtime.GOMAXPROCS(procs)
		alerts, _ := play(t, rules, c.Source())
		runtime.GOMAXPROCS(before)
		got := texts(t, alerts)
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("GOMAXPROCS %d gives other alerts", procs)
		}
	}
}

func TestAlertsSatisfyTheirSchema(t *testing.T) {
	sources := []replay.Source{workload(1).Source()}
	for seed := range uint64(10) {
		sources = append(sources, replaytest.Records(replaytest.Random(rand.New(rand.NewPCG(seed, 4)), 4000)))
	}
	ids := make(map[string]string)
	for i, source := range sources {
		text := many
		if i > 0 {
			text = strings.NewReplacer("threshold: 60", "threshold: 2", "threshold: 50", "threshold: 3",
				"threshold: 30", "threshold: 2", "clear_threshold: 20", "clear_threshold: 1").Replace(many)
		}
		var alerts []*schema.Alert
		emit := func(a *schema.Alert) { alerts = append(alerts, a) }
		replaytest.Run(t, func(*replay.Host) []replay.Handler {
			return []replay.Handler{NewEngine(mustLoad(t, text), emit)}
		}, source)
		if len(alerts) == 0 {
			t.Errorf("source %d raises nothing", i)
		}
		for _, a := range alerts {
			checkAlert(t, a)
			if before := ids[a.ID]; i == 0 && a.State == schema.AlertFiring {
				if before != "" {
					t.Errorf("%s and %s share the id %s", before, a.Rule, a.ID)
				}
				ids[a.ID] = a.Rule
			}
		}
	}
}

func checkAlert(t *testing.T, a *schema.Alert) {
	t.Helper()
	line, err := a.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := schema.Validate(schema.DocumentAlert, line)
	if err != nil || len(problems) > 0 {
		t.Fatalf("%s\nbreaks its schema: %v %v", line, problems, err)
	}
	if a.State == schema.AlertFiring && a.Value < a.Threshold {
		t.Errorf("%s fires below its threshold", line)
	}
}

// TestValuesCanBeComputedAgain counts the forks between the evidence's records.
func TestValuesCanBeComputedAgain(t *testing.T) {
	c := workload(1)
	alerts, _ := play(t, mustLoad(t, many), c.Source())
	checked := 0
	for _, a := range alerts {
		if a.Detector != "forks_per_sec" && a.Detector != "fork_burst" || a.Evidence.Count == 0 {
			continue
		}
		checked++
		var n int64
		for i := range c.Records {
			r := &c.Records[i]
			if r.Type == schema.TypeFork && r.Time > a.Time-schema.Time(a.WindowNs) && r.Time <= a.Time {
				n++
			}
		}
		value := float64(n)
		if a.Detector == "forks_per_sec" {
			value /= time.Duration(a.WindowNs).Seconds()
		}
		if n != a.Evidence.Count || value != a.Value {
			t.Errorf("%s at %s: %d forks, evidence says %d, value %v", a.Rule, a.Time, n, a.Evidence.Count, a.Value)
		}
	}
	if checked == 0 {
		t.Error("no alert to check")
	}
}

func TestOutcomesTellNotFiredFromNotKnown(t *testing.T) {
	rule := "- {name: r, detector: fork_burst, threshold: 3, window_seconds: 2}"
	tests := []struct {
		name  string
		build func(c *replaytest.Capture)
		want  Verdict
	}{
		{"no fork at all", func(c *replaytest.Capture) { quiet(c, 0, 3*time.Second) }, NeverEvaluated},
		{"too few forks", func(c *replaytest.Capture) { forks(c, 1, 10, 2, 0, ms) }, NotFired},
		{"too few forks, but some were lost", func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.Lost(schema.TypeFork, 1, 0, ms)
		}, Unknown},
		{"too few forks, exits were lost", func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.Lost(schema.TypeExit, 1, 0, ms)
		}, NotFired},
		{"too few forks, and the end tells of more that were lost", func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.End().Last().Counts = schema.Some(schema.JSON(`{"fork":{"lost":1}}`))
		}, Unknown},
		{"too few forks, and the end tells of other losses", func(c *replaytest.Capture) {
			forks(c, 1, 10, 2, 0, ms)
			c.End().Last().Counts = schema.Some(schema.JSON(`{"exit":{"lost":1}}`))
		}, NotFired},
		{"enough forks", func(c *replaytest.Capture) { forks(c, 1, 10, 3, 0, ms) }, Fired},
	}
	for _, test := range tests {
		c := replaytest.New("boot")
		test.build(c)
		alerts, outcomes := play(t, mustLoad(t, rule), c.Source())
		if got := outcomes[0].Verdict(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if open := outcomes[0].OpenAtEnd; test.want == Fired && (len(open) != 1 || open[0] != alerts[0]) {
			t.Errorf("%s: open at end %v, want the alert", test.name, open)
		}
	}
	c := replaytest.New("boot")
	quiet(c, 0, 5*time.Second)
	_, outcomes := play(t, mustLoad(t, "- {name: r, detector: system_psi_cpu, threshold_pct: 10, duration: 1}"), c.Source())
	if got := outcomes[0]; got.Verdict() != Unknown || got.Unknown != 5*time.Second {
		t.Errorf("pressure of 5 s: %+v, want unknown all along", got)
	}
	c = replaytest.New("boot")
	quiet(c, 0, 20*time.Second)
	c.At(22700 * ms).System(0) // blind from 22.5 s on, between two ticks
	c.At(26 * time.Second).End()
	_, outcomes = play(t, mustLoad(t, "- {name: r, detector: system_psi_cpu, threshold_pct: 10, duration: 1}"), c.Source())
	if got, want := outcomes[0].Unknown, 10*time.Second+200*ms+800*ms; got != want {
		t.Errorf("pressure: unknown for %s, want %s", got, want)
	}
}

func TestOpenAtEndTellsTheAlert(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "sh")
	forks(c, 5, 10, 3, time.Second, ms)
	alerts, outcomes := play(t, mustLoad(t, "- {name: r, detector: runaway_tree, threshold: 3, window_seconds: 2, severity: low}"), c.Source())
	open := outcomes[0].OpenAtEnd
	if len(open) != 1 || open[0] != alerts[0] || open[0].Severity != schema.AlertLow || open[0].Subject.PID.V != 5 ||
		open[0].Time != replaytest.Start.Add(1002*ms) || open[0].ID == "" {
		t.Errorf("open at the end: %+v, want the alert of pid 5", open)
	}
	quiet(c, 2*time.Second, 6*time.Second)
	if _, outcomes = play(t, mustLoad(t, "- {name: r, detector: runaway_tree, threshold: 3, window_seconds: 2}"), c.Source()); len(outcomes[0].OpenAtEnd) > 0 {
		t.Errorf("open at the end: %+v, want none after the resolve", outcomes[0].OpenAtEnd)
	}
}
