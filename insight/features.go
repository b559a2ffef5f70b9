package insight

import (
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	// Window is the length of the windows that features describe; one ends at each
	// whole second from the start of the capture, and one at its end.
	Window = 10 * time.Second
	// minSpan is how much of a window must have been sampled for its percentages: less
	// says nothing about a state that lasts.
	minSpan = 4 * time.Second
)

// features describes one window (From, To] of one host, while it is being judged: its
// buckets are used again for the next. Windows that reach back before
// the capture begins are cut there: counts are then of what was recorded, and
// percentages of the time that was.
//
//	feature              formula                                              unit      source
//	Forks, Execs, ...    records in the window                                count     fork, exec, exit, oom
//	EventsPerSec         their sum / (To − From)                              1/s
//	BornAlive            processes forked in the window and alive at To       count     fork, exit, sample
//	Trees                births and those alive, by birth tree                count     fork, exit
//	JobStarters          processes that ended within 1 s of their fork, who   count,ns  fork, exit
//	                     started them, in which second, and their CPU time
//	Growing              living descendants now and 5, 10, 15 s ago of the    count     fork, exit
//	                     process with the largest least increase of each tree
//	MedianLifetime       of processes that ended in the window, born recorded ns        fork, exit
//	Busiest              CPU time by process, short-lived ones included       ns        sample, exit, task
//	waits                Δ run_delay_ns by process, and the intervals in      ns        sample, exit, task
//	                     which it was sampled in state D
//	CPUSome, MemorySome… Δ total / Δ time between system records              %         system psi_*_us
//	Busy                 Δ busy / Δ all CPU time                              %         system cpu_*_ns
//	System               Δ system / Δ all CPU time                            %         system cpu_*_ns
//	RunQueue             mean runnable tasks                                  tasks     system procs_running
//	Available            available / all memory, at To                        %         system, meta
//	cgroup, quota        see cgroupUse                                                  cgroup, sample
//	Disk                 see diskUse                                                    system disk_*, cpu_iowait_ns
//	Storage              see storageUse                                                 sample, exit, task, system
//	growers              Δ rss_bytes by process over 60 s                     bytes     sample, task, oom
//	falling              least squares of available over the window, with r²  bytes/s   system mem_available_bytes
//	Spinning             see spinUse                                                     sample, exit, task
type features struct {
	From, To schema.Time
	// Begun is when the capture, or the part of it that is analysed, begins.
	Begun schema.Time
	// Last says that the capture ends at To.
	Last bool

	Forks, Execs, Exits, OOMs int64
	EventsPerSec              float64
	BornAlive                 int64
	// Trees are those in which processes were born: the one with most alive first, then
	// with most born, then the oldest.
	Trees []birthTree
	// Growing tells how these trees grew up to the latest whole second.
	Growing []growth

	CPUSome, MemorySome, MemoryFull, IOSome schema.Opt[float64]
	Busy, System, RunQueue, Available       schema.Opt[float64]
	// Disk is what storage did, and Storage who used it while it was saturated, else nil.
	Disk    diskUse
	Storage *storageUse
	// Spinning are the processes that kept a core busy.
	Spinning []spinUse
	// WaitsKnown says that records tell for how long processes waited for a CPU.
	WaitsKnown bool
	// Lost says that events were lost in the window: counts are lower bounds.
	Lost bool
	// Sampled says that at least 4 s of the window were sampled.
	Sampled bool
	// Unknown names the inputs that the capture does not give, in a fixed order.
	Unknown []string

	// Host is the host as it stands at To.
	Host *replay.Host

	buckets []*bucket
	// What is asked for more than once is kept, and nil before: see bornAlive,
	// JobStarters and processTable.
	living   []*replay.Process
	starters []jobStarter
	shown    *table

	cgroups *cgroupTracker
	memory  *memoryTracker
	io      *ioTracker
	growth  *growthTracker
}

// birthTree counts the births in one birth tree.
type birthTree struct {
	// Top is the root of the tree; see [replay.Process.Top].
	Top *replay.Process
	// Born were forked in the window, Alive of them still are at its end.
	Born, Alive int64
}

// Span returns the length of the window.
func (f *features) Span() time.Duration { return f.To.Sub(f.From) }

// countBirths fills in what depends on the births of the window.
func (f *features) countBirths() {
	places := map[*replay.Process]int{}
	for _, bucket := range f.buckets {
		for _, t := range bucket.trees {
			at, known := places[t.Top]
			if !known {
				at = len(f.Trees)
				places[t.Top] = at
				f.Trees = append(f.Trees, birthTree{Top: t.Top})
			}
			f.Trees[at].Born += t.Born
			f.Trees[at].Alive += t.Alive
			f.BornAlive += t.Alive
		}
	}
	slices.SortFunc(f.Trees, compareTrees)
}

func compareTrees(a, b birthTree) int {
	switch {
	case a.Alive != b.Alive:
		return int(b.Alive - a.Alive)
	case a.Born != b.Born:
		return int(b.Born - a.Born)
	}
	return compareProcesses(a.Top, b.Top)
}

// compareProcesses orders processes by age, nil first.
func compareProcesses(a, b *replay.Process) int {
	switch {
	case a == b:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return replay.Compare(a, b)
}

// bornAlive returns the processes born in the window that are alive at its end. Of many
// births most have exited, and lie far away in memory: it then takes those that the walk
// through the trees has met.
func (f *features) bornAlive() []*replay.Process {
	switch {
	case f.living != nil:
	case f.Forks > int64(f.Host.Living()) && !f.Last:
		f.living = f.growth.young
	default:
		f.living = []*replay.Process{}
		for b := range f.births() {
			if b.child.Alive() {
				f.living = append(f.living, b.child)
			}
		}
	}
	return f.living
}

// births yields the births of the window in the order of the records.
func (f *features) births() func(yield func(birth) bool) {
	return func(yield func(birth) bool) {
		for _, bucket := range f.buckets {
			for _, b := range bucket.births {
				if !yield(b) {
					return
				}
			}
		}
	}
}

// MedianLifetime returns the median age at death of the processes that ended in the
// window and whose birth was recorded. It costs a sort.
func (f *features) MedianLifetime() schema.Opt[time.Duration] {
	var lifetimes []time.Duration
	for _, b := range f.buckets {
		lifetimes = append(lifetimes, b.lifetimes...)
	}
	if len(lifetimes) == 0 {
		return schema.Opt[time.Duration]{}
	}
	slices.Sort(lifetimes)
	return schema.Some(lifetimes[len(lifetimes)/2])
}

// cpuUse is the CPU time of one process in a window.
type cpuUse struct {
	Process *replay.Process
	UsedNs  int64
}

// Busiest returns the processes that used CPU in the window, the most first, then the
// oldest. A process that has exited counts with its final total.
func (f *features) Busiest() []cpuUse {
	var uses []cpuUse
	places := map[*replay.Process]int{}
	for _, bucket := range f.buckets {
		for i := range bucket.uses {
			u := &bucket.uses[i]
			at, known := places[u.process]
			if !known {
				at = len(uses)
				places[u.process] = at
				uses = append(uses, cpuUse{Process: u.process})
			}
			uses[at].UsedNs += u.since(f.From)
		}
	}
	slices.SortFunc(uses, func(a, b cpuUse) int {
		if a.UsedNs != b.UsedNs {
			if a.UsedNs > b.UsedNs {
				return -1
			}
			return 1
		}
		return replay.Compare(a.Process, b.Process)
	})
	return uses
}
