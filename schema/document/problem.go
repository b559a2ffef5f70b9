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
	// CodeMore stands for the problems of a file that are not told.
	CodeMore Code = "more_problems"
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

// excerpt cuts line to what fits around an offset, and returns the offset's place in it.
func excerpt(line string, offset int) (text string, caret int) {
	from := offset
	for caret < maxBefore && from > 0 {
		_, size := utf8.DecodeLastRuneInString(line[:from])
		from -= size
		caret++
	}
	shown := make([]rune, 0, maxShown)
	for _, r := range line[from:] { // a byte that is no text is U+FFFD
		if len(shown) == maxShown {
			break
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		shown = append(shown, r)
	}
	return strings.TrimRight(string(shown), " "), caret
}

// Quote shows a piece of a document in a message.
func Quote(s string) string {
	const most = 40
	return fmt.Sprintf("%q", schema.Clip(s, most))
}
