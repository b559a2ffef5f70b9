package rules

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// term is one part of a condition as measured: value against limit.
type term struct {
	name         string
	value, limit float64
	comparison   string // >=, > or <=
}

// The comparisons of a term.
const (
	atLeast  = ">="
	moreThan = ">"
	atMost   = "<="
)

// moment describes what is known of a subject now. e is its episode; nil for a process
// that is none yet.
func (t *Trace) moment(h *replay.Host, p *replay.Process, e *episode, v verdict) schema.RuleMoment {
	rule, window := t.runner.rule, t.runner.windowOf(h)
	m := schema.RuleMoment{
		Time: h.Now(), Threshold: rule.Threshold, Terms: []schema.RuleTerm{}, DurationNs: int64(rule.holdFor()),
		WindowNs: int64(window), Evidence: schema.Evidence{Top: []schema.Contributor{}}, Incomplete: t.lost(h),
	}
	known := e
	if known == nil {
		known = &episode{process: p}
	}
	m.State, m.Reason = t.stateOf(h, known, v)
	if v != unknown && t.isSubject(p) {
		subject, measured := t.measure(h, p, e)
		p = subject
		m.Value.Set(measured.value)
		m.WindowNs = int64(cmp.Or(measured.window, rule.Window))
		m.Message, m.Evidence = measured.message, measured.evidence
		m.Terms = t.terms(measured)
	}
	m.Subject = subjectOf(rule.kind.subject, p)
	t.hold(h, known, &m)
	if until := known.firedAt.V.Add(rule.Cooldown); known.firedAt.OK && until > h.Now() {
		m.CooldownUntil.Set(until)
	}
	return m
}

// measure measures a subject, or a process that is none yet.
func (t *Trace) measure(h *replay.Host, p *replay.Process, e *episode) (*replay.Process, measurement) {
	if detector, ok := t.runner.detector.(prober); ok && (e == nil || e.tree == nil) {
		found, m := detector.probe(h, p)
		t.misses.work += workPerProcess * m.looked
		return found, m
	}
	return p, t.runner.detector.measure(h, e)
}

// terms describes a measurement's terms; most have one, the value against the threshold.
func (t *Trace) terms(m measurement) []schema.RuleTerm {
	rule := t.runner.rule
	terms := m.terms
	if len(terms) == 0 {
		comparison := atLeast
		if rule.kind.gauge {
			comparison = moreThan
		}
		terms = []term{{rule.Detector, m.value, rule.Threshold, comparison}}
	}
	described := make([]schema.RuleTerm, len(terms))
	for i, one := range terms {
		described[i] = one.describe()
	}
	return described
}

func (m *term) describe() schema.RuleTerm {
	const percent = 100
	d := schema.RuleTerm{Name: m.name, Value: schema.Some(m.value), Threshold: m.limit, Comparison: m.comparison}
	d.Margin.Set(m.value - m.limit)
	if m.limit != 0 {
		d.MarginPercent.Set((m.value - m.limit) / m.limit * percent)
	}
	switch m.comparison {
	case atLeast:
		d.Met = m.value >= m.limit
	case moreThan:
		d.Met = m.value > m.limit
	default:
		d.Met = m.value <= m.limit
	}
	return d
}

// missing says what the moment lacks to be a firing, or what must yet happen.
func (t *Trace) missing(m *schema.RuleMoment) string {
	rule := t.runner.rule
	switch m.Reason {
	case schema.ReasonMet:
		return resolving(rule)
	case schema.ReasonCooldown:
		return fmt.Sprintf("the cooldown holds it back until %s", m.CooldownUntil.V)
	case schema.ReasonDurationNotMet:
		return fmt.Sprintf("it holds for %s of %s", time.Duration(m.HeldNs.V), rule.holdFor())
	case schema.ReasonGap:
		return "there is no system record for 2.5 intervals"
	case schema.ReasonUnknown:
		return "the value is not known"
	}
	lacks := lacking(m.Terms)
	if m.Reason == schema.ReasonLost {
		lacks += "; but events were lost, so nobody knows"
	}
	if d := rule.holdFor(); d > 0 {
		lacks += fmt.Sprintf(", and must hold for %s", d)
	}
	return lacks
}

// resolving says when a firing resolves.
func resolving(rule *Rule) string {
	if rule.kind.instant {
		return "it is an instant, and does not resolve"
	}
	relation := "below"
	if rule.kind.gauge {
		relation = "at most"
	}
	return fmt.Sprintf("it resolves when its value has been %s %.4g%s", relation, rule.clearLevel(), forSpan(rule.ClearDuration))
}

func forSpan(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return " for " + d.String()
}

// lacking says by how much the terms fail that are not met.
func lacking(terms []schema.RuleTerm) string {
	var lacks []string
	for i := range terms {
		m := &terms[i]
		if m.Met {
			continue
		}
		relation, by := "below", -m.Margin.V
		if m.Comparison == atMost {
			relation, by = "above", m.Margin.V
		}
		if by == 0 {
			lacks = append(lacks, fmt.Sprintf("%s must be more than %.4g", m.Name, m.Threshold))
			continue
		}
		text := fmt.Sprintf("%s is %.4g %s %.4g", m.Name, by, relation, m.Threshold)
		if m.MarginPercent.OK {
			text += fmt.Sprintf(" (%+.1f %%)", m.MarginPercent.V)
		}
		lacks = append(lacks, text)
	}
	return strings.Join(lacks, ", ")
}
