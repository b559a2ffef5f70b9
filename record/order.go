package record

import (
	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// maxHoldNs bounds how long an exit waits for its final CPU time; after that its
// record leaves with the CPU time as of the exit.
const maxHoldNs = 100_000_000

// held is a record in the queue.
type held struct {
	record schema.Record
	// waiting says that it is an exit without its final CPU time, which is still to be
	// worked out from exit and kept in process.
	waiting bool
	exit    bpf.ExitEvent
	process *known
}

// settle ends the wait: the exit has its CPU time, which never falls below what an
// earlier record said.
func (h *held) settle(cpuNs int64) {
	h.waiting, h.process.ending = false, false
	h.process.cpuNs = max(h.process.cpuNs, uint64(cpuNs))
	h.record.CPUNs.Set(int64(h.process.cpuNs))
}

// queue keeps records in ring order. An exit holds back all behind it until its final
// CPU time is known, so that it stays where group death put it.
type queue struct {
	items []*held
	free  []*held
	// waiting finds the exits without a tail.
	waiting map[processKey]*held
}

func newQueue() *queue { return &queue{waiting: make(map[processKey]*held)} }

// push appends an empty record and returns it to be filled in.
func (q *queue) push() *held {
	h := &held{}
	if n := len(q.free); n > 0 {
		h, q.free = q.free[n-1], q.free[:n-1]
		h.record.Reset()
		h.process = nil
	}
	q.items = append(q.items, h)
	return h
}

// await makes h, which holds e's record, wait for its tail.
func (q *queue) await(h *held, e *bpf.ExitEvent, process *known) {
	h.waiting, h.exit, h.process = true, *e, process
	q.waiting[keyOf(&e.Process)] = h
}

// complete gives the exit that e belongs to its final CPU time. A tail of a thread
// that was not the last one belongs to none.
func (q *queue) complete(e *bpf.TailEvent) {
	key := processKey{startNs: e.StartNs, pid: e.Pid}
	h := q.waiting[key]
	if h == nil || h.exit.Tid != e.Tid {
		return
	}
	h.settle(finalCPU(&h.exit, e))
	delete(q.waiting, key)
}

// release hands out the records that are complete, up to the first exit that still
// waits and is younger than maxHoldNs. A record is reused after emit returns.
func (q *queue) release(nowNs uint64, emit func(*schema.Record) error) error {
	n := 0
	for ; n < len(q.items); n++ {
		h := q.items[n]
		if h.waiting {
			if nowNs < h.exit.Header.TimeNs+maxHoldNs {
				break
			}
			delete(q.waiting, keyOf(&h.exit.Process))
			h.settle(h.record.CPUNs.V)
		}
		if err := emit(&h.record); err != nil {
			return err
		}
	}
	q.recycle(n)
	return nil
}

// recycle frees the first n items. Few are kept for reuse: a burst's memory goes back.
func (q *queue) recycle(n int) {
	const keep = 1024
	room := min(n, max(0, keep-len(q.free)))
	q.free = append(q.free, q.items[:room]...)
	left := copy(q.items, q.items[n:])
	clear(q.items[left:])
	q.items = q.items[:left]
}
