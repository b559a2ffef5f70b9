package record

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/linnix-os/linnix/bpf"
)

// iteratorTarget is what the iterator's program attaches to.
const iteratorTarget = "task"

// probeRows returns two rows for each probe, its tracepoint and its program, and one for
// the iterator's program.
func probeRows() []checkRow {
	var list []checkRow
	for _, p := range probeTable {
		list = append(list, checkRow{"tracepoint_" + p.name, needed, func(e *examination) finding { return e.checkTracepoint(p) }})
	}
	for _, p := range probeTable {
		list = append(list, checkRow{"program_" + p.name, needed, func(e *examination) finding {
			return e.checkProgram(p.name, p.detail, p.program)
		}})
	}
	return append(list, checkRow{"program_task_iterator", needed, func(e *examination) finding {
		return e.checkProgram(iteratorTarget, "processes already there, and samples", func(k *bpf.Kernel) *ebpf.Program { return k.Tasks })
	}})
}

// checkTracepoint looks a tracepoint up in the kernel's types, which needs no privilege.
func (e *examination) checkTracepoint(p probe) finding {
	if e.types == nil {
		var err error
		if e.types, err = btf.LoadKernelSpec(); err != nil {
			return finding{"unknown: " + err.Error(), "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y"}
		}
	}
	var tracepoint *btf.Typedef
	if err := e.types.TypeByName("btf_trace_"+p.name, &tracepoint); err != nil {
		return finding{"this kernel does not have it", "boot a kernel that has it: see 'sudo grep " + p.name + " /sys/kernel/tracing/available_events'"}
	}
	return fine("there: %s", p.detail)
}

// checkProgram says whether the program that attaches to target loads: as it was loaded
// with the others if they all do, else on its own.
func (e *examination) checkProgram(target, purpose string, program func(*bpf.Kernel) *ebpf.Program) finding {
	if e.recorder != nil {
		return describeProgram(program(e.recorder.kernel), purpose)
	}
	if _, remedy := lookCapabilities(); remedy != "" {
		return finding{"not tried without the capabilities", remedy}
	}
	if errors.Is(e.err, errMemory) {
		return finding{"not tried with so little memory", memoryRemedy}
	}
	return e.trials.of(target)
}

// describeProgram says what the kernel made of a program. One that is nil the recording
// does without.
func describeProgram(p *ebpf.Program, purpose string) finding {
	if p == nil {
		return fine("not loaded here: %s", purpose)
	}
	if info, err := p.Info(); err == nil {
		if n, ok := info.VerifiedInstructions(); ok {
			return fine("loads and attaches; the verifier went through %d instructions", n)
		}
	}
	return fine("loads and attaches")
}

// trials loads each program on its own, once.
type trials struct {
	done bool
	list []bpf.Trial
	err  error
}

// of says what the kernel says to the program that attaches to target.
func (t *trials) of(target string) finding {
	if !t.done {
		t.done = true
		t.list, t.err = bpf.Try(bpf.Options{RingBytes: MinRingBytes, MaxArgs: DefaultMaxArgs})
	}
	if t.err != nil {
		return refused(t.err)
	}
	for _, trial := range t.list {
		if trial.AttachTo != target {
			continue
		}
		if trial.Err != nil {
			return refused(fmt.Errorf("load %s alone: %w", trial.Program, trial.Err))
		}
		return fine("loads alone")
	}
	return fine("not for this kernel")
}

// refused makes a finding of an error of loading.
func refused(err error) finding {
	reason, remedy := explain(err)
	return finding{reason, remedy}
}

// checkRecording tells of the recording that was begun.
func checkRecording(e *examination) finding {
	var r *refusal
	switch {
	case e.err == nil:
		return fine("begun and given up: %d probes attached, %d processes found, ring of %d MiB",
			e.recorder.probes.count(), e.recorder.summary.Processes, e.recorder.opts.RingBytes>>20)
	case errors.Is(e.err, errMemory):
		return finding{"not tried with so little memory", memoryRemedy}
	case errors.As(e.err, &r):
		return refused(r.err)
	default:
		return finding{e.err.Error(), "see what else fails, and 'linnix record -d 1s -o /dev/null'"}
	}
}
