package schema

import (
	"bytes"
	"fmt"
)

// kinds is a set of kinds of JSON values.
type kinds uint8

const (
	kindNull kinds = 1 << iota
	kindBoolean
	kindString
	kindInteger
	// kindFraction is a number that is written with a fraction.
	kindFraction
	kindArray
	kindObject
)

const (
	kindScalar = kindNull | kindBoolean | kindString | kindInteger | kindFraction
	anyKind    = kindScalar | kindArray | kindObject
)

// kindsOf reads the keyword type.
func kindsOf(limit any) (kinds, error) {
	names := []any{limit}
	if list, ok := limit.([]any); ok {
		names = list
	}
	var set kinds
	for _, name := range texts(names) {
		kind, ok := kindNamed(name)
		if !ok {
			return 0, fmt.Errorf("unknown type %q", name)
		}
		set |= kind
	}
	return set, nil
}

func kindNamed(name string) (kinds, bool) {
	switch name {
	case "null":
		return kindNull, true
	case "boolean":
		return kindBoolean, true
	case "string":
		return kindString, true
	case "integer":
		return kindInteger, true
	case "number":
		return kindInteger | kindFraction, true
	case "array":
		return kindArray, true
	case "object":
		return kindObject, true
	}
	return 0, false
}

// knownPatterns has a row for each pattern in the schema files that a recognizer can
// follow. A function may refuse what its pattern takes, and never the other way round.
var knownPatterns = [...]struct {
	pattern string
	matches func(body []byte) bool
}{
	{`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$`, isTimeText},
	{`^[^\x00-\x1f\x7f-\x9f]*$`, isPrintableASCII},
	{`^[^/\\\x00-\x1f\x7f-\x9f]*$`, func(body []byte) bool { return isPrintableASCII(body) && !bytes.ContainsAny(body, `/\`) }},
	{`^[0-9a-f]{64}$`, func(body []byte) bool { return len(body) == 64 && len(bytes.Trim(body, "0123456789abcdef")) == 0 }},
}

func knownPattern(pattern string) (func([]byte) bool, error) {
	for _, known := range knownPatterns {
		if known.pattern == pattern {
			return known.matches, nil
		}
	}
	return nil, fmt.Errorf("unknown pattern %s", pattern)
}

func isPrintableASCII(body []byte) bool {
	for _, c := range body {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// isTimeText says that [ParseTime] takes the body, which has nine digits of a second.
// The last days of a month are left to it.
func isTimeText(body []byte) bool {
	if len(body) != timeTextLen {
		return false
	}
	for i, c := range body {
		// The layout has digits where digits must stand.
		if mark := timeLayout[i]; isDigit(mark) != isDigit(c) || !isDigit(mark) && c != mark {
			return false
		}
	}
	year, month, day := digits(body[:4]), digits(body[5:7]), digits(body[8:10])
	hour, minute, second := digits(body[11:13]), digits(body[14:16]), digits(body[17:19])
	plain := 1900 <= year && year < 2200 && 1 <= month && month <= 12 && 1 <= day && day <= 28 && hour < 24 && minute < 60 && second < 60
	if !plain {
		_, err := ParseTime(string(body))
		return err == nil
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func digits(body []byte) (n int) {
	for _, c := range body {
		n = n*10 + int(c-'0')
	}
	return n
}
