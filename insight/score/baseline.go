package score

import (
	"slices"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// mergeWithin is how far alerts of one class may lie apart and still tell of one
// incident: the length of the windows that the heuristics look at.
const mergeWithin = 10 * time.Second

// classes of the detectors, in the order of precedence that the heuristics have too.
// zombie_count tells of none of the classes.
var detectorClasses = [...]struct {
	class     schema.Class
	detectors []string
}{
	{schema.ClassForkStorm, []string{"forks_per_sec", "fork_burst", "process_growth"}},
	{schema.ClassRunawayTree, []string{"runaway_tree"}},
	{schema.ClassShortJobFlood, []string{"short_job_flood", "exec_rate"}},
	{schema.ClassOOMRisk, []string{"system_psi_memory", "oom_kill", "subtree_rss_mb"}},
	{schema.ClassIOSaturation, []string{"system_psi_io"}},
	{schema.ClassCPUSpin, []string{"subtree_cpu_pct", "system_psi_cpu"}},
}

// predictRules takes the alerts of the default rules for incidents, without a thought:
// each class that a firing stands for, from the firing to the resolve, and the firings
// of one class that are at most [mergeWithin] apart for one incident. A class is by
// precedence, then time.
func predictRules(r *replayed) Prediction {
	var p Prediction
	for _, row := range detectorClasses {
		p.Incidents = append(p.Incidents, merged(firingsOf(r, row.class, row.detectors))...)
	}
	return normalElse(p)
}

// predictFirstRule reads the same alerts as a person might: incidents at most
// [mergeWithin] apart are one, of the class that comes first in precedence, from the
// first firing on, with the processes of all.
func predictFirstRule(r *replayed) Prediction {
	var p Prediction
	for _, in := range predictRules(r).Incidents {
		at := slices.IndexFunc(p.Incidents, func(first Incident) bool { return first.near(&in) })
		if at < 0 {
			p.Incidents = append(p.Incidents, in)
			continue
		}
		p.Incidents[at].Onset = min(p.Incidents[at].Onset, in.Onset)
		p.Incidents[at].join(&in)
	}
	return normalElse(p)
}

// join adds what another incident tells of the same: until when, and whose.
func (in *Incident) join(other *Incident) {
	in.End = max(in.End, other.End)
	for _, p := range other.Processes {
		in.Processes = appendProcess(in.Processes, p)
	}
}

// near says that at most mergeWithin lies between the two.
func (in *Incident) near(other *Incident) bool {
	return in.Onset <= other.End.Add(mergeWithin) && other.Onset <= in.End.Add(mergeWithin)
}

func normalElse(p Prediction) Prediction {
	if len(p.Incidents) == 0 {
		p.Confidence, p.Why = 1, "no rule fired"
	}
	return p
}

// firingsOf makes an incident of each firing by one of the detectors, in order of time.
func firingsOf(r *replayed, class schema.Class, detectors []string) []Incident {
	var list []Incident
	for i, a := range r.alerts {
		if a.State != schema.AlertFiring || !slices.Contains(detectors, a.Detector) {
			continue
		}
		in := Incident{Class: class, Onset: a.Time, End: endOf(r, i), Confidence: 1, Why: a.Message}
		if a.Subject.PID.OK {
			in.Processes = []Process{{PID: a.Subject.PID.V, Start: a.Subject.StartTime, Comm: a.Subject.Comm.Or("")}}
		}
		list = append(list, in)
	}
	return list
}

// endOf returns when the firing resolved: a kill at once, what never did at the end.
func endOf(r *replayed, firing int) schema.Time {
	a := r.alerts[firing]
	if a.Detector == "oom_kill" {
		return a.Time
	}
	for _, later := range r.alerts[firing+1:] {
		if later.ID == a.ID && later.State == schema.AlertResolved {
			return later.Time
		}
	}
	return r.end
}

// merged merges firings of one class, which are in order of time, as their processes
// then are.
func merged(firings []Incident) []Incident {
	var list []Incident
	for _, f := range firings {
		if last := len(list) - 1; last >= 0 && list[last].near(&f) {
			list[last].join(&f)
			continue
		}
		list = append(list, f)
	}
	return list
}
