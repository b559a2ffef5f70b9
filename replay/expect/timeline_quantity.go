package expect

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Quantities are whole numbers of a small unit, so that no rounding differs between
// machines: percentages in thousandths, rates in thousandths of an event.

// decimals reads a number that is not negative, with up to three digits behind the
// point, in thousandths.
func decimals(s string) (int64, error) {
	whole, part, point := strings.Cut(s, ".")
	if point && (part == "" || len(part) > 3) {
		return 0, fmt.Errorf("want at most three digits behind the point")
	}
	v, err := strconv.ParseUint(whole+(part + "000")[:3], 10, 60)
	if err != nil || whole == "" {
		return 0, fmt.Errorf("want a number")
	}
	return int64(v), nil
}

// parsePercent reads 80% or 12.5% in thousandths of a percent.
func parsePercent(s string) (int64, error) {
	number, ok := strings.CutSuffix(s, "%")
	if !ok {
		return 0, fmt.Errorf("want a percentage such as 80%%")
	}
	v, err := decimals(number)
	const most = 10_000_000 // a hundred cores
	if err == nil && v > most {
		err = fmt.Errorf("want at most %d%%", most/1000)
	}
	return v, err
}

// sizeUnits are the units of memory, the longest first where one ends in another.
var sizeUnits = [...]struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"B", 1}}

// parseSize reads 512MiB or 1.5GiB in bytes.
func parseSize(s string) (int64, error) {
	const most = int64(1) << 50
	for _, u := range sizeUnits {
		number, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		v, err := decimals(number)
		if err == nil && v > 1000*(most/u.bytes) {
			return 0, fmt.Errorf("want at most 1024TiB")
		}
		return mulDiv(v, u.bytes, 1000), err
	}
	return 0, fmt.Errorf("want a size such as 512MiB or 2GiB")
}

// rate is a number of events, in thousandths, in a unit of time.
type rate struct {
	milli int64
	unit  time.Duration
}

// parseRate reads 20/s, 0.5/s or 90/min.
func parseRate(s string) (rate, error) {
	number, unit, _ := strings.Cut(s, "/")
	r := rate{unit: time.Second}
	if unit == "min" {
		r.unit = time.Minute
	}
	v, err := decimals(number)
	if err != nil || v == 0 || unit != "s" && unit != "min" {
		return rate{}, fmt.Errorf("want a rate such as 20/s or 90/min")
	}
	r.milli = v
	return r, nil
}

// moments are how many events of the rate there are in d: those at i/rate < d.
func (r rate) moments(d time.Duration) int64 {
	if r.milli > 1000*MaxTimelineRecords {
		return MaxTimelineRecords + 1
	}
	unit := 1000 * int64(r.unit)
	n := mulDiv(r.milli, int64(d), unit)
	for r.at(n) < d {
		n++
	}
	return n
}

// at is the time of the i-th event, from 0.
func (r rate) at(i int64) time.Duration {
	return time.Duration(mulDiv(i, 1000*int64(r.unit), r.milli))
}

// parseTime reads a length of time up to a day.
func parseTime(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil, s[0] == '+':
		return 0, fmt.Errorf("want a time such as 10s, 500ms or 2m")
	case d < 0:
		return 0, fmt.Errorf("want a time that is not negative")
	case d > MaxTimelineLength:
		return 0, fmt.Errorf("want at most %.0f hours", MaxTimelineLength.Hours())
	case finer(s):
		return 0, fmt.Errorf("want whole nanoseconds")
	}
	return d, nil
}

// finer says that a duration has a part of a nanosecond, which the parser of Go drops.
func finer(s string) bool {
	const digits = "0123456789"
	for s = strings.TrimLeft(s, "+-"); s != "" && s != "0"; {
		s = strings.TrimLeft(s, digits)
		fraction := ""
		if after, ok := strings.CutPrefix(s, "."); ok {
			s = strings.TrimLeft(after, digits)
			fraction = strings.TrimRight(after[:len(after)-len(s)], "0")
		}
		unit := s[:len(s)-len(strings.TrimLeft(s, "nuµμsmh"))]
		s = s[len(unit):]
		if one, err := time.ParseDuration("1" + unit); err != nil || !divides(fraction, one) {
			return true
		}
	}
	return false
}

// divides says that a decimal fraction of a time is whole nanoseconds.
func divides(fraction string, of time.Duration) bool {
	const most = 13 // that of an hour, 2 to the power of 13 nanoseconds and an odd number
	if len(fraction) > most {
		return false
	}
	power := uint64(1)
	for range fraction {
		power *= 10
	}
	v, err := strconv.ParseUint("0"+fraction, 10, 64)
	hi, lo := bits.Mul64(v, uint64(of))
	return err == nil && bits.Rem64(hi, lo, power) == 0
}

// plain writes a length of time without the zeros at its end.
func plain(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// mulDiv is a × b / c, rounded down, of numbers that are not negative; the result must
// fit.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}

// ramp is a value that goes in a line from one level to another, or stays at one.
type ramp struct {
	from, to    time.Duration
	first, last int64
	stays       bool // the last level holds on after the end
}

// at is the value at t, which lies within.
func (r *ramp) at(t time.Duration) int64 {
	span, x := int64(r.to-r.from), int64(min(t, r.to)-r.from)
	if r.last >= r.first {
		return r.first + mulDiv(r.last-r.first, x, span)
	}
	return r.first - mulDiv(r.first-r.last, x, span)
}

// total is the value added up from the start of the ramp to t, over a divisor.
func (r *ramp) total(t time.Duration, divisor int64) int64 {
	if t <= r.from {
		return 0
	}
	span, x := int64(r.to-r.from), int64(min(t, r.to)-r.from)
	half := mulDiv(x, x, 2*span) // the area below a line from 0 to 1
	if r.last >= r.first {
		return mulDiv(r.first, x, divisor) + mulDiv(r.last-r.first, half, divisor)
	}
	return mulDiv(r.last, x, divisor) + mulDiv(r.first-r.last, x-half, divisor)
}
