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

// The kinds that only warn: the rule can be run, but hardly be meant.
const (
	CodeBelowInterval     document.Code = "below_interval"
	CodeShortCooldown     document.Code = "short_cooldown"
	CodeLongerThanWindow  document.Code = "longer_than_window"
	CodeUnreachable       document.Code = "unreachable"
	CodeNoHysteresis      document.Code = "no_hysteresis"
	CodeStraySpace        document.Code = "stray_space"
	CodeEmptyPattern      document.Code = "empty_pattern"
	CodePatternMatchesAll document.Code = "pattern_matches_all"
	CodePatternIsRegex    document.Code = "pattern_is_regex"
	CodeCommTooLong       document.Code = "comm_too_long"
	CodeExeNotAbsolute    document.Code = "exe_not_absolute"
	CodeNoContainerID     document.Code = "no_container_id"
	CodeRegexMatchesAll   document.Code = "regex_matches_all"
	CodeDuplicateRule     document.Code = "duplicate_rule"
	CodeImpliedRule       document.Code = "implied_rule"
)

// The kinds that warn of a rule which a given capture cannot test.
const (
	CodeCaptureLacks        document.Code = "capture_lacks"
	CodeCaptureTooShort     document.Code = "capture_too_short"
	CodeUnreachableHere     document.Code = "unreachable_here"
	CodeWhereMatchesNothing document.Code = "where_matches_nothing"
	CodeRegexMatchesNothing document.Code = "regex_matches_nothing"
)
