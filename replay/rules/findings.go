package rules

import (
	"slices"

	"github.com/linnix-os/linnix/schema/document"
)

// Finding describes one kind of problem that a rule file can have.
type Finding struct {
	Code     document.Code     `json:"code"`
	Severity document.Severity `json:"severity"`
	// Capture says that it takes a capture to find it.
	Capture bool   `json:"capture"`
	Meaning string `json:"meaning"`
	// Example is a rule file in YAML with the problem; empty where none is short.
	Example string `json:"example,omitempty"`
	Fix     string `json:"fix"`
}

// Findings lists every kind of problem: first those that a replay refuses.
func Findings() []Finding {
	var all []Finding
	for _, part := range []struct {
		severity document.Severity
		capture  bool
		findings []Finding
	}{
		{document.Error, false, documentFindings[:]}, {document.Error, false, errorFindings[:]},
		{document.Warning, false, warningFindings[:]}, {document.Warning, true, captureFindings[:]},
	} {
		for _, k := range slices.Clone(part.findings) {
			k.Severity, k.Capture = part.severity, part.capture
			all = append(all, k)
		}
	}
	return all
}

var documentFindings = [...]Finding{
	{Code: document.CodeSyntax, Meaning: "the file is no YAML, or no TOML if its name ends in .toml",
		Example: `- name: [a`, Fix: "write what the message asks for"},
	{Code: document.CodeNotUTF8, Meaning: "a byte of the file is no text", Fix: "save the file as UTF-8"},
	{Code: document.CodeTooLarge, Meaning: "the file is larger than 1 MiB", Fix: "split it"},
	{Code: document.CodeMore, Meaning: "there are more problems than are told", Fix: "mend these first"},
	{Code: document.CodeUnknownKey, Meaning: "the rule, or its detector, has no such key",
		Example: `- {name: a, detector: fork_burst, treshold: 300, window_seconds: 10}`, Fix: "write the key that was meant"},
	{Code: document.CodeDoubleKey, Meaning: "a key is there twice",
		Example: `- {name: a, detector: fork_burst, threshold: 300, window_seconds: 10, threshold: 400}`, Fix: "keep one of the two"},
	{Code: document.CodeMissingKey, Meaning: "the rule lacks a key that it must have",
		Example: `- {name: a, detector: fork_burst, threshold: 300}`, Fix: "add the key"},
	{Code: document.CodeWrongType, Meaning: "a value is not of its key's type, such as 3.5 for a count",
		Example: `- {name: a, detector: fork_burst, threshold: 3.5, window_seconds: 10}`, Fix: "write a whole number, a number, a time, text, or a list, as the message says"},
	{Code: document.CodeOutOfRange, Meaning: "a value is below the least or above the most",
		Example: `- {name: a, detector: fork_burst, threshold: 0, window_seconds: 10}`, Fix: "write a value between the two"},
}

var errorFindings = [...]Finding{
	{Code: CodeNoRules, Meaning: "the file holds no rule", Example: `rules: []`, Fix: "start from 'linnix replay rules'"},
	{Code: CodeTooManyRules, Meaning: "the file holds more than 1000 rules", Fix: "split it"},
	{Code: CodeUnknownDetector, Meaning: "there is no such detector",
		Example: `- {name: a, detector: fork_brust, threshold: 300, window_seconds: 10}`, Fix: "write the detector that was meant"},
	{Code: CodeUnknownSeverity, Meaning: "the severity is not info, low, medium or high",
		Example: `- {name: a, detector: oom_kill, severity: High}`, Fix: "write one of the four, in small letters"},
	{Code: CodeDuplicateName, Meaning: "two rules bear one name",
		Example: "- {name: a, detector: oom_kill}\n- {name: a, detector: fork_burst, threshold: 300, window_seconds: 10}", Fix: "give each rule its own name"},
	{Code: CodeBadName, Meaning: "a name is empty, longer than 100 bytes, or holds control characters",
		Example: `- {name: "", detector: oom_kill}`, Fix: "write a shorter name that can be printed"},
	{Code: CodeBadPattern, Meaning: "a key of where has no value, or more than 100",
		Example: `- {name: a, detector: oom_kill, where: {comm: []}}`, Fix: "leave the key out, or write a pattern with *"},
	{Code: CodeBadRegex, Meaning: "the regex is empty, longer than 1000 bytes, or not in the syntax of RE2",
		Example: `- {name: a, detector: exec_rate, regex: 'gcc|(?!cc1)', rate_per_min: 100, median_lifetime: 1}`, Fix: "write what RE2 knows; where needs no regex"},
	{Code: CodeBadUID, Meaning: "a user id is not a whole number from 0 to 4294967295",
		Example: `- {name: a, detector: oom_kill, where: {uid: root}}`, Fix: "write the number: 'id -u NAME' prints it"},
	{Code: CodeNeverReached, Meaning: "a percentage of a whole would have to exceed 100",
		Example: `- {name: a, detector: system_psi_cpu, threshold_pct: 100, duration: 15}`, Fix: "write less than 100"},
	{Code: CodeNeverClears, Meaning: "clear_threshold is above the threshold",
		Example: `- {name: a, detector: fork_burst, threshold: 300, window_seconds: 10, clear_threshold: 301}`, Fix: "write at most the threshold"},
	{Code: CodeNoEffect, Meaning: "a key does nothing for the detector",
		Example: `- {name: a, detector: system_psi_cpu, threshold_pct: 60, duration: 15, where: {comm: bash}}`, Fix: "leave it out"},
}

