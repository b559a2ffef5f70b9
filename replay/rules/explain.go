package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// Explanation tells why the rule fired or did not, once the trace has seen the end. Its
// At is the state at that end.
func (t *Trace) Explanation() *schema.Explanation {
	o := t.runner.report()
	rule := t.runner.rule
	ex := &schema.Explanation{
		Rule: rule.Name, Detector: rule.Detector, Severity: rule.Severity, Host: t.host.Name(),
		Verdict: string(o.Verdict()), Inputs: o.Inputs, Evaluated: o.Evaluated, LeftOut: t.left.told(),
		Fired: o.Fired, Resolved: o.Resolved, Suppressed: o.Suppressed,
		UnknownNs: int64(o.Unknown), Incomplete: o.Incomplete,
		Terms: []schema.RuleTerm{}, Firings: slices.Concat([]schema.RuleMoment{}, t.firings),
		Changes: slices.Concat([]schema.RuleChange{}, t.changes), ChangesOmitted: t.omitted,
	}
	for i := range ex.Firings {
		ex.Firings[i].Missing = t.missing(&ex.Firings[i])
	}
	if n := t.misses.nearest; n != nil {
		moment := n.moment
		moment.Missing = t.missing(&moment)
		ex.NearestMiss = &moment
	}
	at := t.at
	at.Missing = t.missing(&at)
	ex.At = &at
	switch {
	case len(ex.Firings) > 0:
		ex.Terms = ex.Firings[0].Terms
	case ex.NearestMiss != nil:
		ex.Terms = ex.NearestMiss.Terms
	}
	ex.Why = t.why(ex, o.Verdict())
	return ex
}

// why says the verdict in words.
func (t *Trace) why(ex *schema.Explanation, v Verdict) string {
	switch {
	case v == Fired:
		return fmt.Sprintf("it first fired at %s: %s", ex.Firings[0].Time, ex.Firings[0].Message)
	case v == NeverEvaluated:
		return t.neverEvaluated(ex)
	case ex.Incomplete:
		return "events that it looks at were lost, so it may have had to fire"
	case v == Unknown:
		return "the value was never known: it needs system records over 10 s, with the totals that the detector reads"
	case ex.NearestMiss != nil:
		return "it came nearest at " + ex.NearestMiss.Time.String() + ": " + ex.NearestMiss.Missing
	}
	return "its value was never above 0"
}

// neverEvaluated says why nothing was judged.
func (t *Trace) neverEvaluated(ex *schema.Explanation) string {
	types := make([]string, len(t.runner.rule.kind.inputs))
	for i, input := range t.runner.rule.kind.inputs {
		types[i] = string(input)
	}
	kinds := strings.Join(types, " or ")
	switch {
	case ex.Inputs == 0:
		return fmt.Sprintf("it was never evaluated: there is no %s record", kinds)
	case ex.LeftOut != nil:
		return fmt.Sprintf("it was never evaluated: its where matches none of %d %s records", ex.Inputs, kinds)
	}
	return fmt.Sprintf("it was never evaluated: none of %d %s records tells what it measures", ex.Inputs, kinds)
}

// foremost describes the subject that matters most now: one that fires, one that is held
// back, one that holds, or else the one with the largest part of the threshold.
func (t *Trace) foremost(h *replay.Host) schema.RuleMoment {
	if open := t.runner.open; len(open) > 0 {
		return t.moment(h, open[0].process, open[0], holds)
	}
	if len(t.open) == 0 {
		return t.largest(h)
	}
	e := slices.MinFunc(t.open, byPlace)
	switch {
	case e.told != schema.RuleUnknown:
		return t.moment(h, e.process, e, holds)
	case e.dark || !t.lost(h):
		return t.moment(h, e.process, e, unknown)
	}
	return t.largest(h)
}

// byPlace orders episodes that do not fire by how much they matter.
func byPlace(a, b *episode) int {
	order := [...]schema.RuleState{schema.RuleSuppressed, schema.RuleHolding, schema.RuleUnknown}
	place := func(e *episode) int { return slices.Index(order[:], e.told) }
	return cmp.Compare(place(a), place(b))
}

// largest describes the subject with the largest value now.
func (t *Trace) largest(h *replay.Host) (best schema.RuleMoment) {
	found := false
	for _, touched := range t.misses.touched {
		m := t.moment(h, touched.process, touched.episode, between)
		if !found || m.Value.V > best.Value.V {
			best, found = m, true
		}
	}
	if found {
		return best
	}
	best = t.moment(h, nil, &episode{}, unknown)
	if !t.runner.rule.kind.gauge {
		best.State, best.Reason = t.stateOf(h, &episode{}, between)
		best.Value.Set(0)
		best.Terms = t.terms(measurement{})
	}
	return best
}
