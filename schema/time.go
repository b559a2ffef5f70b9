package schema

import (
	"fmt"
	"strings"
	"time"
)

// Time is a moment as nanoseconds since the Unix epoch, UTC. Its text form is
// 2026-11-22T20:30:00.123456789Z, always with nine digits. The zero Time is the
// epoch, not "unknown": use [Opt] where a time may be absent.
type Time int64

// timeLayout is what AppendText writes; ParseTime also takes fewer digits.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// timeTextLen is the length of every text form between the years 1678 and 2262,
// which is what an int64 of nanoseconds can hold.
const timeTextLen = len(timeLayout)

// TimeOf converts a time.Time. The result is undefined outside 1678–2262.
func TimeOf(t time.Time) Time { return Time(t.UnixNano()) }

// Std converts to a time.Time in UTC.
func (t Time) Std() time.Time { return time.Unix(0, int64(t)).UTC() }

// Add returns the moment d later.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns how much later t is than u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// String returns the nine-digit text form.
func (t Time) String() string { return string(t.AppendTo(make([]byte, 0, timeTextLen))) }

// AppendTo appends the nine-digit text form to b. A record has two or three times, and
// a layout takes longer to follow than all else in a line.
func (t Time) AppendTo(b []byte) []byte {
	std := t.Std()
	year, month, day := std.Date()
	hour, minute, second := std.Clock()
	b = appendDigits(b, year, 4)
	b = appendDigits(append(b, '-'), int(month), 2)
	b = appendDigits(append(b, '-'), day, 2)
	b = appendDigits(append(b, 'T'), hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	b = appendDigits(append(b, '.'), std.Nanosecond(), 9)
	return append(b, 'Z')
}

// appendDigits appends the last n digits of v, which is not negative.
func appendDigits(b []byte, v, n int) []byte {
	b = append(b, "000000000"[:n]...)
	for i := len(b) - 1; v > 0 && n > 0; i, n = i-1, n-1 {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}

// MarshalText implements encoding.TextMarshaler.
func (t Time) MarshalText() ([]byte, error) { return t.AppendTo(nil), nil }

// UnmarshalText implements encoding.TextUnmarshaler with [ParseTime].
func (t *Time) UnmarshalText(text []byte) error {
	parsed, err := ParseTime(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// ParseTime reads an RFC 3339 time in UTC ("Z") with up to nine digits of a
// second, behind a point, between the years 1678 and 2262.
func ParseTime(s string) (Time, error) {
	// Package time also takes a comma before the digits.
	if len(s) == 0 || len(s) > timeTextLen || s[len(s)-1] != 'Z' || strings.Contains(s, ",") {
		return 0, timeError(s)
	}
	std, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || std.Year() < 1678 || std.Year() >= 2262 {
		return 0, timeError(s)
	}
	return TimeOf(std), nil
}

func timeError(s string) error {
	return fmt.Errorf("%q is no time in UTC such as 2026-11-22T20:30:00.123456789Z", Clip(s, 40))
}

// Clip shortens s to at most n bytes at a rune boundary, marking the cut with "…",
// for use in messages about input of any length.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
