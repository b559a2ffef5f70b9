package rules

import (
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// What a detector tells a trace, if there is one. Each costs one comparison otherwise.

// sees says whether the rule's where matches the process of the record.
func (r *runner) sees(h *replay.Host, record *schema.Record) bool {
	if r.rule.Where.Match(h.Current()) {
		return true
	}
	r.leaveOut(h, record)
	return false
}

// leaveOut tells of a record that does not count, for it is another subject's.
func (r *runner) leaveOut(h *replay.Host, record *schema.Record) {
	if r.trace != nil {
		r.trace.left.add(h.Current(), record.Seq)
	}
}

// near tells what a subject's value has come to, n of the need at which it counts as
// met. e is the subject's episode; nil if it has none before it meets the threshold, and
// the detector is then a prober.
func (r *runner) near(h *replay.Host, p *replay.Process, e *episode, n, need float64) {
	if r.trace != nil {
		r.trace.misses.near(r.trace, h, p, e, n, need)
	}
}

// follows tells of a verdict that leads to nothing yet: on what is no subject before it
// has held for the duration, or, for a nil process, on every subject.
func (r *runner) follows(h *replay.Host, e *episode, v verdict) {
	if r.trace != nil {
		r.trace.judged(h, e, v, none)
	}
}

// firesElsewhere tells of a process that cannot fire, for another subject above or
// below it does.
func (r *runner) firesElsewhere(h *replay.Host, p *replay.Process, value float64) {
	if r.trace != nil {
		r.trace.firesElsewhere(h, p, value)
	}
}

// prober is a detector that knows of processes which are no subjects yet.
type prober interface {
	// probe measures what near has told of, and finds which process it makes a subject.
	probe(h *replay.Host, p *replay.Process) (*replay.Process, measurement)
}
