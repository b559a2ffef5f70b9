package rules

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	// maxComm is the longest comm, in bytes: the kernel cuts the rest off.
	maxComm = 15
	// containerIDLength is that of a container's id, in hex digits.
	containerIDLength = 64
)

// lintStraySpace finds texts with a blank at an end, which is easily overlooked.
func lintStraySpace(s *suspect) {
	texts := append([]pattern{{"name", s.Name, s.at("name")}}, s.patterns()...)
	if n := s.values["regex"]; n != nil {
		texts = append(texts, pattern{"regex", n.Text, n})
	}
	for _, p := range texts {
		if p.text != strings.TrimSpace(p.text) {
			s.warn(p.at, fmt.Sprintf("write %q", strings.TrimSpace(p.text)), "%s begins or ends with a blank", p.name())
		}
	}
}

// name is how a problem calls the key.
func (p *pattern) name() string {
	if p.key == "name" || p.key == "regex" {
		return p.key
	}
	return "where." + p.key
}

// lintEmptyPattern finds patterns that match only what no record tells.
func lintEmptyPattern(s *suspect) {
	for _, p := range s.patterns() {
		if p.text == "" {
			s.warn(p.at, "write * for any, or leave it out", "%s: an empty pattern matches only processes without %s", p.name(), p.key)
		}
	}
}

// lintPatternMatchesAll finds patterns that narrow nothing.
func lintPatternMatchesAll(s *suspect) {
	for _, p := range s.patterns() {
		if p.text != "" && strings.Trim(p.text, "*") == "" {
			s.warn(p.at, "leave "+p.key+" out", "%s: %s matches every process", p.name(), p.text)
		}
	}
}

// regexMarks are what stands in regular expressions, and hardly in names: anchors,
// alternatives, classes, escapes, and .* but after a version or an extension.
var regexMarks = regexp.MustCompile(`^\^|\$$|\.\+|\||\\[.dwsSDW]|\(\?|(^|[^0-9o])\.\*`)

// lintPatternIsRegex finds patterns that were written as regular expressions.
func lintPatternIsRegex(s *suspect) {
	for _, p := range s.patterns() {
		if mark := regexMarks.FindString(p.text); mark != "" {
			s.warn(p.at, "in a pattern * stands for any characters and ? for one; give several as a list",
				"%s: %q looks like a regular expression, and is taken as it stands", p.name(), mark)
		}
	}
}

// lintCommTooLong finds patterns that need more of a comm than there is.
func lintCommTooLong(s *suspect) {
	for _, p := range s.patterns() {
		least := strings.ReplaceAll(p.text, "*", "")
		if p.key == "comm" && len(least) > maxComm {
			s.warn(p.at, commHint(p.text), "%s: a comm has at most %d bytes, and the pattern needs %d", p.name(), maxComm, len(least))
		}
	}
}

// commHint proposes what the kernel leaves of a name. What of a pattern with a * in the
// middle was meant to match cannot be told.
func commHint(text string) string {
	name := strings.TrimRight(text, "*")
	if strings.Contains(name, "*") {
		return "match where.exe"
	}
	return fmt.Sprintf("write '%s*', or match where.exe", strings.ToValidUTF8(name[:maxComm], ""))
}

// lintExeNotAbsolute finds names of programs where paths are compared.
func lintExeNotAbsolute(s *suspect) {
	for _, p := range s.patterns() {
		if p.key == "exe" && p.text != "" && !strings.ContainsRune("/*?.", rune(p.text[0])) {
			s.warn(p.at, "write '*/"+p.text+"'", "%s: %q is no absolute path, which is what an exe is", p.name(), p.text)
		}
	}
}

// lintNoContainerID finds patterns that no container's id matches.
func lintNoContainerID(s *suspect) {
	for _, p := range s.patterns() {
		least := strings.ReplaceAll(p.text, "*", "")
		switch {
		case p.key != "container" || p.text == "":
		case strings.Trim(least, "0123456789abcdef?") != "":
			s.warn(p.at, "names and runtimes stand in where.cgroup", "%s: %q is no part of an id of %d hex digits", p.name(), p.text, containerIDLength)
		case len(least) > containerIDLength:
			s.warn(p.at, "cut it", "%s: an id has %d hex digits, and the pattern needs %d", p.name(), containerIDLength, len(least))
		case len(least) < containerIDLength && !strings.Contains(p.text, "*"):
			s.warn(p.at, "write '"+p.text+"*'", "%s: an id has %d hex digits, and the pattern matches only %d", p.name(), containerIDLength, len(least))
		}
	}
}

// lintRegexMatchesAll finds expressions that pick nothing: they match the empty text
// and anything else.
func lintRegexMatchesAll(s *suspect) {
	if s.Regex != nil && s.Regex.MatchString("") && s.Regex.MatchString("\x00") {
		s.warn(s.at("regex"), "write . if every exec is meant", "regex: it matches the empty text, and so every exec")
	}
}
