package rules

import (
	"slices"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// recount computes an alert's value, and how many records it rests on, from the records
// of the evidence.
type recount func(t *testing.T, records []schema.Record, a *schema.Alert) (value float64, count int64)

// recounts has one for each detector of this file's rules.
var recounts = map[string]recount{
	"system_psi_cpu":    recountPressure(func(p *schema.Pressure) int64 { return p.CPUSomeUs.V }),
	"system_psi_memory": recountPressure(func(p *schema.Pressure) int64 { return p.MemoryFullUs.V }),
	"system_psi_io":     recountPressure(func(p *schema.Pressure) int64 { return p.IOFullUs.V }),
	"oom_kill":          recountOOMs,
	"zombie_count":      recountZombies,
	"process_growth":    recountGrowth,
	"exec_rate":         recountExecs,
}

// TestEvidenceGivesTheValue computes each alert's value again from the records that its
// evidence names.
func TestEvidenceGivesTheValue(t *testing.T) {
	checked := make(map[string]int)
	for seed := range uint64(2) {
		c := workload(seed)
		alerts, _ := play(t, mustLoad(t, many), c.Source())
		for _, a := range alerts {
			again := recounts[a.Detector]
			if again == nil || ruleIsNarrowed(a.Rule) {
				continue
			}
			checked[a.Detector]++
			if value, count := again(t, c.Records, a); value != a.Value || count != a.Evidence.Count {
				t.Errorf("%s %s at %s: value %v of %d records, found %v of %d", a.Rule, a.State,
					a.Time.Sub(replaytest.Start), a.Value, a.Evidence.Count, value, count)
			}
		}
	}
	for detector := range recounts {
		if checked[detector] < 2 {
			t.Errorf("%s: %d alerts to check", detector, checked[detector])
		}
	}
}

// ruleIsNarrowed says that one of many sees not all processes.
func ruleIsNarrowed(rule string) bool { return rule == "f" || rule == "l" || rule == "n" }

// recordsOf returns the records from the first to the last that the evidence names.
func recordsOf(records []schema.Record, a *schema.Alert) []schema.Record {
	if !a.Evidence.FirstSeq.OK {
		return nil
	}
	return records[a.Evidence.FirstSeq.V : a.Evidence.LastSeq.V+1]
}

func recountPressure(total func(*schema.Pressure) int64) recount {
	return func(_ *testing.T, records []schema.Record, a *schema.Alert) (float64, int64) {
		in := recordsOf(records, a)
		first, last := &in[0], &in[len(in)-1]
		grown := total(&last.System.PSI) - total(&first.System.PSI)
		return float64(grown) * 100_000 / float64(last.Time-first.Time), 2
	}
}

func recountOOMs(_ *testing.T, records []schema.Record, a *schema.Alert) (float64, int64) {
	n := int64(0)
	for _, r := range recordsOf(records, a) {
		if r.Type == schema.TypeOOM && r.PID == a.Subject.PID && r.Time == a.Time {
			n++
		}
	}
	return float64(n), n
}

// recountZombies takes who is whose child from the fork records.
func recountZombies(_ *testing.T, records []schema.Record, a *schema.Alert) (float64, int64) {
	if !a.Evidence.LastSeq.OK {
		return 0, 0
	}
	parents, gone := make(map[int64]int64), make(map[int64]bool)
	for _, r := range records[:a.Evidence.LastSeq.V] {
		switch r.Type {
		case schema.TypeFork:
			parents[r.PID.V] = r.PPID.V
		case schema.TypeExit:
			gone[r.PID.V] = true
		}
	}
	n := int64(0)
	for _, r := range recordsOf(records, a) {
		if r.Type != schema.TypeSample || r.State.V != "Z" {
			continue
		}
		parent := parents[r.PID.V]
		for gone[parent] {
			parent = parents[parent]
		}
		if parent == a.Subject.PID.V {
			n++
		}
	}
	return float64(n), n
}

func recountGrowth(_ *testing.T, records []schema.Record, a *schema.Alert) (float64, int64) {
	grown, n := int64(0), int64(0)
	for _, r := range recordsOf(records, a) {
		switch {
		case r.Time <= a.Time-schema.Time(a.WindowNs):
		case r.Type == schema.TypeFork:
			grown, n = grown+1, n+1
		case r.Type == schema.TypeExit:
			grown, n = grown-1, n+1
		}
	}
	return float64(max(0, grown)), n
}

// recountExecs also takes the median of the lifetimes, of which the evidence says
// nothing: those of that minute.
func recountExecs(t *testing.T, records []schema.Record, a *schema.Alert) (float64, int64) {
	if median := medianLifetime(records, a); a.State == schema.AlertFiring && (median < 0 || median > 200*ms) {
		t.Errorf("fires at %s with a median of %s", a.Time.Sub(replaytest.Start), median)
	}
	n := int64(0)
	for _, r := range recordsOf(records, a) {
		if r.Type == schema.TypeExec && (r.Comm.V == "cc1" || r.Comm.V == "as") {
			n++
		}
	}
	return float64(n), n
}

// medianLifetime is the lower median in the minute to an alert, or -1.
func medianLifetime(records []schema.Record, a *schema.Alert) time.Duration {
	latest := make(map[int64]schema.Record)
	var lifetimes []time.Duration
	for _, r := range records {
		exec, found := latest[r.PID.V]
		switch {
		case r.Time > a.Time:
		case r.Type == schema.TypeExec:
			latest[r.PID.V] = r
		case r.Type == schema.TypeExit && found && r.Time > a.Time-schema.Time(a.WindowNs) && (exec.Comm.V == "cc1" || exec.Comm.V == "as"):
			lifetimes = append(lifetimes, r.Time.Sub(exec.Time))
		}
	}
	if len(lifetimes) == 0 {
		return -1
	}
	slices.Sort(lifetimes)
	return lifetimes[(len(lifetimes)-1)/2]
}
