package rules

import (
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema/document"
)

// Review is a closer look at a rule file than [Load] takes: beside the errors, which a
// replay refuses, it warns of what can be run but hardly be meant, and of what a given
// capture cannot test.
type Review struct {
	file  *document.File
	rules []Rule
	sound []placed
	// conditions are what the sound rules ask for, in their order.
	conditions []condition
	facts      facts
	linted     bool
}

// NewReview reads a rule file as [Load] does.
func NewReview(name string, data []byte) *Review {
	file, root := document.Parse(name, data)
	c := &checker{File: file}
	v := &Review{file: file, rules: c.rules(root), sound: c.sound}
	v.facts.matched = make([]matches, len(v.sound))
	for i := range v.sound {
		v.conditions = append(v.conditions, conditionOf(&v.sound[i].Rule))
	}
	return v
}

// Rules counts the rules of the file, those with errors among them.
func (v *Review) Rules() int { return len(v.rules) }

// Follow returns the handler that learns from one host of a capture what the rules have
// to do with. Every host must be played to its end before Problems is called.
func (v *Review) Follow(*replay.Host) replay.Handler { return &survey{review: v} }

// Problems returns the errors and warnings, by place. With a capture followed, the
// warnings are also about it.
func (v *Review) Problems() document.Problems {
	if !v.linted {
		v.linted = true
		for i := range v.sound {
			for _, l := range lints {
				l.find(&suspect{placed: &v.sound[i], review: v, place: i, code: l.code})
			}
		}
	}
	return v.file.Problems()
}

// lint looks for one kind of problem in a rule that can be run.
type lint struct {
	code document.Code
	find func(s *suspect)
}

// lints is the table of lints. To add one: a function, a row, and one in [Findings].
var lints = [...]lint{
	{CodeBelowInterval, lintBelowInterval},
	{CodeShortCooldown, lintShortCooldown},
	{CodeLongerThanWindow, lintLongerThanWindow},
	{CodeUnreachable, lintUnreachable},
	{CodeNoHysteresis, lintNoHysteresis},
	{CodeStraySpace, lintStraySpace},
	{CodeEmptyPattern, lintEmptyPattern},
	{CodePatternMatchesAll, lintPatternMatchesAll},
	{CodePatternIsRegex, lintPatternIsRegex},
	{CodeCommTooLong, lintCommTooLong},
	{CodeExeNotAbsolute, lintExeNotAbsolute},
	{CodeNoContainerID, lintNoContainerID},
	{CodeRegexMatchesAll, lintRegexMatchesAll},
	{CodeDuplicateRule, lintDuplicateRule},
	{CodeImpliedRule, lintImpliedRule},
	{CodeCaptureLacks, lintCaptureLacks},
	{CodeCaptureTooShort, lintCaptureTooShort},
	{CodeUnreachableHere, lintUnreachableHere},
	{CodeWhereMatchesNothing, lintWhereMatchesNothing},
	{CodeRegexMatchesNothing, lintRegexMatchesNothing},
}

// suspect is a rule before one lint.
type suspect struct {
	*placed
	review *Review
	place  int // among the sound rules
	code   document.Code
}

// warn notes what the lint has found.
func (s *suspect) warn(at *document.Node, hint, format string, args ...any) {
	s.review.file.Warn(at, s.code, hint, format, args...)
}

// at is the value of the first of the keys that the rule tells, or the rule.
func (s *suspect) at(keys ...string) *document.Node {
	for _, key := range keys {
		if n := s.values[key]; n != nil {
			return n
		}
	}
	return s.node
}

// threshold is the value that the rule's threshold is read from.
func (s *suspect) threshold() *document.Node {
	return s.at("threshold", "threshold_pct", "rate_per_min")
}

// pattern is one pattern of a where, with its place.
type pattern struct {
	key, text string
	at        *document.Node
}

// patterns are those of the rule's where.
func (s *suspect) patterns() (list []pattern) {
	where := s.values["where"]
	if where == nil {
		return nil
	}
	for _, key := range whereKeys {
		n := where.Get(key.name)
		if n == nil {
			continue
		}
		items := []*document.Node{n}
		if n.Kind == document.List {
			items = n.Items
		}
		for _, item := range items {
			list = append(list, pattern{key.name, item.Text, item})
		}
	}
	return list
}
