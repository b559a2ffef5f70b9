package insight

import (
	"cmp"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// processWait is for how long a process was ready to run and had no CPU, all its threads
// together: of n threads up to n seconds a second.
type processWait struct {
	Process  *replay.Process
	WaitedNs int64
}

// wait books the run-queue wait that the record adds, under the second in which it was
// recorded. Of a process whose past was not seen the first total tells nothing.
func (c *collector) wait(p *replay.Process, r *schema.Record) {
	if !r.RunDelayNs.OK {
		return
	}
	total := c.delays.At(p)
	before := schema.Opt[int64]{V: total.V, OK: total.OK || p.ForkTime.OK}
	*total = r.RunDelayNs
	if waited := r.RunDelayNs.V - before.V; before.OK && waited > 0 {
		b := c.buckets.at(r.Time)
		b.waits = append(b.waits, processWait{p, waited})
	}
}

// Waits returns the processes that waited for a CPU in the window, the longest first,
// then the oldest.
func (f *features) Waits() []processWait {
	var waits []processWait
	places := map[*replay.Process]int{}
	for _, bucket := range f.buckets {
		for _, w := range bucket.waits {
			at, known := places[w.Process]
			if !known {
				at = len(waits)
				places[w.Process] = at
				waits = append(waits, processWait{Process: w.Process})
			}
			waits[at].WaitedNs += w.WaitedNs
		}
	}
	slices.SortFunc(waits, func(a, b processWait) int {
		return cmp.Or(-cmp.Compare(a.WaitedNs, b.WaitedNs), replay.Compare(a.Process, b.Process))
	})
	return waits
}

// waitedBeside returns for how long others than the spinning processes waited, all together;
// absent where no wait was recorded at all.
func (f *features) waitedBeside() schema.Opt[int64] {
	var waited schema.Opt[int64]
	for _, bucket := range f.buckets {
		for _, w := range bucket.waits {
			waited.OK = true
			if !slices.ContainsFunc(f.Spinning, func(s spinUse) bool { return s.Process == w.Process && keepsBusy(&s) }) {
				waited.V += w.WaitedNs
			}
		}
	}
	return waited
}
