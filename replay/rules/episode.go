package rules

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// episode follows the condition of one (rule, subject) through its states:
//
//	inactive → firing → inactive (resolved)
//	         ↘ suppressed → inactive (silently) or firing
//
// A condition that has held for the rule's duration fires, or is suppressed within the
// cooldown of the last firing; it may fire then when it has held for the duration at
// the cooldown's end. Unknown time neither advances nor resets anything.
type episode struct {
	// process is the subject; nil for the host.
	process *replay.Process
	// tree is the birth tree of a subject that is the root of one.
	tree *birthTree
	// gauges is the same tree where a gauge is summed.
	gauges *gaugeTree
	// counter counts the events that count for the subject, where they are counted.
	counter

	state phase
	// told is the state that a trace was last told of.
	told schema.RuleState
	// holding and clearing are how long the verdict has been holds, or cleared.
	holding, clearing stretch
	// judged is the time of the last verdict, dark says that it was unknown, and
	// blindFor is for how long the host had been blind by then.
	judged   schema.Time
	dark     bool
	blindFor time.Duration

	firedAt    schema.Opt[schema.Time]
	suppressed int64 // since the last firing
	// fired is the last alert of a firing.
	fired *schema.Alert
}

type phase uint8

const (
	inactive phase = iota
	firing
	suppressed
)

// stretch is a time during which verdicts were the same.
type stretch struct {
	on      bool
	since   schema.Time
	unknown time.Duration // how much of it nobody knows
}

// follow begins, keeps up or ends the stretch.
func (s *stretch) follow(now schema.Time, on bool) {
	if on && !s.on {
		s.since, s.unknown = now, 0
	}
	s.on = on
}

// reached says that the stretch is at least this long, unknown time left out.
func (s *stretch) reached(now schema.Time, d time.Duration) bool {
	return s.on && now.Sub(s.since)-s.unknown >= d
}

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

// step takes in a verdict at a time that is not before the last one's, and how much of
// the time since then nobody knows.
func (e *episode) step(rule *Rule, now schema.Time, v verdict, unseen time.Duration) change {
	e.holding.unknown += unseen
	e.clearing.unknown += unseen
	if v == unknown {
		return none
	}
	e.holding.follow(now, v == holds)
	e.clearing.follow(now, v == cleared)
	met := e.holding.reached(now, rule.holdFor())
	cooled := e.cooled(rule, now)
	switch {
	case e.active() && e.clearing.reached(now, rule.ClearDuration):
		return e.clear()
	case met && cooled && e.state != firing:
		e.state = firing
		e.firedAt.Set(now)
		return fires
	case met && e.state == inactive:
		e.state = suppressed
		e.suppressed++
		return holdsBack
	}
	return none
}

// cooled says that no cooldown holds a firing back.
func (e *episode) cooled(rule *Rule, now schema.Time) bool {
	return !e.firedAt.OK || now >= e.firedAt.V.Add(rule.Cooldown)
}

// clear ends an active episode: one that was held back silently.
func (e *episode) clear() change {
	was := e.state
	e.state = inactive
	if was == firing {
		return resolves
	}
	return none
}

// active says that the subject is taken: firing, or held back from it.
func (e *episode) active() bool { return e.state == firing || e.state == suppressed }
