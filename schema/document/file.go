package document

import (
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

// File is a document being checked: its lines, for display, and what is wrong so far.
type File struct {
	name     string
	lines    []string
	problems Problems
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
	f.lines = strings.Split(string(data), "\n")
	if !utf8.Valid(data) {
		f.reportNotUTF8()
		return f, nil
	}
	parse, other, ending := f.parseYAML, (&File{}).parseTOML, ".toml"
	if strings.EqualFold(path.Ext(name), ending) {
		parse, other, ending = f.parseTOML, (&File{}).parseYAML, ".yaml"
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

// Found counts what was found so far.
func (f *File) Found() int { return len(f.problems) }

// Problems returns what was found so far, by place.
func (f *File) Problems() Problems {
	list := slices.Clone(f.problems)
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return list
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
	p := Problem{
		File: f.name, Line: at.Line, Col: at.Col, Severity: severity, Code: code, Message: message, Hint: hint,
	}
	if at.Line >= 1 && at.Line <= len(f.lines) {
		p.Text, p.Caret = excerpt(f.lines[at.Line-1], at.Col)
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
