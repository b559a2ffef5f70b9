package record

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

const (
	// drainNs is how long the loop sleeps between two looks at the ring: the price of a
	// wake-up is then shared by all events of that time.
	drainNs = 100_000_000
	// flushNs bounds how old a record can be that a crash loses.
	flushNs = 500_000_000
	// forkNs bounds how long after its start time a process's fork event comes.
	forkNs = 10_000_000
	// settleNs is how long the last exits have to get their final CPU time at the end.
	settleNs = 20_000_000
	// eventsAtOnce bounds what is taken from the ring before complete records leave.
	eventsAtOnce = 512
)

// Record records this host to w until ctx is done or opts.Duration has passed, and says
// what it did. The cause of ctx, if a [StopReason], is kept in the capture. Record does
// not close w. Where the host or the user cannot record, the error is [ErrUnavailable]
// and nothing was written; what w gave is wrapped by [ErrOutput]. Any error leaves a
// capture without an end record.
func Record(ctx context.Context, w Writer, opts Options) (*Summary, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	r, err := newRecorder(w, opts)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.begin(); err != nil {
		return nil, err
	}
	if opts.Ready != nil && ctx.Err() == nil {
		if err := opts.Ready(); err != nil {
			return nil, err
		}
	}
	reason, err := r.loop(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.finish(reason); err != nil {
		return nil, err
	}
	return &r.summary, nil
}

// recorder is one recording under way.
type recorder struct {
	opts Options
	w    Writer

	kernel  *bpf.Kernel
	ring    *ring
	probes  *probes
	tasks   *taskIterator
	decoder *decoder
	table   *processTable
	queue   *queue
	hidden  []*hidden
	account *account
	system  *systemReader

	startNs, flushedNs int64
	// cutNs is from when on a birth may not have been seen any more; 0 before the end.
	cutNs    uint64
	seq      int64
	filtered map[schema.Type]int64
	// forked collects the processes whose fork is in the queue, until the tasks found
	// at the start are written.
	forked map[processKey]bool
	// introduced collects meanwhile those of the start that a filter tells of.
	introduced map[processKey]bpf.TaskEvent

	summary Summary
}

func newRecorder(w Writer, opts Options) (*recorder, error) {
	clock, err := newClock()
	if err != nil {
		return nil, err
	}
	d := &decoder{clock: clock, cgroups: make(cgroupPaths)}
	r := &recorder{
		opts: opts, w: w, decoder: d,
		table: newProcessTable(d), queue: newQueue(), system: newSystemReader(),
		filtered: make(map[schema.Type]int64), forked: make(map[processKey]bool),
		introduced: make(map[processKey]bpf.TaskEvent),
		summary:    Summary{HasFilter: opts.filter.Set(), Records: make(map[schema.Type]int64), Counts: make(map[schema.Type]schema.EventCount)},
	}
	if err := r.open(); err != nil {
		return nil, errors.Join(unavailable(err), r.close())
	}
	return r, nil
}

// open loads and attaches the kernel side.
func (r *recorder) open() (err error) {
	if err := checkPIDNamespace(); err != nil {
		return err
	}
	if r.kernel, err = bpf.Load(bpf.Options{RingBytes: r.opts.RingBytes, MaxArgs: r.opts.MaxArgs, Filter: r.opts.filter, Compat: r.opts.compat}); err != nil {
		return err
	}
	if r.ring, err = openRing(r.kernel.Events); err != nil {
		return err
	}
	if r.tasks, err = newTaskIterator(r.kernel); err != nil {
		return err
	}
	if r.account, err = newAccount(r.kernel, r.decoder.clock); err != nil {
		return err
	}
	if r.startNs, err = bootNs(); err != nil {
		return err
	}
	r.flushedNs = r.startNs
	r.probes, err = attach(r.kernel)
	return err
}

// close lets go of the kernel side, as far as it was opened.
func (r *recorder) close() error {
	var errs []error
	if r.probes != nil {
		errs = append(errs, r.probes.detach())
	}
	if r.tasks != nil {
		r.tasks.close()
	}
	if r.ring != nil {
		errs = append(errs, r.ring.close())
	}
	if r.kernel != nil {
		errs = append(errs, r.kernel.Close())
	}
	return errors.Join(errs...)
}

// loop records until it is time to stop and says why it was.
func (r *recorder) loop(ctx context.Context) (StopReason, error) {
	next := r.startNs + int64(r.opts.Interval)
	for {
		now, err := bootNs()
		if err != nil {
			return "", err
		}
		if r.opts.Duration > 0 && now >= r.startNs+int64(r.opts.Duration) {
			return StopDuration, nil
		}
		if ctx.Err() != nil {
			return causeOf(ctx), nil
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
		until := min(now+drainNs, next)
		if r.opts.Duration > 0 {
			until = min(until, r.startNs+int64(r.opts.Duration))
		}
		if err := r.drain(time.Duration(until - now)); err != nil {
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

// drain takes in events for the given time, then releases what is complete and tells
// of loss.
func (r *recorder) drain(wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for {
		// However fast events come, the queue stays short and the next sample is not
		// missed.
		n, err := r.ring.read(eventsAtOnce, r.takeAny)
		if err != nil {
			return err
		}
		left := time.Until(deadline)
		if n < eventsAtOnce && left > 0 {
			if err := r.ring.wait(left); err != nil {
				return err
			}
		}
		if left <= 0 {
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

// drainUntil takes in what is in the ring up to the first event later than limitNs.
func (r *recorder) drainUntil(limitNs uint64) error {
	_, err := r.ring.read(math.MaxInt, func(raw []byte) (bool, error) {
		timeNs, err := r.take(raw)
		return timeNs <= limitNs, err
	})
	return err
}

func (r *recorder) takeAny(raw []byte) (bool, error) {
	_, err := r.take(raw)
	return true, err
}

// queueLost appends the loss since the last call.
func (r *recorder) queueLost() error {
	lost, err := r.account.news()
	if err != nil {
		return err
	}
	for i := range lost {
		r.queue.push().record = lost[i]
	}
	return nil
}

func (r *recorder) release() error {
	now, err := bootNs()
	if err != nil {
		return err
	}
	return r.queue.release(uint64(now), r.write)
}

// write gives a record its place in the capture.
func (r *recorder) write(rec *schema.Record) error {
	rec.Seq = r.seq
	if err := r.w.Write(rec); err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	r.seq++
	r.summary.Records[rec.Type]++
	return nil
}
