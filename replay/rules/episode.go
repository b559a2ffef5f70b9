package rules

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// episode follows the condition of one (rule, subject) through its states:
//
//	inactive → pending → firing → inactive (resolved)
//	                   ↘ suppressed → inactive (silently) or firing
//
// A condition is pending until it has held for the rule's duration, and suppressed when
// that happens within the cooldown of the last firing. Unknown time neither advances
// nor resets anything.
type episode struct {
	// process is the subject; nil for the host.
	process *replay.Process
	// counter counts the events that count for the subject, where they are counted.
	counter

	state phase
	// since is when the present stretch (of holding, or of being clear) began, and
	// unknown how much of it nobody knows.
	since   schema.Time
	unknown time.Duration
	// clearing says that the present stretch is one of being clear.
	clearing bool
	// judged is the time of the last verdict; blind says that it was unknown.
	judged schema.Time
	blind  bool

	firedAt    schema.Opt[schema.Time]
	suppressed int64 // since the last firing
	id         string
}

type phase uint8

const (
	inactive phase = iota
	pending
	firing
	suppressed
)

// verdict is what a detector finds about a subject.
type verdict uint8

const (
	// unknown: it cannot be told.
	unknown verdict = iota
	// holds: the threshold is met (counts) or exceeded (gauges).
	holds
	// between: the threshold is not met, but neither is the clear threshold.
	between
	// cleared: below the clear threshold.
	cleared
)

// change is what a verdict leads to.
type change uint8

const (
	none change = iota
	fires
	resolves
	holdsBack // a firing falls into the cooldown
)

// step takes in a verdict at a time that is not before the last one's.
func (e *episode) step(rule *Rule, now schema.Time, v verdict) change {
	if e.blind {
		e.unknown += now.Sub(e.judged)
	}
	e.judged, e.blind = now, v == unknown
	if e.blind {
		return none
	}
	switch e.state {
	case inactive, pending:
		return e.rise(rule, now, v)
	}
	if e.clears(rule, now, v) {
		was := e.state
		e.state = inactive
		if was == firing {
			return resolves
		}
		return none
	}
	if e.state == suppressed && v == holds && e.cooled(rule, now) {
		return e.fire(now)
	}
	return none
}

// rise moves an inactive or pending episode.
func (e *episode) rise(rule *Rule, now schema.Time, v verdict) change {
	if v != holds {
		e.state = inactive
		return none
	}
	if e.state == inactive {
		e.state, e.since, e.unknown, e.clearing = pending, now, 0, false
	}
	if !rule.kind.durationIsWindow && now.Sub(e.since)-e.unknown < rule.Duration {
		return none
	}
	if e.cooled(rule, now) {
		return e.fire(now)
	}
	e.state = suppressed
	e.suppressed++
	return holdsBack
}

func (e *episode) fire(now schema.Time) change {
	e.state, e.clearing = firing, false
	e.firedAt.Set(now)
	return fires
}

// cooled says that the last firing is the cooldown ago.
func (e *episode) cooled(rule *Rule, now schema.Time) bool {
	return !e.firedAt.OK || now >= e.firedAt.V.Add(rule.Cooldown)
}

// clears follows an active episode to the end of its clear duration.
func (e *episode) clears(rule *Rule, now schema.Time, v verdict) bool {
	if v != cleared {
		e.clearing = false
		return false
	}
	if !e.clearing {
		e.clearing, e.since, e.unknown = true, now, 0
	}
	return now.Sub(e.since)-e.unknown >= rule.ClearDuration
}

// active says that the subject is taken: firing, or held back from it.
func (e *episode) active() bool { return e.state == firing || e.state == suppressed }
