package rules

import (
	"slices"

	"github.com/linnix-os/linnix/replay"
)

// part is what one process adds to its tree.
type part struct {
	process *replay.Process
	tree    *gaugeTree
	subject *episode
	n       int64
	listed  bool // among the held
	fresh   bool // among the sampled
	// first and last are the seqs of the records that n rests on, for a rate needs two;
	// next is that of the record which has yet to count.
	first, last, next int64
}

// sample notes that a process has a new record.
func (d *treeGauges) sample(p *replay.Process, seq int64) {
	at := d.parts.At(p)
	if *at == nil {
		*at = &part{process: p, last: seq}
	}
	part := *at
	part.next = seq
	if !part.fresh {
		part.fresh = true
		d.sampled = append(d.sampled, part)
	}
}

// begin takes stock of what the processes have that are there when the rule begins to
// look, in the midst of a capture perhaps.
func (d *treeGauges) begin(h *replay.Host) {
	if d.begun {
		return
	}
	d.begun = true
	for _, p := range h.Processes() {
		if p != h.Current() && p.Top() != nil && d.runner.rule.Where.Match(p) {
			d.sample(p, p.SampleSeq)
		}
	}
	d.count(h)
}

// publish brings the sums up to date with the interval that has ended.
func (d *treeGauges) publish(h *replay.Host) {
	d.held = slices.DeleteFunc(d.held, func(p *part) bool {
		if p.process.Exited() || d.gauge.fades && !p.fresh {
			p.drop()
		}
		if p.n == 0 {
			p.listed = false
		}
		return !p.listed
	})
	d.count(h)
	if d.runner.trace != nil {
		d.tell(h)
	}
}

// count takes in the values of the processes that have a new record.
func (d *treeGauges) count(h *replay.Host) {
	for _, p := range d.sampled {
		p.fresh = false
		p.first, p.last = p.last, p.next
		if p.process.Exited() {
			continue
		}
		value := d.gauge.of(h, p.process)
		switch {
		case !d.runner.rule.Where.Match(p.process):
			p.drop()
		case value.OK:
			d.seen = true
			d.runner.outcome.Evaluated++
			d.set(p, value.V)
		}
	}
	d.sampled = d.sampled[:0]
}

// set makes n the part of a process in its tree.
func (d *treeGauges) set(p *part, n int64) {
	p.drop()
	if n == 0 {
		return
	}
	at := d.trees.At(p.process.Top())
	if *at == nil {
		*at = &gaugeTree{birthTree: birthTree{top: p.process.Top()}, above: episode{process: p.process.Top()}}
	}
	p.n, p.tree, p.subject = n, *at, d.subjects.of(p.process)
	p.tree.n += n
	if p.subject != nil {
		p.subject.n += n
	}
	if !p.listed {
		p.listed = true
		d.held = append(d.held, p)
	}
	if d.above(p.tree) && !p.tree.listed {
		p.tree.listed = true
		d.hot = append(d.hot, p.tree)
	}
}

// drop takes a part out of its sums.
func (p *part) drop() {
	if p.n == 0 {
		return
	}
	p.tree.n -= p.n
	if p.subject != nil {
		p.subject.n -= p.n
	}
	p.n, p.tree, p.subject = 0, nil, nil
}
