package score

import (
	"math"
	"slices"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// tally adds up what one predictor came to.
type tally struct {
	table table
	// named and inThree count labelled processes that were found, of all there are.
	named, inThree, processes int64
	// alarms counts incidents found in normal captures.
	alarms int64
	// onsets are the absolute errors where the class was found.
	onsets   []time.Duration
	verdicts []verdict
}

// verdict is one thing that a predictor said, with how sure it was.
type verdict struct {
	confidence float64
	right      bool
}

func tallyOf(outcomes []Outcome, predictor int) *tally {
	t := new(tally)
	for i := range outcomes {
		o := &outcomes[i]
		pairs := o.pairs(predictor)
		for _, p := range pairs {
			t.pair(o, p)
		}
		if said := o.Predictions[predictor]; len(said.Incidents) == 0 {
			t.verdicts = append(t.verdicts, verdict{said.Confidence, o.normal()})
		}
	}
	slices.Sort(t.onsets)
	return t
}

func (t *tally) pair(o *Outcome, p Paired) {
	t.table.count(p)
	if p.Label != nil && len(p.Label.Processes) > 0 {
		t.processes++
		t.named += one(p.Named(1))
		t.inThree += one(p.Named(3))
	}
	if p.Found == nil {
		return
	}
	t.alarms += one(o.normal())
	t.verdicts = append(t.verdicts, verdict{p.Found.Confidence, p.Right()})
	if late := p.OnsetError(); late.OK && p.Right() {
		t.onsets = append(t.onsets, late.V.Abs())
	}
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// score returns the figures that need no resampling.
func (t *tally) score(name string, normalHours float64) schema.PredictorScore {
	s := schema.PredictorScore{
		Name: name, Absent: t.table.absent(), Classes: t.classes(), Confusion: t.table.cells(),
		Onset: t.onset(), AC1: share(t.named, t.processes), AC3: share(t.inThree, t.processes),
		FalseAlarms: rate(t.alarms, normalHours),
	}
	t.calibration(&s)
	return s
}

func (t *tally) classes() []schema.ClassScore {
	var list []schema.ClassScore
	for i, class := range schema.Classes {
		right, labelled, found := t.table[i][i], t.table.labelled(i), t.table.found(i)
		list = append(list, schema.ClassScore{
			Class: class, Support: labelled, Predicted: found,
			Precision: share(right, found), Recall: share(right, labelled),
		})
	}
	return list
}

// onset describes the onset errors.
func (t *tally) onset() schema.OnsetError {
	var seconds []float64
	within := int64(0)
	for _, d := range t.onsets {
		seconds = append(seconds, d.Seconds())
		within += one(d <= Slack)
	}
	e := schema.OnsetError{Count: int64(len(seconds)), WithinLimit: share(within, int64(len(seconds))), LimitS: Slack.Seconds()}
	if len(seconds) > 0 {
		e.P95.Set(round(quantile(seconds, 0.95)))
		e.Max.Set(round(quantile(seconds, 1)))
	}
	return e
}

// bandEdges part the confidences: 0.5 and 0.6 are what the heuristics cap theirs at
// where something is unknown.
var bandEdges = [...]float64{0, 0.5, 0.6, 0.7, 0.8, 0.9, 1}

// calibration holds the confidences against what came of them.
func (t *tally) calibration(s *schema.PredictorScore) {
	s.Bands = []schema.Band{}
	distances := 0.0
	for i := range len(bandEdges) - 1 {
		from, to := bandEdges[i], bandEdges[i+1]
		sum, n, right := 0.0, int64(0), int64(0)
		for _, v := range t.verdicts {
			if v.confidence < from || v.confidence >= to && to < 1 {
				continue
			}
			sum, n, right = sum+v.confidence, n+1, right+one(v.right)
		}
		band := schema.Band{From: from, To: to, Count: n, Right: share(right, n)}
		if n > 0 {
			band.Confidence.Set(round(sum / float64(n)))
			distances += math.Abs(sum - float64(right))
		}
		s.Bands = append(s.Bands, band)
	}
	if n := float64(len(t.verdicts)); n > 0 {
		s.CalibrationError.Set(round(distances / n))
	}
}
