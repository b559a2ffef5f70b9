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
	// leaderNs is the CPU time of a leader that ended before the last thread but was
	// still on its way out then; 0 unless its own tail is awaited.
	leaderNs uint64
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
	h.waiting, h.exit, h.process, h.leaderNs = true, *e, process, 0
	q.waiting[keyOf(&e.Process)] = h
}

// complete gives the exit that e belongs to its final CPU time: with the last thread's
// tail, or with the leader's where that one still comes. Other threads' tails are of no
// account, for the last thread's holds their time.
func (q *queue) complete(e *bpf.TailEvent) {
	key := processKey{startNs: e.StartNs, pid: e.Pid}
	h := q.waiting[key]
	switch {
	case h == nil:
		return
	case e.Tid == h.exit.Tid && e.LeaderRunning != 0:
		h.record.CPUNs.Set(finalCPU(&h.exit, e))
		h.leaderNs = max(e.LeaderNs, 1)
		return
	case e.Tid == h.exit.Tid:
		h.settle(finalCPU(&h.exit, e))
	case e.Tid == e.Pid && h.leaderNs != 0:
		h.settle(h.record.CPUNs.V + int64(e.LastNs-min(e.LastNs, h.leaderNs)))
	default:
		return
	}
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
