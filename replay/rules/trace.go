package rules

import (
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// Limits of what a trace keeps.
const (
	maxFirings = 20
	maxChanges = 200
	maxOpen    = 256
)

// Trace judges one host by one rule, as an [Engine] would, and keeps what explains the
// verdict. It is a [replay.Handler]; what it keeps beside that engine is bounded by the
// limits here and of what it is made of.
type Trace struct {
	host   *replay.Host
	engine *Engine
	runner *runner

	firings []schema.RuleMoment
	changes []schema.RuleChange
	omitted int64
	left    leftOut
	misses  misses
	// open are the episodes that are neither inactive nor firing, for the runner knows
	// those that fire. Of more than maxOpen the least of foremost are left out.
	open []*episode
	// anybody stands for all subjects of which nothing particular is told.
	anybody episode
	// elsewhere is the latest process in whose place another one fires.
	elsewhere *replay.Process
	at        schema.RuleMoment
}

// NewTrace makes the trace of a rule on the host.
func NewTrace(h *replay.Host, rule Rule) *Trace {
	t := &Trace{host: h, engine: NewEngine([]Rule{rule}, func(*schema.Alert) {})}
	t.runner = t.engine.runners[0]
	t.runner.trace = t
	return t
}

// Record implements replay.Handler.
func (t *Trace) Record(h *replay.Host, r *schema.Record) {
	t.engine.Record(h, r)
	t.look(h)
}

// Tick implements replay.Handler.
func (t *Trace) Tick(h *replay.Host) {
	t.engine.Tick(h)
	t.look(h)
}

// End implements replay.Handler.
func (t *Trace) End(h *replay.Host) {
	t.engine.End(h)
	t.at = t.foremost(h)
	t.misses.settle(t, h.Now(), true)
}

// look follows what no verdict on a subject tells.
func (t *Trace) look(h *replay.Host) {
	t.misses.settle(t, h.Now(), false)
	if k := t.runner.rule.kind; k.subject != schema.SubjectHost && !k.gauge {
		t.judged(h, &t.anybody, between, none)
	}
}

// lost says that events that a verdict rests on were lost.
func (t *Trace) lost(h *replay.Host) bool {
	return t.runner.incomplete(h, t.runner.windowOf(h))
}

// judged takes in what a verdict led to.
func (t *Trace) judged(h *replay.Host, e *episode, v verdict, c change) {
	t.misses.judged(t, h, e, v, c)
	if c == fires && len(t.firings) < maxFirings {
		t.firings = append(t.firings, t.moment(h, e.process, e, v))
	}
	was := e.told
	if was == "" {
		was = schema.RuleInactive
	}
	state, reason := t.stateOf(h, e, v)
	if state == was {
		return
	}
	if t.takesOver(e, c) {
		was = schema.RuleHolding
	}
	t.tell(e, state)
	change := schema.RuleChange{
		Time: h.Now(), Subject: subjectOf(t.runner.rule.kind.subject, e.process),
		From: was, To: state, Reason: reason,
	}
	if v != unknown && t.isSubject(e.process) && len(t.changes) < maxChanges {
		_, m := t.measure(h, e.process, e)
		change.Value.Set(m.value)
	}
	t.add(change)
}

// tell notes the state that a subject is in.
func (t *Trace) tell(e *episode, state schema.RuleState) {
	t.open = slices.DeleteFunc(t.open, func(o *episode) bool { return o == e })
	e.told = state
	switch {
	case state == schema.RuleInactive || state == schema.RuleFiring:
	case len(t.open) < maxOpen:
		t.open = append(t.open, e)
	default:
		if last := slices.MaxFunc(t.open, byPlace); byPlace(e, last) < 0 {
			t.open[slices.Index(t.open, last)] = e
		}
	}
}

// takesOver says that the subject was found when its tree had held for the duration, and
// ends what was told of the tree.
func (t *Trace) takesOver(e *episode, c change) bool {
	if c != fires && c != holdsBack {
		return false
	}
	for _, o := range t.open {
		if o != e && o.told == schema.RuleHolding && t.sameSubject(o.process, e.process) {
			t.tell(o, schema.RuleInactive)
			return true
		}
	}
	return false
}

// isSubject says that it can be measured: nil is the host, or stands for all processes.
func (t *Trace) isSubject(p *replay.Process) bool {
	return p != nil || t.runner.rule.kind.subject == schema.SubjectHost
}

// struck takes in an instant, which fires or is held back.
func (t *Trace) struck(h *replay.Host, e *episode, held bool) {
	m := t.moment(h, e.process, e, holds)
	m.State, m.Reason = schema.RuleFiring, schema.ReasonMet
	if held {
		m.State, m.Reason = schema.RuleSuppressed, schema.ReasonCooldown
		t.misses.miss(&attempt{process: e.process, cooled: true, moment: m})
	} else if len(t.firings) < maxFirings {
		t.firings = append(t.firings, m)
	}
	t.add(schema.RuleChange{
		Time: h.Now(), Subject: m.Subject, From: schema.RuleInactive, To: m.State, Reason: m.Reason, Value: m.Value,
	})
}

// stateOf tells the state that a verdict has left the subject in, and why.
func (t *Trace) stateOf(h *replay.Host, e *episode, v verdict) (schema.RuleState, schema.RuleReason) {
	switch {
	case e.state == firing:
		return schema.RuleFiring, schema.ReasonMet
	case e.state == suppressed:
		return schema.RuleSuppressed, schema.ReasonCooldown
	case v == unknown && h.System() != nil && h.Blind():
		return schema.RuleUnknown, schema.ReasonGap
	case v == unknown:
		return schema.RuleUnknown, schema.ReasonUnknown
	case v == holds:
		return schema.RuleHolding, schema.ReasonDurationNotMet
	case t.lost(h):
		return schema.RuleUnknown, schema.ReasonLost
	}
	return schema.RuleInactive, schema.ReasonBelowThreshold
}

// firesElsewhere notes that the process meets the condition, but that another subject
// above or below it fires in its place.
func (t *Trace) firesElsewhere(h *replay.Host, p *replay.Process, value float64) {
	if t.elsewhere == p {
		return
	}
	t.elsewhere = p
	t.add(schema.RuleChange{
		Time: h.Now(), Subject: subjectOf(t.runner.rule.kind.subject, p), Value: schema.Some(value),
		From: schema.RuleInactive, To: schema.RuleInactive, Reason: schema.ReasonWrongSubject,
	})
}

func (t *Trace) add(change schema.RuleChange) {
	if len(t.changes) == maxChanges {
		t.omitted++
		return
	}
	t.changes = append(t.changes, change)
}
