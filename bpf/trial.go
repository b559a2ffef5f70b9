package bpf

import (
	"maps"
	"slices"

	"github.com/cilium/ebpf"
)

// Trial is what the kernel says to one program on its own.
type Trial struct {
	// Program is its name, such as "on_fork".
	Program string
	// AttachTo is its tracepoint, or "task" for the iterator.
	AttachTo string
	// Err is nil if it loads.
	Err error
}

// Try loads each program alone, in the order of their names, and unloads it: where
// [Load] fails, it tells which programs the kernel refuses. The error is of what comes
// before any program.
func Try(opts Options) ([]Trial, error) {
	spec, _, err := prepare(opts)
	if err != nil {
		return nil, err
	}
	var trials []Trial
	for _, name := range slices.Sorted(maps.Keys(spec.Programs)) {
		alone := spec.Copy()
		maps.DeleteFunc(alone.Programs, func(other string, _ *ebpf.ProgramSpec) bool { return other != name })
		coll, err := ebpf.NewCollection(alone)
		if err == nil {
			coll.Close()
		}
		trials = append(trials, Trial{Program: name, AttachTo: spec.Programs[name].AttachTo, Err: err})
	}
	return trials, nil
}
