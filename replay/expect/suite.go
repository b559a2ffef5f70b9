package expect

import (
	"fmt"
	"strings"
)

// Suite is a list of cases: of one expectation, or of several files.
type Suite struct{ Cases []Case }

// Case says of one thing expected whether it held.
type Case struct {
	// Name says what is expected, and Class is the rule, or the file for what concerns
	// none.
	Name  string `json:"name"`
	Class string `json:"class"`
	// File and Line are where it is expected.
	File   string `json:"file"`
	Line   int    `json:"line"`
	Passed bool   `json:"passed"`
	// Reason says for programs why it failed; Message does for people, with the details
	// a line each, in a diff's way: "- key: expected" and "+ key: got".
	Reason  Reason   `json:"reason,omitempty"`
	Message string   `json:"message,omitempty"`
	Details []string `json:"details,omitempty"`
}

// Reason is why a case failed.
type Reason string

// The reasons.
const (
	// Missing: an expected alert was not raised. Extra: one was raised that is not
	// expected. Different: it was, but with other values.
	Missing   Reason = "missing"
	Extra     Reason = "extra"
	Different Reason = "different"
	// CannotBeTold: the rule did not fire, but events were lost.
	CannotBeTold Reason = "cannot_be_told"
	// NeverEvaluated and NoEvent: nothing was tested.
	NeverEvaluated Reason = "never_evaluated"
	NoEvent        Reason = "no_event"
	// NotReplayed: what was to be replayed could not be.
	NotReplayed Reason = "not_replayed"
)

// reasons are all of them with how many cases of one are told, in this order.
var reasons = [...]struct {
	reason Reason
	text   string
}{
	{Missing, "missing"},
	{Extra, "not expected"},
	{Different, "different"},
	{CannotBeTold, "cannot be told"},
	{NeverEvaluated, "never evaluated"},
	{NoEvent, "without an event"},
	{NotReplayed, "not replayed"},
}

// Untested says that the case failed because nothing was tested.
func (c *Case) Untested() bool { return c.Reason == NeverEvaluated || c.Reason == NoEvent }

// Failed counts the cases that did not hold, those that tested nothing included.
func (s *Suite) Failed() int { return s.count(func(c *Case) bool { return !c.Passed }) }

// Untested counts the cases that tested nothing.
func (s *Suite) Untested() int { return s.count((*Case).Untested) }

func (s *Suite) count(which func(*Case) bool) (n int) {
	for i := range s.Cases {
		if which(&s.Cases[i]) {
			n++
		}
	}
	return n
}

// Summary says in one line how many cases held and why the others did not.
func (s *Suite) Summary() string {
	failed := s.Failed()
	if failed == 0 {
		return plural(len(s.Cases), "expectation") + " met"
	}
	var parts []string
	for _, r := range reasons {
		if n := s.count(func(c *Case) bool { return c.Reason == r.reason }); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, r.text))
		}
	}
	return fmt.Sprintf("%d of %s not met: %s", failed, plural(len(s.Cases), "expectation"), strings.Join(parts, ", "))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
