// Package expect holds what a replay came to against what somebody expects of it.
//
// An [Expectation] is the exact set of alerts that a capture must raise under a set of
// rules: [Compare] finds what is missing, what is there beyond it and what differs, so
// that an alert nobody expects fails as surely as one that does not come. What tested
// nothing does not pass: an empty expectation cannot be read, and a rule that was never
// evaluated is a failed [Case]. [Write] tells the cases in one of [Formats].
//
// Nothing here reads a file or a clock: the same run and expectation give the same bytes.
package expect
