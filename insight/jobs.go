package insight

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// shortJob is how long a job may live, from fork to exit (linnix: ≤ 1000 ms). Whether it
// runs a program of its own is not asked.
const shortJob = 1000 * time.Millisecond

// jobTally adds up the short jobs that ended in one second under one parent.
type jobTally struct {
	// parent is the nearest birth ancestor that was there at the exit.
	parent *replay.Process
	jobTotals
}

// jobTotals are sums over short jobs.
type jobTotals struct {
	Jobs int64
	// LivedNs is the sum of their lifetimes.
	LivedNs int64
	// CPUNs is the CPU time of the Measured among them.
	CPUNs, Measured int64
	// First is the earliest fork of them, Last the latest exit.
	First, Last schema.Time
}

func (t *jobTotals) add(o jobTotals) {
	if t.Jobs == 0 {
		t.First = o.First
	}
	t.First, t.Last = min(t.First, o.First), max(t.Last, o.Last)
	t.Jobs += o.Jobs
	t.LivedNs += o.LivedNs
	t.CPUNs += o.CPUNs
	t.Measured += o.Measured
}

// MeanLife is that of at least one job.
func (t *jobTotals) MeanLife() time.Duration { return time.Duration(t.LivedNs / max(t.Jobs, 1)) }

// MeanCPU is absent where no job was measured.
func (t *jobTotals) MeanCPU() schema.Opt[time.Duration] {
	if t.Measured == 0 {
		return schema.Opt[time.Duration]{}
	}
	return schema.Some(time.Duration(t.CPUNs / t.Measured))
}

// jobs are the short jobs that ended in one second, by parent in the order of their
// first exit.
type jobs struct {
	total   int64
	tallies []jobTally
	places  map[*replay.Process]int
	// latest is the place of the tally that was added to last: a flood has one parent.
	latest int
}

// add counts the process, which has just exited, if it was a short job. One whose
// parent is not known has nobody to be counted under.
func (j *jobs) add(p *replay.Process, exit *schema.Record) {
	parent := p.Parent()
	if !p.ForkTime.OK || parent == nil {
		return
	}
	// Records of neighbouring CPUs may be out of order by microseconds.
	lived := max(0, exit.Time.Sub(p.ForkTime.V))
	if lived > shortJob {
		return
	}
	one := jobTotals{Jobs: 1, LivedNs: int64(lived), First: p.ForkTime.V, Last: exit.Time}
	if exit.CPUNs.OK {
		one.CPUNs, one.Measured = p.CPU.TotalNs, 1
	}
	j.total++
	j.of(parent).add(one)
}

func (j *jobs) of(parent *replay.Process) *jobTally {
	if j.latest < len(j.tallies) && j.tallies[j.latest].parent == parent {
		return &j.tallies[j.latest]
	}
	at, known := j.places[parent]
	if !known {
		if j.places == nil {
			j.places = map[*replay.Process]int{}
		}
		at = len(j.tallies)
		j.places[parent] = at
		j.tallies = append(j.tallies, jobTally{parent: parent})
	}
	j.latest = at
	return &j.tallies[at]
}

// cleared returns it empty, with its memory.
func (j *jobs) cleared() jobs {
	clear(j.tallies)
	clear(j.places)
	return jobs{tallies: j.tallies[:0], places: j.places}
}

// jobStarter is a process that started short jobs which ended in the window.
type jobStarter struct {
	Process *replay.Process
	// jobTotals are of those that it started itself.
	jobTotals
	// PerSecond counts them by the second in which they ended.
	PerSecond [bucketCount]int64
	// Below are all short jobs that ended below it.
	Below jobTotals
	// BornAlive counts the processes below it that were born in the window and are alive.
	BornAlive int64
}

// Slowest returns the smallest number of jobs that ended in one second.
func (s *jobStarter) Slowest() int64 {
	least := s.PerSecond[0]
	for _, n := range s.PerSecond[1:] {
		least = min(least, n)
	}
	return least
}

// JobStarters returns the processes that started short jobs, the first to have one end
// first. What ran in a subshell was started by the shell. The list is not to be changed.
func (f *features) JobStarters() []jobStarter {
	if f.starters == nil {
		f.starters = f.jobStarters()
	}
	return f.starters
}

func (f *features) jobStarters() []jobStarter {
	var list []jobStarter
	places := map[*replay.Process]int{}
	for second, bucket := range f.buckets {
		for i := range bucket.jobs.tallies {
			tally := &bucket.jobs.tallies[i]
			p := starterOf(tally.parent)
			at, known := places[p]
			if !known {
				at = len(list)
				places[p] = at
				list = append(list, jobStarter{Process: p})
			}
			list[at].add(tally.jobTotals)
			list[at].PerSecond[second] += tally.Jobs
		}
	}
	return list
}

// starterOf climbs from a job's parent over forks that ran their parent's program and
// were short jobs themselves: subshells.
func starterOf(p *replay.Process) *replay.Process {
	for isSubshell(p) && p.Parent() != nil {
		p = p.Parent()
	}
	return p
}

func isSubshell(p *replay.Process) bool {
	return p.ForkTime.OK && !p.ExecTime.OK && p.ExitTime.OK && p.ExitTime.V.Sub(p.ForkTime.V) <= shortJob
}

// lookBelow fills in what the window holds below each of the starters: one climb from
// each parent of a short job and from each process that was born and stayed, up to the
// nearest starter, and then from starter to starter.
func lookBelow(f *features, list []jobStarter) {
	n := &nearest{place: map[*replay.Process]int{}}
	var youngest schema.Time
	for i := range list {
		n.place[list[i].Process] = i
		youngest = max(youngest, list[i].Process.StartTime)
	}
	above, own := make([]int, len(list)), make([]jobStarter, len(list))
	for i := range list {
		above[i] = n.of(list[i].Process.Parent())
	}
	for _, bucket := range f.buckets {
		for i := range bucket.jobs.tallies {
			tally := &bucket.jobs.tallies[i]
			if at := n.of(tally.parent); at >= 0 {
				own[at].Below.add(tally.jobTotals)
			}
		}
	}
	// Children of one parent come in runs, and have the same starter above them, unless
	// they are old enough to be one.
	var parent *replay.Process
	under := -1
	for _, child := range f.bornAlive() {
		at := under
		if p := child.Parent(); child.StartTime <= youngest {
			at = n.of(child)
		} else if p != parent {
			at = n.of(p)
			parent, under = p, at
		}
		if at >= 0 {
			own[at].BornAlive++
		}
	}
	for i := range own {
		if own[i].Below.Jobs == 0 && own[i].BornAlive == 0 {
			continue
		}
		for at := i; at >= 0; at = above[at] {
			if own[i].Below.Jobs > 0 {
				list[at].Below.add(own[i].Below)
			}
			list[at].BornAlive += own[i].BornAlive
		}
	}
}

// nearest finds the nearest of some processes at or above another. It climbs over each
// process once.
type nearest struct {
	// place is that of the nearest, −1 for none, of each process that was passed.
	place map[*replay.Process]int
}

func (n *nearest) of(p *replay.Process) int {
	if p == nil {
		return -1
	}
	if at, passed := n.place[p]; passed {
		return at
	}
	// The process itself is not noted: most are the last of their tree.
	var way []*replay.Process
	found := -1
	for q := p.Parent(); q != nil; q = q.Parent() {
		at, passed := n.place[q]
		if passed {
			found = at
			break
		}
		way = append(way, q)
	}
	for _, q := range way {
		n.place[q] = found
	}
	return found
}
