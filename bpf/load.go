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
	// Filter says what is sent.
	Filter Filter
	// Compat takes the exit program for kernels before 6.16 on any kernel.
	Compat bool
}

// Kernel is the loaded kernel side. Nothing is attached yet.
type Kernel struct {
	Fork, Exec, Exit, Switch *ebpf.Program
	// OOM is nil where the kernel does not tell the victim (before 6.8).
	OOM *ebpf.Program
	// Free is nil without a filter.
	Free *ebpf.Program
	// Tasks is an iterator over all tasks that writes [ThreadRecord]s.
	Tasks *ebpf.Program

	// Events is the ring buffer.
	Events *ebpf.Map
	// Counts has one [Counters] a CPU, under key 0.
	Counts *ebpf.Map
	// DropBuckets has [DropBucket] a CPU, under the bucket's number modulo its size.
	DropBuckets *ebpf.Map

	// knownCgroups has the cgroups whose path was sent.
	knownCgroups *ebpf.Map
}

// Load loads programs and maps into the kernel. The caller closes the result. A refusal
// wraps the kernel's error, so that errors.Is finds unix.EPERM and
// [ebpf.ErrNotSupported].
func Load(opts Options) (*Kernel, error) {
	spec, exit, err := prepare(opts)
	if err != nil {
		return nil, err
	}
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
		OOM:         coll.DetachProgram("on_oom"),
		Free:        coll.DetachProgram("on_free"),
		Tasks:       coll.DetachProgram("on_task"),
		Events:      coll.DetachMap("events"),
		Counts:      coll.DetachMap("counts"),
		DropBuckets: coll.DetachMap("drop_buckets"),

		knownCgroups: coll.DetachMap("known_cgroups"),
	}, nil
}

// prepare returns what to load here, and the name of the exit program that fits.
func prepare(opts Options) (spec *ebpf.CollectionSpec, exit string, err error) {
	if spec, err = loadLinnix(); err != nil {
		return nil, "", fmt.Errorf("read the embedded BPF object: %w", err)
	}
	if err := size(spec, opts); err != nil {
		return nil, "", err
	}
	if err := opts.Filter.apply(spec); err != nil {
		return nil, "", err
	}
	exit, err = choose(spec, opts)
	return spec, exit, err
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

// choose removes from spec the programs that do not fit the kernel and returns the name
// of the exit program that does.
func choose(spec *ebpf.CollectionSpec, opts Options) (exit string, err error) {
	kernel, err := btf.LoadKernelSpec()
	if err != nil {
		return "", fmt.Errorf("read kernel BTF: %w", err)
	}
	// Since 6.16 sched_process_exit has a second argument, group_dead.
	exitArgs, err := tracepointArgs(kernel, "sched_process_exit")
	if err != nil {
		return "", err
	}
	exit, other := "on_exit", "on_exit_compat"
	if len(exitArgs) < 2 || opts.Compat {
		exit, other = other, exit
	}
	delete(spec.Programs, other)
	// Since 6.8 mark_victim has the task; before, its pid. The recording does without.
	oomArgs, err := tracepointArgs(kernel, "mark_victim")
	if err != nil || len(oomArgs) == 0 || !isPointer(oomArgs[0]) {
		delete(spec.Programs, "on_oom")
	}
	return exit, nil
}

// tracepointArgs returns what a tracepoint hands to its probes, without their context.
func tracepointArgs(kernel *btf.Spec, name string) ([]btf.FuncParam, error) {
	var tracepoint *btf.Typedef
	if err := kernel.TypeByName("btf_trace_"+name, &tracepoint); err != nil {
		return nil, fmt.Errorf("find tracepoint %s: %w", name, err)
	}
	if pointer, ok := tracepoint.Type.(*btf.Pointer); ok {
		if proto, ok := pointer.Target.(*btf.FuncProto); ok && len(proto.Params) > 0 {
			return proto.Params[1:], nil
		}
	}
	return nil, fmt.Errorf("tracepoint %s has an unknown form", name)
}

func isPointer(p btf.FuncParam) bool {
	_, ok := p.Type.(*btf.Pointer)
	return ok
}

// Programs returns every program that is loaded.
func (k *Kernel) Programs() []*ebpf.Program {
	loaded := make([]*ebpf.Program, 0, 7)
	for _, p := range []*ebpf.Program{k.Fork, k.Exec, k.Exit, k.Switch, k.OOM, k.Free, k.Tasks} {
		if p != nil {
			loaded = append(loaded, p)
		}
	}
	return loaded
}

// ResendCgroups makes the programs send the path of each cgroup once more, before the next
// event that names it.
func (k *Kernel) ResendCgroups() error {
	var key linnixCgroupKey
	for {
		// Always the first one, for what was deleted has no next.
		err := k.knownCgroups.NextKey(nil, &key)
		if errors.Is(err, ebpf.ErrKeyNotExist) {
			return nil
		}
		if err == nil {
			err = k.knownCgroups.Delete(&key)
		}
		if err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
			return fmt.Errorf("forget the cgroups that were sent: %w", err)
		}
	}
}

// Close unloads everything that is not attached or held elsewhere.
func (k *Kernel) Close() error {
	errs := []error{k.Events.Close(), k.Counts.Close(), k.DropBuckets.Close(), k.knownCgroups.Close()}
	for _, p := range k.Programs() {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}
