package record

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/linnix-os/linnix/schema"
)

// begin writes meta, the processes already there and the first system record. What
// the probes have sent meanwhile waits in the queue: a process with a fork there was
// born under our eyes and is no task of the start.
func (r *recorder) begin() error {
	if err := r.meta(); err != nil {
		return err
	}
	attachedNs, err := bootNs()
	if err != nil {
		return err
	}
	found, err := r.findTasks()
	if err != nil {
		return err
	}
	if err := r.drainPresent(maxBusy, func() error { return nil }); err != nil {
		return err
	}
	for _, t := range found {
		key := keyOf(&t.process)
		if r.forked[key] || t.process.StartNs >= uint64(attachedNs) {
			continue
		}
		if err := r.foundTask(t); err != nil {
			return err
		}
	}
	r.hide(findHidden(found))
	if err := r.writeIntroduced(); err != nil {
		return err
	}
	r.forked = nil
	if err := r.writeHidden(schema.PhaseBegin); err != nil {
		return err
	}
	if err := r.writeSystem(); err != nil {
		return err
	}
	r.markBegun()
	return r.release()
}

// meta writes the first record. Its time is that of the recording's start, before the
// first event.
func (r *recorder) meta() error {
	var rec schema.Record
	rec.Type, rec.Time = schema.TypeMeta, r.decoder.clock.wall(uint64(r.startNs))
	if err := hostFacts(&rec); err != nil {
		return err
	}
	probes, err := json.Marshal(r.probes.describe())
	if err != nil {
		return fmt.Errorf("encode the probes: %w", err)
	}
	filters, err := r.opts.Filter.json()
	if err != nil {
		return err
	}
	rec.Meta.Format.Set(schema.Format)
	rec.FormatVersion.Set(schema.FormatVersion)
	rec.Checksum.Set(schema.ChecksumCRC32C)
	rec.ToolVersion.Set(r.opts.ToolVersion)
	rec.WallOffsetNs.Set(r.decoder.clock.offsetNs)
	rec.IntervalNs.Set(int64(r.opts.Interval))
	rec.Source.Set("ebpf")
	rec.Probes.Set(schema.JSON(probes))
	rec.Filters.Set(schema.JSON(filters))
	rec.Command.Set(r.opts.Command)
	rec.SelfPID.Set(int64(os.Getpid()))
	return r.write(&rec)
}

// foundTask writes a process that is there at the start; under a filter if it is kept, or
// if something kept comes from it.
func (r *recorder) foundTask(t *task) error {
	key := keyOf(&t.process)
	_, told := r.introduced[key]
	delete(r.introduced, key)
	if !r.keeps(t) {
		if !told {
			return nil
		}
		return r.writeTask(schema.PhaseBegin, t, &known{})
	}
	k := r.table.all[key]
	if cpuNs, ended := r.table.pastCPU(key); k == nil && ended {
		k = &known{exited: true, cpuNs: cpuNs} // since it was visited
	}
	if k == nil {
		k = r.table.add(key)
	}
	r.summary.Processes++
	return r.writeTask(schema.PhaseBegin, t, k)
}

// writeTask writes a process that is there at the start or at the end.
func (r *recorder) writeTask(phase string, t *task, k *known) error {
	var rec schema.Record
	rec.Type = schema.TypeTask
	rec.Phase.Set(phase)
	k.changed(t)
	r.table.fill(&rec, t, k)
	if !t.kernelThread && !t.zombie() {
		r.programs.fill(&rec, t.process.Pid)
	}
	return r.write(&rec)
}

// writeHidden writes the tasks that only /proc shows.
func (r *recorder) writeHidden(phase string) error {
	for _, h := range r.hidden {
		var rec schema.Record
		if alive, _ := h.fill(&rec, r.decoder.clock); !alive {
			continue
		}
		rec.Type = schema.TypeTask
		rec.Phase.Set(phase)
		if phase == schema.PhaseBegin && !r.filtering() {
			r.summary.Processes++
		}
		r.programs.fill(&rec, h.key.pid)
		if err := r.write(&rec); err != nil {
			return err
		}
	}
	return nil
}
