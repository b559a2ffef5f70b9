package rules

import (
	"fmt"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// runawayTree fires when forks anywhere in one birth tree in the window ≥ threshold.
// Its subject is reached by going down from the tree's top while one child's subtree
// alone holds at least nine tenths of the tree's forks, and is fixed until it resolves;
// meanwhile nothing above or below it fires. A subject below the top holds on with nine
// tenths of the (clear) threshold, the share it was chosen for.
var runawayTree = kind{
	name:    "runaway_tree",
	keys:    []key{thresholdKey, windowKey},
	subject: schema.SubjectTreeRoot,
	inputs:  []schema.Type{schema.TypeFork},
	start: func(r *runner) detector {
		return &treeForks{
			runner: r, window: window{width: r.rule.Window},
			need: int64(r.rule.Threshold), clearBelow: int64(r.rule.clearLevel()),
		}
	},
}

// treeForks counts forks by tree, in constant time a fork however deep the tree: only
// where a tree meets the threshold is it looked into.
type treeForks struct {
	runner           *runner
	window           window
	need, clearBelow int64

	trees    replay.Table[*birthTree]
	subjects treeSubjects
	// hot are the trees at the threshold, and those with an active subject, in the
	// order in which they got there.
	hot []*birthTree
}

func (d *treeForks) take(h *replay.Host, r *schema.Record) {
	d.subjects.meet(h.Current())
	if !d.runner.sees(h, r) {
		return
	}
	d.runner.outcome.Evaluated++
	parent := h.Current().Parent()
	if parent == nil || parent.Top() == nil {
		return
	}
	at := d.trees.At(parent.Top())
	if *at == nil {
		*at = &birthTree{top: parent.Top()}
	}
	tree := *at
	e := event{at: r.Time, seq: r.Seq, by: parent, group: &tree.counter}
	if s := d.subjects.of(parent); s != nil {
		e.marked = &s.counter
	} else if len(tree.active) > 0 {
		d.runner.leaveOut(h, r)
	}
	if d.window.add(h.Now(), e) && tree.n >= d.need && !tree.listed {
		tree.listed = true
		d.hot = append(d.hot, tree)
	}
	d.window.expire(h.Now())
	if len(tree.active) == 0 {
		d.runner.near(h, tree.top, nil, float64(tree.n), float64(d.need))
	}
}

func (d *treeForks) look(h *replay.Host) {
	d.window.expire(h.Now())
	kept := d.hot[:0]
	for _, tree := range d.hot {
		d.lookAt(h, tree)
		if tree.listed = tree.n >= d.need || len(tree.active) > 0; tree.listed {
			kept = append(kept, tree)
		}
	}
	d.hot = kept
}

func (d *treeForks) held() int64 { return d.window.len() }

// lookAt judges a tree's active subjects, and looks for another one while it is at the
// threshold. Beside an active subject, which rarely leaves room for a second one, that
// search is made once a second only: it costs the whole window.
func (d *treeForks) lookAt(h *replay.Host, tree *birthTree) {
	tree.active = slices.DeleteFunc(tree.active, func(s *episode) bool {
		d.runner.judge(h, s, d.verdict(s))
		return !s.active()
	})
	if tree.n < d.need || tree.top.Place() != tree.top {
		return // also when nobody is left of it: it grows no more
	}
	if len(tree.active) > 0 && !(wholeSecond(h) && tree.roomBeside()) {
		return
	}
	root := tree.descend(d.parts(tree)).root
	if tree.hasActiveWithin(root) {
		d.runner.firesElsewhere(h, root, float64(tree.n))
		return
	}
	s := d.enter(root, tree)
	d.runner.judge(h, s, holds)
	if s.active() {
		tree.active = append(tree.active, s)
	}
}

// parts yields the parents of a tree's forks.
func (d *treeForks) parts(tree *birthTree) weights {
	return func(yield func(*replay.Process, int64) bool) {
		for e := range d.window.of(&tree.counter) {
			if !yield(e.by, 1) {
				return
			}
		}
	}
}

// enter makes root a subject, and counts its forks.
func (d *treeForks) enter(root *replay.Process, tree *birthTree) *episode {
	s := d.subjects.enter(root, tree)
	s.n = 0
	for e := range d.window.of(&tree.counter) {
		if d.subjects.holds(s, e.by) {
			e.marked = &s.counter
			s.n++
		} else if e.marked == &s.counter {
			e.marked = nil
		}
	}
	return s
}

// verdict judges an active subject.
func (d *treeForks) verdict(s *episode) verdict {
	share, of := s.share()
	switch {
	case s.n*of >= d.need*share && s.tree.n >= d.need:
		return holds
	case s.n*of < d.clearBelow*share:
		return cleared
	}
	return between
}

// probe implements prober for the top of a tree.
func (d *treeForks) probe(_ *replay.Host, top *replay.Process) (*replay.Process, measurement) {
	tree := *d.trees.At(top)
	if tree == nil {
		return top, measurement{}
	}
	found := tree.descend(d.parts(tree))
	root := found.root
	return root, measurement{value: float64(tree.n), looked: found.looked, evidence: d.window.evidence(&tree.counter),
		message: fmt.Sprintf("%d forks in %s below %s (pid %d), threshold %d",
			tree.n, d.window.width, printable(root.Comm), root.Key.PID, d.need)}
}

func (d *treeForks) measure(_ *replay.Host, e *episode) measurement {
	tree := e.tree
	message := fmt.Sprintf("%d forks in %s below %s (pid %d)", e.n, d.window.width, printable(e.process.Comm), e.process.Key.PID)
	if e.state != firing {
		return measurement{value: float64(e.n), evidence: d.window.evidence(&e.counter), message: message}
	}
	if e.process != tree.top {
		message += fmt.Sprintf(", of %d below %s (pid %d)", tree.n, printable(tree.top.Comm), tree.top.Key.PID)
	}
	message += fmt.Sprintf(", threshold %d", d.need)
	return measurement{value: float64(tree.n), evidence: d.window.evidence(&tree.counter), message: message}
}
