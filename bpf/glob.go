package bpf

import (
	"fmt"
	"strings"
)

// Glob is a compiled pattern for a command name, in the form that the kernel side runs:
// an automaton whose places are bits (Shift-And, Baeza-Yates and Gonnet 1992). Place i
// is reached where the first i parts of the pattern match what was read; a part is one
// byte, '?', or a class.
type Glob struct {
	// accepts has, for each byte, the places from which it leads one place on.
	accepts [256]uint32
	// stars has the places that any byte may stay at.
	stars uint32
	// final is the last place.
	final uint32
}

// maxCommBytes is how much of a command name the kernel keeps (TASK_COMM_LEN - 1).
const maxCommBytes = 15

// GlobError says where a pattern is wrong.
type GlobError struct {
	Pattern string
	// Offset is in bytes, from 0.
	Offset int
	Reason string
}

// Error implements error.
func (e *GlobError) Error() string {
	return fmt.Sprintf("pattern %q, at byte %d: %s", e.Pattern, e.Offset+1, e.Reason)
}

// CompileGlob compiles a pattern: '*' stands for any bytes, '?' for one byte, [a-z] for
// one byte of a class and [^a-z] or [!a-z] for one that is not in it, '\' takes the next
// byte as it is. The pattern must match the whole name, of which the kernel keeps 15
// bytes: one that needs more is an error, as it could never match. The error is a
// [*GlobError].
func CompileGlob(pattern string) (*Glob, error) {
	g := &Glob{}
	places := 0
	for at := 0; at < len(pattern); {
		if pattern[at] == '*' {
			g.stars |= 1 << places
			at++
			continue
		}
		var accepted [256]bool
		next, err := readPart(pattern, at, &accepted)
		if err != nil {
			return nil, err
		}
		if places == maxCommBytes {
			return nil, &GlobError{pattern, at, fmt.Sprintf("a command name has at most %d bytes; cut it there, as in %q",
				maxCommBytes, pattern[:at])}
		}
		for b, ok := range accepted {
			if ok {
				g.accepts[b] |= 1 << places
			}
		}
		places++
		at = next
	}
	g.final = 1 << places
	return g, nil
}

// readPart reads the part of the pattern at an offset, says which bytes it accepts and
// returns where it ends.
func readPart(pattern string, at int, accepted *[256]bool) (next int, err error) {
	switch pattern[at] {
	case '?':
		for b := range accepted {
			accepted[b] = true
		}
		return at + 1, nil
	case '[':
		return readClass(pattern, at, accepted)
	}
	b, next, err := readByte(pattern, at)
	accepted[b] = true
	return next, err
}

// readByte reads one byte that stands for itself, behind '\' or not.
func readByte(pattern string, at int) (b byte, next int, err error) {
	if pattern[at] != '\\' {
		return pattern[at], at + 1, nil
	}
	if at+1 == len(pattern) {
		return 0, 0, &GlobError{pattern, at, `nothing follows the \; for one of its own type \\`}
	}
	return pattern[at+1], at + 2, nil
}

// readClass reads a class such as [a-cx] or [^0-9].
func readClass(pattern string, at int, accepted *[256]bool) (next int, err error) {
	start := at
	at++
	negated := at < len(pattern) && strings.IndexByte("^!", pattern[at]) >= 0
	if negated {
		at++
	}
	for first := true; ; first = false {
		if at < len(pattern) && pattern[at] == ']' && !first {
			break
		}
		var low, high byte
		if low, at, err = readMember(pattern, start, at); err != nil {
			return 0, err
		}
		high = low
		if at < len(pattern) && pattern[at] == '-' {
			if high, at, err = readMember(pattern, start, at+1); err != nil {
				return 0, err
			}
		}
		for b := int(low); b <= int(high); b++ {
			accepted[b] = true
		}
	}
	if negated {
		for b := range accepted {
			accepted[b] = !accepted[b]
		}
	}
	return at + 1, nil
}

// readMember reads one byte of the class that begins at start.
func readMember(pattern string, start, at int) (b byte, next int, err error) {
	switch {
	case at >= len(pattern):
		return 0, 0, &GlobError{pattern, start, `the [ is not closed; for one of its own type \[`}
	case pattern[at] == ']' || pattern[at] == '-':
		return 0, 0, &GlobError{pattern, at, fmt.Sprintf(`a class cannot have %q here; for one of its own type \%[1]c`, pattern[at])}
	}
	if b, next, err = readByte(pattern, at); err == nil && b >= 0x80 {
		err = &GlobError{pattern, at, "a class holds single bytes, so ASCII only; use ? for each byte of the letter"}
	}
	return b, next, err
}

// Match says whether the pattern matches a whole name, as the kernel side does.
func (g *Glob) Match(comm string) bool {
	places := uint32(1)
	for i := range len(comm) {
		places = places&g.accepts[comm[i]]<<1 | places&g.stars
	}
	return places&g.final != 0
}
