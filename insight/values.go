package insight

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// Limits of a file that is checked.
const (
	// maxLine bounds one line of JSONL, which is one record.
	maxLine = 8 << 20
	// maxWhole bounds a file that is no JSONL and so is read whole.
	maxWhole = 64 << 20
)

// byteOrderMark is what some editors put before UTF-8 text; it is passed over.
const byteOrderMark = "\ufeff"

// value is one JSON value of a file.
type value struct {
	text []byte
	// broken is set instead of text where the file holds no JSON.
	broken *schema.Problem
	place
}

// place is where something begins: line and column, both from 1.
type place struct{ line, column int64 }

// after returns the place behind text that begins at p.
func (p place) after(text []byte) place {
	newlines := int64(bytes.Count(text, []byte{'\n'}))
	if newlines == 0 {
		return place{p.line, p.column + int64(len(text))}
	}
	return place{p.line + newlines, int64(len(text) - bytes.LastIndexByte(text, '\n'))}
}

// at returns the place of the offset in the value.
func (v value) at(offset int64) place {
	return v.after(v.text[:min(offset, int64(len(v.text)))])
}

// eachValue visits each JSON value of r; the elements of an array stand for
// themselves. It streams JSONL, and reads anything else whole.
func eachValue(name string, r io.Reader, visit func(value)) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := lines.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = lines.Discard(len(mark))
	}
	byLine, err := isJSONL(name, lines)
	if err != nil {
		return err
	}
	if byLine {
		return eachLine(lines, visit)
	}
	text, err := io.ReadAll(io.LimitReader(lines, maxWhole+1))
	if err != nil {
		return err
	}
	if len(text) > maxWhole {
		visit(tooLong(place{1, 1}, maxWhole, "the file", "one record a line, in a file named .jsonl"))
		return nil
	}
	values(text, place{1, 1}, visit)
	return nil
}

// isJSONL decides by the first value: JSONL has it on one line. Where the text does not
// say, being broken or all on one line, the name does.
func isJSONL(name string, r *bufio.Reader) (bool, error) {
	head, err := r.Peek(r.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	head = trimSpace(head)
	first, rest, whole := bytes.Cut(head, []byte{'\n'})
	switch strings.ToLower(path.Ext(name)) {
	case ".jsonl", ".ndjson":
		return !spansLines(head, bytes.TrimRight(first, " \t\r")), nil
	}
	return whole && (json.Valid(first) || brokenLine(first, trimSpace(rest))), nil
}

// brokenLine says that the first line is a broken object, and not the beginning of one
// over many lines, as what follows has one on its own first line.
func brokenLine(first, rest []byte) bool {
	second, _, _ := bytes.Cut(rest, []byte{'\n'})
	return bytes.HasPrefix(first, []byte{'{'}) && bytes.HasPrefix(second, []byte{'{'}) && json.Valid(second)
}

// spansLines says that the first value of a file, whose head and first line are given,
// goes on over many lines, as a program writes it for people. A line that was cut does
// not look so.
func spansLines(head, first []byte) bool {
	var text json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(head)).Decode(&text); err == nil {
		return bytes.ContainsRune(text, '\n')
	}
	return string(first) == "{" || string(first) == "["
}

func eachLine(r *bufio.Reader, visit func(value)) error {
	for begin := (place{1, 1}); ; begin.line++ {
		text, long, err := readLine(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		switch {
		case long:
			visit(tooLong(begin, maxLine, "the line", "a record of less"))
		case bytes.HasPrefix(bytes.TrimLeft(text, " \t\r"), []byte{'{'}):
			// The usual case needs no search for where the value ends.
			visit(value{text: bytes.TrimSuffix(text, []byte{'\r'}), place: begin})
		default:
			values(text, begin, visit)
		}
		if err != nil {
			return nil
		}
	}
}

// readLine returns the next line without its newline, io.EOF with the last. Of a line
// over maxLine it keeps nothing.
func readLine(r *bufio.Reader) (text []byte, long bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if text == nil && !long && err == nil {
			return bytes.TrimSuffix(part, []byte{'\n'}), false, nil
		}
		if long = long || len(text)+len(part) > maxLine; long {
			text = nil
		} else {
			text = append(text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(text, []byte{'\n'}), long, err
		}
	}
}

func tooLong(at place, limit int64, what, want string) value {
	return value{place: at, broken: &schema.Problem{
		Found:   fmt.Sprintf("%s has more than %d bytes", what, limit),
		Allowed: want,
	}}
}

// values visits the values of a chunk of text, which begins at a place. Objects go by
// their brackets, so that one which is broken inside hides no other; the first thing amiss
// between values is visited too, and ends it.
func values(chunk []byte, begin place, visit func(value)) {
	rest, inArray, wantComma, wantValue := chunk, false, false, false
	take := func(n int) (text []byte) {
		text, rest = rest[:n], rest[n:]
		begin = begin.after(text)
		return text
	}
	for {
		take(len(rest) - len(trimSpace(rest)))
		switch {
		case len(rest) == 0 && !inArray:
			return
		case inArray && wantComma && bytes.HasPrefix(rest, []byte{','}):
			wantComma, wantValue = false, true
			take(1)
			continue
		case inArray && !wantValue && bytes.HasPrefix(rest, []byte{']'}), !inArray && rest[0] == '[':
			inArray, wantComma = !inArray, false
			take(1)
			continue
		case wantComma && len(rest) > 0:
			visit(noJSON(fmt.Errorf("%q behind an element of the array", rest[0]), nil, begin))
			return
		}
		n, err := extent(rest)
		if err != nil {
			visit(noJSON(err, rest, begin))
			return
		}
		at := begin
		visit(value{text: take(n), place: at})
		wantComma, wantValue = inArray, false
	}
}

// extent returns the length of the value that text begins with. Of an object it looks at
// brackets and strings only.
func extent(text []byte) (int, error) {
	if n := bracketed(text); n > 0 {
		return n, nil
	}
	var raw json.RawMessage
	d := json.NewDecoder(bytes.NewReader(text))
	err := d.Decode(&raw)
	return int(d.InputOffset()), err
}

// bracketed returns the length of the object that text begins with, or 0.
func bracketed(text []byte) int {
	if len(text) == 0 || text[0] != '{' {
		return 0
	}
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

func trimSpace(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// noJSON stands for text that is no JSON; it begins at a place.
func noJSON(err error, text []byte, start place) value {
	begin, reason := start, err.Error()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		begin, reason = begin.after(text), "unexpected end of the JSON text"
	}
	// The error of a decoder amid an array does not count from the array's beginning, and
	// what is found must not depend on the layout: where the value itself is broken, the
	// validator says where and why.
	var syntax *json.SyntaxError
	var precise *schema.SyntaxError
	if errors.As(json.NewDecoder(bytes.NewReader(text)).Decode(new(json.RawMessage)), &syntax) {
		begin = begin.after(text[:min(max(0, syntax.Offset-1), int64(len(text)))])
		if _, err := schema.Validate(schema.DocumentInsight, text); errors.As(err, &precise) {
			begin, reason = start.after(text[:min(precise.Offset, int64(len(text)))]), precise.Reason
		}
	}
	return value{place: begin, broken: &schema.Problem{Found: reason, Allowed: "a dataset record or an insight in JSON"}}
}
