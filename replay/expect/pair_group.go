package expect

import (
	"sort"
	"strconv"

	"github.com/linnix-os/linnix/schema"
)

// fieldSet has a bit for each of the fields.
type fieldSet uint32

func fieldsOf(names ...string) fieldSet {
	var set fieldSet
	for i, f := range fields {
		for _, name := range names {
			if f.name == name {
				set |= 1 << i
			}
		}
	}
	return set
}

// shape is what of a raised alert is compared.
type shape struct {
	rule                 string
	fields               fieldSet
	pid, startTime, comm bool // of the subject
}

// group are raised alerts in which all that is compared is the same, by time.
type group struct {
	places []int
	// Each of these leads from a place in the group towards the next one that is of use:
	// next that a search has not seen, right and left that is free. Left counts from the
	// end. One that leads to itself is of use, or is not known to be of none.
	next, right, left []int
}

// skipped is a step of next that was changed.
type skipped struct {
	of      *group
	at, was int
}

// group finds the raised alerts that have what is expected in some fields.
func (m *matching) group(a *Alert, of fieldSet) *group {
	start := m.got[0].start
	s := shape{rule: a.Rule, pid: a.Subject.V.PID.OK, startTime: a.Subject.V.StartTime != nil, comm: a.Subject.V.Comm.OK}
	var key []byte
	for i, f := range fields {
		if of&(1<<i) == 0 {
			continue
		}
		if want, compared := f.want(a, start); compared {
			s.fields |= 1 << i
			key = strconv.AppendQuote(key, want)
		}
	}
	groups := m.sorted[s]
	if groups == nil {
		groups = m.sort(a, s.fields)
		m.sorted[s] = groups
	}
	if g := groups[string(key)]; g != nil {
		return g
	}
	return newGroup(nil)
}

// sort groups the raised alerts of a rule by what an expectation compares.
func (m *matching) sort(a *Alert, of fieldSet) map[string]*group {
	places := make(map[string][]int)
	var key []byte
	for _, place := range m.byRule[a.Rule] {
		key = key[:0]
		for i, f := range fields {
			if of&(1<<i) != 0 {
				key = strconv.AppendQuote(key, f.got(&m.got[place], a))
			}
		}
		places[string(key)] = append(places[string(key)], place)
	}
	groups := make(map[string]*group, len(places))
	for key, list := range places {
		groups[key] = newGroup(list)
	}
	return groups
}

func newGroup(places []int) *group {
	steps := func() []int {
		list := make([]int, len(places)+1)
		for i := range list {
			list[i] = i
		}
		return list
	}
	return &group{places: places, next: steps(), right: steps(), left: steps()}
}

// first is the first place in a group that is not before a time.
func (m *matching) first(g *group, t schema.Time) int {
	return sort.Search(len(g.places), func(i int) bool { return m.got[g.places[i]].Time >= t })
}

// unseen is the first place in a group from p on that the search has not come by.
func (m *matching) unseen(g *group, p int) int {
	end := p
	for g.next[end] != end {
		end = g.next[end]
	}
	for g.next[p] != end && p != end {
		step := g.next[p]
		m.skip(g, p, end)
		p = step
	}
	return end
}

func (m *matching) skip(g *group, p, to int) {
	m.undo = append(m.undo, skipped{g, p, g.next[p]})
	g.next[p] = to
}

// free is the first free place in a group from p on, and freeBefore the last one before
// p. What is paired once is never free again.
func (m *matching) free(g *group, p int) int {
	return follow(g.right, p, func(p int) bool { return m.by[g.places[p]] < 0 })
}

func (m *matching) freeBefore(g *group, p int) int {
	last := len(g.places) - 1
	return last - follow(g.left, last-(p-1), func(p int) bool { return m.by[g.places[last-p]] < 0 })
}

// follow goes from p to the first place that is of use, or to the end, and shortens the
// way for the next time.
func follow(steps []int, p int, use func(p int) bool) int {
	end := p
	for end < len(steps)-1 && (steps[end] != end || !use(end)) {
		if steps[end] == end {
			steps[end] = end + 1
		}
		end = steps[end]
	}
	for p < end {
		steps[p], p = end, steps[p]
	}
	return end
}
