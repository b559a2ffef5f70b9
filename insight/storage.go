package insight

import (
	"cmp"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// storageUse is who used storage in a window in which it was saturated, and who waited.
//
// The kernel charges a read to who asks the disk, a write to who dirties the page, which
// may be long before the disk sees it: where the processes of the window account for
// less than a third of what the disks did, the large writes of 30 s count too.
type storageUse struct {
	// Uses are the processes that used storage, the most first; no kernel threads, for
	// these work for others.
	Uses []ioUse
	// Bytes is their sum. Explained says that it is a third or more of what disks did.
	Bytes     int64
	Explained bool
	// Span is the time of which uses were counted.
	Span time.Duration
	// Top is the birth tree that used most, and TopBytes how much.
	Top      *replay.Process
	TopBytes int64
	// Waiters are the processes in state D in half of the looks or more, but for kernel
	// threads and the recorder, the longest first.
	Waiters []waiter
	// Since is from when on the disk was busy without a pause.
	Since schema.Time
	// Cause is who is to blame, and who suffers.
	Cause *ioCause
}

// ioUse is how much storage a process read and wrote.
type ioUse struct {
	Process               *replay.Process
	ReadBytes, WriteBytes int64
}

func (u *ioUse) bytes() int64 { return u.ReadBytes + u.WriteBytes }

// waiter is a process that waited for storage in Waited of Looks at its state.
type waiter struct {
	Process       *replay.Process
	Waited, Looks int
	// Since is when it was first seen waiting, as far back as looks are kept.
	Since schema.Time
}

// Percent is the part of the looks in which it waited.
func (w *waiter) Percent() float64 { return percent(float64(w.Waited), float64(w.Looks)) }

// storage describes the window if storage was saturated, else returns nil: it is not
// for nothing.
func (t *ioTracker) storage(f *features) *storageUse {
	if !saturated(f) || t.busy.Len() == 0 {
		return nil
	}
	s := &storageUse{Since: t.busySince(), Span: f.Span()}
	s.sum(&t.recent)
	if s.Explained = s.explains(f); !s.Explained && t.dirtied.Len() > 0 {
		s.sum(&t.dirtied)
		s.Span, s.Explained = min(dirtyHistory, f.To.Sub(f.Begun)), s.explains(f)
	}
	slices.SortFunc(s.Uses, func(a, b ioUse) int {
		return cmp.Or(-cmp.Compare(a.bytes(), b.bytes()), replay.Compare(a.Process, b.Process))
	})
	s.findTop()
	s.Waiters = t.waiters(f)
	s.Cause = newIOCause(f, s)
	return s
}

func (s *storageUse) explains(f *features) bool {
	return !f.Disk.Bytes.OK || ioExplained*s.Bytes >= f.Disk.Bytes.V
}

func (s *storageUse) sum(uses *replay.Queue[timedUse]) {
	places := make(map[*replay.Process]int, len(s.Uses))
	for i := range s.Uses {
		places[s.Uses[i].Process] = i
	}
	for i := range uses.Len() {
		u := uses.At(i)
		if isKernel(u.process) {
			continue
		}
		at, known := places[u.process]
		if !known {
			at = len(s.Uses)
			places[u.process] = at
			s.Uses = append(s.Uses, ioUse{Process: u.process})
		}
		s.Uses[at].ReadBytes += u.readBytes
		s.Uses[at].WriteBytes += u.writeBytes
		s.Bytes += u.readBytes + u.writeBytes
	}
}

// findTop finds the tree with the most; of two equal ones that of the larger process.
func (s *storageUse) findTop() {
	sums := map[*replay.Process]int64{}
	for i := range s.Uses {
		sums[topOf(s.Uses[i].Process)] += s.Uses[i].bytes()
	}
	for i := range s.Uses {
		if top := topOf(s.Uses[i].Process); sums[top] > s.TopBytes {
			s.Top, s.TopBytes = top, sums[top]
		}
	}
}

// topOf is the process's birth tree; pid 1 stands for itself.
func topOf(p *replay.Process) *replay.Process {
	if top := p.Top(); top != nil {
		return top
	}
	return p
}

// isKernel says that the process is a kernel thread: pid 2 or born below it.
func isKernel(p *replay.Process) bool {
	top := p.Top()
	return p.Key.PID == 2 || top != nil && top.PPID == 2
}

// waiters counts the looks of the window.
func (t *ioTracker) waiters(f *features) []waiter {
	var list []waiter
	places := map[*replay.Process]int{}
	for i := range t.looks.Len() {
		look := t.looks.At(i)
		for _, p := range look.waiting {
			at, known := places[p]
			if !known {
				at = len(list)
				places[p] = at
				list = append(list, waiter{Process: p, Since: look.time})
			}
			if look.time > f.From {
				list[at].Waited++
			}
		}
	}
	for i := range list {
		list[i].Looks = t.looksAt(f, list[i].Process)
	}
	list = slices.DeleteFunc(list, func(w waiter) bool { return !t.isWaiter(f, &w) })
	slices.SortFunc(list, func(a, b waiter) int {
		return cmp.Or(-cmp.Compare(a.Percent(), b.Percent()), replay.Compare(a.Process, b.Process))
	})
	return list
}

// looksAt counts the looks of the window since the process was born.
func (t *ioTracker) looksAt(f *features, p *replay.Process) int {
	n := 0
	for i := range t.looks.Len() {
		if at := t.looks.At(i).time; at > f.From && at >= p.StartTime {
			n++
		}
	}
	return n
}

// isWaiter says that the process, which is no kernel thread and not the recorder, waited
// in enough of the looks, and for storage: one that has neither read nor written nor
// faulted since writes expire waits for something else.
func (t *ioTracker) isWaiter(f *features, w *waiter) bool {
	self := f.Host.Meta().SelfPID
	if isKernel(w.Process) || self.OK && w.Process.Key.PID == self.V {
		return false
	}
	used := t.totals.At(w.Process).used
	return w.Looks >= ioLooks && 100*w.Waited >= ioWaits*w.Looks && used.OK && f.To.Sub(used.V) < dirtyHistory
}
