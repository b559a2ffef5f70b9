package insight

import (
	"cmp"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	// growthLeast is the growth in bytes from which on a process is followed.
	growthLeast = 8 << 20
	// maxBytes is the largest amount that is believed.
	maxBytes = 1 << 50
)

// memoryTracker follows the processes whose memory grows, what the host has available,
// and kills for want of memory. It holds two figures of every process and the points of
// a minute of the growing ones.
type memoryTracker struct {
	// begun is the first moment that is analysed.
	begun   schema.Time
	latest  replay.Table[memoryLevel]
	growing []*memoryTrack
	byProc  map[*replay.Process]*memoryTrack
	// host are the points of the last minute, and one older.
	host replay.Queue[hostMemory]
	// low is since when little has been available; see oomAvailable.
	low schema.Opt[schema.Time]
	// kills are those of the last window.
	kills replay.Queue[oomKill]
}

// memoryPoint is an amount of memory at one moment.
type memoryPoint struct {
	time  schema.Time
	bytes int64
}

// memoryLevel is the least resident memory of a process since it has been followed or
// stopped growing, and the latest.
type memoryLevel struct {
	least, latest memoryPoint
	known         bool
}

// memoryTrack holds the points of a growing process, the oldest first.
type memoryTrack struct {
	process *replay.Process
	points  []memoryPoint
}

// hostMemory is what a system record says of memory.
type hostMemory struct {
	memoryPoint
	fullUs, someUs int64
}

// oomKill is one choice of the kernel.
type oomKill struct {
	time schema.Time
	// onset is since when it was near, or its time.
	onset  schema.Time
	victim *replay.Process
	rss    schema.Opt[int64]
	// group is the cgroup whose limit was reached; nil is the host.
	group *cgroupTrack
}

func newMemoryTracker() memoryTracker {
	return memoryTracker{byProc: map[*replay.Process]*memoryTrack{}}
}

// add takes in a record with a process's resident memory.
func (t *memoryTracker) add(p *replay.Process, r *schema.Record) {
	if !r.RSSBytes.OK || r.RSSBytes.V < 0 || r.RSSBytes.V > maxBytes || p.Exited() || p.Zombie() {
		return
	}
	now := memoryPoint{r.Time, r.RSSBytes.V}
	if track := t.byProc[p]; track != nil {
		track.add(now)
		return
	}
	level := t.latest.At(p)
	if !level.known {
		*level = memoryLevel{least: t.first(p, now), latest: t.first(p, now), known: true}
	}
	before := level.latest
	// It stood still while the process was not sampled.
	before.time = max(before.time, min(p.CPU.From, now.time))
	level.latest = now
	if now.bytes <= level.least.bytes {
		level.least = now
	}
	if now.bytes-level.least.bytes < growthLeast {
		return
	}
	track := &memoryTrack{process: p}
	for _, point := range [...]memoryPoint{level.least, before, now} {
		if n := len(track.points); n == 0 || point.time > track.points[n-1].time {
			track.points = append(track.points, point)
		}
	}
	t.byProc[p] = track
	t.growing = append(t.growing, track)
}

// first is what a process had before its first sample: nothing when it came to run its
// program, if that is part of what is analysed. A fork alone shares its parent's memory,
// so that growth is not seen.
func (t *memoryTracker) first(p *replay.Process, now memoryPoint) memoryPoint {
	if p.ForkTime.OK && p.ExecTime.OK && p.ExecTime.V >= t.begun && p.ExecTime.V <= now.time {
		return memoryPoint{time: p.ExecTime.V}
	}
	return now
}

func (t *memoryTrack) add(now memoryPoint) {
	n := len(t.points)
	if now.time <= t.points[n-1].time {
		return
	}
	if n > 1 && now.time.Sub(t.points[n-2].time) < memorySpacing {
		t.points[n-1] = now
		return
	}
	keep := 0
	for keep+1 < n && now.time.Sub(t.points[keep+1].time) >= memoryHistory {
		keep++
	}
	t.points = append(slices.Delete(t.points, 0, keep), now)
}

// kill takes in that the kernel chose a victim, when it still stands as it did.
func (t *memoryTracker) kill(h *replay.Host, cgroups *cgroupTracker, r *schema.Record) {
	victim := h.Current()
	t.add(victim, r)
	k := oomKill{time: r.Time, victim: victim, rss: r.RSSBytes}
	available := schema.Opt[float64]{}
	if system := h.System(); system != nil {
		available = availablePercent(h, system)
	}
	for g := cgroups.find(victim.Cgroup); g != nil && k.group == nil; g = g.parent {
		// The host's want is known to be none, or the cgroup's is.
		if g.use.MemoryMaxBytes.OK && (available.OK && available.V > oomAvailable || g.share() >= cgroupFull) {
			k.group = g
		}
	}
	k.onset = min(r.Time, t.near(k.group).Or(r.Time))
	t.kills.Push(k)
}

