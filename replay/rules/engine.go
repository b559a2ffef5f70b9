package rules

import (
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// Engine judges one host by a set of rules. It is a [replay.Handler].
type Engine struct {
	runners []*runner
	takers  []takers
	// begun is the first moment that is judged.
	begun schema.Opt[schema.Time]
	ended schema.Time
}

// takers are the runners that take records of one type. The few types that rules look
// at are found faster in a list than in a map.
type takers struct {
	kind    schema.Type
	runners []*runner
}

// NewEngine makes the engine of one host. It calls emit for each alert, in order of
// time, the alerts of one record in the order of the rules; emit may keep the alert.
func NewEngine(rules []Rule, emit func(*schema.Alert)) *Engine {
	e := &Engine{}
	for i := range rules {
		r := newRunner(&rules[i], emit)
		e.runners = append(e.runners, r)
		for _, t := range r.rule.kind.inputs {
			e.enter(t, r)
		}
	}
	return e
}

func (e *Engine) enter(t schema.Type, r *runner) {
	at := slices.IndexFunc(e.takers, func(other takers) bool { return other.kind == t })
	if at < 0 {
		at = len(e.takers)
		e.takers = append(e.takers, takers{kind: t})
	}
	e.takers[at].runners = append(e.takers[at].runners, r)
}

// Record implements replay.Handler.
func (e *Engine) Record(h *replay.Host, r *schema.Record) {
	e.begin(h)
	for i := range e.takers {
		if e.takers[i].kind != r.Type {
			continue
		}
		for _, runner := range e.takers[i].runners {
			runner.inputs++
			runner.detector.take(h, r)
		}
	}
	if r.Type == schema.TypeLost || r.Type == schema.TypeEnd {
		e.noteLosses(h)
	}
	e.look(h)
}

// Tick implements replay.Handler.
func (e *Engine) Tick(h *replay.Host) {
	e.begin(h)
	e.look(h)
}

// End implements replay.Handler.
func (e *Engine) End(h *replay.Host) { e.ended = h.Now() }

func (e *Engine) begin(h *replay.Host) {
	if !e.begun.OK {
		e.begun.Set(h.Now())
	}
}

func (e *Engine) look(h *replay.Host) {
	for _, runner := range e.runners {
		runner.detector.look(h)
	}
}

// noteLosses notes which rules a loss concerns.
func (e *Engine) noteLosses(h *replay.Host) {
	for _, runner := range e.runners {
		if h.LostSince(e.begun.V-1, runner.losses...) {
			runner.outcome.Incomplete = true
		}
	}
}

// Outcomes tells for each rule, in their order, what became of it so far.
func (e *Engine) Outcomes() []Outcome {
	outcomes := make([]Outcome, len(e.runners))
	for i, runner := range e.runners {
		outcomes[i] = runner.report()
		outcomes[i].Short = e.ended > 0 && e.ended.Sub(e.begun.V) < runner.rule.holdFor()
	}
	return outcomes
}
