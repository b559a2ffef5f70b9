package record

import (
	"fmt"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// take puts one event of the ring into the queue.
func (r *recorder) take(raw []byte) error {
	header, err := view[bpf.Header](raw)
	if err != nil {
		return err
	}
	switch header.Type {
	case bpf.TypeFork:
		return takeAs(raw, r.takeFork)
	case bpf.TypeExec:
		return takeAs(raw, func(e *bpf.ExecEvent) error { return r.takeExec(e, rest[bpf.ExecEvent](raw)) })
	case bpf.TypeExit:
		return takeAs(raw, r.takeExit)
	case bpf.TypeTail:
		return takeAs(raw, func(e *bpf.TailEvent) error { r.queue.complete(e); return nil })
	case bpf.TypeCgroup:
		return takeAs(raw, r.decoder.cgroups.add)
	case bpf.TypeOOM:
		return takeAs(raw, r.takeOOM)
	case bpf.TypeTask:
		return takeAs(raw, r.takeTask)
	default:
		return fmt.Errorf("event of unknown type %d", header.Type)
	}
}

func takeAs[T any](raw []byte, take func(*T) error) error {
	e, err := view[T](raw)
	if err != nil {
		return err
	}
	return take(e)
}

func (r *recorder) takeFork(e *bpf.ForkEvent) error {
	key := keyOf(&e.Process)
	if r.table.has(key) {
		// The iterator can see a process before its fork is told: a task or a sample
		// has introduced it.
		r.filtered[schema.TypeFork]++
		return nil
	}
	if r.forked != nil {
		r.forked[key] = true
	}
	r.table.fork(key)
	r.summary.Processes++
	r.decoder.fork(&r.queue.push().record, e)
	return nil
}

func (r *recorder) takeExec(e *bpf.ExecEvent, data []byte) error {
	if r.bornAtTheEnd(&e.Process) {
		r.filtered[schema.TypeExec]++
		return nil
	}
	r.table.exec(keyOf(&e.Process), e.PeakRssPages)
	r.adopt(keyOf(&e.Process))
	return r.decoder.exec(&r.queue.push().record, e, data)
}

// takeExit queues an exit, to wait for its final CPU time.
func (r *recorder) takeExit(e *bpf.ExitEvent) error {
	if r.bornAtTheEnd(&e.Process) {
		r.filtered[schema.TypeExit]++
		return nil
	}
	h := r.queue.push()
	r.decoder.exit(&h.record, e)
	process := r.table.exit(keyOf(&e.Process))
	setMaxRSS(&h.record, process.maxRSS(e))
	r.queue.await(h, e, process)
	return nil
}
