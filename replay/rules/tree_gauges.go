package rules

import (
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// gauge is what a subtree detector measures of a process.
type gauge struct {
	// of returns a process's value now, in the smallest unit, so that sums are exact and
	// do not depend on the order; unknown where the records do not tell it.
	of func(h *replay.Host, p *replay.Process) schema.Opt[int64]
	// fades says that a value which was not sampled in an interval is 0 from then on.
	fades bool
	// perUnit is how many of the smallest unit the rule's unit has.
	perUnit float64
	// words say what a value in the rule's unit is, for a message.
	words func(value float64) string
}

// treeGaugeInputs are the records that a subtree's value rests on: those that tell of a
// process, and the system record that closes an interval.
var treeGaugeInputs = [...]schema.Type{
	schema.TypeTask, schema.TypeFork, schema.TypeSample, schema.TypeExit, schema.TypeSystem,
}

// treeGauges sums a gauge over birth trees. It serves subtree_cpu_pct and
// subtree_rss_mb.
//
// An interval's samples come as a batch that a system record closes. Sums change with
// that record, for between two samples of a batch they would mix old values with new
// ones, and at once when a process exits.
type treeGauges struct {
	runner *runner
	gauge  gauge

	trees    replay.Table[*gaugeTree]
	parts    replay.Table[*part]
	subjects treeSubjects
	// held are the parts that trees hold, and sampled those with a new record since the
	// last system record.
	held, sampled []*part
	// hot are the trees above the threshold, and those with an active subject, in the
	// order in which they got there.
	hot []*gaugeTree
	// seen says that the gauge was told of any process, begun that it was looked for.
	seen, begun bool
	// nobody is the episode without a subject: for how long nothing could be told.
	nobody episode
}

// gaugeTree is one birth tree with the time for which it has been above the threshold.
type gaugeTree struct {
	birthTree
	above episode
}

func newTreeGauges(r *runner, g gauge) *treeGauges { return &treeGauges{runner: r, gauge: g} }

func (d *treeGauges) take(h *replay.Host, r *schema.Record) {
	d.begin(h)
	switch r.Type {
	case schema.TypeSystem:
		d.publish(h)
		return
	case schema.TypeExit:
		if p := *d.parts.At(h.Current()); p != nil {
			p.drop()
		}
		return
	case schema.TypeFork:
		d.subjects.meet(h.Current())
		return // it tells no value
	}
	p := h.Current()
	if p.Top() == nil || p.Exited() {
		return
	}
	// One that no longer matches, for it runs something else, takes its part back.
	if at := d.parts.At(p); d.runner.sees(h, r) || *at != nil {
		d.sample(p, r.Seq)
	}
}

// tell tells a trace of each tree. It is the same tree for each of its parts.
func (d *treeGauges) tell(h *replay.Host) {
	for _, p := range d.held {
		if p.n != 0 && len(p.tree.active) == 0 {
			d.runner.near(h, p.tree.top, nil, d.value(p.tree.n), d.runner.rule.Threshold)
		}
	}
}

// probe implements prober for the top of a tree.
func (d *treeGauges) probe(h *replay.Host, top *replay.Process) (*replay.Process, measurement) {
	tree := *d.trees.At(top)
	if tree == nil {
		return top, measurement{window: h.Interval()}
	}
	// As it would be told if it fired now.
	found := tree.descend(d.partsOf(tree))
	m := d.measure(h, &episode{process: found.root, tree: &tree.birthTree, gauges: tree, state: firing, counter: counter{found.n}})
	m.looked = found.looked + int64(len(d.held))
	return found.root, m
}

// value is an amount in the rule's unit.
func (d *treeGauges) value(n int64) float64 { return float64(n) / d.gauge.perUnit }

func (d *treeGauges) above(t *gaugeTree) bool { return d.value(t.n) > d.runner.rule.Threshold }

func (d *treeGauges) unknown(h *replay.Host) bool { return h.Blind() || !d.seen }

func (d *treeGauges) look(h *replay.Host) {
	d.begin(h)
	unknown := d.unknown(h)
	d.runner.watch(h, &d.nobody, unknown)
	kept := d.hot[:0]
	for _, tree := range d.hot {
		d.lookAt(h, tree, unknown)
		if tree.listed = tree.above.holding.on || d.above(tree) || len(tree.active) > 0; tree.listed {
			kept = append(kept, tree)
		}
	}
	d.hot = kept
}

// lookAt judges a tree's active subjects, and looks for another one once the tree has
// been above the threshold for the duration. Beside an active subject that search is
// made once a second only, as in [treeForks].
func (d *treeGauges) lookAt(h *replay.Host, tree *gaugeTree, unknown bool) {
	tree.above.holding.unknown += d.runner.unseen(h, &tree.above, unknown)
	if !unknown {
		tree.above.holding.follow(h.Now(), d.above(tree))
	}
	tree.active = slices.DeleteFunc(tree.active, func(s *episode) bool {
		d.runner.judge(h, s, d.verdict(s, unknown))
		return !s.active()
	})
	if len(tree.active) == 0 {
		d.runner.follows(h, &tree.above, d.aboveVerdict(tree, unknown))
	}
	if unknown || !tree.above.holding.reached(h.Now(), d.runner.rule.Duration) {
		return
	}
	if len(tree.active) > 0 && !(wholeSecond(h) && tree.roomBeside()) {
		return
	}
	root := tree.descend(d.partsOf(tree)).root
	if tree.hasActiveWithin(root) {
		d.runner.firesElsewhere(h, root, d.value(tree.n))
		return
	}
	s := d.enter(root, tree)
	d.runner.judge(h, s, holds)
	if s.active() {
		tree.active = append(tree.active, s)
	}
}

// partsOf yields the processes with a part in a tree.
func (d *treeGauges) partsOf(tree *gaugeTree) weights {
	return func(yield func(*replay.Process, int64) bool) {
		for _, p := range d.held {
			if p.tree == tree && p.n != 0 && !yield(p.process, p.n) {
				return
			}
		}
	}
}

// enter makes root a subject that has held for as long as its tree, and sums it up.
func (d *treeGauges) enter(root *replay.Process, tree *gaugeTree) *episode {
	s := d.subjects.enter(root, &tree.birthTree)
	s.gauges = tree
	s.holding, s.judged, s.dark, s.blindFor = tree.above.holding, tree.above.judged, tree.above.dark, tree.above.blindFor
	s.n = 0
	for _, p := range d.held {
		if p.tree == tree && d.subjects.holds(s, p.process) {
			p.subject = s
			s.n += p.n
		} else if p.subject == s {
			p.subject = nil
		}
	}
	return s
}

// aboveVerdict judges a tree that has no active subject.
func (d *treeGauges) aboveVerdict(tree *gaugeTree, dark bool) verdict {
	switch {
	case dark:
		return unknown
	case d.above(tree):
		return holds
	}
	return between
}

// verdict judges an active subject.
func (d *treeGauges) verdict(s *episode, dark bool) verdict {
	share, of := s.share()
	rule := d.runner.rule
	switch own := d.value(s.n) * float64(of); {
	case dark:
		return unknown
	case own > rule.Threshold*float64(share) && d.above(s.gauges):
		return holds
	case own <= rule.clearLevel()*float64(share):
		return cleared
	}
	return between
}
