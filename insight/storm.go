package insight

import (
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	// descend is the part of a tree's births, in percent, that one child's subtree must
	// hold for the search for the cause to go down to it.
	descend = 90
	// maxCandidates bounds the processes that are listed as possible causes.
	maxCandidates = 3
	// minShare is the part of the births that a process must have to be listed.
	minShare = 0.05
)

// storm looks closer at the births below one process in one window; a nil root is the
// whole host.
type storm struct {
	f    *features
	tree birthTree
	// within holds the processes of the tree that are in the process tree now.
	within map[*replay.Process]bool
	// born are the children that are still alive.
	born map[*replay.Process]bool
	// forkers are the processes that forked them, and how many each.
	forkers    []candidate
	onset, end schema.Time
	// peak is the largest number of births in one second.
	peak int64
	// causes are the processes that could be behind it, the likeliest first.
	causes []candidate
}

func newStorm(f *features, tree birthTree) *storm {
	s := &storm{f: f, tree: tree, born: map[*replay.Process]bool{}, end: f.From}
	if tree.Top != nil {
		s.within = members(tree.Top)
	}
	counts := map[*replay.Process]int{}
	perBucket := make([]int64, len(f.buckets))
	for i, bucket := range f.buckets {
		for _, b := range bucket.births {
			if !s.holds(b) {
				continue
			}
			perBucket[i]++
			s.end = max(s.end, b.time)
			if b.child.Alive() {
				s.born[b.child] = true
				s.countForker(counts, b.parent)
			}
		}
	}
	s.onset, s.peak = s.beginning(perBucket), slices.Max(perBucket)
	for i := range s.forkers {
		s.forkers[i].share /= float64(max(tree.Alive, 1))
	}
	sortCandidates(s.forkers)
	s.causes = s.candidates()
	return s
}

// diluted says that one process holds what stayed, and by itself is no storm: the births
// beside it, which came and went, only made up the number.
func (s *storm) diluted() bool {
	if len(s.causes) == 0 || 100*s.causes[0].share < descend || s.causes[0].process.Exited() {
		return false
	}
	own := &storm{within: members(s.causes[0].process)}
	var born, alive int64
	for b := range s.f.births() {
		if own.holds(b) {
			born++
			if b.child.Alive() {
				alive++
			}
		}
	}
	return !isForkStorm(born, alive)
}

// holds says that the birth belongs to the tree. What has exited has folded into its
// nearest ancestor that is left.
func (s *storm) holds(b birth) bool {
	return s.within == nil || s.within[b.child.Place()]
}

// members returns the processes at and below root that are in the tree.
func members(root *replay.Process) map[*replay.Process]bool {
	set := map[*replay.Process]bool{}
	for p := range root.Place().Subtree() {
		set[p] = true
	}
	return set
}

func (s *storm) countForker(counts map[*replay.Process]int, parent *replay.Process) {
	if parent == nil {
		return
	}
	at, known := counts[parent]
	if !known {
		at = len(s.forkers)
		counts[parent] = at
		s.forkers = append(s.forkers, candidate{process: parent})
	}
	s.forkers[at].share++
}

// beginning returns the first birth in the first second with the rate of a storm, or
// else the first birth of all.
func (s *storm) beginning(perBucket []int64) schema.Time {
	first := slices.IndexFunc(perBucket, func(n int64) bool { return n >= forkStormOnset })
	if first < 0 {
		first = slices.IndexFunc(perBucket, func(n int64) bool { return n > 0 })
	}
	if first < 0 {
		return s.f.From
	}
	begin := s.f.To
	for _, b := range s.f.buckets[first].births {
		if s.holds(b) {
			begin = min(begin, b.time)
		}
	}
	return begin
}

// candidates returns the processes that could be the cause, the likeliest first; none
// if no process has half of the births under it. A process that forked half of the
// children itself is the cause, even if it has exited since; else it is the one that
// holds them in its subtree.
func (s *storm) candidates() []candidate {
	if s.tree.Top == nil {
		return nil
	}
	var list []candidate
	if len(s.forkers) > 0 && 2*s.forkers[0].share >= 1 {
		list = append(list, s.forkers[0])
	}
	if holder, held := s.holder(); holder != nil {
		list = appendCandidate(list, candidate{holder, float64(held) / float64(max(s.tree.Alive, 1))})
	}
	for _, forker := range s.forkers {
		if forker.share >= minShare {
			list = appendCandidate(list, forker)
		}
	}
	return list[:min(len(list), maxCandidates)]
}

func appendCandidate(list []candidate, c candidate) []candidate {
	for _, known := range list {
		if known.process == c.process {
			return list
		}
	}
	return append(list, c)
}

// holder descends from the top of the tree while one child holds 90 % of the living
// births, and climbs back over forks that run their parent's program: the links of a
// chain, say. It returns the process and how many it holds.
func (s *storm) holder() (*replay.Process, int) {
	top := s.tree.Top.Place()
	if top == nil {
		return nil, 0
	}
	var order []*replay.Process
	held := map[*replay.Process]int{}
	for p := range top.Subtree() {
		order = append(order, p)
		if s.born[p] {
			held[p] = 1
		}
	}
	for i := len(order) - 1; i > 0; i-- {
		held[order[i].Parent()] += held[order[i]]
	}
	at, total := top, held[top]
	for next := at; next != nil; {
		at, next = next, nil
		for c := range at.Children() {
			if 100*held[c] >= descend*total && total > 0 {
				next = c
				break
			}
		}
	}
	for s.born[at] && !at.ExecTime.OK && at.Parent() != nil && at != top {
		at = at.Parent()
	}
	return at, held[at]
}
