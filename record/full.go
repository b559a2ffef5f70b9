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
	lost, from := r.discardQueue(from)
	if from, err = r.discardRing(from); err != nil {
		return err
	}
	if err := r.writeLost(lost, from); err != nil {
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

// discardQueue empties the queue but for its lost records, which it returns: no other
// record will tell of those losses. The time is that of the first event, if it is earlier
// than from.
func (r *recorder) discardQueue(from schema.Time) ([]schema.Record, schema.Time) {
	var lost []schema.Record
	for _, h := range r.queue.items {
		switch {
		case h.record.Type == schema.TypeLost:
			lost = append(lost, h.record)
		case isEvent(h.record.Type):
			from = min(from, h.record.Time)
			r.discard(h.record.Type)
		}
	}
	r.queue = newQueue(r.table.ended)
	return lost, from
}

// discardRing empties the ring. A program that was running when its probe went may still
// be sending, so the ring must stay empty for a while. The time is that of the first
// event, if it is earlier than from.
func (r *recorder) discardRing(from schema.Time) (schema.Time, error) {
	for quiet := false; !quiet; {
		n, err := r.ring.read(eventsAtOnce, func(raw []byte) error {
			header, err := view[bpf.Header](raw)
			if err == nil {
				from = min(from, r.decoder.clock.wall(header.TimeNs))
				r.discard(typeOf(header.Type))
			}
			return err
		})
		if err != nil {
			return from, err
		}
		if quiet = n == 0 && r.ring.backlog() == 0; quiet {
			time.Sleep(settleNs)
			quiet = r.ring.backlog() == 0
		}
	}
	return from, nil
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

// writeLost tells of all that was lost: what the queue would have told, what was lost in
// the ring since, and what for want of an output from the given time on.
func (r *recorder) writeLost(lost []schema.Record, from schema.Time) error {
	news, err := r.account.news()
	if err != nil {
		return err
	}
	lost = append(lost, news...)
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
