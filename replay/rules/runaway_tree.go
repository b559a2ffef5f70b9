package rules

import (
	"fmt"

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
	subjects replay.Table[*treeSubject]
	// within holds the subject that a process was born below, if known.
	within replay.Table[membership]
	// hot are the trees at the threshold, and those with an active subject, in the
	// order in which they got there.
	hot []*forkTree
}

// forkTree is one birth tree.
type forkTree struct {
	counter
	top    *replay.Process
	active []*treeSubject
	listed bool
}

// treeSubject is a process below which a tree ran away. Its counter holds the forks at
// and below it while it is active.
type treeSubject struct {
	episode
	tree *forkTree
	// judgedAt are its count and the tree's at the last verdict.
	judgedAt [2]int64
}

// membership caches for a process the subject that it was born below.
type membership struct {
	known   bool
	subject *treeSubject
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
func (d *treeForks) subjectOf(p *replay.Process) *treeSubject {
	m := d.within.At(p)
	if !m.known {
		var inherited *treeSubject
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
	kept := tree.active[:0]
	for _, s := range tree.active {
		if s.unsettled() {
			s.judgedAt = [2]int64{s.n, tree.n}
			d.runner.judge(h, &s.episode, d.verdict(s))
		}
		if s.active() {
			kept = append(kept, s)
		}
	}
	tree.active = kept
	if tree.n < d.need || tree.top.Place() != tree.top {
		return // also when nobody is left of it: it grows no more
	}
	if len(tree.active) > 0 && !(wholeSecond(h) && tree.roomBeside()) {
		return
	}
	root := d.descend(tree)
	if aboveActive(root, tree) {
		return
	}
	s := d.enter(root, tree)
	d.runner.judge(h, &s.episode, holds)
	if s.active() {
		tree.active = append(tree.active, s)
	}
}

// unsettled says that a verdict may change something: the counts are not those of the
// last verdict, or time alone may end a cooldown or a clear duration.
func (s *treeSubject) unsettled() bool {
	return s.state != firing || s.clearing || s.judgedAt != [2]int64{s.n, s.tree.n}
}

// verdict judges an active subject.
func (d *treeForks) verdict(s *treeSubject) verdict {
	share, of := s.share()
	switch {
	case s.n*of >= d.need*share && s.tree.n >= d.need:
		return holds
	case s.n*of < d.clearBelow*share:
		return cleared
	}
	return between
}

func (d *treeForks) measure(_ *replay.Host, e *episode) measurement {
	tree := d.treeOf(e)
	if e.state != firing {
		return measurement{value: float64(e.n), evidence: d.window.evidence(&e.counter), message: fmt.Sprintf(
			"%d forks in %s below %s (pid %d)", e.n, d.window.width, printable(e.process.Comm), e.process.Key.PID)}
	}
	message := fmt.Sprintf("%d forks in %s below %s (pid %d), threshold %d",
		tree.n, d.window.width, printable(tree.top.Comm), tree.top.Key.PID, d.need)
	if e.process != tree.top {
		message += fmt.Sprintf("; %d of them below %s (pid %d)", e.n, printable(e.process.Comm), e.process.Key.PID)
	}
	return measurement{value: float64(tree.n), evidence: d.window.evidence(&tree.counter), message: message}
}

// treeOf finds the tree of a subject's episode.
func (d *treeForks) treeOf(e *episode) *forkTree {
	for _, tree := range d.hot {
		if tree.top == e.process.Top() {
			return tree
		}
	}
	return &forkTree{top: e.process.Top(), counter: e.counter}
}
