// Package rules judges a replay by rules: strict rule files, detectors, and the alerts
// that they raise.
//
// A detector measures; when a condition fires, clears, is suppressed or unknown is
// decided in one place for all of them (see [Engine]). Rules do not see one another:
// the alerts of a set of rules are those of each rule alone, and the order of the rules
// orders only the alerts of one record.
//
// To add a detector: one file, and one row in the table in detector.go. It tells a [Trace]
// how near its subjects come in a line (see runner.near), so that every rule can be
// explained.
package rules
