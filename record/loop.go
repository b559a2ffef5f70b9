package record

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/linnix-os/linnix/schema"
)

const (
	// drainNs is how long the loop sleeps between two looks at the ring: the price of a
	// wake-up is then shared by all events of that time.
	drainNs = 100_000_000
	// flushNs bounds how old a record can be that a crash loses.
	flushNs = 400_000_000
	// forkNs bounds how long after its start time a process's fork event comes.
	forkNs = 10_000_000
	// settleNs is how long the last exits have to get their final CPU time at the end.
	settleNs = 20_000_000
	// maxBusy bounds how long an event that is being written can hold up all behind it;
	// at the end, where it would be missing from the account, lastBusy does.
	maxBusy  = 100 * time.Millisecond
	lastBusy = time.Second
	// eventsAtOnce bounds what is taken from the ring before complete records leave.
	eventsAtOnce = 256
)

// loop records until it is time to stop and says why it was.
func (r *recorder) loop(ctx context.Context) (StopReason, error) {
	next := r.startNs + int64(r.opts.Interval)
	for {
		now, err := bootNs()
		if err != nil {
			return "", err
		}
		if r.opts.Duration > 0 && now-r.startNs >= int64(r.opts.Duration) {
			return StopDuration, nil
		}
		if ctx.Err() != nil {
			return causeOf(ctx), nil
		}
		if limit := r.limitReached(); limit != "" {
			return limit, nil
		}
		if now >= next {
			if err := r.sampleAll(); err != nil {
				return "", err
			}
			next += int64(r.opts.Interval)
			// A stalled recorder does not make up for the samples it missed.
			if next < now {
				next = now + int64(r.opts.Interval)
			}
		}
		wait := min(drainNs, next-now)
		if r.opts.Duration > 0 {
			wait = min(wait, int64(r.opts.Duration)-(now-r.startNs))
		}
		if err := r.drain(time.Duration(wait), func() bool { return r.limitReached() != "" }); err != nil {
			return "", err
		}
		r.progress()
	}
}

func causeOf(ctx context.Context) StopReason {
	var reason StopReason
	if errors.As(context.Cause(ctx), &reason) {
		return reason
	}
	return StopSignal
}

// drain takes in events for the given time, or until there is enough, then releases what
// is complete and tells of loss.
func (r *recorder) drain(wait time.Duration, enough func() bool) error {
	deadline := time.Now().Add(wait)
	for {
		// However fast events come, the queue stays short and the next sample is not
		// missed.
		n, err := r.ring.read(eventsAtOnce, r.take)
		if err != nil {
			return err
		}
		left := time.Until(deadline)
		if n < eventsAtOnce && left > 0 {
			if err := r.ring.wait(left); err != nil {
				return err
			}
		}
		if left <= 0 || enough() {
			return r.settle()
		}
		if err := r.release(); err != nil {
			return err
		}
	}
}

// settle releases what is complete, tells of loss and flushes.
func (r *recorder) settle() error {
	if err := r.queueLost(); err != nil {
		return err
	}
	if err := r.release(); err != nil {
		return err
	}
	now, err := bootNs()
	if err != nil {
		return err
	}
	if now-r.flushedNs < flushNs {
		return nil
	}
	r.flushedNs = now
	return r.flush()
}

func (r *recorder) flush() error {
	if err := r.w.Flush(); err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	return nil
}

// drainPresent takes in what is in the ring when it is called: everything that happened
// until then. After each few events release is called. An event that is still being
// written is waited for, but not longer than patience.
func (r *recorder) drainPresent(patience time.Duration, release func() error) error {
	end, busySince := r.ring.end(), time.Now()
	for !r.ring.passed(end) {
		n, err := r.ring.read(eventsAtOnce, r.take)
		if err != nil {
			return err
		}
		if err := release(); err != nil {
			return err
		}
		switch {
		case n > 0:
			busySince = time.Now()
		case time.Since(busySince) > patience:
			return nil
		default:
			// An event is being written on another CPU: a matter of microseconds, unless a
			// hypervisor has taken that CPU away.
			runtime.Gosched()
		}
	}
	return nil
}

// queueLost appends the loss since the last call.
func (r *recorder) queueLost() error {
	lost, err := r.account.news()
	if err != nil {
		return err
	}
	r.enqueue(lost)
	return nil
}

func (r *recorder) enqueue(list []schema.Record) {
	for i := range list {
		r.queue.push().record = list[i]
	}
}

func (r *recorder) release() error {
	now, err := bootNs()
	if err != nil {
		return err
	}
	return r.queue.release(uint64(now), r.write)
}

// write gives a record its place in the capture. An event past the limit has none.
func (r *recorder) write(rec *schema.Record) error {
	event := isEvent(rec.Type)
	if event && r.limitReached() != "" {
		r.filtered[rec.Type]++
		return nil
	}
	rec.Seq = r.seq
	if err := r.w.Write(rec); err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	r.seq++
	r.summary.Records[rec.Type]++
	if event {
		r.events++
	}
	return nil
}
