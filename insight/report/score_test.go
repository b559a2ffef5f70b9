package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// scoreOf makes a score with every class but one, names that are hard to print, and
// figures of which some are unknown.
func scoreOf() *schema.Score {
	share := func(n, of int64) schema.Share {
		s := schema.Share{Count: n, Of: of}
		if of > 0 {
			s.Estimate.Set(schema.Estimate{Value: float64(n) / float64(of), Low: 0.25, High: 0.9})
		}
		return s
	}
	predictor := func(name string, f1 float64) schema.PredictorScore {
		p := schema.PredictorScore{
			Name: name, MacroF1: schema.Estimate{Value: f1, Low: f1 / 2, High: 1}, Absent: []schema.Class{schema.ClassOOMRisk},
			Confusion: []schema.PairCount{},
			Onset:     schema.OnsetError{Count: 3, Median: schema.Some(schema.Estimate{Value: 0.25, Low: 0.125, High: 2}), P95: schema.Some(12.0), Max: schema.Some(123.456), WithinLimit: share(2, 3), LimitS: 2},
			AC1:       share(4, 5), AC3: share(5, 5),
			FalseAlarms: schema.Rate{Count: 1, Hours: 0.5, PerHour: schema.Some(schema.Estimate{Value: 2, Low: 0.05, High: 11.1})},
			Brier:       schema.Some(schema.Estimate{Value: 0.0625, Low: 0.03, High: 0.125}), CalibrationError: schema.Some(0.125),
			Bands: []schema.Band{{From: 0, To: 0.5}, {From: 0.5, To: 1, Count: 9, Confidence: schema.Some(0.75), Right: share(6, 9)}},
		}
		for i, class := range schema.Classes {
			c := schema.ClassScore{Class: class}
			if class != schema.ClassOOMRisk {
				c.Support, c.Predicted = int64(i), 120
				c.Precision, c.Recall = share(1, 120), share(1, int64(i))
				c.F1.Set(schema.Estimate{Value: f1, Low: f1 / 2, High: 1})
				p.Confusion = append(p.Confusion, schema.PairCount{Label: class, Found: class, Count: int64(i + 1)})
			}
			p.Classes = append(p.Classes, c)
		}
		return p
	}
	silent := predictor("all_normal", 0.125)
	silent.Onset, silent.FalseAlarms.PerHour, silent.Brier = schema.OnsetError{LimitS: 2}, schema.Opt[schema.Estimate]{}, schema.Opt[schema.Estimate]{}
	return &schema.Score{
		Captures: 42, NormalCaptures: 20, NormalHours: 0.123, Incidents: 1,
		Predictors: []schema.PredictorScore{predictor("heuristics", 0.75), predictor("rules", 0.25), predictor("first_rule", 0.5), silent},
		Margin:     schema.Margin{Over: "first_rule", Estimate: schema.Estimate{Value: 0.25, Low: -0.125, High: 0.5}},
		Misjudged: []schema.Misjudged{
			{
				Capture: "storm/\x1b[31m1", Kinds: []schema.ErrorKind{schema.ErrorWrongProcess, schema.ErrorWrongOnset}, OnsetErrorS: schema.Some(-1.5),
				Label: schema.Judgement{Class: schema.ClassForkStorm, OnsetS: schema.Some(3.0), PID: schema.Some[int64](7), Comm: "a|b*\u202e"},
				Found: schema.Judgement{Class: schema.ClassForkStorm, OnsetS: schema.Some(1.5), PID: schema.Some[int64](8), Comm: "<b>`x`", Confidence: schema.Some(0.75)},
				Why:   "500 forks in 10.0 s and 480 of them still alive, 99 % under pid 8",
			},
			{
				Capture: "spin/2", Kinds: []schema.ErrorKind{schema.ErrorMissed},
				Label: schema.Judgement{Class: schema.ClassCPUSpin, OnsetS: schema.Some(2.0)},
				Found: schema.Judgement{Class: schema.ClassNormal, Confidence: schema.Some(0.5)}, Why: "nobody waits",
			},
		},
	}
}

func TestScoreGolden(t *testing.T) {
	for _, format := range ScoreFormats() {
		t.Run(format, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteScore(&b, format, scoreOf()); err != nil {
				t.Fatal(err)
			}
			golden(t, "score."+map[string]string{"text": "txt", "json": "json", "markdown": "md"}[format], b.Bytes())
		})
	}
	if err := WriteScore(&bytes.Buffer{}, "poem", scoreOf()); err == nil || !strings.Contains(err.Error(), "--format text|json|markdown") {
		t.Errorf("an unknown format: error %v", err)
	}
}

// TestRateText holds where decimals are left out.
func TestRateText(t *testing.T) {
	for high, want := range map[float64]string{9.994: "1.23 [0.12, 9.99]", 10: "1.2 [0.1, 10.0]", 99.9: "1.2 [0.1, 99.9]", 100: "1 [0, 100]", 1e5: "1 [0, 100000]"} {
		if got := rateText(schema.Some(schema.Estimate{Value: 1.234, Low: 0.123, High: high})); got != want {
			t.Errorf("up to %g: %q, want %q", high, got, want)
		}
	}
	if got := rateText(schema.Opt[schema.Estimate]{}); got != unknownFigure {
		t.Errorf("an unknown rate: %q", got)
	}
}

// TestScoreTextFits holds that no line of the text is wider than the page, nor holds
// anything hidden.
func TestScoreTextFits(t *testing.T) {
	var b bytes.Buffer
	if err := WriteScore(&b, "text", scoreOf()); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		if width(line) > DefaultWidth || strings.IndexFunc(line, hidden) >= 0 {
			t.Errorf("%d columns, or hidden characters: %q", width(line), line)
		}
	}
}

// TestScoreWithoutRival holds that a score without captures can be written.
func TestScoreWithoutRival(t *testing.T) {
	s := scoreOf()
	s.Margin, s.Misjudged = schema.Margin{}, nil
	for _, format := range ScoreFormats() {
		var b bytes.Buffer
		if err := WriteScore(&b, format, s); err != nil || b.Len() == 0 {
			t.Errorf("%s: %v", format, err)
		}
	}
}
