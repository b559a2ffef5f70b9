package rules

import "strings"

// lintCaptureLacks finds a detector that has nothing to look at in the capture.
func lintCaptureLacks(s *suspect) {
	f := &s.review.facts
	if f.hosts == 0 {
		return
	}
	var missing []string
	for _, row := range inputWords {
		if neededBy(s.kind.name)&^f.there&row.input != 0 {
			missing = append(missing, row.words)
		}
	}
	if len(missing) > 0 {
		s.warn(s.at("detector"), "replay a capture that has what it needs",
			"%s %s, without which %s never fires", f.verb("lack"), strings.Join(missing, " and "), s.kind.name)
	}
}

// lintWhereMatchesNothing finds a where that leaves nothing of the capture.
func lintWhereMatchesNothing(s *suspect) {
	f, m := &s.review.facts, &s.review.facts.matched[s.place]
	if s.Where == nil || m.seen == 0 || m.passed > 0 {
		return
	}
	for i, key := range whereKeys {
		if len(*key.list(s.Where)) > 0 && !f.told[i] {
			s.warn(s.at("where"), "leave "+key.name+" out, or replay a capture that has it",
				"where matches nothing in the capture: no process in it has %s", key.name)
			return
		}
	}
	s.warn(s.at("where"), "'linnix capture cat' shows what the processes are called",
		"where matches nothing in the capture: %s, none of them for %s to see", plural(m.seen, "record"), s.kind.name)
}

// lintRegexMatchesNothing finds a regex that no exec of the capture matches.
func lintRegexMatchesNothing(s *suspect) {
	m := &s.review.facts.matched[s.place]
	if s.Regex != nil && m.execs > 0 && m.named == 0 {
		s.warn(s.at("regex"), "'linnix capture cat' shows what the processes are called",
			"regex matches nothing in the capture: %s, none of them of such a program", plural(m.execs, "exec"))
	}
}
