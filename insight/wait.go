package insight

import (
	"cmp"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// wait is time that a process waited: for a CPU while it could run, all its threads
// together, and in an uninterruptible sleep, which is for storage mostly.
type wait struct {
	process        *replay.Process
	forCPU, asleep time.Duration
}

func (w *wait) total() time.Duration { return w.forCPU + w.asleep }

// waitTracker keeps the run-queue wait of every process as it was last recorded.
type waitTracker struct {
	// begun is the first moment that is analysed.
	begun  schema.Time
	latest replay.Table[schema.Opt[int64]]
	// known says that some record told one.
	known bool
}

// maxWait bounds what one record can add, so that no sum overflows.
const maxWait = time.Hour

// add returns how long the process has waited since its last record: the growth of its
// run-queue wait, and one interval where it was sampled in an uninterruptible sleep. Of
// a process whose past was not seen, or lies before what is analysed, the first total
// tells nothing.
func (t *waitTracker) add(h *replay.Host, p *replay.Process, r *schema.Record) wait {
	w := wait{process: p}
	if r.RunDelayNs.OK {
		t.known = true
		now, before := max(0, r.RunDelayNs.V), t.latest.At(p)
		if before.OK || bornSince(p, t.begun) {
			w.forCPU = min(time.Duration(max(0, now-before.V)), maxWait)
		}
		before.Set(now)
	}
	if r.Type == schema.TypeSample && r.State.V == "D" {
		w.asleep = min(h.Interval(), maxWait)
	}
	return w
}

// waitedBeside returns for how long others than the spinning processes waited for a CPU,
// all together, waits under 10 ms left out; absent where no record tells such waits.
func (f *features) waitedBeside() schema.Opt[time.Duration] {
	waited := schema.Opt[time.Duration]{OK: f.WaitsKnown}
	for _, bucket := range f.buckets {
		for _, w := range bucket.waits {
			if !slices.ContainsFunc(f.Spinning, func(s spinUse) bool { return s.Process == w.process && keepsBusy(&s) }) {
				waited.V += w.forCPU
			}
		}
	}
	return waited
}

// victims returns the processes outside the tree that waited for a part of the window,
// the longest first, then the oldest. Kernel threads wait as a trade. Of an incident of
// the whole host those are no victims that it bore.
func (b *blast) victims() []wait {
	outside := b.outside()
	var list []wait
	places := map[*replay.Process]int{}
	for _, bucket := range b.f.buckets {
		for _, w := range bucket.waits {
			if !outside(w.process) {
				continue
			}
			at, known := places[w.process]
			if !known {
				at = len(list)
				places[w.process] = at
				list = append(list, wait{process: w.process})
			}
			list[at].forCPU += w.forCPU
			list[at].asleep += w.asleep
		}
	}
	list = slices.DeleteFunc(list, func(w wait) bool { return w.total() < b.f.Span()*victimPercent/100 })
	slices.SortFunc(list, func(x, y wait) int {
		return cmp.Or(-cmp.Compare(x.total(), y.total()), replay.Compare(x.process, y.process))
	})
	return list
}

// outside returns what tells the others from those of the incident.
func (b *blast) outside() func(*replay.Process) bool {
	if b.members != nil {
		return func(p *replay.Process) bool { return !b.within(p) && !ofKernel(p) }
	}
	born := map[*replay.Process]bool{}
	for birth := range b.f.births() {
		born[birth.child] = true
	}
	return func(p *replay.Process) bool { return !born[p] && !ofKernel(p) }
}

func ofKernel(p *replay.Process) bool { return p.Key.PID == 2 || p.PPID == 2 }
