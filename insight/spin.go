package insight

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	// spinFollow is the percent of a core from which on a process is followed; well below
	// any verdict, so that none is missed.
	spinFollow = 50
	// spinSpacing bounds how many points a window has.
	spinSpacing = 500 * time.Millisecond
)

// spinUse is how a process used its time in a window. Its window reaches from the latest
// record of the process that is at least 10 s old, or the first, to its latest; a
// process that was not sampled since has not run since.
type spinUse struct {
	Process *replay.Process
	// From and To bound the window; Onset is since when the process has kept a core
	// busy, as far back as its records are kept.
	From, To, Onset schema.Time
	CPUNs           int64
	// IOBytes read and written to storage, Faults of both kinds, switches by choice;
	// absent where the records lack them.
	IOBytes, Faults, Voluntary schema.Opt[int64]
	// Forks by the process itself.
	Forks int64
}

// Span returns the length of the process's window.
func (s *spinUse) Span() time.Duration { return s.To.Sub(s.From) }

// CPUPercent is of one core: 100 is one core all the time.
func (s *spinUse) CPUPercent() float64 { return percent(float64(s.CPUNs), float64(s.Span())) }

// counters are a process's totals at one moment.
type counters struct {
	time                       schema.Time
	cpuNs                      int64
	ioBytes, faults, voluntary schema.Opt[int64]
}

func countersOf(r *schema.Record) counters {
	return counters{
		time:      r.Time,
		cpuNs:     r.CPUNs.V,
		ioBytes:   sum(r.ReadBytes, r.WriteBytes),
		faults:    sum(r.MinFaults, r.MajFaults),
		voluntary: r.VoluntarySwitches,
	}
}

// sum is absent when either part is.
func sum(a, b schema.Opt[int64]) schema.Opt[int64] {
	return schema.Opt[int64]{V: a.V + b.V, OK: a.OK && b.OK}
}
