package rules

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// lossy are the types of record that a recorder can lose and that a ladder rests on.
var lossy = []schema.Type{schema.TypeFork, schema.TypeExec, schema.TypeExit}

// bucket is the time that a recorder counts its drops in.
const bucket = schema.Time(100 * time.Millisecond)

// drop takes one event of a type in a hundred out, and tells of each as a recorder does:
// by bucket, up to two seconds later, in a record of its own.
func drop(rnd *rand.Rand, lost schema.Type, records []schema.Record) []schema.Record {
	kept := make([]schema.Record, 0, len(records)+len(records)/50)
	var owed []schema.Record
	seq := int64(firstOther)
	for _, r := range records {
		for len(owed) > 0 && owed[0].Time <= r.Time {
			kept, owed = append(kept, owed[0]), owed[1:]
		}
		if r.Type == schema.TypeEnd {
			kept, owed = append(kept, owed...), nil
		}
		if r.Type != lost || rnd.IntN(100) > 0 {
			kept = append(kept, r)
			continue
		}
		from := r.Time - (r.Time-replaytest.Start)%bucket
		tell := schema.Record{Type: schema.TypeLost, Seq: seq}
		tell.Time = (from + bucket).Add(time.Duration(rnd.Int64N(int64(2 * time.Second))))
		tell.LostType, tell.Count, tell.Reason = schema.Some(string(lost)), schema.Some[int64](1), schema.Some("ring_full")
		tell.From, tell.To = schema.Some(from), schema.Some(from+bucket)
		seq++
		at, _ := slices.BinarySearchFunc(owed, tell, func(a, b schema.Record) int { return cmp.Compare(a.Time, b.Time) })
		owed = slices.Insert(owed, at, tell)
	}
	return append(kept, owed...)
}

// lossEnd lies behind the first storm of a workload, time enough to lose something.
const lossEnd = replaytest.Start + schema.Time(12*time.Second)

// ladders are rules with the threshold left open, and how high it may go. Those sampled
// rest on samples, which no ring loses: an event less need not change them.
var ladders = []struct {
	name, keys string
	most       float64
	sampled    bool
}{
	{"rate", "detector: forks_per_sec, threshold: %.0f, duration: 2", 1e4, false},
	{"burst", "detector: fork_burst, threshold: %.0f, window_seconds: 3", 1e5, false},
	{"burst of a program", "detector: fork_burst, threshold: %.0f, window_seconds: 3, where: {exe: /bin/cc1}", 1e5, false},
	{"tree", "detector: runaway_tree, threshold: %.0f, window_seconds: 5", 1e5, false},
	{"tree of a program", "detector: runaway_tree, threshold: %.0f, window_seconds: 20, where: {comm: cc1}", 1e5, false},
	{"jobs", "detector: short_job_flood, threshold: %.0f, window_seconds: 10, max_exec_duration_ms: 5000", 1e5, false},
	{"rate of execs", "detector: exec_rate, regex: cc1, rate_per_min: %.0f, median_lifetime: 60", 1e5, false},
	{"growth", "detector: process_growth, threshold: %.0f, window_seconds: 5", 1e5, false},
	{"zombies", "detector: zombie_count, threshold: %.0f, duration: 1", 1e5, true},
	{"execs", "detector: exec_rate, regex: ^cc1$, rate_per_min: %.0f, median_lifetime: 10", 1e5, false},
	{"cpu", "detector: subtree_cpu_pct, threshold: %.0f, duration: 1", 1e6, true},
	{"memory", "detector: subtree_rss_mb, threshold: %.0f, duration: 1", 1e6, true},
}

// rungs writes rules of one kind with whole thresholds from least up, each by a factor,
// or at least one, above the last.
func rungs(t *testing.T, keys string, least, most, factor float64) []Rule {
	text := ""
	for at := least; at <= most; at = max(math.Ceil(at*factor), at+1) {
		text += fmt.Sprintf("- {name: at %.0f, cooldown: 0, "+keys+"}\n", at, at)
	}
	return mustLoad(t, text)
}

// highest is the highest threshold at which a rule of a ladder fires, to one in 500.
func highest(t *testing.T, keys string, most float64, records []schema.Record) float64 {
	t.Helper()
	for least, factor := 1.0, 1.5; ; factor = 1 + (factor-1)/16 {
		rules := rungs(t, keys, least, most, factor)
		_, outcomes := play(t, rules, replaytest.Records(records))
		last := -1
		for i := range outcomes {
			if outcomes[i].Fired > 0 {
				last = i
			}
		}
		if last < 0 {
			t.Fatalf("%s: fires at none of %d thresholds from %.0f to %.0f", keys, len(rules), least, most)
		}
		least = rules[last].Threshold
		if last+1 < len(rules) {
			most = rules[last+1].Threshold
		}
		if most-least <= 1 || factor < 1.01 {
			return least
		}
	}
}

