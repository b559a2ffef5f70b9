package rules

import (
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
)

// The share of a tree's forks that a child must hold to be gone down to: 9 of 10.
const descendShare, descendOf = 9, 10

// wholeSecond says that it is a tick, or a record of the same moment.
func wholeSecond(h *replay.Host) bool { return h.Now().Sub(h.Start())%time.Second == 0 }

// roomBeside says that the active subjects leave room for one that holds nine tenths.
func (t *forkTree) roomBeside() bool {
	for _, s := range t.active {
		if s.n*descendOf > t.n*(descendOf-descendShare) {
			return false
		}
	}
	return true
}

// descend finds the process deepest below the tree's top whose subtree holds nine
// tenths of its forks.
func (d *treeForks) descend(tree *forkTree) *replay.Process {
	sums := make(map[*replay.Process]int64)
	for e := range d.window.of(&tree.counter) {
		for p := e.by.Place(); p != nil; p = p.Parent() {
			sums[p]++
			if p == tree.top {
				break
			}
		}
	}
	at := tree.top
	for {
		next := heaviest(at, sums)
		if next == nil || sums[next]*descendOf < tree.n*descendShare {
			return at
		}
		at = next
	}
}

func heaviest(p *replay.Process, sums map[*replay.Process]int64) *replay.Process {
	var best *replay.Process
	for c := range p.Children() {
		if best == nil || sums[c] > sums[best] {
			best = c
		}
	}
	return best
}

// hasActiveWithin says that an active subject of the tree is at or below root. None can
// be above it: that one would leave no room beside it.
func (t *forkTree) hasActiveWithin(root *replay.Process) bool {
	return slices.ContainsFunc(t.active, func(s *episode) bool {
		place := s.process.Place()
		return place != nil && place.Within(root)
	})
}

// enter makes root a subject: it marks what is below it, and counts its forks.
func (d *treeForks) enter(root *replay.Process, tree *forkTree) *episode {
	at := d.subjects.At(root)
	if *at == nil {
		*at = &episode{process: root}
	}
	s := *at
	s.tree = tree
	for p := range root.Subtree() {
		*d.within.At(p) = membership{known: true, subject: s}
	}
	s.n = 0
	for e := range d.window.of(&tree.counter) {
		if place := e.by.Place(); place != nil && place.Within(root) {
			e.marked = &s.counter
			s.n++
		} else if e.marked == &s.counter {
			e.marked = nil
		}
	}
	return s
}