var warningFindings = [...]Finding{
	{Code: CodeBelowInterval, Meaning: "a gauge must hold for less than the interval of samples (1 s, or the capture's): a single sample decides",
		Example: `- {name: a, detector: subtree_cpu_pct, threshold: 95, duration: 500ms}`, Fix: "write a longer duration"},
	{Code: CodeShortCooldown, Meaning: "the cooldown is shorter than the window, so the same events can fire again, or than the duration, so it holds nothing back",
		Example: `- {name: a, detector: fork_burst, threshold: 300, window_seconds: 2m}`, Fix: "write at least the window, or 0 if none is wanted"},
	{Code: CodeLongerThanWindow, Meaning: "jobs may last longer than the window that they are counted in",
		Example: `- {name: a, detector: short_job_flood, threshold: 300, window_seconds: 10, max_exec_duration_ms: 20s}`, Fix: "write at most the window"},
	{Code: CodeUnreachable, Meaning: "no Linux host can reach the threshold",
		Example: `- {name: a, detector: process_growth, threshold: 5000000, window_seconds: 10}`, Fix: "write a lower threshold"},
	{Code: CodeNoHysteresis, Meaning: "clear_threshold equals the threshold, as it does when left out",
		Example: `- {name: a, detector: fork_burst, threshold: 300, window_seconds: 10, clear_threshold: 300}`, Fix: "write less, or leave it out"},
	{Code: CodeStraySpace, Meaning: "a name, a pattern or a regex begins or ends with a blank",
		Example: `- {name: a, detector: oom_kill, where: {comm: "java "}}`, Fix: "take the blank away"},
	{Code: CodeEmptyPattern, Meaning: "a pattern is empty and matches only what no record tells",
		Example: `- {name: a, detector: oom_kill, where: {cgroup: ""}}`, Fix: "write *, or leave the key out"},
	{Code: CodePatternMatchesAll, Meaning: "a pattern of nothing but * narrows nothing",
		Example: `- {name: a, detector: oom_kill, where: {comm: "*"}}`, Fix: "leave the key out"},
	{Code: CodePatternIsRegex, Meaning: "a pattern is written as a regular expression, and taken as it stands",
		Example: `- {name: a, detector: oom_kill, where: {comm: "^java"}}`, Fix: "write * for any characters, ? for one, and several patterns as a list"},
	{Code: CodeCommTooLong, Meaning: "a pattern needs more than the 15 bytes that a comm has",
		Example: `- {name: a, detector: oom_kill, where: {comm: postgres-checkpointer}}`, Fix: "cut it to 15 bytes, or match exe"},
	{Code: CodeExeNotAbsolute, Meaning: "a pattern for exe does not begin as an absolute path does",
		Example: `- {name: a, detector: oom_kill, where: {exe: java}}`, Fix: "write '*/java'"},
	{Code: CodeNoContainerID, Meaning: "a pattern for container matches no id of 64 hex digits",
		Example: `- {name: a, detector: oom_kill, where: {container: 4f2d8a1c9b3e}}`, Fix: "write '4f2d8a1c9b3e*'; names stand in cgroup"},
	{Code: CodeRegexMatchesAll, Meaning: "the regex matches the empty text, and so every exec",
		Example: `- {name: a, detector: exec_rate, regex: "(cc1|as)*", rate_per_min: 100, median_lifetime: 1}`, Fix: "write + for *, or . if every exec is meant"},
	{Code: CodeDuplicateRule, Meaning: "two rules ask for the same under two names",
		Example: "- {name: a, detector: fork_burst, threshold: 300, window_seconds: 10}\n- {name: b, detector: fork_burst, threshold: 300, window_seconds: 10}", Fix: "delete one of the two"},
	{Code: CodeImpliedRule, Meaning: "the rule fires only when another of the same severity, or a higher one, does",
		Example: "- {name: a, detector: fork_burst, threshold: 300, window_seconds: 10}\n- {name: b, detector: fork_burst, threshold: 400, window_seconds: 10}", Fix: "give it a higher severity, or delete it"},
}

var captureFindings = [...]Finding{
	{Code: CodeCaptureLacks, Meaning: "the capture has no records, or not the fields, that the detector needs",
		Example: `- {name: a, detector: system_psi_io, threshold_pct: 40, duration: 5}`, Fix: "replay a capture that has them"},
	{Code: CodeCaptureTooShort, Meaning: "the capture goes on for less time than the rule must hold",
		Example: `- {name: a, detector: subtree_rss_mb, threshold: 100, duration: 60}`, Fix: "replay a longer capture"},
	{Code: CodeUnreachableHere, Meaning: "the capture's host has not so many CPUs, not so much memory, or not so many pids",
		Example: `- {name: a, detector: subtree_cpu_pct, threshold: 400, duration: 5}`, Fix: "write a lower threshold, or replay a capture of a larger host"},
	{Code: CodeWhereMatchesNothing, Meaning: "where matches none of the records that the detector looks at",
		Example: `- {name: a, detector: fork_burst, threshold: 300, window_seconds: 10, where: {comm: nginx}}`, Fix: "compare the patterns with 'linnix capture cat'"},
	{Code: CodeRegexMatchesNothing, Meaning: "the regex matches no exec",
		Example: `- {name: a, detector: exec_rate, regex: nginx, rate_per_min: 100, median_lifetime: 1}`, Fix: "compare the regex with 'linnix capture cat'"},
}
