package score

import (
	"cmp"

	"github.com/linnix-os/linnix/schema"
)

// misjudged lists what a predictor got wrong in one capture, in the order of the pairs.
func (o *Outcome) misjudged(predictor int) []schema.Misjudged {
	var list []schema.Misjudged
	for _, p := range o.pairs(predictor) {
		kinds := p.errors()
		if kinds == nil {
			continue
		}
		e := schema.Misjudged{Capture: o.Name, Kinds: kinds, Label: o.judgement(p.Label), Found: o.judgement(p.Found)}
		if late := p.OnsetError(); late.OK {
			e.OnsetErrorS.Set(round(late.V.Seconds()))
		}
		said := &o.Predictions[predictor]
		if p.Found != nil {
			e.Why = p.Found.Why
			e.Found.Confidence.Set(p.Found.Confidence)
		} else if len(said.Incidents) == 0 {
			e.Why = said.Why
			e.Found.Confidence.Set(said.Confidence)
		}
		e.Why = cmp.Or(e.Why, "only other incidents were found")
		list = append(list, e)
	}
	return list
}

// errors lists what is wrong with a pair. In what is of the wrong class nothing else is
// looked at.
func (p Paired) errors() []schema.ErrorKind {
	late := p.OnsetError()
	switch {
	case p.Right() && p.Label == nil:
		return nil
	case p.Found == nil:
		return []schema.ErrorKind{schema.ErrorMissed}
	case p.Label == nil:
		return []schema.ErrorKind{schema.ErrorFalseAlarm}
	case !p.Right():
		return []schema.ErrorKind{schema.ErrorWrongClass}
	}
	var kinds []schema.ErrorKind
	if len(p.Label.Processes) > 0 && !p.Named(1) {
		kinds = append(kinds, schema.ErrorWrongProcess)
	}
	if late.V.Abs() > Slack {
		kinds = append(kinds, schema.ErrorWrongOnset)
	}
	return kinds
}

// judgement describes one side of a pair.
func (o *Outcome) judgement(in *Incident) schema.Judgement {
	j := schema.Judgement{Class: classOf(in)}
	if in == nil {
		return j
	}
	j.OnsetS.Set(round(in.Onset.Sub(o.Start).Seconds()))
	if len(in.Processes) > 0 {
		j.PID.Set(in.Processes[0].PID)
		j.Comm = in.Processes[0].Comm
	}
	return j
}
