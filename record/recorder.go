package record

import (
	"context"
	"errors"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// Record records this host to w until ctx is done, opts.Duration has passed or another
// limit of opts is reached, and says what it did. The cause of ctx, if a [StopReason], is
// kept in the capture. Record does not close w. Where the host or the user cannot record,
// the error is [ErrUnavailable] and nothing was written; what w gave is wrapped by
// [ErrOutput]. An error leaves a capture without an end record, but for
// [capture.ErrFull]: then the capture is ended in the room that w kept for it, summary
// and error are both returned, and w is to be closed as usual.
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
	switch err := r.run(ctx); {
	case errors.Is(err, capture.ErrFull):
		if r.finishFull() != nil {
			return nil, err // there was not even room for the end: the same cause
		}
		return &r.summary, err
	case err != nil:
		return nil, err
	}
	return &r.summary, nil
}

// run records from meta to end.
func (r *recorder) run(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	if r.opts.Ready != nil && ctx.Err() == nil {
		if err := r.opts.Ready(); err != nil {
			return err
		}
	}
	reason, err := r.loop(ctx)
	if err != nil {
		return err
	}
	return r.finish(reason)
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

	kernelUse *kernelUse
	cgroups   *cgroupReader
	programs  *programReader

	startNs, flushedNs int64
	// cutNs is from when on a birth may not have been seen any more; 0 before the end.
	cutNs    uint64
	seq      int64
	filtered map[schema.Type]int64
	// discarded counts the events that reached the recorder but not the output.
	discarded map[schema.Type]int64
	// events counts what was written of all event types; size and live are the bytes
	// and the processes of the capture when it had begun.
	events, beganBytes, beganLive int64
	// limit is the limit that was reached.
	limit StopReason
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
	d := &decoder{clock: clock}
	table := newProcessTable(d)
	r := &recorder{
		opts: opts, w: w, decoder: d,
		table: table, queue: newQueue(table.ended), system: newSystemReader(),
		filtered: make(map[schema.Type]int64), discarded: make(map[schema.Type]int64),
		programs: newProgramReader(opts.MaxArgs),
		forked:   make(map[processKey]bool), introduced: make(map[processKey]bpf.TaskEvent),
		summary: Summary{HasFilter: opts.filter.Set(), Records: make(map[schema.Type]int64), Counts: make(map[schema.Type]schema.EventCount)},
	}
	d.cgroups = newCgroupPaths(func() error { return r.kernel.ResendCgroups() })
	if err := r.open(); err != nil {
		return nil, errors.Join(unavailable(err), r.close())
	}
	return r, nil
}

// open loads and attaches the kernel side.
func (r *recorder) open() (err error) {
	if err := checkNamespaces(); err != nil {
		return err
	}
	r.kernelUse = newKernelUse()
	r.cgroups = newCgroupReader("/")
	if r.kernel, err = bpf.Load(bpf.Options{RingBytes: r.opts.RingBytes, MaxArgs: r.opts.MaxArgs, Filter: r.opts.filter, Compat: r.opts.compat}); err != nil {
		return err
	}
	r.kernelUse.programs = r.kernel.Programs()
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
	if r.cgroups != nil {
		r.cgroups.close()
	}
	if r.kernelUse != nil {
		errs = append(errs, r.kernelUse.close())
	}
	if r.kernel != nil {
		errs = append(errs, r.kernel.Close())
	}
	return errors.Join(errs...)
}
