package insight

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	// spinFollow is the percent of a core from which on a process is followed: a quota may
	// hold a spin far below one core.
	spinFollow = 20
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
	// WaitedNs is for how long it was ready to run and had no CPU; 0 for a process of
	// several threads, whose waits do not add up to one core.
	WaitedNs int64
	// IOBytes read and written to storage, Faults of both kinds, switches by choice;
	// absent where the records lack them.
	IOBytes, Faults, Voluntary schema.Opt[int64]
	// Forks by the process itself.
	Forks int64
	// Quota is the use of the cgroup whose CPU quota holds the process, if Throttled: it
	// ran whenever that let it. Quota is nil where it does not.
	Quota     *cgroupUse
	Throttled bool
}

// Span returns the length of the process's window.
func (s *spinUse) Span() time.Duration { return s.To.Sub(s.From) }

// CPUPercent is of one core: 100 is one core all the time.
func (s *spinUse) CPUPercent() float64 { return percent(float64(s.CPUNs), float64(s.Span())) }

// WantedPercent is of one core too: what it used, and what it waited for.
func (s *spinUse) WantedPercent() float64 {
	return percent(float64(s.CPUNs+s.WaitedNs), float64(s.Span()))
}

// fullPercent is the percent of a core that the process would use if it did nothing but
// run: that of one core, or of its quota.
func (s *spinUse) fullPercent() float64 {
	if s.Throttled {
		return spinQuota * s.Quota.Cores().V
	}
	return spinCPU
}

// throttle notes the quota that holds the process, if one does: it used nearly all of it
// alone, and was kept waiting for more.
func (s *spinUse) throttle(f *features) {
	if s.CPUPercent() >= spinCPU {
		return
	}
	use, ok := f.quota(s.Process)
	cores, throttled := use.Cores(), use.ThrottledPercent()
	if !ok || !cores.OK || throttled.V < spinThrottled || s.CPUPercent() < spinQuota*cores.V {
		return
	}
	s.Quota, s.Throttled = &use, true
}

// counters are a process's totals at one moment.
type counters struct {
	time                       schema.Time
	cpuNs                      int64
	ioBytes, faults, voluntary schema.Opt[int64]
	// waitedNs is the run-queue wait.
	waitedNs schema.Opt[int64]
	// forks are those by the process itself that were recorded so far.
	forks int64
}

func countersOf(r *schema.Record) counters {
	return counters{
		time:      r.Time,
		cpuNs:     r.CPUNs.V,
		ioBytes:   sum(r.ReadBytes, r.WriteBytes),
		faults:    sum(r.MinFaults, r.MajFaults),
		voluntary: r.VoluntarySwitches,
		waitedNs:  r.RunDelayNs,
	}
}

// wanted returns for how long the process ran, or was ready to, between the two. Waits
// count for a single thread: those of several do not add up to one core.
func wanted(p *replay.Process, from, to *counters) int64 {
	used := to.cpuNs - from.cpuNs
	if waited := grown(from.waitedNs, to.waitedNs); waited.OK && p.Threads.V <= 1 {
		used += waited.V
	}
	return used
}

// sum is absent when either part is.
func sum(a, b schema.Opt[int64]) schema.Opt[int64] {
	return schema.Opt[int64]{V: a.V + b.V, OK: a.OK && b.OK}
}
