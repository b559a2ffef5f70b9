package expect

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// pair finds for each expected alert the place of the raised one that it stands for, or
// -1. As many as possible are paired with one that is as expected; of what is left,
// those that are alike, so that the difference can be told.
func pair(e *Expectation, got []raised) []int {
	m := newMatching(e, got)
	for i := range e.Alerts {
		m.match(i, make(map[int]bool))
	}
	m.pairAlike(func(a *Alert, g *raised) bool {
		return a.State == g.State && (!a.Subject.OK || a.Subject.V.text(g.start) == subjectOf(&g.Subject).alike(a).text(g.start))
	})
	m.pairAlike(func(a *Alert, g *raised) bool { return a.State == g.State })
	return m.of
}

// matching pairs expected with raised alerts of the same rule.
type matching struct {
	e   *Expectation
	got []raised
	// byRule has the places of the raised alerts of each rule, by time.
	byRule map[string][]int
	// of is for each expected alert the raised one, and by the other way round; -1 for
	// none.
	of, by []int
}

func newMatching(e *Expectation, got []raised) *matching {
	m := &matching{e: e, got: got, byRule: make(map[string][]int), of: unpaired(len(e.Alerts)), by: unpaired(len(got))}
	for i := range got {
		rule := wellFormed(got[i].Rule)
		m.byRule[rule] = append(m.byRule[rule], i)
	}
	for _, places := range m.byRule {
		slices.SortStableFunc(places, func(i, j int) int { return cmp.Compare(got[i].Time, got[j].Time) })
	}
	return m
}

func unpaired(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = -1
	}
	return list
}

// match finds a raised alert for expectation i that is as expected, and if it must the
// other expectation that had it a new one (an augmenting path: a vague expectation may
// fit what an exact one needs). Seen are the raised alerts tried so far.
func (m *matching) match(i int, seen map[int]bool) bool {
	a := &m.e.Alerts[i]
	for _, place := range m.within(a) {
		if seen[place] || len(a.compare(&m.got[place], m.e.Tolerance)) > 0 {
			continue
		}
		seen[place] = true
		if other := m.by[place]; other < 0 || m.match(other, seen) {
			m.of[i], m.by[place] = place, i
			return true
		}
	}
	return false
}

// within are the raised alerts of the rule whose time is as expected.
func (m *matching) within(a *Alert) []int {
	places := m.byRule[a.Rule]
	if len(places) == 0 {
		return nil
	}
	at, tolerance := a.Time(m.got[places[0]].start), a.Tolerance.Or(m.e.Tolerance)
	from := sort.Search(len(places), func(i int) bool { return m.got[places[i]].Time >= at.Add(-tolerance) })
	to := sort.Search(len(places), func(i int) bool { return m.got[places[i]].Time > at.Add(tolerance) })
	return places[from:max(from, to)]
}

// pairAlike pairs each expectation that is left, in order, with the nearest in time of
// the raised alerts that are left and alike.
func (m *matching) pairAlike(alike func(a *Alert, g *raised) bool) {
	for i := range m.e.Alerts {
		a := &m.e.Alerts[i]
		if m.of[i] >= 0 {
			continue
		}
		best, least := -1, time.Duration(0)
		for _, place := range m.byRule[a.Rule] {
			g := &m.got[place]
			if m.by[place] >= 0 || !alike(a, g) {
				continue
			}
			if d := a.distance(g); best < 0 || d < least {
				best, least = place, d
			}
		}
		if best >= 0 {
			m.of[i], m.by[best] = best, i
		}
	}
}
