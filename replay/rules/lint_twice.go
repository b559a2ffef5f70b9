package rules

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// lintDuplicateRule finds a rule that asks for what an earlier one does.
func lintDuplicateRule(s *suspect) {
	for i := range s.review.sound[:s.place] {
		other := &s.review.sound[i].Rule
		if s.review.conditions[i] == s.review.conditions[s.place] && s.Threshold == other.Threshold && s.Duration == other.Duration &&
			s.clearLevel() == other.clearLevel() && s.ClearDuration == other.ClearDuration {
			s.warn(s.at("name"), "delete one of the two", "the rule asks for the same as %s on line %d", document.Quote(other.Name), other.Line)
			return
		}
	}
}

// lintImpliedRule finds a rule that asks for more than another and says no more when it
// gets it: whenever it fires, the other has fired.
func lintImpliedRule(s *suspect) {
	for i := range s.review.sound {
		other := &s.review.sound[i].Rule
		more := s.Threshold > other.Threshold && s.holdFor() >= other.holdFor() ||
			s.Threshold == other.Threshold && s.holdFor() > other.holdFor()
		if i != s.place && more && severityRank(s.Severity) <= severityRank(other.Severity) &&
			s.review.conditions[i] == s.review.conditions[s.place] {
			s.warn(s.threshold(), "give it a higher severity, or delete it",
				"the rule fires only when %s on line %d does, which is as severe", document.Quote(other.Name), other.Line)
			return
		}
	}
}

func severityRank(s schema.AlertSeverity) int { return slices.Index(schema.AlertSeverities[:], s) }

// condition is what a rule asks for, but for the level and how long it must hold.
type condition struct {
	detector, regex, where string
	window, median, short  int64
}

func conditionOf(r *Rule) condition {
	c := condition{detector: r.kind.name, window: int64(r.Window), median: int64(r.MedianLifetime), short: int64(cmp.Or(r.MaxExec, defaultMaxExec))}
	if r.Regex != nil {
		c.regex = r.Regex.String()
	}
	if r.Where != nil {
		w := Where{UID: slices.Sorted(slices.Values(r.Where.UID))}
		for _, key := range whereKeys {
			*key.list(&w) = slices.Sorted(slices.Values(*key.list(r.Where)))
		}
		c.where = fmt.Sprintf("%q %q %q %q %d", w.Comm, w.Exe, w.Cgroup, w.Container, w.UID)
	}
	return c
}
