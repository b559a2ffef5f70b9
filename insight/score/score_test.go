package score

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/schema"
)

// said makes a prediction: incidents, or normal, each with a confidence.
func said(confidence float64, incidents ...Incident) Prediction {
	p := Prediction{Incidents: incidents, Confidence: confidence, Why: "calm"}
	for i := range incidents {
		incidents[i].Confidence, incidents[i].Why = confidence, "it is"
	}
	return p
}

// outcome makes a capture of half an hour that the heuristics judge so, and of which
// all others say that it is normal.
func outcome(name string, heuristics Prediction, labels ...Incident) Outcome {
	o := Outcome{Name: name, Start: start, Span: 30 * time.Minute, Labels: labels, Predictions: []Prediction{heuristics}}
	for range predictors[1:] {
		o.Predictions = append(o.Predictions, predictNormal(nil))
	}
	return o
}

// corpus has every kind of error.
func corpus() []Outcome {
	return []Outcome{
		outcome("a/idle", said(0.95)),
		outcome("b/found", said(0.9, at(storm, 3, 9, 7, 8)), at(storm, 2, 9, 7)),
		outcome("c/late", said(0.8, at(storm, 6, 9, 8, 7)), at(storm, 2, 9, 7)),
		outcome("d/missed", said(0.6), at(spin, 2, 9, 5)),
		outcome("e/alarm", said(0.5, at(spin, 4, 9, 5))),
		outcome("f/other", said(0.7, at(spin, 1, 9, 5)), at(oom, 2, 9, 5)),
		outcome("g/host", said(0.9, at(oom, 0, 9)), at(oom, 2, 9)),
	}
}

func TestEvaluate(t *testing.T) {
	s := Evaluate(corpus())
	if s.Captures != 7 || s.NormalCaptures != 2 || s.NormalHours != 1 || s.Incidents != 5 {
		t.Errorf("%d captures, %d normal, %g h, %d incidents", s.Captures, s.NormalCaptures, s.NormalHours, s.Incidents)
	}
	h := s.Predictors[0]
	// Storm 2 of 2 and 2; spin 0 of 1 and 2; oom 1 of 2 and 1; normal 1 of 2 and 2.
	if want := (1.0 + 0 + 2.0/3 + 2.0/4) / 4; math.Abs(h.MacroF1.Value-want) > 1e-4 || h.MacroF1.Low >= want || h.MacroF1.High <= want {
		t.Errorf("macro-F1 %+v, want about %g", h.MacroF1, want)
	}
	if h.AC1.Count != 2 || h.AC1.Of != 4 || h.AC3.Count != 3 || h.AC3.Of != 4 {
		t.Errorf("AC@1 %+v, AC@3 %+v; want 2 and 3 of 4", h.AC1, h.AC3)
	}
	if m := h.Onset.Median.V; m.Value != 2 || m.Low > 2 || m.High < 2 || m.Low == m.High {
		t.Errorf("median onset error %+v, want 2 within its interval", m)
	}
	h.Onset.Median = schema.Opt[schema.Estimate]{}
	wantOnset := schema.OnsetError{Count: 3, P95: schema.Some(4.0), Max: schema.Some(4.0), WithinLimit: share(2, 3), LimitS: 2}
	if diff := cmp.Diff(wantOnset, h.Onset); diff != "" {
		t.Errorf("onsets (-want +got):\n%s", diff)
	}
	if h.FalseAlarms.Count != 1 || h.FalseAlarms.PerHour.V.Value != 1 || s.Predictors[3].FalseAlarms.Count != 0 {
		t.Errorf("false alarms %+v", h.FalseAlarms)
	}
	// Right: 0.95, 0.9, 0.8, 0.9; wrong: 0.6, 0.5, 0.7.
	if want := (0.0025 + 0.01 + 0.04 + 0.01 + 0.36 + 0.25 + 0.49) / 7; math.Abs(h.Brier.V.Value-want) > 1e-4 || h.Brier.V.Low >= want || h.Brier.V.High <= want {
		t.Errorf("Brier score %v, want %g", h.Brier, want)
	}
	// 0.5–0.6: 0.5 of none; 0.6–0.7: 0.6; 0.7–0.8: 0.7; 0.8–0.9: 0.2 short; 0.9–1: 0.25 short.
	if want := (0.5 + 0.6 + 0.7 + 0.2 + 0.25) / 7; math.Abs(h.CalibrationError.V-want) > 1e-4 {
		t.Errorf("calibration error %v, want %g", h.CalibrationError, want)
	}
}

