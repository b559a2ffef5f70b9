package score

import (
	"github.com/linnix-os/linnix/schema"
)

// predictor is one way to find incidents in what a replay showed.
type predictor struct {
	name    string
	predict func(*replayed) Prediction
}

// predictors has one row for each; the first is judged, the others are what it must
// beat. To add one: a function, a row.
var predictors = [...]predictor{
	{"heuristics", predictHeuristics},
	{"rules", predictRules},
	{"first_rule", predictFirstRule},
	{"all_normal", predictNormal},
}

// Predictors returns their names, in the order of [Outcome.Predictions].
func Predictors() []string {
	names := make([]string, 0, len(predictors))
	for _, p := range predictors {
		names = append(names, p.name)
	}
	return names
}

// replayed is what one replay of a capture showed.
type replayed struct {
	records []schema.DatasetRecord
	alerts  []*schema.Alert
	end     schema.Time
}

// predictHeuristics takes the records of package insight as they are.
func predictHeuristics(r *replayed) Prediction {
	var p Prediction
	for i := range r.records {
		record := &r.records[i]
		if record.Insight.Class == schema.ClassNormal {
			p.Confidence, p.Why = record.Insight.Confidence, record.Insight.Why
			continue
		}
		in := record.Context.Incident
		p.Incidents = append(p.Incidents, Incident{
			Class: record.Insight.Class, Onset: in.Onset, End: in.End, Processes: rankProcesses(in),
			Confidence: record.Insight.Confidence, Why: record.Insight.Why,
		})
	}
	return p
}

// rankProcesses lists the primary process, then the other candidates.
func rankProcesses(in *schema.Incident) []Process {
	var list []Process
	if p := in.Primary; p != nil {
		list = appendProcess(list, Process{PID: p.PID, Start: schema.Some(p.StartTime), Comm: p.Comm})
	}
	for _, c := range in.Candidates {
		list = appendProcess(list, Process{PID: c.PID, Start: schema.Some(c.StartTime), Comm: c.Comm})
	}
	return list
}

// appendProcess appends a process unless it is in the list.
func appendProcess(list []Process, p Process) []Process {
	for _, other := range list {
		if other.is(p) {
			return list
		}
	}
	return append(list, p)
}

// predictNormal is the floor: who never says anything raises no false alarm.
func predictNormal(*replayed) Prediction {
	return Prediction{Confidence: 1, Why: "said of every capture"}
}
