package capture

import (
	"fmt"
	"math"

	"github.com/linnix-os/linnix/schema"
)

const nsPerMicrosecond = 1000

// microsecondOf rounds down, so that subNsOf is never negative.
func microsecondOf(t schema.Time) int64 {
	us := int64(t) / nsPerMicrosecond
	if int64(t)%nsPerMicrosecond < 0 {
		us--
	}
	return us
}

func subNsOf(t schema.Time) int32 {
	// Wraps at the very ends of the range, and wraps back in setMicrosecond.
	return int32(int64(t) - microsecondOf(t)*nsPerMicrosecond)
}

func setMicrosecond(t *schema.Time, us int64) error {
	if us < math.MinInt64/nsPerMicrosecond-1 || us > math.MaxInt64/nsPerMicrosecond {
		return fmt.Errorf("time %d µs is out of range", us)
	}
	*t = schema.Time(us * nsPerMicrosecond)
	return nil
}

func addSubNs(t *schema.Time, ns int64) error {
	if ns < 0 || ns >= nsPerMicrosecond {
		return fmt.Errorf("want 0 to %d, found %d", nsPerMicrosecond-1, ns)
	}
	*t += schema.Time(ns)
	return nil
}
