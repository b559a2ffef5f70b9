package document

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/linnix-os/linnix/schema"
)

// MaxBytes is the largest document.
const MaxBytes = 1 << 20

// byteOrderMark may stand before a document in UTF-8.
const byteOrderMark = "\ufeff"

// maxProblems is how many problems of one severity are told of a file, before one that
// says how many more there are.
const maxProblems = 1000

// File is a document being checked: its lines, for display, and what is wrong so far.
type File struct {
	name     string
	lines    []string
	problems Problems
	// errors and warnings count the problems, those that are not told as well.
	errors, warnings noted
	// shown is the place of the latest problem.
	shown position
}

// noted counts problems of one severity.
type noted struct {
	n int
	// place is that of the first one beyond those that are told.
	place Node
}

// Parse reads a document: TOML if the name ends in .toml, else YAML. The name is used in
// messages and for nothing else. The node is nil after a problem, and of kind [Null] for
// a document without a value.
func Parse(name string, data []byte) (*File, *Node) {
	f := &File{name: name}
	start := &Node{Line: 1, Col: 1}
	if len(data) > MaxBytes {
		f.Report(start, CodeTooLarge, "split it", "the file has %d bytes, more than %d", len(data), MaxBytes)
		return f, nil
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	f.lines = strings.Split(string(data), "\n")
	if !utf8.Valid(data) {
		f.reportNotUTF8()
		return f, nil
	}
	twin := &File{lines: f.lines}
	parse, other, ending := f.parseYAML, twin.parseTOML, ".toml"
	if strings.EqualFold(path.Ext(name), ending) {
		parse, other, ending = f.parseTOML, twin.parseYAML, ".yaml"
	}
	root := parse(data)
	if root == nil && len(f.problems) > 0 {
		f.hintAtLanguage(other(data), ending)
	}
	return f, root
}

// hintAtLanguage says of a document that cannot be read when it is one of the other
// language: a map or a list, for almost any text is a text in YAML.
func (f *File) hintAtLanguage(read *Node, ending string) {
	if first := &f.problems[0]; first.Hint == "" && read != nil && (read.Kind == Map || read.Kind == List) {
		first.Hint = fmt.Sprintf("give the file a name that ends in %s: that is what it holds", ending)
	}
}

// Name returns the name that messages use.
func (f *File) Name() string { return f.name }

// Line returns a line as it was written, counted from 1, and "" if there is none.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return f.lines[n-1]
}

// Count is how many problems were found so far, those that are not told as well.
func (f *File) Count() int { return f.errors.n + f.warnings.n }

// Problems returns what was found so far, by place. Of very many of one severity the first
// ones are told, and at the end how many more there are.
func (f *File) Problems() Problems {
	list := slices.Clone(f.problems)
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	list = f.appendMore(list, Error, f.errors)
	return f.appendMore(list, Warning, f.warnings)
}

func (f *File) appendMore(list Problems, severity Severity, noted noted) Problems {
	if noted.n <= maxProblems {
		return list
	}
	return append(list, Problem{
		File: f.name, Line: noted.place.Line, Col: noted.place.Col, Severity: severity, Code: CodeMore,
		Message: fmt.Sprintf("%d more problems that are not told", noted.n-maxProblems), Hint: "mend those before first",
	})
}

// Err returns the errors among the problems as [Problems]; nil without any. Warnings
// are no errors.
func (f *File) Err() error {
	list := slices.DeleteFunc(f.Problems(), func(p Problem) bool { return p.Severity != Error })
	if len(list) == 0 {
		return nil
	}
	return list
}

// Report notes an error at a node; the hint, which may be empty, says what to write.
func (f *File) Report(at *Node, code Code, hint, format string, args ...any) {
	f.note(at, Error, code, hint, fmt.Sprintf(format, args...))
}

// Warn notes a warning: what can be read, but hardly be meant.
func (f *File) Warn(at *Node, code Code, hint, format string, args ...any) {
	f.note(at, Warning, code, hint, fmt.Sprintf(format, args...))
}

func (f *File) note(at *Node, severity Severity, code Code, hint, message string) {
	noted := &f.errors
	if severity == Warning {
		noted = &f.warnings
	}
	if noted.n++; noted.n > maxProblems {
		if noted.n == maxProblems+1 {
			noted.place = *at
		}
		return
	}
	p := Problem{
		File: f.name, Line: at.Line, Col: at.Col, Severity: severity, Code: code, Message: message, Hint: hint,
	}
	if at.Line >= 1 && at.Line <= len(f.lines) {
		line := f.lines[at.Line-1]
		f.shown.to(line, at.Line, at.Col)
		p.Text, p.Caret = excerpt(line, f.shown.offset)
	}
	f.problems = append(f.problems, p)
}

// Unknown reports a word that is not one of those allowed, and returns the one that was
// probably meant, or "".
func (f *File) Unknown(at *Node, code Code, what string, allowed []string) string {
	near := schema.Nearest(at.Text, allowed)
	hint := "one of " + strings.Join(allowed, ", ")
	if near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	f.Report(at, code, hint, "unknown %s %s", what, Quote(at.Text))
	return near
}

// reportNotUTF8 points at the first byte that is no text.
func (f *File) reportNotUTF8() {
	for i, line := range f.lines {
		if utf8.ValidString(line) {
			continue
		}
		col := 1
		for {
			r, size := utf8.DecodeRuneInString(line)
			if r == utf8.RuneError && size == 1 {
				break
			}
			line = line[size:]
			col++
		}
		f.Report(&Node{Line: i + 1, Col: col}, CodeNotUTF8, "save the file as UTF-8", "byte 0x%02x is no UTF-8 text", line[0])
		return
	}
}
