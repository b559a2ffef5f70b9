package schema

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of what is recognised; what is larger is left to [Validate].
const (
	// maxPlainNumber is longer than any number that a program writes.
	maxPlainNumber = 40
	// maxPlainInteger is the longest integer that surely fits an int64.
	maxPlainInteger = 18
	// maxOpenMembers bounds the members that the schema does not list, which are
	// compared with one another.
	maxOpenMembers = 16
)

// anyScalar is the shape of a member that the schema does not list.
var anyScalar = shape{kinds: kindScalar, maxLength: noLimit, watched: -1}

// Recognize says that data, one JSON value, surely satisfies the schema, and that its
// parser reads it. False says nothing: ask [Validate]. Meanwhile visit is called with
// each watched value, by its index among those watched, in the order of the data and as
// it is written there, so text is quoted; what it was called with before false came
// means nothing.
func (r *Recognizer) Recognize(data []byte, visit func(watched int, raw []byte)) bool {
	if !utf8.Valid(data) {
		return false
	}
	d := recognition{data: data, visit: visit}
	if !d.value(r.root) {
		return false
	}
	d.space()
	return d.at == len(data)
}

// recognition is one pass over a document; at is the next byte.
type recognition struct {
	data  []byte
	at    int
	visit func(int, []byte)
}

func (d *recognition) space() {
	for d.at < len(d.data) && (d.data[d.at] == ' ' || d.data[d.at] == '\n' || d.data[d.at] == '\r' || d.data[d.at] == '\t') {
		d.at++
	}
}

// next passes over space and returns the byte behind it, 0 at the end.
func (d *recognition) next() byte {
	if d.space(); d.at < len(d.data) {
		return d.data[d.at]
	}
	return 0
}

// take passes over space and the byte, if it comes next.
func (d *recognition) take(c byte) bool {
	if d.next() != c {
		return false
	}
	d.at++
	return true
}

func (d *recognition) value(s *shape) bool {
	first := d.next()
	begin := d.at
	if !d.valueOf(s, first) {
		return false
	}
	if s.watched >= 0 {
		d.visit(s.watched, d.data[begin:d.at])
	}
	return true
}

func (d *recognition) valueOf(s *shape, first byte) bool {
	switch first {
	case '"':
		return s.kinds&kindString != 0 && d.string(s)
	case '{':
		return s.kinds&kindObject != 0 && s.enum == nil && d.object(s)
	case '[':
		return s.kinds&kindArray != 0 && s.enum == nil && d.array(s)
	case 'n':
		return s.kinds&kindNull != 0 && s.enum == nil && d.literal("null")
	case 't':
		return s.kinds&kindBoolean != 0 && s.enum == nil && d.literal("true")
	case 'f':
		return s.kinds&kindBoolean != 0 && s.enum == nil && d.literal("false")
	}
	return s.enum == nil && d.number(s)
}

func (d *recognition) literal(word string) bool {
	if !bytes.HasPrefix(d.data[d.at:], []byte(word)) {
		return false
	}
	d.at += len(word)
	return true
}

// quoted passes over a string and returns it with its quotes.
func (d *recognition) quoted() (raw []byte, escaped, ok bool) {
	begin := d.at
	for i := begin + 1; i < len(d.data); i++ {
		switch c := d.data[i]; {
		case c == '"':
			d.at = i + 1
			return d.data[begin:d.at], escaped, true
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return nil, false, false
		}
	}
	return nil, false, false
}

func (d *recognition) string(s *shape) bool {
	raw, escaped, ok := d.quoted()
	if !ok {
		return false
	}
	if s.enum != nil {
		return slices.ContainsFunc(s.enum, func(allowed string) bool { return allowed == string(raw) })
	}
	body := raw[1 : len(raw)-1]
	if escaped {
		var err error
		if body, err = jsontext.AppendUnquote(nil, raw); err != nil {
			return false
		}
	}
	if n := len(body); n < s.minLength || n > s.maxLength || s.minLength > 1 {
		n = utf8.RuneCount(body)
		if n < s.minLength || n > s.maxLength {
			return false
		}
	}
	return s.pattern == nil || s.pattern(body)
}

func (d *recognition) array(s *shape) bool {
	d.at++
	if d.take(']') {
		return true
	}
	items := s.items
	if items == nil {
		items = &anyScalar
	}
	for n := 1; n <= s.maxItems; n++ {
		if !d.value(items) {
			return false
		}
		if d.take(']') {
			return true
		}
		if !d.take(',') {
			return false
		}
	}
	return false
}

// number takes what is written without an exponent.
func (d *recognition) number(s *shape) bool {
	begin := d.at
	if d.at < len(d.data) && d.data[d.at] == '-' {
		d.at++
	}
	whole := d.digits()
	leadingZero := whole > 1 && d.data[d.at-whole] == '0'
	if whole == 0 || leadingZero {
		return false
	}
	kind := kindInteger
	if d.at < len(d.data) && d.data[d.at] == '.' {
		d.at++
		if kind = kindFraction; d.digits() == 0 {
			return false
		}
	}
	raw := d.data[begin:d.at]
	isExponent := d.at < len(d.data) && (d.data[d.at] == 'e' || d.data[d.at] == 'E')
	tooLong := len(raw) > maxPlainNumber || s.kinds&kindFraction == 0 && len(raw) > maxPlainInteger
	return !isExponent && !tooLong && s.kinds&kind != 0 && s.inBounds(raw)
}

// digits passes over digits and counts them.
func (d *recognition) digits() int {
	begin := d.at
	for d.at < len(d.data) && isDigit(d.data[d.at]) {
		d.at++
	}
	return d.at - begin
}

// inBounds holds a number against minimum and maximum, as a float64 like Validate.
func (s *shape) inBounds(raw []byte) bool {
	if s.maximum == nil && (s.minimum == nil || *s.minimum <= 0 && raw[0] != '-') {
		return true
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	return err == nil && (s.minimum == nil || n >= *s.minimum) && (s.maximum == nil || n <= *s.maximum)
}
