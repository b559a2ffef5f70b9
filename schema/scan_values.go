package schema

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// value reads the value of a field. Floats and nested values stand in records of which
// there are few.
func (s *scanner) value(f *Field, r *Record) bool {
	switch f.Kind {
	case Int:
		v, ok := s.int()
		f.Int(r).Set(v)
		return ok
	case Instant:
		v, ok := s.time()
		f.Time(r).Set(v)
		return ok
	case String:
		v, ok := s.text()
		f.Text(r).Set(v)
		return ok
	case Strings:
		v, ok := s.strings()
		f.List(r).Set(v)
		return ok
	case Bool:
		v := s.take("true")
		f.Bool(r).Set(v)
		return v || s.take("false")
	}
	return false
}

// maxScanDigits is how many digits fit into an int64 whatever they are.
const maxScanDigits = 18

// int reads an integer. What stands behind it is for who reads on: a point, say, is no
// comma.
func (s *scanner) int() (int64, bool) {
	negative := s.take("-")
	begin, v := s.at, int64(0)
	for s.at < len(s.line) && isDigit(s.line[s.at]) {
		v = v*10 + int64(s.line[s.at]-'0')
		s.at++
		if s.at-begin > maxScanDigits {
			return 0, false
		}
	}
	digits := s.at - begin
	if digits == 0 || s.line[begin] == '0' && (digits > 1 || negative) {
		return 0, false
	}
	if negative {
		v = -v
	}
	return v, true
}

// strings reads a list of texts.
func (s *scanner) strings() ([]string, bool) {
	if !s.take("[") {
		return nil, false
	}
	s.list = s.list[:0]
	if s.take("]") {
		return []string{}, true
	}
	for {
		text, ok := s.text()
		if !ok {
			return nil, false
		}
		s.list = append(s.list, text)
		if s.take("]") {
			return slices.Clone(s.list), true
		}
		if !s.take(",") {
			return nil, false
		}
	}
}

// text reads a text. Most have neither an escape nor a byte beyond ASCII.
func (s *scanner) text() (string, bool) {
	if !s.take(`"`) {
		return "", false
	}
	for i := s.at; i < len(s.line); i++ {
		switch c := s.line[i]; {
		case c == '"':
			text := s.texts.get(s.line[s.at:i])
			s.at = i + 1
			return text, true
		case c < ' ', c == '\\', c >= 0x80:
			return s.escapedText(i)
		}
	}
	return "", false
}

// escapedText reads a text that needs more than a copy; i is in it.
func (s *scanner) escapedText(i int) (string, bool) {
	for ; i < len(s.line) && s.line[i] != '"'; i++ {
		if s.line[i] == '\\' {
			i++
		}
	}
	if i >= len(s.line) {
		return "", false
	}
	var err error
	s.unquote, err = jsontext.AppendUnquote(s.unquote[:0], s.line[s.at-1:i+1])
	s.at = i + 1
	return s.texts.get(s.unquote), err == nil
}
