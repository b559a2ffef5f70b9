package record

import (
	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

const (
	// maxHoldNs bounds how long an exit waits for its final totals; after that its
	// record leaves with what is known of them. On a busy host a process can be
	// preempted many times on its way out. With what a flush takes, a record is still
	// on disk within a second.
	maxHoldNs = 300_000_000
	// crowdedHoldNs is that bound while more than maxPatient records wait: memory is
	// bounded too.
	crowdedHoldNs = 100_000_000
	maxPatient    = 4096
)

// held is a record in the queue.
type held struct {
	record schema.Record
	// waiting says that it is an exit without its final totals, which are still to be
	// worked out from exit and kept in process.
	waiting bool
	exit    bpf.ExitEvent
	process *known
	// lateNs is what the last thread ran after its exit event; known once lastOut.
	lateNs  uint64
	lastOut bool
}

// queue keeps records in ring order. An exit holds back all behind it until its final
// CPU time is known, so that it stays where group death put it.
type queue struct {
	items []*held
	free  []*held
	// waiting finds the exits without a tail.
	waiting map[processKey]*held
	// ended is told of each exit that is complete.
	ended func(key processKey, cpuNs uint64)
}

func newQueue(ended func(key processKey, cpuNs uint64)) *queue {
	return &queue{waiting: make(map[processKey]*held), ended: ended}
}

// push appends an empty record and returns it to be filled in.
func (q *queue) push() *held {
	var h *held
	if n := len(q.free); n > 0 {
		h, q.free = q.free[n-1], q.free[:n-1]
		h.record.Reset()
		h.process = nil
	} else {
		h = &held{}
	}
	q.items = append(q.items, h)
	return h
}

// await makes h, which holds e's record, wait for its tail.
func (q *queue) await(h *held, e *bpf.ExitEvent, process *known) {
	h.waiting, h.exit, h.process, h.lateNs, h.lastOut = true, *e, process, 0, false
	q.waiting[keyOf(&e.Process)] = h
}

// complete takes in that a thread of an ended process is out for good. The exit has its
// final totals once the last thread is out and no other is still on its way.
func (q *queue) complete(e *bpf.TailEvent) {
	key := processKey{startNs: e.StartNs, pid: e.Pid}
	h := q.waiting[key]
	if h == nil {
		return
	}
	if e.Tid == h.exit.Tid {
		h.lastOut, h.lateNs = true, e.LastNs-min(e.LastNs, h.exit.LastNs)
	}
	setTotals(&h.record, &h.exit, e, h.lateNs)
	h.exit.PeakRssPages = max(h.exit.PeakRssPages, e.PeakRssPages)
	setMaxRSS(&h.record, h.process.maxRSS(&h.exit))
	if h.lastOut && e.Running == 0 {
		q.settle(h)
	}
}

// settle ends the wait: the exit has its totals. Its CPU time never falls below what an
// earlier record said.
func (q *queue) settle(h *held) {
	h.waiting, h.process.ending = false, false
	h.record.CPUNs.Set(max(h.record.CPUNs.V, int64(h.process.cpuNs)))
	h.process = nil
	key := keyOf(&h.exit.Process)
	delete(q.waiting, key)
	q.ended(key, uint64(h.record.CPUNs.V))
}

// release hands out the records that are complete, up to the first exit that still
// waits and is younger than the bound. A record is reused after emit returns; one that
// emit refuses stays in the queue.
func (q *queue) release(nowNs uint64, emit func(*schema.Record) error) error {
	holdNs := uint64(maxHoldNs)
	if len(q.items) > maxPatient {
		holdNs = crowdedHoldNs
	}
	n := 0
	for ; n < len(q.items); n++ {
		h := q.items[n]
		if h.waiting {
			if nowNs < h.exit.Header.TimeNs+holdNs {
				break
			}
			q.settle(h)
		}
		if err := emit(&h.record); err != nil {
			q.recycle(n)
			return err
		}
	}
	q.recycle(n)
	return nil
}

// recycle frees the first n items. Few are kept for reuse: a burst's memory goes back.
func (q *queue) recycle(n int) {
	const keep = eventsAtOnce
	room := min(n, max(0, keep-len(q.free)))
	q.free = append(q.free, q.items[:room]...)
	left := copy(q.items, q.items[n:])
	clear(q.items[left:])
	q.items = q.items[:left]
}
