package rules

import (
	"math"
	"testing"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// TestSubtreeEvidenceGivesTheValue computes the values of subtree alerts again from the
// records alone, by other means than the engine's.
func TestSubtreeEvidenceGivesTheValue(t *testing.T) {
	rules := mustLoad(t, `
- {name: c, detector: subtree_cpu_pct, threshold: 80, duration: 1, cooldown: 5}
- {name: m, detector: subtree_rss_mb, threshold: 1500, duration: 1, cooldown: 5}
`)
	checked := make(map[string]int)
	for seed := range uint64(3) {
		c := workload(seed)
		alerts, _ := play(t, rules, c.Source())
		byPID := make(map[int64][]int)
		for i := range c.Records {
			if pid := c.Records[i].PID; pid.OK {
				byPID[pid.V] = append(byPID[pid.V], i)
			}
		}
		for _, a := range alerts {
			checked[a.Rule+" "+string(a.State)]++
			s := newSum(c.Records, byPID, a)
			if math.Abs(s.value-a.Value) > 1e-5*math.Max(1, a.Value) || s.count != a.Evidence.Count {
				t.Errorf("seed %d: %s %s at %s: %v of %d processes, recomputed %v of %d", seed, a.Rule, a.State,
					a.Time.Sub(replaytest.Start), a.Value, a.Evidence.Count, s.value, s.count)
			}
			if s.count > 0 && (a.Evidence.FirstSeq.V != s.first || a.Evidence.LastSeq.V != s.last) {
				t.Errorf("seed %d: %s at %s: records %d to %d, recomputed %d to %d", seed, a.Rule,
					a.Time.Sub(replaytest.Start), a.Evidence.FirstSeq.V, a.Evidence.LastSeq.V, s.first, s.last)
			}
		}
	}
	for _, kind := range []string{"c firing", "c resolved", "m firing"} {
		if checked[kind] < 2 {
			t.Errorf("%s: %d alerts to check", kind, checked[kind])
		}
	}
}

// sum is a subtree's value, recomputed.
type sum struct {
	value       float64
	count       int64
	first, last int64
}

// newSum adds up what each living process below the alert's root, or its tree's when it
// fires, has at the last system record before the alert.
func newSum(records []schema.Record, byPID map[int64][]int, a *schema.Alert) *sum {
	at, before := lastSystems(records, a.Time)
	root := a.Subject.PID.V
	parents := make(map[int64]int64)
	for pid, of := range byPID {
		parents[pid] = records[of[0]].PPID.V
	}
	if a.State == schema.AlertFiring {
		for parents[root] > 2 {
			root = parents[root]
		}
	}
	s := &sum{first: math.MaxInt64}
	for pid := range parents {
		p := pid
		for p != root && p > 2 {
			p = parents[p]
		}
		if p == root {
			s.add(records, byPID[pid], a, at, before)
		}
	}
	return s
}

// lastSystems finds the last two system records up to a time.
func lastSystems(records []schema.Record, until schema.Time) (at, before int) {
	for i := range records {
		if records[i].Type == schema.TypeSystem && records[i].Time <= until {
			at, before = i, at
		}
	}
	return at, before
}

// add adds one process's part.
func (s *sum) add(records []schema.Record, own []int, a *schema.Alert, at, before int) {
	var latest, older *schema.Record
	for _, i := range own {
		r := &records[i]
		if r.Type == schema.TypeExit && r.Time <= a.Time {
			return
		}
		if i < at && (r.Type == schema.TypeTask || r.Type == schema.TypeSample) {
			latest, older = r, latest
		}
	}
	if latest == nil {
		return
	}
	var value float64
	first := latest.Seq
	if a.Detector == "subtree_rss_mb" {
		value = float64(latest.RSSBytes.V) / (1 << 20)
	} else {
		if latest.Seq < records[before].Seq {
			return // not sampled in the last interval
		}
		// What was not sampled in the interval before had used nothing in it.
		from, used := max(latest.StartTime.V, records[before].Time), latest.CPUNs.V
		if older != nil {
			used -= older.CPUNs.V
			first = older.Seq
			if sampledWithin(records, before, older) {
				from = older.Time
			}
		}
		value = float64(used) / float64(latest.Time-from) * 100
	}
	if value == 0 {
		return
	}
	s.value += value
	s.count++
	s.first, s.last = min(s.first, first), max(s.last, latest.Seq)
}

// sampledWithin says that a record lies in the interval that the system record ends.
func sampledWithin(records []schema.Record, system int, r *schema.Record) bool {
	for i := system - 1; i >= 0; i-- {
		if records[i].Type == schema.TypeSystem {
			return r.Seq > records[i].Seq
		}
	}
	return true
}
