package rules

import (
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
