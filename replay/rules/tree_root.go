package rules

import (
	"iter"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
)

// The share of a tree's value that a child must hold to be gone down to: 9 of 10.
const descendShare, descendOf = 9, 10

// birthTree is one birth tree whose value – forks in the window, CPU, memory – is its
// counter's. Its active subjects count the part at and below them.
type birthTree struct {
	counter
	top    *replay.Process
	active []*episode
	listed bool
}

// weights yields processes with their part in a tree's value. A process may come more
// than once.
type weights = iter.Seq2[*replay.Process, int64]

// wholeSecond says that it is a tick, or a record of the same moment.
func wholeSecond(h *replay.Host) bool { return h.Now().Sub(h.Start())%time.Second == 0 }

// roomBeside says that the active subjects leave room for one that holds nine tenths.
func (t *birthTree) roomBeside() bool {
	for _, s := range t.active {
		if s.n*descendOf > t.n*(descendOf-descendShare) {
			return false
		}
	}
	return true
}

// descent is what descend has found: the root, what its subtree holds, and how many
// processes were looked at.
type descent struct {
	root      *replay.Process
	n, looked int64
}

// descend finds the process deepest below the tree's top whose subtree holds nine
// tenths of its value.
func (t *birthTree) descend(parts weights) descent {
	sums := t.sums(parts)
	found := descent{root: t.top, looked: int64(len(sums))}
	for {
		var next *replay.Process
		for c := range found.root.Children() {
			found.looked++
			if next == nil || sums[c] > sums[next] {
				next = c
			}
		}
		if next == nil || sums[next]*descendOf < t.n*descendShare {
			found.n = sums[found.root]
			return found
		}
		found.root = next
	}
}

// sums adds up the parts at and below each process. It goes up from a part no further
// than where others have been, and then carries the sums up, so that a process is looked
// at once however deep the tree is.
func (t *birthTree) sums(parts weights) map[*replay.Process]int64 {
	sums := make(map[*replay.Process]int64)
	var found []*replay.Process // a parent stands before what is below it
	for by, n := range parts {
		place, from := by.Place(), len(found)
		for p := place; p != nil; p = p.Parent() {
			if _, known := sums[p]; known {
				break
			}
			sums[p] = 0
			found = append(found, p)
			if p == t.top {
				break
			}
		}
		slices.Reverse(found[from:])
		if place != nil {
			sums[place] += n
		}
	}
	for _, p := range slices.Backward(found) {
		if parent := p.Parent(); p != t.top && parent != nil {
			sums[parent] += sums[p]
		}
	}
	return sums
}

// hasActiveWithin says that an active subject of the tree is at or below root. None can
// be above it: that one would leave no room beside it.
func (t *birthTree) hasActiveWithin(root *replay.Process) bool {
	return slices.ContainsFunc(t.active, func(s *episode) bool {
		place := s.process.Place()
		return place != nil && place.Within(root)
	})
}

// share is the part of a threshold that a subject must hold: one below the tree's top
// holds on with the share that it was chosen for.
func (e *episode) share() (part, of int64) {
	if e.process == e.tree.top {
		return 1, 1
	}
	return descendShare, descendOf
}

// treeSubjects are the subjects of a rule on tree roots.
type treeSubjects struct {
	subjects replay.Table[*episode]
	// within holds the subject that a process was born below, if known.
	within replay.Table[membership]
	// entered says that there has been a subject.
	entered bool
}

// membership caches for a process the subject that it was born below.
type membership struct {
	known   bool
	subject *episode
}

// enter makes root a subject of the tree, and marks what is below it.
func (t *treeSubjects) enter(root *replay.Process, tree *birthTree) *episode {
	at := t.subjects.At(root)
	if *at == nil {
		*at = &episode{process: root}
	}
	s := *at
	s.tree, t.entered = tree, true
	for p := range root.Subtree() {
		*t.within.At(p) = membership{known: true, subject: s}
	}
	return s
}

// meet settles below which subject a new process is born, before an ancestor in between
// can exit.
func (t *treeSubjects) meet(p *replay.Process) {
	if t.entered {
		t.of(p)
	}
}

// holds says that a process, or what it has folded into, is or was born below the
// subject, which has just been entered.
func (t *treeSubjects) holds(s *episode, p *replay.Process) bool {
	place := p.Place()
	return place != nil && t.within.At(place).subject == s
}

// of returns the active subject that p is or was born below; nil if there is none. What
// the nearest ancestor that was asked about knows, all below it know.
func (t *treeSubjects) of(p *replay.Process) *episode {
	var subject *episode
	for q := p; q != nil; q = q.Parent() {
		if m := t.within.At(q); m.known {
			subject = m.subject
			break
		}
	}
	for q := p; q != nil; q = q.Parent() {
		m := t.within.At(q)
		if m.known {
			break
		}
		*m = membership{known: true, subject: subject}
	}
	if subject == nil || !subject.active() {
		return nil
	}
	return subject
}
