package record

import (
	"fmt"
	"time"

	"github.com/linnix-os/linnix/schema"
	"golang.org/x/sys/unix"
)

// clock turns CLOCK_BOOTTIME, which the kernel stamps events with, into wall time by
// one offset fixed at the start: a step of the wall clock cannot reorder a capture.
type clock struct{ offsetNs int64 }

// newClock takes the offset from the closest of a few readings.
func newClock() (clock, error) {
	const readings = 5
	best, offset := int64(1<<62), int64(0)
	for range readings {
		before, err := bootNs()
		if err != nil {
			return clock{}, err
		}
		wall := time.Now().UnixNano()
		after, err := bootNs()
		if err != nil {
			return clock{}, err
		}
		if gap := after - before; gap < best {
			best, offset = gap, wall-(before+gap/2)
		}
	}
	return clock{offsetNs: offset}, nil
}

// wall converts a CLOCK_BOOTTIME in ns.
func (c clock) wall(bootNs uint64) schema.Time { return schema.Time(int64(bootNs) + c.offsetNs) }

// now returns the present wall time on the capture's clock.
func (c clock) now() (schema.Time, error) {
	ns, err := bootNs()
	return c.wall(uint64(ns)), err
}

func bootNs() (int64, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0, fmt.Errorf("read the boot clock: %w", err)
	}
	return ts.Nano(), nil
}
