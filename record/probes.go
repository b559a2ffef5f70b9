package record

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// probe is one kernel program that sends events.
type probe struct {
	// name is the tracepoint.
	name string
	// program is nil where the kernel cannot have it, or nothing needs it.
	program func(*bpf.Kernel) *ebpf.Program
	// event is the type of its events, "" if it has none that are accounted for.
	event schema.Type
	// detail says what it is for, in meta.
	detail string
	// starts says that the events tell of something new: such a probe is attached last
	// and detached first, so that what starts under our eyes also ends under them.
	starts bool
}

// probeTable lists the probes in the order in which they are attached. To add one: a
// program in bpf/linnix.bpf.c, its field in bpf.Kernel, a row here, and its decoding.
var probeTable = [...]probe{
	{name: "sched_switch", program: func(k *bpf.Kernel) *ebpf.Program { return k.Switch }, detail: "final CPU time of an exit"},
	{name: "sched_process_exit", program: func(k *bpf.Kernel) *ebpf.Program { return k.Exit }, event: schema.TypeExit, detail: "exit of a process"},
	{name: "mark_victim", program: func(k *bpf.Kernel) *ebpf.Program { return k.OOM }, event: schema.TypeOOM, detail: "OOM kill; needs Linux 6.8"},
	{name: "sched_process_free", program: func(k *bpf.Kernel) *ebpf.Program { return k.Free }, detail: "end of what a filter keeps; without a filter it is not needed"},
	{name: "sched_process_exec", program: func(k *bpf.Kernel) *ebpf.Program { return k.Exec }, event: schema.TypeExec, detail: "exec of a program", starts: true},
	{name: "sched_process_fork", program: func(k *bpf.Kernel) *ebpf.Program { return k.Fork }, event: schema.TypeFork, detail: "fork of a process", starts: true},
}

// probes holds the attached programs, in the order of the table.
type probes struct{ links [len(probeTable)]link.Link }

// attach attaches every probe that the kernel can have, or none.
func attach(k *bpf.Kernel) (*probes, error) {
	p := &probes{}
	for i, row := range probeTable {
		program := row.program(k)
		if program == nil {
			continue
		}
		l, err := link.AttachTracing(link.TracingOptions{Program: program, AttachType: ebpf.AttachTraceRawTp})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("attach to tracepoint %s: %w", row.name, err), p.detach())
		}
		p.links[i] = l
	}
	return p, nil
}

// detachStarts detaches the probes that tell of something new.
func (p *probes) detachStarts() error {
	return p.detachIf(func(row probe) bool { return row.starts })
}

// detach detaches every probe that is still attached.
func (p *probes) detach() error {
	return p.detachIf(func(probe) bool { return true })
}

func (p *probes) detachIf(want func(probe) bool) error {
	var errs []error
	for i := len(p.links) - 1; i >= 0; i-- {
		if p.links[i] == nil || !want(probeTable[i]) {
			continue
		}
		if err := p.links[i].Close(); err != nil {
			errs = append(errs, fmt.Errorf("detach from tracepoint %s: %w", probeTable[i].name, err))
		}
		p.links[i] = nil
	}
	return errors.Join(errs...)
}

// count tells how many are attached.
func (p *probes) count() (n int) {
	for _, l := range p.links {
		if l != nil {
			n++
		}
	}
	return n
}

// describe says for meta what is attached.
func (p *probes) describe() []schema.Probe {
	list := make([]schema.Probe, len(probeTable))
	for i, row := range probeTable {
		list[i] = schema.Probe{Name: row.name, Attached: p.links[i] != nil, Detail: row.detail}
	}
	return list
}
