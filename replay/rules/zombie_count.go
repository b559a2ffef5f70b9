package rules

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// zombieCount fires when the zombies of one parent > threshold, for the duration. The
// parent is the nearest birth ancestor that still runs. Zombies are counted at each
// system record, when an interval's samples are complete, and where narrows which
// processes count as zombies; the parent need not match. The count is unknown while the
// host is blind, and before any state was sampled.
var zombieCount = kind{
	name:    "zombie_count",
	keys:    []key{thresholdKey, durationKey},
	subject: schema.SubjectParent,
	// Forks and exits are not counted, but tell which ancestor still runs.
	inputs: []schema.Type{schema.TypeTask, schema.TypeFork, schema.TypeExit, schema.TypeSample, schema.TypeSystem},
	start:  func(r *runner) detector { return &zombies{runner: r} },
	gauge:  true,
}

// zombies counts zombies by parent. What it costs is bounded by the zombies at a system
// record, and by the parents above the threshold at any other.
type zombies struct {
	runner *runner
	// sampled says that states are known, and matching counts those that the rule sees
	// and that the next system record completes.
	sampled  bool
	matching int64
	parents  replay.Table[*zombieParent]
	// counted are the parents with zombies, and hot those above the threshold or with
	// an episode under way, in the order of their processes.
	counted, hot []*zombieParent
	// nobody is the episode without a subject: for how long nothing could be told.
	nobody episode
}

// zombieParent is a process with zombies: their latest samples.
type zombieParent struct {
	episode
	children []event
	hot      bool
}

func (d *zombies) take(h *replay.Host, r *schema.Record) {
	switch {
	case r.Type == schema.TypeFork, r.Type == schema.TypeExit:
	case r.Type == schema.TypeSystem:
		d.runner.outcome.Evaluated += d.matching
		d.matching = 0
		d.recount(h)
	case r.State.OK:
		d.sampled = true
		if d.runner.sees(h, r) {
			d.matching++
		}
	}
}

// recount counts all zombies anew: what is not sampled any more was reaped.
func (d *zombies) recount(h *replay.Host) {
	for _, p := range d.counted {
		p.children = p.children[:0]
	}
	d.counted = d.counted[:0]
	for z := range h.Zombies() {
		if parent := livingParent(z); parent != nil && d.runner.rule.Where.Match(z) {
			d.add(parent, event{seq: z.SampleSeq, by: z})
		}
	}
	for _, p := range d.counted {
		d.runner.near(h, p.process, &p.episode, float64(len(p.children)), d.runner.rule.Threshold)
	}
}

// livingParent is the nearest birth ancestor that has not ended, or nil.
func livingParent(p *replay.Process) *replay.Process {
	parent := p.Parent()
	for parent != nil && !parent.Alive() {
		parent = parent.Parent()
	}
	return parent
}

func (d *zombies) add(parent *replay.Process, zombie event) {
	at := d.parents.At(parent)
	if *at == nil {
		*at = &zombieParent{episode: episode{process: parent}}
	}
	p := *at
	if p.children = append(p.children, zombie); len(p.children) == 1 {
		d.counted = append(d.counted, p)
	}
	if float64(len(p.children)) <= d.runner.rule.Threshold || p.hot {
		return
	}
	p.hot = true
	place, _ := slices.BinarySearchFunc(d.hot, p, func(a, b *zombieParent) int {
		return replay.Compare(a.process, b.process)
	})
	d.hot = slices.Insert(d.hot, place, p)
}

func (d *zombies) look(h *replay.Host) {
	known := d.sampled && !h.Blind()
	d.runner.watch(h, &d.nobody, !known)
	kept := d.hot[:0]
	for _, p := range d.hot {
		if !p.process.Alive() {
			p.children = p.children[:0]
		}
		n := float64(len(p.children))
		d.runner.judge(h, &p.episode, gaugeLevel(d.runner.rule, n, known))
		if p.hot = n > d.runner.rule.Threshold || p.active(); p.hot {
			kept = append(kept, p)
		}
	}
	clear(d.hot[len(kept):])
	d.hot = kept
}

func (d *zombies) measure(h *replay.Host, e *episode) measurement {
	var children []event
	if p := *d.parents.At(e.process); p != nil {
		children = slices.Clone(p.children)
		slices.SortFunc(children, func(a, b event) int { return cmp.Compare(a.seq, b.seq) })
	}
	rule := d.runner.rule
	return measurement{
		value: float64(len(children)), window: h.Interval(),
		// By comm, for each zombie is one of many.
		evidence: evidenceOf(pointers(children), commOf),
		message: fmt.Sprintf("%d zombies of %s (pid %d), for %s, threshold %.0f",
			len(children), printable(e.process.Comm), e.process.Key.PID, rule.Duration, rule.Threshold),
	}
}
