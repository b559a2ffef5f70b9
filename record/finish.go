package record

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// finish ends the capture. Forks and execs are no longer watched first, so that every
// process forked before is either found alive or has its exit seen.
func (r *recorder) finish(reason StopReason) error {
	cut, err := bootNs()
	if err != nil {
		return err
	}
	r.cutNs = uint64(cut) - forkNs
	if err := r.probes.detachStarts(); err != nil {
		return err
	}
	found, err := r.lookTwice()
	if err != nil {
		return err
	}
	if err := r.drainLast(); err != nil {
		return err
	}
	for _, t := range found {
		if err := r.remainingTask(t); err != nil {
			return err
		}
	}
	if err := r.writeHidden(schema.PhaseEnd); err != nil {
		return err
	}
	if err := r.writeSystem(); err != nil {
		return err
	}
	if err := r.end(reason); err != nil {
		return err
	}
	return r.flush()
}

// lookTwice returns every process. One look can miss a process in the moment in which an
// exec by another of its threads changes the leader.
func (r *recorder) lookTwice() ([]*task, error) {
	found, err := r.tasks.processes()
	if err != nil {
		return nil, err
	}
	seen := make(map[processKey]bool, len(found))
	for _, t := range found {
		seen[keyOf(&t.process)] = true
	}
	again, err := r.tasks.processes()
	if err != nil {
		return nil, err
	}
	for _, t := range again {
		if !seen[keyOf(&t.process)] {
			found = append(found, t)
		}
	}
	return found, nil
}

// drainLast detaches everything and empties ring and queue.
func (r *recorder) drainLast() error {
	never := func() bool { return false }
	if err := r.drain(settleNs, never); err != nil {
		return err
	}
	if err := r.probes.detach(); err != nil {
		return err
	}
	// A program that was running when its probe went may still be sending.
	if err := r.drain(settleNs, never); err != nil {
		return err
	}
	if err := r.drainPresent(lastBusy, r.release); err != nil {
		return err
	}
	if err := r.queueLost(); err != nil {
		return err
	}
	r.enqueue(r.misses())
	return r.queue.release(^uint64(0), r.write)
}

// remainingTask writes a process that is still alive at the end. One that ended since
// it was visited is told by its exit; one born after the cut is of no concern.
func (r *recorder) remainingTask(t *task) error {
	if r.bornAtTheEnd(&t.process) || !r.introduces(t) {
		return nil
	}
	key := keyOf(&t.process)
	k := r.table.all[key]
	if _, ended := r.table.pastCPU(key); ended || k != nil && k.exited {
		return nil
	}
	if k == nil {
		k = &known{}
	}
	return r.writeTask(schema.PhaseEnd, t, k)
}

// bornAtTheEnd says that a process was born when forks were no longer watched. It is
// of no concern to this capture.
func (r *recorder) bornAtTheEnd(p *bpf.Process) bool {
	return r.cutNs != 0 && p.StartNs >= r.cutNs && !r.table.has(keyOf(p))
}

// end writes the end record, with the account of every event.
func (r *recorder) end(reason StopReason) error {
	if err := r.account.update(); err != nil {
		return err
	}
	for _, t := range eventTypes {
		r.summary.Counts[t.name] = r.account.countOf(t.number, schema.EventCount{
			Written: r.summary.Records[t.name], Filtered: r.filtered[t.name], Lost: r.discarded[t.name],
		})
	}
	counts, err := json.Marshal(r.summary.Counts)
	if err != nil {
		return fmt.Errorf("encode the event counts: %w", err)
	}
	now, err := bootNs()
	if err != nil {
		return err
	}
	cpuNs, maxRSS := selfCPUNs(), selfMaxRSSBytes()
	r.summary.StopReason = reason
	r.summary.Duration = time.Duration(now - r.startNs)
	r.summary.SelfCPU, r.summary.SelfMaxRSSBytes = time.Duration(cpuNs), maxRSS
	var rec schema.Record
	rec.Type, rec.Time = schema.TypeEnd, r.decoder.clock.wall(uint64(now))
	rec.StopReason.Set(string(reason))
	rec.Counts.Set(schema.JSON(counts))
	rec.DurationNs.Set(int64(r.summary.Duration))
	rec.SelfCPUNs.Set(cpuNs)
	rec.SelfMaxRSSBytes.Set(maxRSS)
	r.fillKernelUse(&rec)
	r.sumKernelUse()
	return r.write(&rec)
}
