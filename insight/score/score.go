package score

import (
	"errors"
	"fmt"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// Evaluate scores every predictor over all captures. Each outcome has one prediction for
// each of them.
func Evaluate(outcomes []Outcome) schema.Score {
	s := schema.Score{Captures: int64(len(outcomes)), Predictors: []schema.PredictorScore{}, Misjudged: []schema.Misjudged{}}
	hours := 0.0
	for i := range outcomes {
		o := &outcomes[i]
		s.Incidents += int64(len(o.Labels))
		if o.normal() {
			s.NormalCaptures++
			hours += o.Span.Hours()
		}
		s.Misjudged = append(s.Misjudged, o.misjudged(0)...)
	}
	s.NormalHours = round(hours)
	for p := range predictors {
		s.Predictors = append(s.Predictors, tallyOf(outcomes, p).score(predictors[p].name, hours))
	}
	estimate(&s, outcomes)
	return s
}

// estimate adds what rests on resamples: the intervals of F1 and macro-F1, of the Brier
// score and the median onset error, and the margin.
func estimate(s *schema.Score, outcomes []Outcome) {
	captures, whole := tablesOf(outcomes)
	if len(captures) == 0 {
		return
	}
	rival := bestRival(whole)
	macro := make([][]float64, len(predictors))
	perClass := make([][classCount][]float64, len(predictors))
	parts := partsOf(outcomes)
	var margins []float64
	for d, n := (&draws{seed}), 0; n < resamples; n++ {
		picked := d.pick(len(captures))
		sums := resampled(captures, picked)
		for p := range sums {
			parts[p].resample(picked)
			macro[p] = append(macro[p], sums[p].macroF1())
			for class := range classCount {
				if f := sums[p].f1(class); f.OK {
					perClass[p][class] = append(perClass[p][class], f.V)
				}
			}
		}
		margins = append(margins, macro[0][n]-macro[rival][n])
	}
	for p := range predictors {
		parts[p].estimate(&s.Predictors[p])
		s.Predictors[p].MacroF1 = interval(whole[p].macroF1(), macro[p])
		for class := range classCount {
			if f := whole[p].f1(class); f.OK {
				s.Predictors[p].Classes[class].F1.Set(interval(f.V, perClass[p][class]))
			}
		}
	}
	s.Margin = schema.Margin{
		Over:     predictors[rival].name,
		Estimate: interval(whole[0].macroF1()-whole[rival].macroF1(), margins),
	}
}

// bestRival is the predictor with the highest macro-F1, the first aside.
func bestRival(whole []table) int {
	best := 1
	for p := range whole {
		if p > best && whole[p].macroF1() > whole[best].macroF1() {
			best = p
		}
	}
	return best
}

// tablesOf returns the tables of each capture, by predictor, and their sums.
func tablesOf(outcomes []Outcome) (captures [][]table, whole []table) {
	whole = make([]table, len(predictors))
	for i := range outcomes {
		tables := make([]table, len(predictors))
		for p := range predictors {
			for _, pair := range outcomes[i].pairs(p) {
				tables[p].count(pair)
			}
			whole[p].add(&tables[p])
		}
		captures = append(captures, tables)
	}
	return captures, whole
}

func (o *Outcome) pairs(predictor int) []Paired {
	return Pair(o.Labels, o.Predictions[predictor].Incidents)
}

// ErrNoIncident says that no label names an incident: who says nothing would be right.
var ErrNoIncident = errors.New("no label names an incident")

// Check returns nil if the first predictor is good enough: its macro-F1 is at least
// minMacroF1 and above that of every other predictor, or 1. It returns [ErrNoIncident]
// if the captures cannot tell.
func Check(s *schema.Score, minMacroF1 float64) error {
	if s.Incidents == 0 {
		return ErrNoIncident
	}
	first := s.Predictors[0]
	got := first.MacroF1.Value
	if got < minMacroF1 {
		return fmt.Errorf("the macro-F1 of %s is %.4f, and should be at least %.4f", first.Name, got, minMacroF1)
	}
	at := slices.IndexFunc(s.Predictors[1:], func(p schema.PredictorScore) bool { return p.Name == s.Margin.Over })
	if s.Margin.Value <= 0 && got < 1 {
		return fmt.Errorf("the macro-F1 of %s is %.4f, no better than the %.4f of %s",
			first.Name, got, s.Predictors[1+at].MacroF1.Value, s.Margin.Over)
	}
	return nil
}
