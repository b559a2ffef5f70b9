package score

import (
	"cmp"
	"slices"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// Slack is how far two incidents may lie apart and still overlap, and how far an onset
// may be off and still count as found in time: two windows of a second, of which the
// features are made, at either side.
const Slack = 2 * time.Second

// Paired is a labelled incident with the one that was found for it. One of the two is
// nil where it has no partner, both for a normal capture in which nothing was found.
type Paired struct {
	Label *Incident
	Found *Incident
}

// LabelClass returns the class of the label, normal without one.
func (p Paired) LabelClass() schema.Class { return classOf(p.Label) }

// FoundClass returns the class that was found, normal if nothing was.
func (p Paired) FoundClass() schema.Class { return classOf(p.Found) }

func classOf(in *Incident) schema.Class {
	if in == nil {
		return schema.ClassNormal
	}
	return in.Class
}

// Right says that what was found is of the label's class.
func (p Paired) Right() bool { return p.LabelClass() == p.FoundClass() }

// OnsetError returns how much later than labelled the onset was found; absent where
// there is none to compare.
func (p Paired) OnsetError() schema.Opt[time.Duration] {
	if p.Label == nil || p.Found == nil {
		return schema.Opt[time.Duration]{}
	}
	return schema.Some(p.Found.Onset.Sub(p.Label.Onset))
}

// Named says that the labelled process is among the first k that were found. Without a
// labelled process there is nothing to find.
func (p Paired) Named(k int) bool {
	if p.Label == nil || p.Found == nil || len(p.Label.Processes) == 0 {
		return false
	}
	return slices.ContainsFunc(p.Found.Processes[:min(k, len(p.Found.Processes))], p.Label.Processes[0].is)
}

// Pair pairs the labelled incidents of one capture with the found ones: first those of
// one class that overlap, then what is left that overlaps; each time those whose onsets
// are nearest, of equals the earlier label, then finding. What then is left has no
// partner. The pairs stand in the order of the labels, false alarms after them.
func Pair(labels, found []Incident) []Paired {
	partners := make([]*Incident, len(labels))
	taken := make([]bool, len(found))
	for _, sameClass := range [...]bool{true, false} {
		for _, c := range rankCouples(labels, found) {
			if partners[c.label] == nil && !taken[c.found] && (c.sameClass || !sameClass) {
				partners[c.label], taken[c.found] = &found[c.found], true
			}
		}
	}
	var pairs []Paired
	for i := range labels {
		pairs = append(pairs, Paired{Label: &labels[i], Found: partners[i]})
	}
	for i := range found {
		if !taken[i] {
			pairs = append(pairs, Paired{Found: &found[i]})
		}
	}
	if pairs == nil {
		pairs = []Paired{{}}
	}
	return pairs
}

// couple is a label and a finding that overlap.
type couple struct {
	label, found int
	sameClass    bool
	distance     time.Duration
}

// rankCouples lists all that overlap, the nearest first.
func rankCouples(labels, found []Incident) []couple {
	var list []couple
	for i := range labels {
		for j := range found {
			l, f := &labels[i], &found[j]
			if f.Onset <= l.End.Add(Slack) && l.Onset <= f.End.Add(Slack) {
				list = append(list, couple{i, j, l.Class == f.Class, f.Onset.Sub(l.Onset).Abs()})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b couple) int { return cmp.Compare(a.distance, b.distance) })
	return list
}