// TestBands holds the bounds of the bands: the lower one belongs to it, and 1 to the
// last.
func TestBands(t *testing.T) {
	const small = 1e-9
	var all tally
	for _, c := range []float64{0, 0.5 - small, 0.5, 0.6 - small, 0.6, 0.9 - small, 0.9, 1} {
		all.verdicts = append(all.verdicts, verdict{c, true})
	}
	var s schema.PredictorScore
	all.calibration(&s)
	var counts []int64
	for _, b := range s.Bands {
		counts = append(counts, b.Count)
	}
	if !slices.Equal(counts, []int64{2, 2, 1, 0, 1, 2}) {
		t.Errorf("verdicts by band: %v", counts)
	}
}

func TestMisjudged(t *testing.T) {
	want := []string{
		"c/late [wrong_process wrong_onset] fork_storm 7, fork_storm 8: it is",
		"d/missed [missed] cpu_spin 5, normal 0: calm",
		"e/alarm [false_alarm] normal 0, cpu_spin 5: it is",
		"f/other [wrong_class] oom_risk 5, cpu_spin 5: it is",
	}
	var got []string
	for _, m := range Evaluate(corpus()).Misjudged {
		got = append(got, fmt.Sprintf("%s %s %s, %s: %s", m.Capture, m.Kinds, short(m.Label), short(m.Found), m.Why))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func short(j schema.Judgement) string { return string(j.Class) + " " + string(rune('0'+j.PID.V)) }

// TestOnsetLimit holds the bound of an onset that is in time.
func TestOnsetLimit(t *testing.T) {
	for off, wrong := range map[time.Duration]bool{
		-Slack - 1: true, -Slack: false, -Slack + 1: false, Slack - 1: false, Slack: false, Slack + 1: true,
	} {
		label, found := at(storm, 5, 30), at(storm, 5, 30)
		found.Onset = label.Onset.Add(off)
		s := Evaluate([]Outcome{outcome("a", said(1, found), label)})
		if got := len(s.Misjudged) == 1; got != wrong || s.Predictors[0].Onset.WithinLimit.Count == 1 == wrong {
			t.Errorf("%s off: an error %v, want %v", off, got, wrong)
		}
	}
}

// TestScoreIsValid holds the JSON against its schema, and that it is the same again.
func TestScoreIsValid(t *testing.T) {
	for name, outcomes := range map[string][]Outcome{"corpus": corpus(), "normal": corpus()[:1], "incidents": corpus()[1:2], "nothing": nil} {
		s := Evaluate(outcomes)
		if outcomes == nil {
			s.Margin.Over = "nothing" // Whoever evaluates nothing has no score to write.
		}
		text, err := s.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		problems, err := schema.Validate(schema.DocumentScore, text)
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, %v", name, problems, err)
		}
		again := Evaluate(outcomes)
		again.Margin.Over = s.Margin.Over
		if second, _ := again.AppendJSON(nil); string(second) != string(text) {
			t.Errorf("%s: another score for the same outcomes:\n%s\n%s", name, text, second)
		}
	}
}

func TestCheck(t *testing.T) {
	perfect := []Outcome{outcome("a", said(1)), outcome("b", said(1, at(storm, 2, 9)), at(storm, 2, 9))}
	worse := []Outcome{outcome("a", said(1, at(storm, 2, 9))), outcome("b", said(1), at(storm, 2, 9))}
	both := slices.Clone(perfect)
	for i := range both {
		both[i].Predictions = slices.Repeat(both[i].Predictions[:1], len(predictors))
	}
	macro := Evaluate(corpus()).Predictors[0].MacroF1.Value
	for _, tt := range []struct {
		name     string
		outcomes []Outcome
		min      float64
		want     string
	}{
		{"perfect", perfect, 1, ""},
		{"perfect, as are the others", both, 1, ""},
		{"better", corpus(), 0, ""},
		{"just enough", corpus(), macro, ""},
		{"short of what is asked for", corpus(), macro + 1e-4, "should be at least"},
		{"worse than the others", worse, 0, "no better than the 0.3333 of"},
		{"no incident", perfect[:1], 0, ErrNoIncident.Error()},
		{"nothing", nil, 0, ErrNoIncident.Error()},
	} {
		s := Evaluate(tt.outcomes)
		if err := Check(&s, tt.min); err == nil != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestMargin holds over whom the margin is, and that it has no width where two are
// equal capture by capture.
func TestMargin(t *testing.T) {
	outcomes := corpus()
	for i := range outcomes {
		outcomes[i].Predictions[2] = outcomes[i].Predictions[0]
	}
	s := Evaluate(outcomes)
	if want := (schema.Margin{Over: "first_rule"}); s.Margin != want {
		t.Errorf("margin %+v, want %+v", s.Margin, want)
	}
	s = Evaluate(corpus())
	want := s.Predictors[0].MacroF1.Value - s.Predictors[1].MacroF1.Value
	if m := s.Margin; m.Over != "rules" || math.Abs(m.Value-want) > 1e-4 || m.Low >= m.Value || m.High <= m.Value {
		t.Errorf("margin %+v, want %g over rules", m, want)
	}
}

func TestPredictHeuristics(t *testing.T) {
	ref := func(pid int64) schema.ProcessRef { return schema.ProcessRef{PID: pid, StartTime: start, Comm: "sh"} }
	primary := ref(7)
	records := []schema.DatasetRecord{
		{
			Context: schema.Context{Incident: &schema.Incident{
				Onset: start, End: start + 9, Primary: &primary,
				Candidates: []schema.Candidate{{ProcessRef: ref(8)}, {ProcessRef: ref(7)}, {ProcessRef: ref(9)}},
			}},
			Insight: schema.Insight{Class: storm, Confidence: 0.75, Why: "it is"},
		},
		{
			Context: schema.Context{Incident: &schema.Incident{Onset: start + 1, End: start + 2}},
			Insight: schema.Insight{Class: oom, Confidence: 0.5, Why: "memory"},
		},
	}
	process := func(pid int64) Process { return Process{PID: pid, Start: schema.Some(start), Comm: "sh"} }
	want := Prediction{Incidents: []Incident{
		{Class: storm, Onset: start, End: start + 9, Processes: []Process{process(7), process(8), process(9)}, Confidence: 0.75, Why: "it is"},
		{Class: oom, Onset: start + 1, End: start + 2, Confidence: 0.5, Why: "memory"},
	}}
	if diff := cmp.Diff(want, predictHeuristics(&replayed{records: records})); diff != "" {
		t.Errorf("prediction (-want +got):\n%s", diff)
	}
	calm := []schema.DatasetRecord{{Insight: schema.Insight{Class: schema.ClassNormal, Confidence: 0.95, Why: "calm"}}}
	if diff := cmp.Diff(said(0.95), predictHeuristics(&replayed{records: calm})); diff != "" {
		t.Errorf("of a normal capture (-want +got):\n%s", diff)
	}
}

// TestAllNormalFails holds that saying normal of everything never passes: where there
// are incidents it beats nobody, and where there are none nothing is tested.
func TestAllNormalFails(t *testing.T) {
	outcomes := corpus()
	for i := range outcomes {
		outcomes[i].Predictions[0] = predictNormal(nil)
	}
	s := Evaluate(outcomes)
	if err := Check(&s, 0); err == nil || errors.Is(err, ErrNoIncident) {
		t.Errorf("among incidents: error %v", err)
	}
	normals := slices.DeleteFunc(outcomes, func(o Outcome) bool { return !o.normal() })
	s = Evaluate(normals)
	if err := Check(&s, 0); len(normals) == 0 || !errors.Is(err, ErrNoIncident) {
		t.Errorf("of %d normal captures: error %v", len(normals), err)
	}
}
