package rules

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// of picks alerts.
func of(alerts []*schema.Alert, want func(a *schema.Alert) bool) []*schema.Alert {
	return slices.DeleteFunc(slices.Clone(alerts), func(a *schema.Alert) bool { return !want(a) })
}

func same(t *testing.T, what string, got, want []*schema.Alert) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: nothing to compare", what)
	}
	g, w := texts(t, got), texts(t, want)
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Errorf("%s: alert %d is\n%s\nwant\n%s", what, i, g[i], w[i])
			return
		}
	}
	if len(g) != len(w) {
		t.Errorf("%s: %d alerts, want %d", what, len(g), len(w))
	}
}

// TestPartsInTimeAreTheWhole cuts a capture into parts that each begin with its meta
// record, as a recorder's parts do, and gives them in any order.
func TestPartsInTimeAreTheWhole(t *testing.T) {
	for seed := range uint64(2) {
		records, rules := rich(seed, true), mustLoad(t, many)
		whole, outcomes := play(t, rules, replaytest.Records(records))
		rnd := rand.New(rand.NewPCG(seed, 8))
		cuts := []int{1, len(records)}
		for range 1 + rnd.IntN(5) {
			cuts = append(cuts, 1+rnd.IntN(len(records)))
		}
		slices.Sort(cuts)
		var parts []replay.Source
		for i := range len(cuts) - 1 {
			part := append([]schema.Record{records[0]}, records[cuts[i]:cuts[i+1]]...)
			parts = append(parts, replaytest.Records(part))
		}
		rnd.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		merged, got := play(t, rules, parts...)
		same(t, fmt.Sprintf("seed %d in %d parts", seed, len(parts)), merged, whole)
		for i := range got {
			if got[i].Verdict() != outcomes[i].Verdict() || got[i].Evaluated != outcomes[i].Evaluated {
				t.Errorf("seed %d in %d parts: outcome %+v, want %+v", seed, len(parts), got[i], outcomes[i])
			}
		}
	}
}

// never are rules that look at the same records and fire at none.
const never = `
- {name: never1, detector: forks_per_sec, threshold: 1000000, duration: 30}
- {name: never2, detector: fork_burst, threshold: 1000000, window_seconds: 60}
- {name: never3, detector: runaway_tree, threshold: 1000000, window_seconds: 60}
- {name: never4, detector: short_job_flood, threshold: 1000000, window_seconds: 60}
- {name: never5, detector: system_psi_cpu, threshold_pct: 99.9, duration: 60}
- {name: never6, detector: system_psi_memory, threshold_pct: 99.9, duration: 60}
- {name: never7, detector: system_psi_io, threshold_pct: 99.9, duration: 60}
- {name: never10, detector: zombie_count, threshold: 1000000, duration: 1}
- {name: never11, detector: process_growth, threshold: 1000000, window_seconds: 60}
- {name: never12, detector: exec_rate, regex: ., rate_per_min: 1000000, median_lifetime: 60}
- {name: never8, detector: subtree_cpu_pct, threshold: 1000000, duration: 1}
- {name: never9, detector: subtree_rss_mb, threshold: 1000000000, duration: 1}
`

func TestRulesThatNeverFireChangeNothing(t *testing.T) {
	for seed := range uint64(2) {
		records, rules := rich(seed, true), mustLoad(t, many)
		without, _ := play(t, rules, replaytest.Records(records))
		rnd := rand.New(rand.NewPCG(seed, 9))
		for _, rule := range mustLoad(t, never) {
			rules = slices.Insert(rules, rnd.IntN(len(rules)+1), rule)
		}
		with, outcomes := play(t, rules, replaytest.Records(records))
		same(t, fmt.Sprintf("seed %d", seed), with, without)
		for _, o := range outcomes {
			if strings.HasPrefix(o.Rule, "never") && (o.Fired > 0 || o.Evaluated == 0) {
				t.Errorf("seed %d: %s fired %d times in %d evaluations, want none in some", seed, o.Rule, o.Fired, o.Evaluated)
			}
		}
	}
}

// TestAnotherHostChangesNothing merges another host's capture in, of the same minute.
func TestAnotherHostChangesNothing(t *testing.T) {
	rules := mustLoad(t, many)
	mine, theirs := rich(1, true), rich(2, true)
	theirs[0].BootID, theirs[0].Host = schema.Some("other"), schema.Some("otherhost")
	var both []*schema.Alert
	replaytest.Run(t, func(*replay.Host) []replay.Handler {
		return []replay.Handler{NewEngine(rules, func(a *schema.Alert) { both = append(both, a) })}
	}, replaytest.Records(mine), replaytest.Records(theirs))
	for host, records := range map[string][]schema.Record{"testhost": mine, "otherhost": theirs} {
		alone, _ := play(t, rules, replaytest.Records(records))
		same(t, host, of(both, func(a *schema.Alert) bool { return a.Host == host }), alone)
	}
}

// others makes a tree of processes that no workload has: some living, more that run and
// exit at once, all below one child of pid 1.
type others struct {
	rnd    *rand.Rand
	next   int64
	living []schema.Record
}

// firstOther is above every pid and seq of a workload.
const firstOther = 1_000_000

