package document

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/linnix-os/linnix/schema"
)

// Problem is one thing that is wrong in a document.
type Problem struct {
	File string `json:"file"`
	// Line and Col are counted from 1, columns in characters.
	Line     int      `json:"line"`
	Col      int      `json:"col"`
	Severity Severity `json:"severity"`
	Code     Code     `json:"code"`
	Message  string   `json:"message"`
	// Text is the line, for display: cut to a screen, control characters as spaces.
	Text string `json:"text,omitempty"`
	// Caret is the place of Col within Text, from 0, in characters.
	Caret int `json:"-"`
	// Hint says what to write instead, or is empty.
	Hint string `json:"hint,omitempty"`
}

// Severity says whether a document with the problem can be used.
type Severity string

// The severities: one that cannot be used, and one that hardly says what was meant.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Code names a kind of problem for programs. The packages that check documents add
// their own to those here.
type Code string

// The kinds of problem that any document can have.
const (
	CodeSyntax     Code = "syntax"
	CodeNotUTF8    Code = "not_utf8"
	CodeTooLarge   Code = "too_large"
	CodeUnknownKey Code = "unknown_key"
	CodeDoubleKey  Code = "double_key"
	CodeMissingKey Code = "missing_key"
	CodeWrongType  Code = "wrong_type"
	CodeOutOfRange Code = "out_of_range"
)

// String returns the problem as file:line:col: message, with the line and a caret
// below it, and the hint.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Col)
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Text != "" {
		fmt.Fprintf(&b, "\n    %s\n    %s^", p.Text, strings.Repeat(" ", p.Caret))
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "\n    hint: %s", p.Hint)
	}
	return b.String()
}

// Problems is the error of a document: everything that is wrong in it, by place.
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

// Quote shows a piece of a document in a message.
func Quote(s string) string {
	const most = 40
	return fmt.Sprintf("%q", schema.Clip(s, most))
}
