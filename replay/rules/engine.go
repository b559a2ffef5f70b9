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
	for i := range e.takers {
		if e.takers[i].kind != r.Type {
			continue
		}
		for _, runner := range e.takers[i].runners {
			runner.inputs++
			runner.detector.take(h, r)
		}
	}
	if r.Type == schema.TypeLost {
		e.lost(r)
	}
	e.Tick(h)
}

// Tick implements replay.Handler.
func (e *Engine) Tick(h *replay.Host) {
	for _, runner := range e.runners {
		runner.detector.look(h)
	}
}

// End implements replay.Handler.
func (e *Engine) End(*replay.Host) {}

// lost notes which rules a loss concerns.
func (e *Engine) lost(r *schema.Record) {
	t := schema.Type(r.LostType.V)
	for _, runner := range e.runners {
		if slices.Contains(runner.rule.kind.inputs, t) || !slices.Contains(schema.Types[:], t) {
			runner.outcome.Incomplete = true
		}
	}
}

// Outcomes tells for each rule, in their order, what became of it so far.
func (e *Engine) Outcomes() []Outcome {
	outcomes := make([]Outcome, len(e.runners))
	for i, runner := range e.runners {
		outcomes[i] = runner.report()
	}
	return outcomes
}
