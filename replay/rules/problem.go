package rules

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/linnix-os/linnix/schema"
)

// Problem is one thing that is wrong in a rule file.
type Problem struct {
	File string
	// Line and Col are counted from 1, columns in characters.
	Line, Col int
	Message   string
	// Text is the line, for display: cut to a screen, control characters as spaces.
	Text string
	// Caret is the place of Col within Text, from 0, in characters.
	Caret int
	// Hint says what to write instead, or is empty.
	Hint string
}

// String returns the problem as file:line:col: message, with the line and a caret
// below it, and the hint.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", p.File, p.Line, p.Col, p.Message)
	if p.Text != "" {
		fmt.Fprintf(&b, "\n    %s\n    %s^", p.Text, strings.Repeat(" ", p.Caret))
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "\n    hint: %s", p.Hint)
	}
	return b.String()
}

// Problems is the error of a rule file: everything that is wrong in it, by place.
type Problems []Problem

// Error returns the problems, one below the other.
func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i := range p {
		texts[i] = p[i].String()
	}
	return strings.Join(texts, "\n")
}

// Limits of the part of a line that a problem shows, in characters: how much, and how
// much of it stands before the caret.
const maxShown, maxBefore = 100, 60

// excerpt cuts line to what fits, and returns the place of the column in it.
func excerpt(line string, col int) (text string, caret int) {
	runes := []rune(strings.ToValidUTF8(line, string(utf8.RuneError)))
	caret = min(max(col-1, 0), len(runes))
	from := max(0, caret-maxBefore)
	runes = runes[from:min(len(runes), from+maxShown)]
	for i, r := range runes {
		if !unicode.IsPrint(r) {
			runes[i] = ' '
		}
	}
	return strings.TrimRight(string(runes), " "), caret - from
}

// quote shows a piece of the file in a message.
func quote(s string) string {
	const most = 40
	return fmt.Sprintf("%q", schema.Clip(s, most))
}