// event makes one more event of the tree at a time.
func (o *others) event(at schema.Time) schema.Record {
	r := schema.Record{Time: at, Seq: firstOther + o.next}
	o.next++
	if n := len(o.living); n > 40 || n > 1 && o.rnd.IntN(2) == 0 {
		last := o.living[n-1]
		r.Process, r.Type = last.Process, []schema.Type{schema.TypeExec, schema.TypeSample, schema.TypeExit}[o.rnd.IntN(3)]
		switch r.Type {
		case schema.TypeExec:
			r.Argv, r.Filename = schema.Some([]string{"cc1"}), schema.Some("/bin/cc1")
		case schema.TypeSample:
			r.State, r.CPUNs, r.RSSBytes = schema.Some("R"), schema.Some(int64(at-last.Time)), schema.Some[int64](1<<30)
		default:
			o.living = o.living[:n-1]
		}
		return r
	}
	r.Type = schema.TypeFork
	r.PID, r.PPID, r.Comm = schema.Some(firstOther+o.next), schema.Some[int64](1), schema.Some("sh")
	r.StartTime = schema.Some(at)
	if n := len(o.living); n > 0 {
		parent := o.living[o.rnd.IntN(n)]
		r.PPID, r.ParentStartTime = parent.PID, parent.StartTime
	}
	o.living = append(o.living, r)
	return r
}

// TestOtherTreesChangeNothing adds events of another tree, each at the time of a record
// that is there, as time that passes between records is looked at only each second. What
// is about a process, a parent or a tree stays the same to the byte. (What is about the
// host counts them, as it must.)
func TestOtherTreesChangeNothing(t *testing.T) {
	for seed := range uint64(2) {
		records, rules := rich(seed, true), mustLoad(t, many)
		before, _ := play(t, rules, replaytest.Records(records))
		more := others{rnd: rand.New(rand.NewPCG(seed, 10))}
		with := make([]schema.Record, 0, 2*len(records))
		for _, r := range records {
			with = append(with, r)
			if len(with) > 20 && more.rnd.IntN(3) == 0 {
				with = append(with, more.event(r.Time))
			}
		}
		after, _ := play(t, rules, replaytest.Records(with))
		mine := func(a *schema.Alert) bool {
			return a.Subject.Kind != schema.SubjectHost && a.Subject.PID.V < firstOther
		}
		same(t, fmt.Sprintf("seed %d", seed), of(after, mine), of(before, mine))
		if theirs := of(after, func(a *schema.Alert) bool { return a.Subject.PID.V >= firstOther }); len(theirs) == 0 {
			t.Errorf("seed %d: the other tree raises nothing: it is too small to disturb", seed)
		}
	}
}

// old moves the processes that a capture found alive an hour back: they started before
// anything that a test puts before it.
func old(records []schema.Record) []schema.Record {
	records = slices.Clone(records)
	for i := range records {
		r := &records[i]
		for _, at := range []*schema.Opt[schema.Time]{&r.StartTime, &r.ParentStartTime} {
			if at.OK && at.V < replaytest.Start {
				at.V = at.V.Add(-time.Hour)
			}
		}
	}
	return records
}

// TestEventsLongAgoChangeNothing puts a storm ten minutes before a capture: a whole
// number of seconds, so that it is looked at in the same moments.
func TestEventsLongAgoChangeNothing(t *testing.T) {
	for seed := range uint64(2) {
		records, rules := old(rich(seed, true)), mustLoad(t, many)
		without, _ := play(t, rules, replaytest.Records(records))
		meta := records[0]
		meta.Time = replaytest.Start.Add(-10 * time.Minute)
		earlier := append([]schema.Record{meta}, storm(seed, meta.Time)...)
		with, _ := play(t, rules, replaytest.Records(append(earlier, records[1:]...)))
		now := func(a *schema.Alert) bool { return a.Time >= replaytest.Start }
		same(t, fmt.Sprintf("seed %d", seed), forgetful(of(with, now)), forgetful(without))
		if len(with) == len(without) {
			t.Errorf("seed %d: the storm raises nothing: it is too small to disturb", seed)
		}
	}
}

// forgetful takes from the first firing of each rule and subject how many the cooldown
// had held back: a storm's last ones count on it however long ago they were.
func forgetful(alerts []*schema.Alert) []*schema.Alert {
	type owner struct {
		rule string
		pid  schema.Opt[int64]
	}
	seen := make(map[owner]bool)
	list := make([]*schema.Alert, len(alerts))
	for i, a := range alerts {
		first := *a
		if by := (owner{a.Rule, a.Subject.PID}); !seen[by] && a.State == schema.AlertFiring {
			seen[by], first.Suppressed = true, 0
		}
		list[i] = &first
	}
	return list
}

// TestEventsLongAfterChangeNothing puts a storm ten minutes after a capture's end.
func TestEventsLongAfterChangeNothing(t *testing.T) {
	for seed := range uint64(2) {
		records, rules := rich(seed, true), mustLoad(t, many)
		without, _ := play(t, rules, replaytest.Records(records))
		end := records[len(records)-1].Time
		later := append(slices.Clone(records), storm(seed, end.Add(10*time.Minute))...)
		with, _ := play(t, rules, replaytest.Records(later))
		then := func(a *schema.Alert) bool { return a.Time <= end }
		same(t, fmt.Sprintf("seed %d", seed), of(with, then), of(without, then))
		if len(with) == len(without) {
			t.Errorf("seed %d: the storm raises nothing: it is too small to disturb", seed)
		}
	}
}

// storm is five seconds of events of another tree from a time on, and their exits.
func storm(seed uint64, from schema.Time) (records []schema.Record) {
	more := others{rnd: rand.New(rand.NewPCG(seed, 11))}
	at := from
	for ; at < from.Add(5*time.Second); at += schema.Time(time.Millisecond) {
		records = append(records, more.event(at))
	}
	for _, r := range more.living {
		at++
		exit := schema.Record{Type: schema.TypeExit, Time: at, Seq: firstOther + more.next, Process: r.Process}
		more.next++
		records = append(records, exit)
	}
	return records
}
