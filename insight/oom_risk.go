package insight

import (
	"fmt"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// A host or a cgroup is at risk when it is about to have no memory left: little is
// there, and it goes on growing or tasks already wait for it. What is full and stays so
// is of the right size, and page cache fills whatever there is. The process that is
// named is the one that has grown most, not the kernel's victim. Nothing here sees 30
// minutes, so that all it says is 'growing'.
//
// Worked through: growth in a cgroup up to its limit, and then an OOM kill, of the one
// that grows or of another; a steady heap at 92 % and at 99 % of a cgroup; a cgroup and
// a host full of page cache, also under pressure; a JVM that warms up to its heap; a
// process that starts anew beside its end; a host that runs out in minutes, or in hours;
// a host that thrashes. What is on no process's account (tmpfs, kernel memory) is not
// seen before the kill.
const (
	// oomAvailable is the percent of memory below or at which little is available
	// (earlyoom; nohang too), and oomCritical where it kills.
	oomAvailable, oomCritical = 10, 5
	// oomSoon is how soon it must run out at the trend of the window.
	oomSoon = 10 * time.Minute
	// oomStall is the memory pressure (some), in percent, that makes little too little.
	oomStall = 5
	// oomThrash is the memory pressure (full), in percent of a window, that is a risk by
	// itself (nohang warns from 10; systemd-oomd kills from 60 over 30 s), if less than
	// calmAvailable is available: a cgroup that reads through its limit stalls as well.
	oomThrash = 10
	// cgroupFull is the percent of its limit that a cgroup must use (nohang and linnix
	// warn above 85, act above 95), and cgroupHeld the part that its processes must hold.
	cgroupFull, cgroupHeld = 95, 75
	// cgroupGrows is the growth in percent of the limit in a window, over the noise of a
	// steady heap.
	cgroupGrows = 1
	// killMargin is for a kill: that is no matter of degree.
	killMargin = 3
	// strengthKill ranks kills before all else.
	strengthKill = 1000
)

// judgeOOMRisk returns a verdict for each kill, each cgroup and the host.
func judgeOOMRisk(f *features) []verdict {
	var verdicts []verdict
	for i := range f.memory.kills.Len() {
		if k := f.memory.kills.At(i); k.time > f.From {
			verdicts = append(verdicts, killVerdict(f, k))
		}
	}
	for _, g := range f.cgroups.order {
		if cgroupAtRisk(f, g) {
			verdicts = append(verdicts, cgroupVerdict(f, g))
		}
	}
	if hostAtRisk(f) {
		verdicts = append(verdicts, hostVerdict(f))
	}
	return verdicts
}

// oomVerdict is what all three have in common: who grows, in the cgroup or on the host.
func oomVerdict(f *features, group *cgroupTrack) verdict {
	v := verdict{class: schema.ClassOOMRisk, end: f.To, severity: schema.SeverityWarning, atLimit: group != nil}
	if group != nil {
		v.cgroup = group.path
	}
	growers := f.growers(group)
	var all int64
	for _, g := range growers {
		all += g.GrownBytes
	}
	for _, g := range growers[:min(len(growers), maxCandidates)] {
		if share := float64(g.GrownBytes) / float64(all); share >= minShare {
			v.candidates = append(v.candidates, candidate{g.Process, share})
		}
	}
	if len(v.candidates) > 0 {
		v.primary = v.candidates[0].process
		v.tree = poolOf(v.primary)
		use, _ := f.cgroup(v.primary.Cgroup)
		v.cgroupBytes = use.MemoryCurrentBytes.V
	}
	return v
}

// growthFacts tell who grows, the most first.
func (v *verdict) growthFacts(f *features, group *cgroupTrack) {
	for i, g := range f.growers(group)[:len(v.candidates)] {
		pid, span := g.Process.Key.PID, f.To.Sub(g.From)
		v.fact(fmt.Sprintf("pid %d grew by %.1f MiB in %s, to %.1f MiB", pid, mib(g.GrownBytes), seconds(span), mib(g.RSSBytes)), mib(g.GrownBytes), "MiB")
		if i == 0 && len(v.candidates) > 1 {
			share := v.candidates[0].share * 100
			v.fact(fmt.Sprintf("that is %.0f %% of all growth", share), share, "%")
		}
	}
}

// capGrower limits the confidence where nobody is seen to grow.
func (v *verdict) capGrower() {
	if v.primary == nil {
		v.confidence.capFor(capUnnamed, "who grows: no process did by 8 MiB while it was sampled")
	}
}

// grew says in short who has grown most.
func (v *verdict) grew(f *features, group *cgroupTrack) string {
	list := f.growers(group)
	if len(list) == 0 {
		return "nobody was seen to grow"
	}
	return fmt.Sprintf("pid %d grew by %.0f MiB", list[0].Process.Key.PID, mib(list[0].GrownBytes))
}

func killVerdict(f *features, k *oomKill) verdict {
	v := oomVerdict(f, k.group)
	v.onset, v.end, v.severity = k.onset, k.time, schema.SeverityCritical
	v.strength = strengthKill
	v.judgeAt(killMargin)
	v.capGrower()
	pid := k.victim.Key.PID
	v.why = fmt.Sprintf("the kernel killed pid %d for want of memory; %s", pid, v.grew(f, k.group))
	v.fact(fmt.Sprintf("the kernel chose pid %d to be killed at %s", pid, k.time), float64(pid), "pid")
	if k.rss.OK {
		v.fact(fmt.Sprintf("it held %.1f MiB then", mib(k.rss.V)), mib(k.rss.V), "MiB")
	}
	v.growthFacts(f, k.group)
	if k.group != nil {
		limit := mib(k.group.use.MemoryMaxBytes.V)
		v.fact(fmt.Sprintf("its cgroup may use %.1f MiB", limit), limit, "MiB")
	}
	v.hostMemoryFacts(f)
	return v
}

// cgroupAtRisk says that the cgroup's processes hold nearly all that it may use, and
// either grow or stall.
func cgroupAtRisk(f *features, g *cgroupTrack) bool {
	return g.pressed.OK && g.points.Len() > 1 && (g.grown() >= cgroupGrows || thrashes(f))
}

// thrashes says that all tasks together waited for memory for long.
func thrashes(f *features) bool { return f.lasts() && f.MemoryFull.V >= oomThrash }

func cgroupVerdict(f *features, g *cgroupTrack) verdict {
	v := oomVerdict(f, g)
	last := g.points.At(g.points.Len() - 1)
	v.onset = g.pressed.V
	if g.grown() >= cgroupGrows {
		v.onset = max(v.onset, g.risen())
	}
	v.onset, v.end = min(v.onset, last.time), last.time
	share, held := g.share(), g.ofLimit(g.rssBytes)
	v.strength = held + g.grown()
	v.judgeAt(margin(room(100-cgroupFull, 100-share), held/cgroupHeld, max(g.grown()/cgroupGrows, f.MemoryFull.V/oomThrash)))
	v.confidence.capLost(f)
	v.capGrower()
	state := "is growing"
	if g.grown() < cgroupGrows {
		state = "stalls"
	}
	v.why = fmt.Sprintf("a cgroup uses %.0f %% of its memory limit and %s; %s", share, state, v.grew(f, g))
	v.fact(fmt.Sprintf("the cgroup uses %.1f %% of its limit", share), share, "%")
	v.fact(fmt.Sprintf("its processes hold %.1f %% of it", held), held, "%")
	v.fact(fmt.Sprintf("the limit is %.1f MiB", mib(g.use.MemoryMaxBytes.V)), mib(g.use.MemoryMaxBytes.V), "MiB")
	if g.grown() > 0 {
		v.fact(fmt.Sprintf("they grew by %.1f %% of it within %s", g.grown(), seconds(Window)), g.grown(), "%")
	}
	if left := g.trend().reach(g.use.MemoryMaxBytes.V - g.rssBytes); left.OK {
		v.fact(fmt.Sprintf("at this rate they hold all of it in %s", seconds(left.V)), left.V.Seconds(), "s")
		if left.V <= time.Minute {
			v.severity = schema.SeverityCritical
		}
	}
	v.growthFacts(f, g)
	from, to := g.since(Window)
	stalled := stalledPercent(from.memoryUs, to.memoryUs, to.time.Sub(from.time))
	v.percentFact(fmt.Sprintf("memory pressure (some) of the cgroup was %.1f %%", stalled.V), stalled)
	v.hostMemoryFacts(f)
	return v
}

// hostAtRisk says that little is available and it falls, or that tasks wait for memory.
func hostAtRisk(f *features) bool {
	switch {
	case !f.Sampled:
		return false
	case !f.Available.OK:
		return thrashes(f)
	}
	return f.Available.V <= oomAvailable && (f.runsOut().OK || f.lasts() && f.MemorySome.V >= oomStall) ||
		f.Available.V < calmAvailable && thrashes(f)
}

// falling is the trend of what the host has available, in the window.
func (f *features) falling() trend {
	var points []memoryPoint
	for i := range f.memory.host.Len() {
		if p := f.memory.host.At(i); p.time >= f.From {
			points = append(points, p.memoryPoint)
		}
	}
	return fit(points)
}

// runsOut is in what time nothing is available at the trend, if that is soon.
func (f *features) runsOut() schema.Opt[time.Duration] {
	n := f.memory.host.Len()
	if n == 0 {
		return schema.Opt[time.Duration]{}
	}
	left := f.falling().reach(-f.memory.host.At(n - 1).bytes)
	if !left.OK || left.V > oomSoon {
		return schema.Opt[time.Duration]{}
	}
	return left
}

func hostVerdict(f *features) verdict {
	v := oomVerdict(f, nil)
	v.onset, v.end = hostOnset(f), f.Disk.To
	v.onset = min(v.onset, v.end)
	v.strength = 100 - f.Available.V + f.MemoryFull.V
	left := f.runsOut()
	why := fmt.Sprintf("memory pressure (full) was %.0f %%", f.MemoryFull.V)
	ratio := f.MemoryFull.V / oomThrash
	switch {
	case f.Available.OK && f.Available.V <= oomAvailable && left.OK:
		why = fmt.Sprintf("%.1f %% of memory is available, none in %s at this rate", f.Available.V, seconds(left.V))
		ratio = margin(room(oomAvailable, f.Available.V), room(oomSoon.Seconds(), left.V.Seconds()))
	case f.Available.OK && f.Available.V <= oomAvailable && f.MemorySome.V >= oomStall:
		why = fmt.Sprintf("%.1f %% of memory is available, pressure (some) was %.0f %%", f.Available.V, f.MemorySome.V)
		ratio = margin(room(oomAvailable, f.Available.V), f.MemorySome.V/oomStall)
	}
	v.judgeAt(ratio)
	capAbsent(&v.confidence, f.Available, "available memory")
	capAbsent(&v.confidence, f.MemorySome, "memory pressure")
	v.capGrower()
	v.why = why + "; " + v.grew(f, nil)
	if f.Available.OK && f.Available.V <= oomCritical || thrashes(f) {
		v.severity = schema.SeverityCritical
	}
	if left.OK {
		v.fact(fmt.Sprintf("at this rate nothing is available in %s", seconds(left.V)), left.V.Seconds(), "s")
	}
	v.hostMemoryFacts(f)
	v.growthFacts(f, nil)
	if !left.OK {
		v.capEdge(f)
	}
	return v
}

// hostOnset is when little came to be available, or that which made it a risk began: the
// fall, or else the stalls.
func hostOnset(f *features) schema.Time {
	h := &f.memory.host
	if h.Len() == 0 {
		return f.From
	}
	if f.runsOut().OK && f.memory.low.OK {
		fell := begun(h.Len(), func(i int) memoryPoint {
			p := h.At(i)
			return memoryPoint{p.time, -p.bytes}
		})
		return max(f.memory.low.V, fell)
	}
	i := h.Len() - 1
	for ; i > 0; i-- {
		before, p := h.At(i-1), h.At(i)
		spanUs := p.time.Sub(before.time).Microseconds()
		if 100*(p.fullUs-before.fullUs) < oomThrash*spanUs && 100*(p.someUs-before.someUs) < oomStall*spanUs {
			break
		}
	}
	return max(h.At(i).time, f.memory.low.V)
}

func (v *verdict) hostMemoryFacts(f *features) {
	v.percentFact(fmt.Sprintf("%.1f %% of the host's memory was available", f.Available.V), f.Available)
	v.percentFact(fmt.Sprintf("memory pressure (some) was %.1f %%", f.MemorySome.V), f.MemorySome)
	v.percentFact(fmt.Sprintf("memory pressure (full) was %.1f %%", f.MemoryFull.V), f.MemoryFull)
	total, system := f.Host.Meta().SwapTotalBytes, f.Host.System()
	if total.OK && total.V > 0 && system != nil && system.SwapFreeBytes.OK {
		free := percent(float64(system.SwapFreeBytes.V), float64(total.V))
		v.fact(fmt.Sprintf("%.0f %% of the swap was free", free), free, "%")
	}
}

func whyNotOOMRisk(f *features) string {
	for _, g := range f.cgroups.order {
		if g.share() < cgroupFull {
			continue
		}
		held := g.ofLimit(g.rssBytes)
		if held < cgroupHeld {
			return fmt.Sprintf("a cgroup uses %.0f %% of its memory limit, but its processes hold only %.0f %%: the rest can be taken back", g.share(), held)
		}
		if !cgroupAtRisk(f, g) {
			return fmt.Sprintf("a cgroup uses %.0f %% of its memory limit, but its processes do not grow: %.1f %% of it in %s", g.share(), g.grown(), seconds(Window))
		}
	}
	switch {
	case !f.Available.OK:
		return "no kill for want of memory; how much was available is not known"
	case f.Available.V > oomAvailable:
		return fmt.Sprintf("%.0f %% of memory was available, a risk begins at %d", f.Available.V, oomAvailable)
	case !hostAtRisk(f):
		return fmt.Sprintf("only %.0f %% of memory was available, but it does not run out within %.0f min, and memory pressure was %.1f %%",
			f.Available.V, oomSoon.Minutes(), f.MemorySome.V)
	}
	return "the growth belongs to another incident"
}
