package replay

import (
	"fmt"
	"strings"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// Bound is a moment of a replay, given the time of its first record. A nil Bound is
// none.
type Bound func(start schema.Time) schema.Time

// After is the bound at d after the start.
func After(d time.Duration) Bound {
	return func(start schema.Time) schema.Time {
		if t := start.Add(d); t >= start {
			return min(t, maxTime)
		}
		return maxTime
	}
}

// at is the bound at a fixed time.
func at(t schema.Time) Bound {
	return func(schema.Time) schema.Time { return min(t, maxTime) }
}

// atTimeOfDay is the bound at the first moment at which d has passed since midnight
// UTC and which is not before the start, as far as the text told: 20:30 is today for a
// start at 20:30:17.
func atTimeOfDay(d, precision time.Duration) Bound {
	const day = schema.Time(24 * time.Hour)
	return func(start schema.Time) schema.Time {
		t := start/day*day + schema.Time(d)
		if t < start-start%schema.Time(precision) {
			t += day
		}
		return t
	}
}

// precisionOf is the unit of the last digit of a time of day.
func precisionOf(text string) time.Duration {
	if strings.Count(text, ":") == 1 {
		return time.Minute
	}
	_, digits, _ := strings.Cut(text, ".")
	precision := time.Second
	for range digits {
		precision /= 10
	}
	return max(precision, 1)
}

// timesOfDay are the accepted layouts of a time of day.
var timesOfDay = [...]string{"15:04:05.999999999", "15:04"}

// ParseBound reads a moment as people write it: an offset from the start (+12.5s, or
// +12.5 in seconds), a full time (2026-11-22T20:30:00Z) or a time of day in UTC
// (20:30:00, 20:30). Empty text is no bound.
func ParseBound(text string) (Bound, error) {
	if text == "" {
		return nil, nil
	}
	if offset, ok := strings.CutPrefix(text, "+"); ok {
		if d, err := parseOffset(offset); err == nil {
			return After(d), nil
		}
		return nil, boundError(text)
	}
	if t, err := schema.ParseTime(text); err == nil {
		return at(t), nil
	}
	for _, layout := range timesOfDay {
		if t, err := time.Parse(layout, text); err == nil {
			return atTimeOfDay(t.Sub(t.Truncate(24*time.Hour)), precisionOf(text)), nil
		}
	}
	return nil, boundError(text)
}

func parseOffset(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	d, err := time.ParseDuration(text + "s")
	if err == nil && d < 0 {
		err = fmt.Errorf("negative offset")
	}
	return d, err
}

func boundError(text string) error {
	return fmt.Errorf("%q is no time: write an offset such as +12.5s, a time of day such as 20:30:00 (UTC), or 2026-11-22T20:30:00Z",
		schema.Clip(text, 40))
}
