package insight

import (
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	// dirtyHistory is how far back writes are kept: a page is charged to who dirtied it,
	// and written within 30 s (vm.dirty_expire_centisecs).
	dirtyHistory = 30 * time.Second
	// dirtyLeast is how many bytes of writes are kept for so long.
	dirtyLeast = 1 << 20
	// lookSpacing bounds how many looks at the states a window has.
	lookSpacing = 250 * time.Millisecond
)

// ioTracker follows who reads and writes storage, and who waits for it. It holds a few
// counters of every process, and the records of a window.
type ioTracker struct {
	// begun is the first moment that is analysed.
	begun  schema.Time
	totals replay.Table[ioTotals]
	// recent are the uses of the last window, dirtied the large writes before it.
	recent, dirtied replay.Queue[timedUse]
	// waiting are the processes in state D, in the order in which they came to it. One
	// that is not sampled has not left it.
	waiting []*replay.Process
	looks   replay.Queue[stateLook]
	busy    replay.Queue[busyPoint]
}

// ioTotals are a process's counters as last recorded.
type ioTotals struct {
	readBytes, writeBytes, majFaults schema.Opt[int64]
	// used is when they last grew.
	used    schema.Opt[schema.Time]
	waiting bool
}

// timedUse is storage that a process used before a moment.
type timedUse struct {
	time                  schema.Time
	process               *replay.Process
	readBytes, writeBytes int64
}

// stateLook lists who was in state D at a system record.
type stateLook struct {
	time    schema.Time
	waiting []*replay.Process
}

// busyPoint is the busy counter of the disks.
type busyPoint struct {
	time   schema.Time
	busyNs int64
}

// add takes in a record with a process's counters and state.
func (t *ioTracker) add(p *replay.Process, r *schema.Record) {
	before := t.totals.At(p)
	use := timedUse{time: r.Time, process: p}
	use.readBytes = t.counted(p, &before.readBytes, r.ReadBytes)
	use.writeBytes = t.counted(p, &before.writeBytes, r.WriteBytes)
	faults := t.counted(p, &before.majFaults, r.MajFaults)
	if use.readBytes+use.writeBytes > 0 {
		t.recent.Push(use)
		// Without system records, or with rare ones, nobody else lets go of it.
		for t.recent.Len() > 0 && r.Time.Sub(t.recent.Front().time) >= 2*dirtyHistory {
			t.recent.Pop()
		}
	}
	if use.readBytes+use.writeBytes+faults > 0 {
		before.used.Set(r.Time)
	}
	if r.State.OK && !p.Exited() {
		t.state(p, before, r.State.V == "D")
	}
}

// counted returns how much a counter has grown, and keeps it. Of a process whose past
// was not seen, or lies before what is analysed, the first total tells nothing; a counter that is no number of bytes, or
// falls, neither.
func (t *ioTracker) counted(p *replay.Process, before *schema.Opt[int64], now schema.Opt[int64]) int64 {
	const most = 1 << 60
	if !now.OK || now.V < 0 || now.V > most {
		return 0
	}
	from := schema.Opt[int64]{V: before.V, OK: before.OK || bornSince(p, t.begun)}
	*before = now
	if !from.OK {
		return 0
	}
	return grown(from, now).V
}

// bornSince says that all that the process ever did was after a moment.
func bornSince(p *replay.Process, begun schema.Time) bool {
	return p.ForkTime.OK && p.ForkTime.V >= begun
}

func (t *ioTracker) state(p *replay.Process, totals *ioTotals, waits bool) {
	switch {
	case waits && !totals.waiting:
		t.waiting = append(t.waiting, p)
	case !waits && totals.waiting:
		at := slices.Index(t.waiting, p)
		t.waiting = slices.Delete(t.waiting, at, at+1)
	}
	totals.waiting = waits
}

// leave forgets the state of a process that leaves the tree.
func (t *ioTracker) leave(p *replay.Process) {
	if totals := t.totals.At(p); totals.waiting {
		t.state(p, totals, false)
	}
}

// system looks at the states when all samples of an interval are in, and lets go of what
// is too old.
func (t *ioTracker) system(r *schema.Record) {
	now := r.Time
	if n := t.looks.Len(); n == 0 || now.Sub(t.looks.At(n-1).time) >= lookSpacing {
		t.looks.Push(stateLook{now, slices.Clone(t.waiting)})
		t.busy.Push(busyPoint{now, r.DiskBusyNs.V})
	}
	for t.looks.Len() > 0 && now.Sub(t.looks.Front().time) >= dirtyHistory {
		t.looks.Pop()
		t.busy.Pop()
	}
	for t.recent.Len() > 0 && now.Sub(t.recent.Front().time) >= Window {
		if use := t.recent.Pop(); use.writeBytes >= dirtyLeast {
			use.readBytes = 0
			t.dirtied.Push(use)
		}
	}
	for t.dirtied.Len() > 0 && now.Sub(t.dirtied.Front().time) >= dirtyHistory {
		t.dirtied.Pop()
	}
}

// busySince goes back from the last look over intervals in which the disk was busy. The
// one before them counts with its busy part, as one piece at its end.
func (t *ioTracker) busySince() schema.Time {
	i := t.busy.Len() - 1
	for ; i > 0; i-- {
		before, p := t.busy.At(i-1), t.busy.At(i)
		span, busy := int64(p.time-before.time), max(0, p.busyNs-before.busyNs)
		if 100*busy < ioBusyOnset*span {
			return p.time - schema.Time(min(busy, span))
		}
	}
	return t.busy.At(i).time
}
