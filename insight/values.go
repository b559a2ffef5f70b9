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

// isJSONL decides by the name, and where that says nothing by whether the first line
// that is not blank is a JSON value of its own.
func isJSONL(name string, r *bufio.Reader) (bool, error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".jsonl", ".ndjson":
		return true, nil
	}
	head, err := r.Peek(r.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	first, _, whole := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte{'\n'})
	return json.Valid(first) && whole, nil
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
			visit(value{text: text, place: begin})
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

// values visits the values of a chunk of text, which begins at a place, up to the first
// syntax error, which it visits too.
func values(chunk []byte, begin place, visit func(value)) {
	d := json.NewDecoder(bytes.NewReader(chunk))
	depth, done := 0, 0
	for {
		rest := bytes.TrimLeft(chunk[d.InputOffset():], " \t\r\n,")
		begin = begin.after(chunk[done : len(chunk)-len(rest)])
		done = len(chunk) - len(rest)
		if len(rest) == 0 && depth == 0 {
			return
		}
		var text json.RawMessage
		var err error
		isBracket := len(rest) > 0 && (rest[0] == '[' && depth == 0 || rest[0] == ']' && depth == 1)
		if isBracket {
			_, err = d.Token()
			depth = 1 - depth
		} else {
			err = d.Decode(&text)
		}
		if err != nil {
			visit(noJSON(err, rest, begin, int64(done)))
			return
		}
		if !isBracket {
			visit(value{text: text, place: begin})
		}
	}
}

// noJSON stands for text that is no JSON; it begins at a place, and offset in what the
// error counts from.
func noJSON(err error, text []byte, begin place, offset int64) value {
	reason := err.Error()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		begin = begin.after(text[:min(max(0, syntax.Offset-1-offset), int64(len(text)))])
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		begin, reason = begin.after(text), "unexpected end of the JSON text"
	}
	return value{place: begin, broken: &schema.Problem{Found: reason, Allowed: "a dataset record or an insight in JSON"}}
}
