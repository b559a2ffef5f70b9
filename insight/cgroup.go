package insight

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// quotaPeriod is the time for which a record tells a cgroup's CPU quota.
const quotaPeriod = 100 * time.Millisecond

// cgroupUse is what a cgroup, with all below it, used in a window of system records.
// What the records do not tell is absent.
type cgroupUse struct {
	// Path names the cgroup.
	Path string
	// From and To are those of the records; To is the latest.
	From, To schema.Time
	// Cgroup holds its limits and counters at To.
	schema.Cgroup
	// RSSBytes is the resident memory of its processes, at To. Pages that several of
	// them share count for each.
	RSSBytes int64
	// UsageNs and ThrottledNs are the CPU time it used, and the time for which it was
	// kept from running although it had work. Throttling adds up over CPUs on cgroup v1.
	UsageNs, ThrottledNs schema.Opt[int64]
}

// Span returns the length of the window.
func (u *cgroupUse) Span() time.Duration { return u.To.Sub(u.From) }

// ThrottledPercent is the part of the window for which the cgroup was throttled: Δ
// cpu_throttled_ns / Δ time. It can be over 100 where several CPUs were.
func (u *cgroupUse) ThrottledPercent() schema.Opt[float64] {
	if !u.ThrottledNs.OK || u.Span() <= 0 {
		return schema.Opt[float64]{}
	}
	return schema.Some(percent(float64(u.ThrottledNs.V), float64(u.Span())))
}

// QuotaPercent is the part of its CPU quota that the cgroup used: Δ cpu_usage_ns /
// (cpu_quota_ns × Δ time / 100 ms).
func (u *cgroupUse) QuotaPercent() schema.Opt[float64] {
	if !u.UsageNs.OK || !u.CPUQuotaNs.OK || u.CPUQuotaNs.V <= 0 || u.Span() <= 0 {
		return schema.Opt[float64]{}
	}
	quota := float64(u.CPUQuotaNs.V) * float64(u.Span()) / float64(quotaPeriod)
	return schema.Some(percent(float64(u.UsageNs.V), quota))
}

// Cores is the CPU quota in cores.
func (u *cgroupUse) Cores() schema.Opt[float64] {
	return schema.Opt[float64]{V: float64(u.CPUQuotaNs.V) / float64(quotaPeriod), OK: u.CPUQuotaNs.OK}
}

// cgroup returns what the cgroup at the path used in the window; ok is false for one
// that no record told of, and before two system records.
func (f *features) cgroup(path string) (use cgroupUse, ok bool) {
	g := f.cgroups.byPath[path]
	if g == nil || !g.told.OK {
		return cgroupUse{}, false
	}
	return g.window()
}

// quota returns the use of the nearest cgroup with a CPU quota that holds the process;
// ok is false if none is known.
func (f *features) quota(p *replay.Process) (use cgroupUse, ok bool) {
	for g := f.cgroups.find(p.Cgroup); g != nil; g = g.parent {
		if g.use.CPUQuotaNs.OK {
			return g.window()
		}
	}
	return cgroupUse{}, false
}

// find returns the cgroup at the path, or the nearest above it that is followed.
func (t *cgroupTracker) find(path string) *cgroupTrack {
	for range maxCgroupDepth {
		if g := t.byPath[path]; g != nil || path == "" {
			return g
		}
		path = above(path)
	}
	return nil
}

func (g *cgroupTrack) window() (use cgroupUse, ok bool) {
	from, to := g.since(Window)
	if from == nil {
		return cgroupUse{}, false
	}
	return cgroupUse{
		Path: g.path, From: from.time, To: to.time, Cgroup: g.use, RSSBytes: g.rssBytes,
		UsageNs: grown(from.usageNs, to.usageNs), ThrottledNs: grown(from.throttledNs, to.throttledNs),
	}, true
}
