package insight

import (
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// spinTracker follows the processes that keep a core busy. It holds a few counters of
// every process and a window of points for the busy ones.
type spinTracker struct {
	latest replay.Table[counters]
	busy   []*spinTrack
	byProc map[*replay.Process]*spinTrack
}

// spinTrack holds a busy process's points, the oldest first: those of the last window,
// the one before, where its window begins, and one more for the onset.
type spinTrack struct {
	process *replay.Process
	points  []counters
	// since is the onset of what it does now: of a spin that has gone on for longer than
	// its points are kept. It is 0 while it does not spin.
	since schema.Time
}

func newSpinTracker() spinTracker {
	return spinTracker{byProc: map[*replay.Process]*spinTrack{}}
}

// add takes in a record with a process's totals.
func (t *spinTracker) add(h *replay.Host, p *replay.Process, r *schema.Record) {
	if !r.CPUNs.OK {
		return
	}
	now := countersOf(r)
	before := t.latest.At(p)
	previous := *before
	now.forks = previous.forks
	*before = now
	if track := t.byProc[p]; track != nil {
		track.add(now)
		return
	}
	span := p.CPU.To.Sub(p.CPU.From)
	if span <= 0 || p.CPU.UsedNs*100 < int64(span)*spinFollow || p.Exited() && span < minSpan {
		return
	}
	if previous.time == 0 {
		previous = firstCounters(p, now)
	}
	// Counters stood still while the process was not sampled.
	previous.time, previous.cpuNs = p.CPU.From, now.cpuNs-p.CPU.UsedNs
	track := &spinTrack{process: p, points: []counters{previous, now}}
	t.byProc[p] = track
	t.busy = append(t.busy, track)
}

// forked counts a fork by the process.
func (t *spinTracker) forked(p *replay.Process) {
	if p != nil {
		t.latest.At(p).forks++
	}
}

// firstCounters returns the counters before the first that are known: 0 for a process
// born since, and no growth for one whose past is not seen.
func firstCounters(p *replay.Process, later counters) counters {
	if p.StartTime < p.CPU.From {
		return later
	}
	return counters{
		ioBytes:   schema.Opt[int64]{OK: later.ioBytes.OK},
		faults:    schema.Opt[int64]{OK: later.faults.OK},
		voluntary: schema.Opt[int64]{OK: later.voluntary.OK},
		waitedNs:  schema.Opt[int64]{OK: later.waitedNs.OK},
	}
}

func (t *spinTrack) add(c counters) {
	n := len(t.points)
	if c.time <= t.points[n-1].time {
		return
	}
	if n > 2 && c.time.Sub(t.points[n-2].time) < spinSpacing {
		t.points[n-1] = c
		return
	}
	keep := 0
	for keep+2 < n && c.time.Sub(t.points[keep+2].time) >= Window {
		keep++
	}
	t.points = append(slices.Delete(t.points, 0, keep), c)
}

// spinning returns how the busy processes used their windows, in no order of theirs, and
// lets go of those that are busy no more.
func (t *spinTracker) spinning(f *features) []spinUse {
	var list []spinUse
	t.busy = slices.DeleteFunc(t.busy, func(track *spinTrack) bool {
		s := track.spin(f)
		if s.CPUPercent() < spinFollow {
			delete(t.byProc, track.process)
			return true
		}
		if ended(f, &s) {
			delete(t.byProc, track.process)
			return true
		}
		if !spins(f, &s) {
			track.since = 0
		} else if track.since != 0 {
			s.Onset = min(s.Onset, track.since)
		} else {
			track.since = s.Onset
		}
		list = append(list, s)
		return false
	})
	return list
}

// ended says that the process is no more, and was not when the window ended.
func ended(f *features, s *spinUse) bool {
	return s.Process.Exited() && f.To.Sub(s.To) >= 2*f.Host.Interval()
}

// spin describes the track's window as it stands at f.To.
func (t *spinTrack) spin(f *features) spinUse {
	last := t.points[len(t.points)-1]
	end := last.time
	if system := f.Host.System(); system != nil && !t.process.Exited() {
		end = max(end, system.Time)
	}
	first := 0
	for i := range t.points {
		if end.Sub(t.points[i].time) >= Window {
			first = i
		}
	}
	base := t.points[first]
	s := spinUse{
		Process: t.process, From: base.time, To: end,
		CPUNs:     last.cpuNs - base.cpuNs,
		IOBytes:   grown(base.ioBytes, last.ioBytes),
		Faults:    grown(base.faults, last.faults),
		Voluntary: grown(base.voluntary, last.voluntary),
		Forks:     last.forks - base.forks,
	}
	s.WaitedNs = min(wanted(t.process, &base, &last), int64(s.Span())) - min(s.CPUNs, int64(s.Span()))
	s.throttle(f)
	s.Onset = t.onset(end, s.fullPercent())
	return s
}

// onset returns the earliest moment from which on the process wanted as many percent of a
// core in the mean: a single sample may catch it short. The interval before counts with
// what was used in it, as one piece at its end.
func (t *spinTrack) onset(end schema.Time, full float64) schema.Time {
	last := &t.points[len(t.points)-1]
	for i := range t.points {
		p := &t.points[i]
		if float64(100*wanted(t.process, p, last)) < full*float64(end-p.time) {
			continue
		}
		if i == 0 {
			return p.time
		}
		before := &t.points[i-1]
		return p.time - schema.Time(min(wanted(t.process, before, p), int64(p.time-before.time)))
	}
	return end
}

func grown(from, to schema.Opt[int64]) schema.Opt[int64] {
	return schema.Opt[int64]{V: max(0, to.V-from.V), OK: from.OK && to.OK}
}