// TestLossIsNeverSilent drops one event of a type in a hundred. Of rules that fired just
// so, some fire no more: none may say that it did not.
func TestLossIsNeverSilent(t *testing.T) {
	missing := make(map[string]int)
	for seed := range uint64(2) {
		records := slices.DeleteFunc(rich(seed, false), func(r schema.Record) bool { return r.Time > lossEnd })
		var less [][]schema.Record
		for _, lost := range lossy {
			less = append(less, drop(rand.New(rand.NewPCG(seed, 12)), lost, records))
		}
		for _, ladder := range ladders {
			top := highest(t, ladder.keys, ladder.most, records)
			rules := rungs(t, ladder.keys, math.Ceil(top*0.97), top, 1.003)
			full, outcomes := play(t, rules, replaytest.Records(records))
			for _, o := range outcomes {
				if o.Verdict() != Fired || o.Incomplete {
					t.Errorf("seed %d: %s %s: %s without loss", seed, ladder.name, o.Rule, o.Verdict())
				}
			}
			for i, lost := range lossy {
				got, outcomes := play(t, rules, replaytest.Records(less[i]))
				missing[ladder.name] += checkLoss(t, fmt.Sprintf("seed %d: %s without some %ss", seed, ladder.name, lost), full, got, outcomes)
			}
		}
	}
	for _, ladder := range ladders {
		if missing[ladder.name] == 0 && !ladder.sampled {
			t.Errorf("%s: the loss changes nothing", ladder.name)
		}
	}
}

// checkLoss holds that each subject of a rule that fired without loss fires with it, or
// the rule says that it cannot know; it returns how many fire no more.
func checkLoss(t *testing.T, what string, full, got []*schema.Alert, outcomes []Outcome) (missing int) {
	t.Helper()
	fired := make(map[string]bool)
	key := func(a *schema.Alert) string { return fmt.Sprintf("%s of pid %d", a.Rule, a.Subject.PID.V) }
	for _, a := range got {
		fired[key(a)] = true
	}
	for _, a := range full {
		if fired[key(a)] {
			continue
		}
		missing++
		at := slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Rule == a.Rule })
		if o := outcomes[at]; !o.Incomplete || o.Fired == 0 && o.Verdict() != Unknown {
			t.Errorf("%s: %s at %s no longer fires, and says %s, incomplete %v", what, key(a), a.Time, o.Verdict(), o.Incomplete)
		}
	}
	return missing
}

// TestLossOfWhatARuleRestsOn loses records that the detector does not count.
func TestLossOfWhatARuleRestsOn(t *testing.T) {
	const jobs = "detector: short_job_flood, threshold: 2, window_seconds: 5"
	const burst = "detector: fork_burst, threshold: 2, window_seconds: 5"
	tests := []struct {
		name, rule string
		lost       schema.Type
		want       Verdict
	}{
		{"a fork says whose child a job is", jobs, schema.TypeFork, Unknown},
		{"an oom kill says nothing of jobs", jobs, schema.TypeOOM, NotFired},
		{"an exec says what runs", burst + ", where: {exe: /bin/true}", schema.TypeExec, Unknown},
		{"of which a name is in every record", burst + ", where: {comm: tru?}", schema.TypeExec, NotFired},
		{"and nobody asked", burst, schema.TypeExec, NotFired},
		{"a kill is an event like others", "detector: oom_kill", schema.TypeOOM, Unknown},
		{"a program is inherited by a fork", jobs + ", where: {exe: /bin/true}", schema.TypeFork, Unknown},
	}
	for _, test := range tests {
		c := replaytest.New("boot")
		c.Task(5, 1, "sh")
		c.Exec(5, "true")
		c.Fork(5, 10)
		c.Exec(10, "true")
		c.At(ms).Exit(10)
		c.Lost(test.lost, 1, 0, ms)
		_, outcomes := play(t, mustLoad(t, "- {name: r, "+test.rule+"}"), c.Source())
		if got := outcomes[0].Verdict(); got != test.want {
			t.Errorf("%s: %s without some %ss: %s, want %s", test.name, test.rule, test.lost, got, test.want)
		}
	}
}
