package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// runner runs one rule on one host.
type runner struct {
	rule     *Rule
	detector detector
	emit     func(*schema.Alert)
	outcome  Outcome
	inputs   int64
	trace    *Trace        // nil if nobody asks why
	state    *replay.State // nil if nobody compares runs
	open     []*episode
	// losses are the types of record without which it may be wrong.
	losses []schema.Type
}

func newRunner(rule *Rule, emit func(*schema.Alert)) *runner {
	r := &runner{rule: rule, emit: emit, losses: lossesOf(rule)}
	r.detector = rule.kind.start(r)
	return r
}

// lossesOf lists what a rule rests on: what its detector looks at, and for an exe the
// execs that tell it and the forks that inherit it.
func lossesOf(rule *Rule) []schema.Type {
	types := slices.Clone(rule.kind.inputs)
	if rule.Where != nil && len(rule.Where.Exe) > 0 {
		types = append(types, schema.TypeFork, schema.TypeExec)
	}
	return types
}

// judge takes in a verdict on a subject and emits what follows from it.
func (r *runner) judge(h *replay.Host, e *episode, v verdict) {
	unseen := r.unseen(h, e, v == unknown)
	if e.process == nil { // else its detector watches the host
		r.outcome.Unknown += unseen
	}
	change := e.step(r.rule, h.Now(), v, unseen)
	switch change {
	case fires:
		r.outcome.Fired++
		r.open = append(r.open, e)
		e.fired = r.alert(h, e, schema.AlertFiring)
		e.suppressed = 0
		r.emit(e.fired)
	case resolves:
		r.outcome.Resolved++
		r.open = slices.DeleteFunc(r.open, func(o *episode) bool { return o == e })
		r.emit(r.alert(h, e, schema.AlertResolved))
	case holdsBack:
		r.outcome.Suppressed++
	}
	if r.trace != nil {
		r.trace.judged(h, e, v, change)
	}
	if r.state != nil {
		e.addState(r.state, v)
	}
}

// strike takes in an instant: it fires, or is held back and leaves no more than a count.
func (r *runner) strike(h *replay.Host, e *episode) {
	if !e.cooled(r.rule, h.Now()) {
		e.suppressed++
		r.outcome.Suppressed++
		if r.trace != nil {
			r.trace.struck(h, e, true)
		}
		return
	}
	e.firedAt.Set(h.Now())
	r.outcome.Fired++
	r.emit(r.alert(h, e, schema.AlertFiring))
	e.suppressed = 0
	if r.trace != nil {
		r.trace.struck(h, e, false)
	}
}

// watch counts for how long a rule whose subjects are processes could not be told.
func (r *runner) watch(h *replay.Host, nobody *episode, dark bool) {
	r.outcome.Unknown += r.unseen(h, nobody, dark)
	v := between
	if dark {
		v = unknown
	}
	r.follows(h, nobody, v)
}

// unseen is how much of the time since the last verdict nobody knows: all of it when
// that was unknown, else the part in which a gauge's host was blind. dark says that it
// is unknown now.
func (r *runner) unseen(h *replay.Host, e *episode, dark bool) (d time.Duration) {
	if !r.rule.kind.gauge {
		return 0
	}
	blindFor := h.BlindFor()
	switch {
	case e.dark:
		d = h.Now().Sub(e.judged)
	case e.judged != 0:
		d = blindFor - e.blindFor
	}
	e.judged, e.dark, e.blindFor = h.Now(), dark, blindFor
	return d
}

// level turns a count into a verdict.
func level(n, need, clearBelow int64) verdict {
	switch {
	case n >= need:
		return holds
	case n < clearBelow:
		return cleared
	}
	return between
}

// gaugeLevel turns a gauge into a verdict.
func gaugeLevel(rule *Rule, value float64, known bool) verdict {
	switch {
	case !known:
		return unknown
	case value > rule.Threshold:
		return holds
	case value <= rule.clearLevel():
		return cleared
	}
	return between
}

// alert makes the alert of a firing or of its resolve.
func (r *runner) alert(h *replay.Host, e *episode, state schema.AlertState) *schema.Alert {
	m := r.detector.measure(h, e)
	window := cmp.Or(m.window, r.rule.Window)
	alert := &schema.Alert{
		Rule: r.rule.Name, Detector: r.rule.Detector, Severity: r.rule.Severity,
		State: state, Time: h.Now(), Subject: subjectOf(r.rule.kind.subject, e.process),
		Value: m.value, Threshold: r.rule.Threshold, WindowNs: int64(window),
		Message: m.message, Evidence: m.evidence,
		Incomplete: r.incomplete(h, window),
		Host:       h.Name(),
	}
	if state == schema.AlertFiring {
		alert.ID, alert.Suppressed = r.alertID(h, e, m), e.suppressed
	} else {
		alert.ID = e.fired.ID
	}
	return alert
}

// alertID hashes what makes an episode one of a kind: boot, rule, subject, and the
// record and moment at which its condition came to hold. The record stands by its seq,
// which the parts of a capture must keep for their ids to be those of the whole.
func (r *runner) alertID(h *replay.Host, e *episode, m measurement) string {
	const idBytes = 8
	b := append([]byte(nil), h.Meta().BootID.V...)
	b = append(append(b, 0), r.rule.Name...)
	b = append(b, 0)
	if e.process != nil {
		b = strconv.AppendInt(b, e.process.Key.PID, 10)
		b = strconv.AppendInt(append(b, ' '), e.process.Key.StartNs, 10)
	}
	b = strconv.AppendInt(append(b, 0), m.evidence.FirstSeq.Or(-1), 10)
	b = strconv.AppendInt(append(b, ' '), int64(h.Now()), 10)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:idBytes])
}

// windowOf is the time over which the rule's value is measured.
func (r *runner) windowOf(h *replay.Host) time.Duration {
	switch {
	case r.rule.Window > 0:
		return r.rule.Window
	case r.rule.kind.percent:
		return replay.PressureWindow
	}
	return h.Interval()
}

// incomplete says that events were lost that a verdict rests on: within the window, and,
// for values that stay until the exit, ever an exit.
func (r *runner) incomplete(h *replay.Host, window time.Duration) bool {
	return h.LostSince(h.Now().Add(-window), r.losses...) ||
		r.rule.kind.stays && h.LostSince(math.MinInt64, schema.TypeExit)
}

func subjectOf(kind schema.SubjectKind, p *replay.Process) schema.Subject {
	s := schema.Subject{Kind: kind}
	if p == nil {
		return s
	}
	s.PID = schema.Some(p.Key.PID)
	s.StartTime = p.Started()
	s.Argv = p.Argv
	if p.Comm != "" {
		s.Comm = schema.Some(p.Comm)
	}
	return s
}

func (r *runner) report() Outcome {
	o := r.outcome
	o.Rule, o.Detector, o.Inputs = r.rule.Name, r.rule.Detector, r.inputs
	o.OpenAtEnd = nil
	for _, e := range r.open {
		o.OpenAtEnd = append(o.OpenAtEnd, e.fired)
	}
	return o
}
