package schema

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// emptyComm stands for a comm without a character, which a process may give itself. No
// comm holds a NUL, so the escape is free.
const emptyComm = "%00"

const upperHex = "0123456789ABCDEF"

// EscapeComm writes a comm so that it fits a [TelemetrySummary] and any terminal:
// %XX, one for each byte, stands for control and invisible characters, white space,
// bytes that are not UTF-8 and ",;=%". The first letter of "none" is escaped too, as
// the bare word means an empty list. It is never empty.
func EscapeComm(comm string) string {
	if comm == "" {
		return emptyComm
	}
	var b strings.Builder
	for i := 0; i < len(comm); {
		r, size := utf8.DecodeRuneInString(comm[i:])
		bad := r == utf8.RuneError && size == 1
		if bad || mustEscape(r) || comm == emptyList && i == 0 {
			escapeBytes(&b, comm[i:i+size])
		} else {
			b.WriteString(comm[i : i+size])
		}
		i += size
	}
	return b.String()
}

func mustEscape(r rune) bool {
	return isHidden(r) || unicode.IsSpace(r) || strings.ContainsRune(",;=%", r)
}

// isHidden says that r cannot be seen or changes how its neighbours are shown:
// control and format characters (bidirectional marks, zero-width joiners), line and
// paragraph separators, private use.
func isHidden(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp)
}

func escapeBytes(b *strings.Builder, s string) {
	for i := range len(s) {
		b.WriteByte('%')
		b.WriteByte(upperHex[s[i]>>4])
		b.WriteByte(upperHex[s[i]&15])
	}
}

// UnescapeComm is the inverse of [EscapeComm]. It refuses text that EscapeComm cannot
// have written, lower-case hexadecimal digits aside.
func UnescapeComm(text string) (string, error) {
	if text == "" {
		return "", errors.New("an empty comm is written %00")
	}
	if text == emptyComm {
		return "", nil
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '%':
			c, ok := unescapeByte(text[i:])
			if !ok {
				return "", fmt.Errorf("want %%XX, found %q", Clip(text[i:], 3))
			}
			b.WriteByte(c)
			i += len("%XX")
			continue
		case r == utf8.RuneError && size == 1, mustEscape(r):
			return "", fmt.Errorf("%q must be written as %%XX", text[i:i+size])
		}
		b.WriteString(text[i : i+size])
		i += size
	}
	return b.String(), nil
}

func unescapeByte(s string) (byte, bool) {
	if len(s) < len("%XX") {
		return 0, false
	}
	high, highOK := hexDigit(s[1])
	low, lowOK := hexDigit(s[2])
	return high<<4 | low, highOK && lowOK
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
