package rules

import (
	"slices"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// Outcome tells what became of one rule in a replay, so that 'did not fire' can be told
// from 'could not be told' and 'was never asked'.
type Outcome struct {
	Rule, Detector string
	// Inputs counts the records of the types that the detector looks at, and Evaluated
	// those of them that it could judge: that its where matches, with values known.
	Inputs, Evaluated int64
	// Fired, Resolved and Suppressed count firings, resolves, and firings that a
	// cooldown held back.
	Fired, Resolved, Suppressed int64
	// Unknown is how long the condition could not be told.
	Unknown time.Duration
	// Short says that the replay was over before the condition could hold for the rule's
	// duration.
	Short bool
	// Incomplete says that events which the rule rests on were lost.
	Incomplete bool
	// OpenAtEnd are the alerts still firing, as they were emitted, in the order of their
	// firing.
	OpenAtEnd []*schema.Alert
}

// Verdict sums an outcome up.
type Verdict string

// The verdicts.
const (
	Fired          Verdict = "fired"
	NotFired       Verdict = "not_fired"
	Unknown        Verdict = "unknown"
	NeverEvaluated Verdict = "never_evaluated"
)

// Verdict says whether the rule fired. It did not only if it was evaluated and no event
// that it rests on was lost.
func (o *Outcome) Verdict() Verdict {
	switch {
	case o.Fired > 0:
		return Fired
	case o.Incomplete, o.Inputs > 0 && o.Evaluated == 0 && o.Unknown > 0:
		return Unknown
	case o.Evaluated == 0:
		return NeverEvaluated
	}
	return NotFired
}

// Add joins the outcome of the same rule on another host.
func (o *Outcome) Add(other Outcome) {
	o.Inputs += other.Inputs
	o.Evaluated += other.Evaluated
	o.Fired += other.Fired
	o.Resolved += other.Resolved
	o.Suppressed += other.Suppressed
	o.Unknown += other.Unknown
	o.Short = o.Short && other.Short
	o.Incomplete = o.Incomplete || other.Incomplete
	o.OpenAtEnd = append(slices.Clip(o.OpenAtEnd), other.OpenAtEnd...)
}
