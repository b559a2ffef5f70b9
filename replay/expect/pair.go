package expect

import (
	"cmp"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// pair finds for each expected alert the place of the raised one that it stands for, or
// -1. As many as possible are paired with one that is as expected; of what is left,
// those that are alike, so that the difference can be told.
func pair(e *Expectation, got []raised) []int {
	m := newMatching(e, got)
	if len(got) == 0 {
		return m.of
	}
	for i := range e.Alerts {
		m.groups[i] = m.group(&e.Alerts[i], ^fieldsOf("time"))
	}
	for i := range e.Alerts {
		m.done(m.match(i))
	}
	m.pairAlike(fieldsOf("rule", "state", "subject"))
	m.pairAlike(fieldsOf("rule", "state"))
	return m.of
}

// matching pairs expected with raised alerts of the same rule. There may be very many:
// nothing may take the square of their number.
type matching struct {
	e   *Expectation
	got []raised
	// byRule has the places of the raised alerts of each rule, by time.
	byRule map[string][]int
	// of is for each expected alert the raised one, and by the other way round; -1 for
	// none.
	of, by []int
	// sorted has the raised alerts of each shape, by what is compared, and groups those
	// that are as expected but for the time, for each expected alert.
	sorted map[shape]map[string]*group
	groups []*group
	// seen are the raised alerts that a search need not try: those that it has tried,
	// and those that no search can free. Tried and undo take back the former.
	seen  []bool
	tried []int
	undo  []skipped
}

func newMatching(e *Expectation, got []raised) *matching {
	m := &matching{
		e: e, got: got, byRule: make(map[string][]int), of: unpaired(len(e.Alerts)), by: unpaired(len(got)),
		sorted: make(map[shape]map[string]*group), groups: make([]*group, len(e.Alerts)), seen: make([]bool, len(got)),
	}
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

// match finds a raised alert for expectation i that is as expected, the nearest in time
// that is free, or if there is none one that another expectation has which can take
// another (an augmenting path: a vague expectation may fit what an exact one needs).
func (m *matching) match(i int) bool {
	a, g := &m.e.Alerts[i], m.groups[i]
	at, tolerance := a.Time(m.got[0].start), a.Tolerance.Or(m.e.Tolerance)
	from := m.first(g, at.Add(-tolerance))
	to := m.first(g, at.Add(tolerance)+1)
	if p := m.nearest(g, at, from, to); p >= 0 {
		m.of[i], m.by[g.places[p]] = g.places[p], i
		return true
	}
	for p := m.unseen(g, from); p < to; p = m.unseen(g, p) {
		place := g.places[p]
		m.skip(g, p, p+1)
		if m.seen[place] {
			continue
		}
		m.seen[place] = true
		m.tried = append(m.tried, place)
		if m.match(m.by[place]) {
			m.of[i], m.by[place] = place, i
			return true
		}
	}
	return false
}

// done ends a search. What one without success has tried stays seen: all of it is
// taken, and whoever has it can take nothing else.
func (m *matching) done(found bool) {
	if found {
		for _, place := range m.tried {
			m.seen[place] = false
		}
		for _, s := range slices.Backward(m.undo) {
			s.of.next[s.at] = s.was
		}
	}
	m.tried, m.undo = m.tried[:0], m.undo[:0]
}

// pairAlike pairs each expectation that is left, in order, with the nearest in time of
// the raised alerts that are left and have the same in some fields.
func (m *matching) pairAlike(of fieldSet) {
	for i := range m.e.Alerts {
		if m.of[i] >= 0 {
			continue
		}
		a := &m.e.Alerts[i]
		g := m.group(a, of)
		if p := m.nearest(g, a.Time(m.got[0].start), 0, len(g.places)); p >= 0 {
			m.of[i], m.by[g.places[p]] = g.places[p], i
		}
	}
}

// nearest is the free alert of a group that is nearest to a time, of those from one
// place in it to before another; the earlier one of two. It is -1 without any.
func (m *matching) nearest(g *group, at schema.Time, from, to int) int {
	middle := min(max(m.first(g, at), from), to)
	after, before := m.free(g, middle), m.freeBefore(g, middle)
	if before < from {
		if after < to {
			return after
		}
		return -1
	}
	when := m.got[g.places[before]].Time
	if after < to && m.got[g.places[after]].Time.Sub(at) < at.Sub(when) {
		return after
	}
	return m.free(g, max(from, m.first(g, when)))
}
