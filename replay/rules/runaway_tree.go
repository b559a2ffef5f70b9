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

	trees    replay.Table[*forkTree]
	subjects replay.Table[*episode]
	// within holds the subject that a process was born below, if known.
	within replay.Table[membership]
	// hot are the trees at the threshold, and those with an active subject, in the
	// order in which they got there.
	hot []*forkTree
}

// forkTree is one birth tree. Its active subjects count the forks at and below them.
type forkTree struct {
	counter
	top    *replay.Process
	active []*episode
	listed bool
}

// membership caches for a process the subject that it was born below.
type membership struct {
	known   bool
	subject *episode
}

func (d *treeForks) take(h *replay.Host, r *schema.Record) {
	if !d.runner.rule.Where.Match(h.Current()) {
		return
	}
	d.runner.outcome.Evaluated++
	parent := h.Current().Parent()
	if parent == nil || parent.Top() == nil {
		return
	}
	at := d.trees.At(parent.Top())
	if *at == nil {
		*at = &forkTree{top: parent.Top()}
	}
	tree := *at
	e := event{at: r.Time, seq: r.Seq, by: parent, group: &tree.counter}
	if s := d.subjectOf(parent); s != nil {
		e.marked = &s.counter
	}
	if d.window.add(h.Now(), e) && tree.n >= d.need && !tree.listed {
		tree.listed = true
		d.hot = append(d.hot, tree)
	}
}

// subjectOf returns the active subject that p is or was born below; nil if there is
// none. What p's parent knows, p knows.
func (d *treeForks) subjectOf(p *replay.Process) *episode {
	m := d.within.At(p)
	if !m.known {
		var inherited *episode
		if parent := p.Parent(); parent != nil {
			inherited = d.subjectOf(parent)
		}
		m = d.within.At(p)
		*m = membership{known: true, subject: inherited}
	}
	if m.subject == nil || !m.subject.active() {
		return nil
	}
	return m.subject
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

// lookAt judges a tree's active subjects, and looks for another one while it is at the
// threshold. Beside an active subject, which rarely leaves room for a second one, that
// search is made once a second only: it costs the whole window.
func (d *treeForks) lookAt(h *replay.Host, tree *forkTree) {
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
	root := d.descend(tree)
	if tree.hasActiveWithin(root) {
		return
	}
	s := d.enter(root, tree)
	d.runner.judge(h, s, holds)
	if s.active() {
		tree.active = append(tree.active, s)
	}
}

// verdict judges an active subject. One below the tree's top must hold the share that
// it was chosen for.
func (d *treeForks) verdict(s *episode) verdict {
	share, of := int64(descendShare), int64(descendOf)
	if s.process == s.tree.top {
		share, of = 1, 1
	}
	switch {
	case s.n*of >= d.need*share && s.tree.n >= d.need:
		return holds
	case s.n*of < d.clearBelow*share:
		return cleared
	}
	return between
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
