package document

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Members finds the values of a map by key, and reports keys that are not among those
// allowed, and keys that are there twice.
func (f *File) Members(n *Node, allowed []string) map[string]*Node {
	values := make(map[string]*Node, len(n.Keys))
	for i, k := range n.Keys {
		switch {
		case values[k.Text] != nil:
			f.Report(k, CodeDoubleKey, "keep one of the two", "%s is there twice", k.Text)
		case slices.Contains(allowed, k.Text):
			values[k.Text] = n.Items[i]
		default:
			f.Unknown(k, CodeUnknownKey, "key", allowed)
		}
	}
	return values
}

// Text takes a text.
func (f *File) Text(n *Node, name string) (string, bool) {
	if n.Kind == Text {
		return n.Text, true
	}
	hint := ""
	switch n.Kind {
	case Int, Float, Bool:
		hint = fmt.Sprintf("put it in quotes: %q", n.Text)
	case Null:
		hint = "write a value, or leave the key out"
	}
	f.Report(n, CodeWrongType, hint, "%s: want text, found %s", name, n)
	return "", false
}

// Bool takes true or false.
func (f *File) Bool(n *Node, name string) (value, ok bool) {
	if n.Kind == Bool {
		return strings.EqualFold(n.Text, "true"), true
	}
	f.Report(n, CodeWrongType, "write true or false", "%s: want true or false, found %s", name, n)
	return false, false
}

// Int takes a whole number from least to most.
func (f *File) Int(n *Node, name string, least, most int64) (int64, bool) {
	v, err := strconv.ParseInt(n.Text, 10, 64)
	switch {
	case n.Kind == Float:
		f.Report(n, CodeWrongType, roundHint(n.Text, least, most), "%s: want a whole number, found %s", name, n)
	case n.Kind == Text && err == nil:
		f.Report(n, CodeWrongType, "leave out the quotes", "%s: want a whole number, found %s", name, n)
	case n.Kind != Int:
		f.Report(n, CodeWrongType, "", "%s: want a whole number, found %s", name, n)
	case err == nil && v < least && least == 1:
		f.Report(n, CodeOutOfRange, "write 1 or more", "%s: %s is not above 0", name, n)
	case err != nil || v > most || v < least:
		f.Report(n, CodeOutOfRange, "", "%s: want a whole number from %d to %d, found %s", name, least, most, n)
	default:
		return v, true
	}
	return 0, false
}

// roundHint proposes the whole number next to a fraction.
func roundHint(text string, least, most int64) string {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0 && v <= float64(most)) {
		return ""
	}
	return fmt.Sprintf("write %.0f", math.Max(float64(least), math.Round(v)))
}

// Number takes a finite number.
func (f *File) Number(n *Node, name string) (float64, bool) {
	v, err := strconv.ParseFloat(n.Text, 64)
	switch {
	case n.Kind == Text && strings.HasSuffix(n.Text, "%"):
		f.Report(n, CodeWrongType, "leave out the %", "%s: want a number, found %s", name, n)
	case n.Kind == Text && err == nil:
		f.Report(n, CodeWrongType, "leave out the quotes", "%s: want a number, found %s", name, n)
	case n.Kind != Int && n.Kind != Float, err != nil, math.IsNaN(v), math.IsInf(v, 0):
		f.Report(n, CodeWrongType, "", "%s: want a number, found %s", name, n)
	default:
		return v, true
	}
	return 0, false
}

// Span takes a time from least to most: a number of units (seconds or milliseconds), to
// the nanosecond, or a Go duration.
func (f *File) Span(n *Node, name string, unit, least, most time.Duration) (time.Duration, bool) {
	d, err := parseSpan(n, unit)
	switch {
	case err != nil:
		f.Report(n, CodeWrongType, "write 10, 2.5 or a duration such as 1m30s", "%s: want %s or a duration, found %s", name, unitName(unit), n)
	case d < 0:
		f.Report(n, CodeOutOfRange, "", "%s: %s is negative", name, n)
	case d < least:
		f.Report(n, CodeOutOfRange, "write 1 or more", "%s: %s is not above 0", name, n)
	case d > most:
		f.Report(n, CodeOutOfRange, "", "%s: %s is more than %s", name, n, hours(most))
	default:
		return d, true
	}
	return 0, false
}

func parseSpan(n *Node, unit time.Duration) (time.Duration, error) {
	switch n.Kind {
	case Text:
		return time.ParseDuration(n.Text)
	case Int, Float:
		return exactSpan(n.Text, unit)
	}
	return 0, fmt.Errorf("no time")
}

// exactSpan reads a decimal number of units, to the nanosecond.
func exactSpan(text string, unit time.Duration) (time.Duration, error) {
	suffix := "s"
	if unit == time.Millisecond {
		suffix = "ms"
	}
	if d, err := time.ParseDuration(text + suffix); err == nil {
		return d, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) {
		return 0, fmt.Errorf("no time")
	}
	const limit = float64(math.MaxInt64 / 2)
	return time.Duration(min(max(v*float64(unit), -limit), limit)), nil
}

func hours(d time.Duration) string {
	if d == time.Hour {
		return "1 hour"
	}
	return fmt.Sprintf("%v hours", d.Hours())
}

func unitName(unit time.Duration) string {
	if unit == time.Millisecond {
		return "milliseconds"
	}
	return "seconds"
}
