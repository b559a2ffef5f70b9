package insight

import (
	"slices"
	"strings"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	// memoryHistory is how far back the growth of memory is looked at (oomd averages over
	// 60 s).
	memoryHistory = 60 * time.Second
	// memorySpacing bounds how many points that makes.
	memorySpacing = 500 * time.Millisecond
	// maxCgroupDepth bounds how many cgroups a process is counted in.
	maxCgroupDepth = 32
)

// cgroupTracker follows the cgroups of processes: their limits and use as their records
// tell, and the resident memory of the processes in them. A cgroup without a record
// since is unchanged. It holds the cgroups of the living, and those told of in the last
// minute.
type cgroupTracker struct {
	byPath  map[string]*cgroupTrack
	order   []*cgroupTrack
	members replay.Table[cgroupMember]
}

// cgroupMember is what a process adds to its cgroup.
type cgroupMember struct {
	group *cgroupTrack
	rss   int64
}

// cgroupTrack is one cgroup.
type cgroupTrack struct {
	path   string
	parent *cgroupTrack
	// users are the processes in it and the cgroups right below it.
	users int
	// rssBytes is that of all processes in it and below, as last sampled.
	rssBytes int64
	// use and memorySomeUs are those of its latest record, which came at told.
	use          schema.Cgroup
	memorySomeUs schema.Opt[int64]
	told         schema.Opt[schema.Time]
	// points are those of the last minute, and one older.
	points replay.Queue[cgroupPoint]
	// pressed is since when it has been pressed; see press.
	pressed schema.Opt[schema.Time]
}

// cgroupPoint is a cgroup's use at one moment.
type cgroupPoint struct {
	time              schema.Time
	currentBytes      int64
	rssBytes          int64
	throttledNs       schema.Opt[int64]
	usageNs, memoryUs schema.Opt[int64]
}

func newCgroupTracker() cgroupTracker {
	return cgroupTracker{byPath: map[string]*cgroupTrack{}}
}

// add takes in a cgroup record.
func (t *cgroupTracker) add(r *schema.Record) {
	group := t.at(r.Process.Cgroup.V, 0)
	if group == nil {
		return
	}
	group.use, group.memorySomeUs = r.Cgroup, r.PSI.MemorySomeUs
	group.told.Set(r.Time)
}

// at returns the cgroup of a path, which it begins to follow; nil for the root, which
// has no limits, and at a depth that nobody uses.
func (t *cgroupTracker) at(path string, depth int) *cgroupTrack {
	if path == "" || path == "/" || depth == maxCgroupDepth {
		return nil
	}
	if known := t.byPath[path]; known != nil {
		return known
	}
	group := &cgroupTrack{path: path}
	if group.parent = t.at(above(path), depth+1); group.parent != nil {
		group.parent.users++
	}
	t.byPath[path] = group
	t.order = append(t.order, group)
	return group
}

// above returns the path of the cgroup that holds the one at the path, or "".
func above(path string) string { return path[:max(0, strings.LastIndexByte(path, '/'))] }

// sample books the process's resident memory under its cgroup.
func (t *cgroupTracker) sample(p *replay.Process) {
	if p.Exited() || p.Cgroup == "" {
		return
	}
	m := t.members.At(p)
	if m.group == nil || m.group.path != p.Cgroup {
		m.leave()
		m.join(t.at(p.Cgroup, 0))
	}
	if rss := min(p.RSSBytes.V, maxBytes); rss != m.rss {
		m.group.grow(rss - m.rss)
		m.rss = rss
	}
}

// exit takes a process that leaves the tree out of its cgroup.
func (t *cgroupTracker) exit(p *replay.Process) { t.members.At(p).leave() }

func (m *cgroupMember) join(group *cgroupTrack) {
	m.group = group
	if group != nil {
		group.users++
	}
}

func (m *cgroupMember) leave() {
	if m.group != nil {
		m.group.grow(-m.rss)
		m.group.users--
	}
	*m = cgroupMember{}
}

// grow adds to the resident memory of the cgroup and of those above.
func (g *cgroupTrack) grow(bytes int64) {
	for ; g != nil; g = g.parent {
		g.rssBytes += bytes
	}
}

// system notes, when all samples of an interval are in, how the cgroups stand, and lets
// go of those that nobody uses.
func (t *cgroupTracker) system(now schema.Time) {
	for _, g := range t.order {
		if g.told.OK {
			g.note(now)
		}
	}
	// Those below go first, for each holds the one above.
	for again := true; again; {
		again = false
		t.order = slices.DeleteFunc(t.order, func(g *cgroupTrack) bool {
			if g.users > 0 || g.told.OK && now.Sub(g.told.V) < memoryHistory {
				return false
			}
			delete(t.byPath, g.path)
			if g.parent != nil {
				g.parent.users--
				again = true
			}
			return true
		})
	}
}

func (g *cgroupTrack) note(now schema.Time) {
	g.press(now)
	if n := g.points.Len(); n > 0 && now.Sub(g.points.At(n-1).time) < memorySpacing {
		return
	}
	g.points.Push(cgroupPoint{
		time: now, currentBytes: g.use.MemoryCurrentBytes.V, rssBytes: g.rssBytes,
		throttledNs: g.use.CPUThrottledNs, usageNs: g.use.CPUUsageNs, memoryUs: g.memorySomeUs,
	})
	for g.points.Len() > 1 && now.Sub(g.points.At(1).time) >= memoryHistory {
		g.points.Pop()
	}
}

// since returns the latest point that is at least a time older than the last, or the
// first; nil before there are two.
func (g *cgroupTrack) since(age time.Duration) (from, to *cgroupPoint) {
	n := g.points.Len()
	if n < 2 {
		return nil, nil
	}
	to = g.points.At(n - 1)
	at := 0
	for i := n - 2; i >= 0; i-- {
		if to.time.Sub(g.points.At(i).time) >= age {
			at = i
			break
		}
	}
	return g.points.At(at), to
}
