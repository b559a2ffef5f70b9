package rules

import "github.com/linnix-os/linnix/schema/document"

// The kinds of problem that only rules have, beside those of every document.
const (
	CodeNoRules         document.Code = "no_rules"
	CodeTooManyRules    document.Code = "too_many_rules"
	CodeUnknownDetector document.Code = "unknown_detector"
	CodeUnknownSeverity document.Code = "unknown_severity"
	CodeDuplicateName   document.Code = "duplicate_name"
	CodeBadName         document.Code = "bad_name"
	CodeBadPattern      document.Code = "bad_pattern"
	CodeBadRegex        document.Code = "bad_regex"
	CodeBadUID          document.Code = "bad_uid"
	CodeNeverReached    document.Code = "never_reached"
	CodeNeverClears     document.Code = "never_clears"
	CodeNoEffect        document.Code = "no_effect"
)
