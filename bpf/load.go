package bpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// Options sizes the kernel side; both sizes must be given.
type Options struct {
	// RingBytes is the size of the ring buffer: a power of two and of the page size.
	RingBytes int
	// MaxArgs is how many bytes of a process's arguments are sent, up to [MaxArgs].
	MaxArgs int
	// Compat takes the exit program for kernels before 6.16 on any kernel.
	Compat bool
}

// Kernel is the loaded kernel side. Nothing is attached yet.
type Kernel struct {
	Fork, Exec, Exit, Switch *ebpf.Program
	// Tasks is an iterator over all tasks that writes [ThreadRecord]s.
	Tasks *ebpf.Program

	// Events is the ring buffer.
	Events *ebpf.Map
	// Counts has one [Counters] a CPU, under key 0.
	Counts *ebpf.Map
	// DropBuckets has [DropBucket] a CPU, under the bucket's number modulo its size.
	DropBuckets *ebpf.Map
}

// Load loads programs and maps into the kernel. The caller closes the result. A refusal
// wraps the kernel's error, so that errors.Is finds unix.EPERM and
// [ebpf.ErrNotSupported].
func Load(opts Options) (*Kernel, error) {
	spec, err := loadLinnix()
	if err != nil {
		return nil, fmt.Errorf("read the embedded BPF object: %w", err)
	}
	if err := size(spec, opts); err != nil {
		return nil, err
	}
	exit, other := "on_exit", "on_exit_compat"
	groupDead, err := exitTellsGroupDead()
	if err != nil {
		return nil, err
	}
	if !groupDead || opts.Compat {
		exit, other = other, exit
	}
	delete(spec.Programs, other)
	coll, err := ebpf.NewCollection(spec)
	if err != nil {
		return nil, fmt.Errorf("load BPF programs: %w", err)
	}
	// What is not detached (the programs' own maps) lives on with the programs.
	defer coll.Close()
	return &Kernel{
		Fork:        coll.DetachProgram("on_fork"),
		Exec:        coll.DetachProgram("on_exec"),
		Exit:        coll.DetachProgram(exit),
		Switch:      coll.DetachProgram("on_switch"),
		Tasks:       coll.DetachProgram("on_task"),
		Events:      coll.DetachMap("events"),
		Counts:      coll.DetachMap("counts"),
		DropBuckets: coll.DetachMap("drop_buckets"),
	}, nil
}

func size(spec *ebpf.CollectionSpec, opts Options) error {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return fmt.Errorf("count CPUs: %w", err)
	}
	spec.Maps["events"].MaxEntries = uint32(opts.RingBytes)
	spec.Maps["exec_buffers"].MaxEntries = uint32(cpus)
	return errors.Join(
		spec.Variables["ring_bytes"].Set(uint64(opts.RingBytes)),
		spec.Variables["max_args"].Set(uint32(opts.MaxArgs)),
	)
}

// exitTellsGroupDead says whether sched_process_exit has its second argument (since
// 6.16): the tracepoint's type then takes context, task and group_dead.
func exitTellsGroupDead() (bool, error) {
	kernel, err := btf.LoadKernelSpec()
	if err != nil {
		return false, fmt.Errorf("read kernel BTF: %w", err)
	}
	var tracepoint *btf.Typedef
	if err := kernel.TypeByName("btf_trace_sched_process_exit", &tracepoint); err != nil {
		return false, fmt.Errorf("find tracepoint sched_process_exit: %w", err)
	}
	pointer, ok := tracepoint.Type.(*btf.Pointer)
	if !ok {
		return false, errors.New("tracepoint sched_process_exit has an unknown form")
	}
	proto, ok := pointer.Target.(*btf.FuncProto)
	return ok && len(proto.Params) > 2, nil
}

// Close unloads everything that is not attached or held elsewhere.
func (k *Kernel) Close() error {
	return errors.Join(k.Fork.Close(), k.Exec.Close(), k.Exit.Close(), k.Switch.Close(), k.Tasks.Close(),
		k.Events.Close(), k.Counts.Close(), k.DropBuckets.Close())
}