// near is since when the cgroup, or the host, has been near its end.
func (t *memoryTracker) near(group *cgroupTrack) schema.Opt[schema.Time] {
	if group == nil {
		return t.low
	}
	near := group.pressed
	if near.OK {
		near.V = max(near.V, group.risen())
	}
	return near
}

// system notes how the host stands when all samples of an interval are in, and lets go
// of what is too old and of who grows no more.
func (t *memoryTracker) system(h *replay.Host, r *schema.Record) {
	now := r.Time
	t.lower(h, r)
	if n := t.host.Len(); r.MemAvailableBytes.OK && (n == 0 || now.Sub(t.host.At(n-1).time) >= memorySpacing) {
		t.host.Push(hostMemory{memoryPoint{now, r.MemAvailableBytes.V}, r.PSI.MemoryFullUs.V, r.PSI.MemorySomeUs.V})
	}
	for t.host.Len() > 1 && now.Sub(t.host.At(1).time) >= memoryHistory {
		t.host.Pop()
	}
	for t.kills.Len() > 0 && now.Sub(t.kills.Front().time) > Window {
		t.kills.Pop()
	}
	t.growing = slices.DeleteFunc(t.growing, func(track *memoryTrack) bool {
		last := track.points[len(track.points)-1]
		exited := track.process.Exited() && now.Sub(last.time) > Window
		if grows := track.growth(now) >= growthLeast; grows && !exited {
			return false
		}
		delete(t.byProc, track.process)
		*t.latest.At(track.process) = memoryLevel{last, last, true}
		return true
	})
}

// lower notes since when little has been available.
func (t *memoryTracker) lower(h *replay.Host, r *schema.Record) {
	total := h.MemTotalBytes()
	if !total.OK || total.V <= 0 || !r.MemAvailableBytes.OK {
		return
	}
	limit := float64(total.V) * oomAvailable / 100
	switch at := float64(r.MemAvailableBytes.V); {
	case at > limit:
		t.low.Clear()
	case !t.low.OK && t.host.Len() > 0:
		before := t.host.At(t.host.Len() - 1)
		t.low.Set(crossing(before.time, r.Time, float64(before.bytes), at, limit))
	case !t.low.OK:
		t.low.Set(r.Time)
	}
}

// crossing is when a figure that went evenly from one value to another met a limit
// between them; the end if there is none.
func crossing(from, to schema.Time, a, b, limit float64) schema.Time {
	if a == b || to <= from {
		return to
	}
	part := min(max((limit-a)/(b-a), 0), 1)
	return from.Add(time.Duration(float64(to.Sub(from)) * part))
}

// growth is how much more the process has than a minute ago, or first.
func (t *memoryTrack) growth(now schema.Time) int64 {
	first := t.from(now)
	return t.points[len(t.points)-1].bytes - first.bytes
}

// from is the latest point that is at least a minute old, or the first.
func (t *memoryTrack) from(now schema.Time) memoryPoint {
	first := t.points[0]
	for _, p := range t.points {
		if now.Sub(p.time) >= memoryHistory {
			first = p
		}
	}
	return first
}

// grower is a process whose memory grows.
type grower struct {
	Process *replay.Process
	// GrownBytes is by how much since From, to RSSBytes.
	GrownBytes, RSSBytes int64
	From                 schema.Time
}

// growers returns the processes that have grown, in the cgroup or below it, by most
// first; a nil cgroup is the host.
func (f *features) growers(group *cgroupTrack) []grower {
	var list []grower
	for _, track := range f.memory.growing {
		if group != nil && !f.cgroups.holds(group, track.process) {
			continue
		}
		last, first := track.points[len(track.points)-1], track.from(f.To)
		if grown := last.bytes - first.bytes; grown >= growthLeast {
			list = append(list, grower{track.process, grown, last.bytes, first.time})
		}
	}
	slices.SortFunc(list, func(a, b grower) int {
		return cmp.Or(-cmp.Compare(a.GrownBytes, b.GrownBytes), replay.Compare(a.Process, b.Process))
	})
	return list
}

// holds says that the process is, or was, in the cgroup or below it.
func (t *cgroupTracker) holds(group *cgroupTrack, p *replay.Process) bool {
	for g := t.find(p.Cgroup); g != nil; g = g.parent {
		if g == group {
			return true
		}
	}
	return false
}
