package record

import (
	"time"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// finishFull ends a capture whose disk is full, in the room that is kept for its end.
// Every event that was taken from the kernel but cannot be kept is counted as lost; the
// processes that are still alive are not told.
func (r *recorder) finishFull() error {
	from, err := r.decoder.clock.now()
	if err != nil {
		return err
	}
	if err := r.probes.detach(); err != nil {
		return err
	}
	for _, h := range r.queue.items {
		from = min(from, h.record.Time)
		r.discard(h.record.Type)
	}
	r.queue = newQueue(r.table.ended)
	if err := r.discardRing(); err != nil {
		return err
	}
	if err := r.writeLost(from); err != nil {
		return err
	}
	if err := r.end(StopOutputError); err != nil {
		return err
	}
	return r.flush()
}

func (r *recorder) discard(t schema.Type) {
	if isEvent(t) {
		r.discarded[t]++
	}
}

// discardRing empties the ring. A program that was running when its probe went may still
// be sending, so the ring must stay empty for a while.
func (r *recorder) discardRing() error {
	for quiet := false; !quiet; {
		n, err := r.ring.read(eventsAtOnce, func(raw []byte) error {
			header, err := view[bpf.Header](raw)
			if err == nil {
				r.discard(typeOf(header.Type))
			}
			return err
		})
		if err != nil {
			return err
		}
		if quiet = n == 0 && r.ring.backlog() == 0; quiet {
			time.Sleep(settleNs)
			quiet = r.ring.backlog() == 0
		}
	}
	return nil
}

// typeOf is the record type of a kernel event; empty for one that is no record.
func typeOf(number uint32) schema.Type {
	for _, e := range eventTypes {
		if e.number == number {
			return e.name
		}
	}
	return ""
}

// writeLost tells of all that was lost since the last time it was told: in the ring, and
// for want of an output from the given time on.
func (r *recorder) writeLost(from schema.Time) error {
	lost, err := r.account.news()
	if err != nil {
		return err
	}
	now, err := r.decoder.clock.now()
	if err != nil {
		return err
	}
	lost = append(lost, r.misses()...)
	for _, e := range eventTypes {
		if n := r.discarded[e.name]; n > 0 {
			lost = append(lost, lostRecord(now, e.name, n, reasonOutput, from, now))
		}
	}
	for i := range lost {
		if err := r.write(&lost[i]); err != nil {
			return err
		}
	}
	return nil
}
