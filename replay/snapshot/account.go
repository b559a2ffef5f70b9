package snapshot

import (
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// account is what a process has used, as far back as a view looks.
type account struct {
	// points are its measurements, one for each system record that it was sampled for:
	// those of the window and, first, the latest before it.
	points []point
	// born says that its birth was recorded: its counters began at 0.
	born bool
	// parent is the pid of its parent as first recorded.
	parent int64
}

// point is one measurement. batch is the number of the system record that it belongs to,
// which follows it.
type point struct {
	batch int64
	at    schema.Time
	totals
}

// totals are a process's counters.
type totals [totalCount]schema.Opt[int64]

// The counters of a process that a view shows.
const (
	cpuNs = iota
	delayNs
	readBytes
	writeBytes
	faults
	totalCount
)

// totalsOf reads the counters of a record. What it does not hold is as it was before.
func totalsOf(r *schema.Record, before totals) totals {
	now := totals{cpuNs: r.CPUNs, delayNs: r.RunDelayNs, readBytes: r.ReadBytes, writeBytes: r.WriteBytes}
	if r.MinFaults.OK && r.MajFaults.OK {
		now[faults] = schema.Some(clamp(r.MinFaults.V) + clamp(r.MajFaults.V))
	}
	for i := range now {
		if now[i].V = clamp(now[i].V); !now[i].OK {
			now[i] = before[i]
		}
	}
	return now
}

// clamp keeps a counter that a record tells within what sums of two can hold.
func clamp(n int64) int64 { return min(max(n, 0), 1<<61) }

// add takes the record's counters in. base is the number of the system record at which
// the window begins; what is older than the latest measurement by then is dropped.
func (a *account) add(batch, base int64, r *schema.Record) {
	var before totals
	n := len(a.points)
	if n > 0 {
		before = a.points[n-1].totals
	}
	now := point{batch, r.Time, totalsOf(r, before)}
	if now.totals == (totals{}) {
		return
	}
	// What is known of a process begins with its first measurement, unless at birth.
	if n > 0 && a.points[n-1].batch == batch && (n > 1 || a.born) {
		a.points[n-1] = now
	} else {
		a.points = append(a.points, now)
	}
	drop := 0
	for drop+1 < len(a.points) && a.points[drop+1].batch <= base {
		drop++
	}
	a.points = slices.Delete(a.points, 0, drop)
}

// used returns how much each counter grew since the system record number base, and when
// it was last read. sampled says that there was a system record since: what was not
// measured then had not changed.
func (a *account) used(base int64, sampled bool) (grown totals, at schema.Time) {
	n := len(a.points)
	if n == 0 {
		return grown, 0
	}
	first, last := a.points[0], a.points[n-1]
	for _, p := range a.points[1:] {
		if p.batch <= base {
			first = p
		}
	}
	born := a.born && first.batch > base
	if n == 1 && !born && !sampled {
		return grown, 0
	}
	for i := range grown {
		from := first.totals[i]
		if born {
			from = schema.Some[int64](0)
		}
		if to := last.totals[i]; from.OK && to.OK {
			grown[i] = schema.Some(max(0, to.V-from.V))
		}
	}
	return grown, last.at
}
