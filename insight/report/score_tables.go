package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// unknownFigure stands where a figure has nothing to rest on.
const unknownFigure = "-"

// cellTable is a table of cells; the first row is the head.
type cellTable [][]string

// scoreHead says in words what was measured.
func scoreHead(s *schema.Score) string {
	return fmt.Sprintf("%s, %d of them normal (%.2g h), with %s",
		count(s.Captures, "labelled capture"), s.NormalCaptures, s.NormalHours, count(s.Incidents, "labelled incident"))
}

// scoreMargin says by how much the first predictor is better than the best other.
func scoreMargin(s *schema.Score) string {
	return fmt.Sprintf("macro-F1 of %s is %+.2f [%+.2f, %+.2f] over that of its best rival, %s",
		s.Predictors[0].Name, s.Margin.Value, s.Margin.Low, s.Margin.High, s.Margin.Over)
}

// overview has a row for each figure and a column for each predictor.
func overview(s *schema.Score) cellTable {
	t := cellTable{{"95 % intervals"}}
	for i := range s.Predictors {
		t[0] = append(t[0], s.Predictors[i].Name)
	}
	first := &s.Predictors[0]
	for _, row := range [...]struct {
		name string
		cell func(p *schema.PredictorScore) string
	}{
		{"macro-F1", func(p *schema.PredictorScore) string { return estimateText(p.MacroF1) }},
		{"classes it is over", func(p *schema.PredictorScore) string {
			return fmt.Sprint(len(p.Classes) - len(p.Absent))
		}},
		{fmt.Sprintf("process AC@1 of %d", first.AC1.Of), func(p *schema.PredictorScore) string { return shareText(p.AC1) }},
		{fmt.Sprintf("process AC@3 of %d", first.AC3.Of), func(p *schema.PredictorScore) string { return shareText(p.AC3) }},
		{fmt.Sprintf("onset within %g s", first.Onset.LimitS), func(p *schema.PredictorScore) string { return shareText(p.Onset.WithinLimit) }},
		{"onset off, median s", func(p *schema.PredictorScore) string { return optEstimate(p.Onset.Median, 2) }},
		{"onset off, p95, max s", func(p *schema.PredictorScore) string { return onsetText(&p.Onset) }},
		{"false alarms", func(p *schema.PredictorScore) string { return strconv.FormatInt(p.FalseAlarms.Count, 10) }},
		{"false alarms an hour", func(p *schema.PredictorScore) string { return rateText(p.FalseAlarms.PerHour) }},
		{"Brier score", func(p *schema.PredictorScore) string { return optEstimate(p.Brier, 2) }},
		{"calibration error", func(p *schema.PredictorScore) string { return figure(p.CalibrationError, 3) }},
	} {
		cells := []string{row.name}
		for i := range s.Predictors {
			cells = append(cells, row.cell(&s.Predictors[i]))
		}
		t = append(t, cells)
	}
	return t
}

// classTable has a row for each class that the first predictor or the labels name, and
// the F1 of the rival that the margin is over beside its own.
func classTable(s *schema.Score) cellTable {
	first := &s.Predictors[0]
	rival := slices.IndexFunc(s.Predictors, func(p schema.PredictorScore) bool { return p.Name == s.Margin.Over })
	t := cellTable{{"class", "labels", "found", "precision", "recall", "F1"}}
	if rival > 0 {
		t[0] = append(t[0], "rival")
	}
	for i, c := range first.Classes {
		if !c.F1.OK {
			continue
		}
		cells := []string{string(c.Class), fmt.Sprint(c.Support), fmt.Sprint(c.Predicted), shareText(c.Precision), shareText(c.Recall), optEstimate(c.F1, 2)}
		if rival > 0 {
			f1 := schema.Opt[float64]{V: s.Predictors[rival].Classes[i].F1.V.Value, OK: s.Predictors[rival].Classes[i].F1.OK}
			cells = append(cells, figure(f1, 2))
		}
		t = append(t, cells)
	}
	return t
}

// confusionTable has the labels as rows and what was found as columns, headed by name.
// No pair is "."; classes that occur in neither are left out.
func confusionTable(p *schema.PredictorScore) (t cellTable, classes []schema.Class) {
	for _, c := range p.Classes {
		if !slices.Contains(p.Absent, c.Class) {
			classes = append(classes, c.Class)
		}
	}
	t = cellTable{{`label \ found`}}
	for _, found := range classes {
		t[0] = append(t[0], string(found))
	}
	for _, label := range classes {
		cells := []string{string(label)}
		for _, found := range classes {
			at := slices.IndexFunc(p.Confusion, func(c schema.PairCount) bool { return c.Label == label && c.Found == found })
			if at < 0 {
				cells = append(cells, ".")
				continue
			}
			cells = append(cells, strconv.FormatInt(p.Confusion[at].Count, 10))
		}
		t = append(t, cells)
	}
	return t, classes
}

// bandTable says what came of the verdicts by their confidence.
func bandTable(p *schema.PredictorScore) cellTable {
	t := cellTable{{"confidence", "verdicts", "mean", "right"}}
	for _, b := range p.Bands {
		if b.Count > 0 {
			t = append(t, []string{fmt.Sprintf("%.1f to %.1f", b.From, b.To), fmt.Sprint(b.Count), figure(b.Confidence, 2), shareText(b.Right)})
		}
	}
	return t
}

// misjudgedText says in one line what is wrong, without the capture.
func misjudgedText(m *schema.Misjudged) string {
	var kinds []string
	for _, kind := range m.Kinds {
		kinds = append(kinds, string(kind))
	}
	text := fmt.Sprintf("%s: labelled %s, found %s", strings.Join(kinds, ", "), judgementText(m.Label), judgementText(m.Found))
	if m.OnsetErrorS.OK {
		text += fmt.Sprintf(", onset %+.2f s off", m.OnsetErrorS.V)
	}
	return printable(text + ": " + m.Why)
}

func judgementText(j schema.Judgement) string {
	text := string(j.Class)
	if j.OnsetS.OK {
		text += fmt.Sprintf(" at %+.2fs", j.OnsetS.V)
	}
	if j.PID.OK {
		text += fmt.Sprintf(" of pid %d %s", j.PID.V, j.Comm)
	}
	if j.Confidence.OK {
		text += fmt.Sprintf(" (confidence %.2f)", j.Confidence.V)
	}
	return text
}

func estimateText(e schema.Estimate) string {
	return fmt.Sprintf("%.2f [%.2f, %.2f]", e.Value, e.Low, e.High)
}

func shareText(s schema.Share) string { return optEstimate(s.Estimate, 2) }

func optEstimate(e schema.Opt[schema.Estimate], digits int) string {
	if !e.OK {
		return unknownFigure
	}
	return fmt.Sprintf("%.*f [%.*f, %.*f]", digits, e.V.Value, digits, e.V.Low, digits, e.V.High)
}

// rateText shows a rate with the fewer decimals the larger it may be.
func rateText(e schema.Opt[schema.Estimate]) string {
	digits := 2
	for limit := 10.0; digits > 0 && e.V.High >= limit; limit *= 10 {
		digits--
	}
	return optEstimate(e, digits)
}

func onsetText(o *schema.OnsetError) string {
	if o.Count == 0 {
		return unknownFigure
	}
	return fmt.Sprintf("%.1f, %.1f", o.P95.V, o.Max.V)
}

func figure(v schema.Opt[float64], digits int) string {
	if !v.OK {
		return unknownFigure
	}
	return strconv.FormatFloat(v.V, 'f', digits, 64)
}
