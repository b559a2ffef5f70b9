package record

import (
	"io"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// kernelUse knows what the recorder's own programs cost in the kernel, where that can be
// had: it needs CAP_SYS_ADMIN, and the kernel counts it for all programs of the host
// while this is open.
type kernelUse struct {
	counting io.Closer
	programs []*ebpf.Program
}

// newKernelUse begins to count; open it before the programs run. Where the kernel
// refuses, nothing is known. Counting costs some 80 ns each time a program runs.
func newKernelUse() *kernelUse {
	counting, err := ebpf.EnableStats(unix.BPF_STATS_RUN_TIME)
	if err != nil {
		return &kernelUse{}
	}
	return &kernelUse{counting: counting}
}

func (u *kernelUse) close() error {
	if u.counting == nil {
		return nil
	}
	return u.counting.Close()
}

// ns returns the time spent in the programs so far, if known.
func (u *kernelUse) ns() (sum int64, known bool) {
	if u.counting == nil {
		return 0, false
	}
	for _, p := range u.programs {
		stats, err := p.Stats()
		if err != nil {
			return 0, false
		}
		sum += int64(stats.Runtime)
	}
	return sum, len(u.programs) > 0
}

// fillKernelUse writes it into a system or end record.
func (r *recorder) fillKernelUse(rec *schema.Record) {
	if ns, known := r.kernelUse.ns(); known {
		rec.SelfBPFNs.Set(ns)
		r.summary.SelfBPF = time.Duration(ns)
	}
}

// sumKernelUse completes the summary: what the events themselves cost.
func (r *recorder) sumKernelUse() {
	events := &kernelUse{counting: r.kernelUse.counting}
	for _, row := range probeTable {
		if p := row.program(r.kernel); p != nil && row.event != "" {
			events.programs = append(events.programs, p)
		}
	}
	if ns, known := events.ns(); known {
		r.summary.SelfBPFEvents = time.Duration(ns)
	}
}

// reasonRecursion is the reason of a lost record: the program was already running on
// that CPU when its tracepoint was hit again, so the kernel passed over it.
const reasonRecursion = "recursion"

// misses counts what the kernel passed over as attempted and lost, once the probes are
// detached, and returns the lost records that tell of what was not told before. A miss may
// have been that of a thread, which is no event, so this is the most that can be lost.
func (r *recorder) misses() (lost []schema.Record) {
	for _, row := range probeTable {
		program := row.program(r.kernel)
		if program == nil || row.event == "" {
			continue
		}
		// Kernels before 5.12 do not tell; those supported here do.
		if stats, err := program.Stats(); err == nil {
			lost = append(lost, r.account.miss(row.event, stats.RecursionMisses, uint64(r.startNs))...)
		}
	}
	return lost
}

// miss takes in that no program saw so many events in all, at any time since fromNs, and
// returns a lost record of those that are new, without seq.
func (a *account) miss(event schema.Type, total, fromNs uint64) []schema.Record {
	for _, t := range eventTypes {
		if t.name != event {
			continue
		}
		n := total - min(total, a.missed[t.number])
		if n == 0 {
			return nil
		}
		a.missed[t.number] = total
		return []schema.Record{lostRecord(a.clock.wall(a.sinceNs), t.name, int64(n), reasonRecursion, a.clock.wall(fromNs), a.clock.wall(a.sinceNs))}
	}
	panic("record: no event of type " + string(event))
}

// countOf returns the account of one event type, of which the reader itself has written,
// filtered and lost so many.
func (a *account) countOf(number uint32, reader schema.EventCount) schema.EventCount {
	missed := int64(a.missed[number])
	return schema.EventCount{
		Attempted: int64(a.total.Attempted[number]) + missed,
		Written:   reader.Written,
		Filtered:  int64(a.total.Filtered[number]) + reader.Filtered,
		Lost:      int64(a.total.Dropped[number]) + missed + reader.Lost,
	}
}

// missed counts the events passed over, by the kernel side's number of their type.
type missed [len(bpf.Counters{}.Dropped)]uint64
