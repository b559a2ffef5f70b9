package expect

import (
	"fmt"
	"slices"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// Run is what a replay came to.
type Run struct {
	// Start is the time of the first record, from which offsets count.
	Start schema.Time
	// Events counts what there was to judge: a run without any tested nothing, unless
	// what was sampled raised an alert.
	Events int64
	// Hosts is how many hosts there were.
	Hosts int
	// Alerts are those raised, in order, and Outcomes what became of each rule.
	Alerts   []*schema.Alert
	Outcomes []rules.Outcome
}

// raised lists the alerts with what the outcomes tell of them.
func (r *Run) raised() []raised {
	open := make(map[*schema.Alert]bool)
	for i := range r.Outcomes {
		for _, a := range r.Outcomes[i].OpenAtEnd {
			open[a] = true
		}
	}
	list := make([]raised, len(r.Alerts))
	for i, a := range r.Alerts {
		list[i] = raised{Alert: a, openAtEnd: open[a], start: r.Start}
	}
	return list
}

// Compare holds a run against an expectation: a case for each alert and each rule that
// the expectation names, and a failed one for each alert that it does not. The sets are
// equal if each expected alert has one raised alert of its own; the order is free.
func Compare(e *Expectation, run *Run) Suite {
	if run.Events == 0 && len(run.Alerts) == 0 {
		return Suite{Cases: []Case{{
			Name: "capture", Class: e.File, File: e.File, Line: e.Line, Reason: NoEvent,
			Message: "nothing was tested: no event was replayed",
		}}}
	}
	var suite Suite
	for i := range e.Rules {
		suite.Cases = append(suite.Cases, e.ruleCase(&e.Rules[i], run.Outcomes))
	}
	suite.Cases = append(suite.Cases, e.lossCases(run.Outcomes)...)
	got := run.raised()
	pairs := pair(e, got)
	taken := make([]bool, len(got))
	for i := range e.Alerts {
		var g *raised
		if at := pairs[i]; at >= 0 {
			g, taken[at] = &got[at], true
		}
		suite.Cases = append(suite.Cases, e.alertCase(&e.Alerts[i], g, run.Start))
	}
	for i := range got {
		if !taken[i] {
			suite.Cases = append(suite.Cases, e.extraCase(&got[i]))
		}
	}
	return suite
}

// ruleCase is that of a rule which must have been evaluated.
func (e *Expectation) ruleCase(rule *NamedRule, outcomes []rules.Outcome) Case {
	c := Case{Name: rule.Name + " was evaluated", Class: rule.Name, File: e.File, Line: rule.Line}
	at := slices.IndexFunc(outcomes, func(o rules.Outcome) bool { return o.Rule == rule.Name })
	switch {
	case at < 0:
		c.Reason, c.Message = NeverEvaluated, "no such rule was replayed"
	case outcomes[at].Fired > 0:
		c.Passed = true
	case outcomes[at].Incomplete:
		c.Reason, c.Message = CannotBeTold, "cannot be told: events were lost"
	case outcomes[at].Short:
		c.Reason, c.Message = NeverEvaluated, "never evaluated: the replay is shorter than its duration"
	case outcomes[at].Evaluated == 0:
		c.Reason, c.Message = NeverEvaluated, "never evaluated: the capture holds no event that it looks at"
	default:
		c.Passed = true
	}
	return c
}

// lossCases are those of the rules that did not fire, but may have if no event had been
// lost: the expectation names them, or else nobody can say that its set is the exact one.
func (e *Expectation) lossCases(outcomes []rules.Outcome) (cases []Case) {
	named := func(list []NamedRule, rule string) int {
		return slices.IndexFunc(list, func(n NamedRule) bool { return n.Name == rule })
	}
	for i := range outcomes {
		o := &outcomes[i]
		lost := o.Incomplete && o.Fired == 0
		at := named(e.Unknown, o.Rule)
		if !lost && at < 0 || lost && at < 0 && named(e.Rules, o.Rule) >= 0 {
			continue
		}
		c := Case{Name: o.Rule + " cannot be told", Class: o.Rule, File: e.File, Line: e.AlertsLine, Passed: lost && at >= 0}
		switch {
		case at >= 0:
			c.Line = e.Unknown[at].Line
			if !lost {
				c.Reason, c.Message = Different, "could be told: it fired, or nothing that it looks at was lost"
			}
		default:
			c.Name = o.Rule + " did not fire"
			c.Reason, c.Message = CannotBeTold, "cannot be told: events were lost; expect that by 'unknown: ["+o.Rule+"]'"
		}
		cases = append(cases, c)
	}
	return cases
}

// alertCase is that of an expected alert and the one that was found for it, if any.
func (e *Expectation) alertCase(a *Alert, g *raised, start schema.Time) Case {
	c := Case{
		Name:  fmt.Sprintf("%s %s at %s", a.Rule, a.State, offsetText(a.Time(start), start)),
		Class: a.Rule, File: e.File, Line: a.Line,
	}
	if g == nil {
		c.Reason, c.Message = Missing, "was not raised"
		c.Details = a.lines(start)
		return c
	}
	differences := a.compare(g, e.Tolerance)
	if len(differences) == 0 {
		c.Passed = true
		return c
	}
	c.Reason = Different
	c.Message, c.Details = differenceText(differences)
	return c
}

// extraCase is that of an alert which nobody expects.
func (e *Expectation) extraCase(g *raised) Case {
	name := fmt.Sprintf("%s %s at %s", g.Rule, g.State, offsetText(g.Time, g.start))
	c := Case{Name: name, Class: g.Rule, File: e.File, Line: e.AlertsLine, Reason: Extra, Message: "is not expected"}
	for _, line := range keyLines(g, false) {
		c.Details = append(c.Details, "+ "+line.key+": "+line.value)
	}
	return c
}
