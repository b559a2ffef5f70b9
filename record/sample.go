package record

import (
	"os"
	"time"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// sampleAll queues a sample of each process that changed, and of each cgroup, then a
// system record.
func (r *recorder) sampleAll() error {
	found, err := r.tasks.processes()
	if err != nil {
		return err
	}
	if err := r.drainPresent(maxBusy, r.release); err != nil {
		return err
	}
	for i, t := range found {
		r.queueSample(t)
		if i%eventsAtOnce == 0 {
			// However many processes there are, the queue stays short.
			if err := r.release(); err != nil {
				return err
			}
		}
	}
	r.table.forget()
	for _, h := range r.hidden {
		var rec schema.Record
		if alive, changed := h.fill(&rec, r.decoder.clock); alive && changed && !r.filtering() {
			rec.Type = schema.TypeSample
			r.queue.push().record = rec
		}
	}
	if err := r.sampleCgroups(found); err != nil {
		return err
	}
	rec := &r.queue.push().record
	if err := r.fillSystem(rec); err != nil {
		return err
	}
	return r.settle()
}

// queueSample queues a sample of a task that is to be recorded and has changed.
func (r *recorder) queueSample(t *task) {
	if !r.keeps(t) {
		return
	}
	k := r.table.admit(t)
	if k == nil || !k.changed(t) {
		return
	}
	rec := &r.queue.push().record
	rec.Type = schema.TypeSample
	r.table.fill(rec, t, k)
}

func (r *recorder) progress() {
	if r.opts.Progress == nil {
		return
	}
	p := Progress{Live: r.table.alive, SizeBytes: r.w.Size()}
	if now, err := bootNs(); err == nil {
		p.Elapsed = time.Duration(now - r.startNs)
	}
	for _, t := range eventTypes {
		p.Events += r.summary.Records[t.name]
		p.Lost += int64(r.account.total.Dropped[t.number])
	}
	r.opts.Progress(p)
}

func (r *recorder) writeSystem() error {
	var rec schema.Record
	if err := r.fillSystem(&rec); err != nil {
		return err
	}
	return r.write(&rec)
}

func (r *recorder) fillSystem(rec *schema.Record) (err error) {
	r.system.fill(rec)
	r.fillKernelUse(rec)
	rec.RingBytes.Set(r.ring.backlog())
	rec.Time, err = r.decoder.clock.now()
	return err
}

// selfProcess names the recorder itself.
func selfProcess() bpf.Process { return bpf.Process{Pid: uint32(os.Getpid())} }
