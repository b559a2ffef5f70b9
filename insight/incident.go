package insight

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// incident is a run of windows with verdicts of one class about one tree.
type incident struct {
	// rank is the class's row in the table of heuristics.
	rank       int
	onset, end schema.Time
	// seen is the end of the last window that showed it.
	seen schema.Time
	// peak is its strongest verdict, and context the evidence of that window.
	peak    verdict
	context schema.Context
	// subjects are the processes that its verdicts were about, ancestors those above
	// them at the time.
	subjects  []*replay.Process
	ancestors map[*replay.Process]bool
	// others are alternatives that were seen in the same tree.
	others []schema.Alternative
}

// overlaps says that the two were going on at one time.
func (in *incident) overlaps(other *incident) bool {
	return in.onset <= other.seen && other.onset <= in.seen
}

// related says that one of the two is about a process in the other's subtree.
func (in *incident) related(other *incident) bool {
	return slices.ContainsFunc(in.subjects, func(p *replay.Process) bool {
		return slices.Contains(other.subjects, p) || other.ancestors[p]
	}) || slices.ContainsFunc(other.subjects, func(p *replay.Process) bool { return in.ancestors[p] })
}

// include notes what a verdict is about. Its ancestors are looked up while they are
// there: they may exit before the incident is over. Those above a known one are known.
func (in *incident) include(v *verdict) {
	p := v.subject()
	if p == nil || slices.Contains(in.subjects, p) {
		return
	}
	in.subjects = append(in.subjects, p)
	if in.ancestors == nil {
		in.ancestors = map[*replay.Process]bool{}
	}
	for q := p.Parent(); q != nil && q.Top() != nil && !in.ancestors[q]; q = q.Parent() {
		in.ancestors[q] = true
	}
}

// continues says that a verdict is about what the incident is about. One without a
// process continues one on a tree, of the same cgroup if it is about one: the tree only
// did not stand out in this window.
func (in *incident) continues(v *verdict) bool {
	p := v.subject()
	if in.subjects == nil || p == nil {
		return in.peak.cgroup == v.cgroup
	}
	return in.peak.tree != nil && in.peak.tree == v.tree ||
		slices.Contains(in.subjects, p) || in.ancestors[p] ||
		slices.ContainsFunc(in.subjects, p.Within)
}

// merger collects the verdicts of a host's windows into incidents.
type merger struct {
	host      *replay.Host
	incidents []*incident
}

// judge runs the heuristics over a window.
func (m *merger) judge(f *features) {
	for rank := range heuristics {
		verdicts := heuristics[rank].judge(f)
		for i := range verdicts {
			m.add(f, rank, &verdicts[i])
		}
	}
}

// add merges a verdict into the incident that it continues, or begins one: a window
// still holds what was over a window's length ago, so a longer pause is a new incident.
func (m *merger) add(f *features, rank int, v *verdict) {
	in := m.open(f, rank, v)
	if in == nil {
		in = &incident{rank: rank, onset: v.onset, end: v.end}
		m.incidents = append(m.incidents, in)
	}
	in.include(v)
	in.onset, in.end, in.seen = min(in.onset, v.onset), max(in.end, v.end), f.To
	if in.peak.class != "" && v.strength <= in.peak.strength {
		return
	}
	in.peak = *v
	in.context = evidence(f, &in.peak)
}

// open finds the incident that the verdict continues. What is normal has no pauses.
func (m *merger) open(f *features, rank int, v *verdict) *incident {
	for i := len(m.incidents) - 1; i >= 0; i-- {
		in := m.incidents[i]
		if in.rank == rank && in.continues(v) && (f.To.Sub(in.seen) <= Window || v.class == schema.ClassNormal) {
			return in
		}
	}
	return nil
}

// settled returns the incidents in the order of their onset, then precedence, then age
// of the process: of those that claim one subtree at one time only the first in
// precedence, and the normal one only if there is no other.
func (m *merger) settled() []*incident {
	byRank := slices.Clone(m.incidents)
	slices.SortStableFunc(byRank, func(a, b *incident) int { return cmp.Compare(a.rank, b.rank) })
	var kept []*incident
	for _, in := range byRank {
		if winner := claimed(kept, in); winner != nil {
			winner.others = append(winner.others, outranked(in))
		} else if in.peak.class != schema.ClassNormal || len(kept) == 0 {
			kept = append(kept, in)
		}
	}
	slices.SortStableFunc(kept, func(a, b *incident) int {
		return cmp.Or(cmp.Compare(a.onset, b.onset), cmp.Compare(a.rank, b.rank), compareProcesses(a.peak.primary, b.peak.primary))
	})
	return kept
}

// claimed finds the incident of higher precedence in the same subtree and time.
func claimed(kept []*incident, in *incident) *incident {
	for _, winner := range kept {
		if winner.rank < in.rank && winner.overlaps(in) && winner.related(in) {
			return winner
		}
	}
	return nil
}

func outranked(in *incident) schema.Alternative {
	return schema.Alternative{
		Class:  in.peak.class,
		WhyNot: fmt.Sprintf("seen in the same tree (%s), but a part of this incident", in.peak.why),
	}
}

// alternatives lists for each class that can be named, this one aside, why it is not
// the verdict on the window.
func alternatives(f *features, v *verdict) []schema.Alternative {
	var list []schema.Alternative
	for _, h := range heuristics {
		if h.class == v.class {
			continue
		}
		at := slices.IndexFunc(v.doubts, func(a schema.Alternative) bool { return a.Class == h.class })
		if at >= 0 {
			list = append(list, v.doubts[at])
			continue
		}
		list = append(list, schema.Alternative{Class: h.class, WhyNot: h.whyNot(f)})
	}
	return list
}

// prefer puts what was seen in the tree in the place of the alternatives of the window.
func prefer(others, list []schema.Alternative) []schema.Alternative {
	for i, a := range list {
		if at := slices.IndexFunc(others, func(o schema.Alternative) bool { return o.Class == a.Class }); at >= 0 {
			list[i] = others[at]
		}
	}
	return list
}
