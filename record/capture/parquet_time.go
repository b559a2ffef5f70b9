package capture

import (
	"fmt"

	"github.com/linnix-os/linnix/schema"
)

const nsPerMicrosecond = 1000

// The years 1678 to 2261, which are what the text of a time can hold.
const (
	minMicrosecond = -9214560000_000000
	maxMicrosecond = 9214646399_999999
)

// microsecondOf rounds down, so that subNsOf is never negative.
func microsecondOf(t schema.Time) int64 {
	us := int64(t) / nsPerMicrosecond
	if int64(t)%nsPerMicrosecond < 0 {
		us--
	}
	return us
}

func subNsOf(t schema.Time) int32 {
	return int32(int64(t) - microsecondOf(t)*nsPerMicrosecond)
}

func setMicrosecond(t *schema.Time, us int64) error {
	if us < minMicrosecond || us > maxMicrosecond {
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
