package insight

import (
	"fmt"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// Storage is saturated when a disk is busy all the time, tasks wait for it, and somebody
// suffers who is not the one that keeps it busy: a busy disk alone is a disk that is
// used, and a lone direct read makes io pressure (full) of 61 % and harms nobody.
//
// Worked through: a database under a backup's reads (the database waits, the backup is
// named); a backup alone, and several readers of one size (no verdict); a disk that is
// busy while nobody waits; page cache written back by kernel threads, charged to who
// dirtied it; a resync by the kernel (nobody is named); log rotation and a build on a
// slow disk (all wait for themselves).
const (
	// ioBusy is the percent of the window in which the busiest device had I/O in flight
	// (Netdata alerts above 98 % over 10 min).
	ioBusy = 95
	// ioBusyOnset is what counts as no pause in an interval, for the onset.
	ioBusyOnset = 80
	// ioPressure is the percent of the window in which some task waited for storage.
	ioPressure = 20
	// ioFullCritical is the pressure (full) of the default rule io_stall, and
	// ioQueueCritical the requests in flight of which node-mixin warns.
	ioFullCritical, ioQueueCritical = 40, 10
	// ioWaits is the percent of the looks at its state in which a victim is in D, of
	// ioLooks or more.
	ioWaits, ioLooks = 50, 4
	// ioLight is the part of what the cause used that a victim may use at most: readers
	// of one kind wait for each other, and none is to blame.
	ioLight = 10
	// ioExplained is the part of what disks did for which the processes must account,
	// and ioNobody the part below which no process is to blame.
	ioExplained, ioNobody = 3, 10
	// maxVictims bounds the victims that are facts.
	maxVictims = 3
	// ioSlow is how long a victim may go unseen before the onset is that of its waiting:
	// one that waits half of the time is missed by six samples in a row once in 64.
	ioSlow = 6 * time.Second
)

// saturated says that a disk was busy all the time and tasks waited for it.
func saturated(f *features) bool {
	return f.lasts() && f.Disk.Busy.OK && f.Disk.Busy.V >= ioBusy && f.IOSome.OK && f.IOSome.V >= ioPressure
}

// judgeIOSaturation returns one verdict at most: the busiest device is one.
func judgeIOSaturation(f *features) []verdict {
	if f.Storage == nil {
		return nil
	}
	if len(f.Storage.Cause.victims) == 0 {
		return nil
	}
	return []verdict{ioSaturation(f, f.Storage.Cause)}
}

// ioCause is who keeps a disk busy, and who suffers.
type ioCause struct {
	// primary is nil where no process accounts for it.
	primary    *replay.Process
	use        ioUse
	candidates []candidate
	victims    []waiter
}

// newIOCause names the process with the most I/O of the tree with the most. Of a run of
// short ones, that is who started them.
func newIOCause(f *features, s *storageUse) *ioCause {
	c := &ioCause{}
	nobody := f.Disk.Bytes.OK && ioNobody*s.TopBytes < f.Disk.Bytes.V
	if len(s.Uses) == 0 || nobody {
		c.victims = s.Waiters
		return c
	}
	for _, u := range s.Uses {
		if topOf(u.Process) != s.Top {
			continue
		}
		if c.primary == nil {
			c.primary, c.use = u.Process, u
			c.addParent(s, u)
		}
		if share := float64(u.bytes()) / float64(s.Bytes); share >= minShare {
			c.candidates = appendCandidate(c.candidates, candidate{u.Process, share})
		}
	}
	if len(c.candidates) == 0 {
		c.candidates = []candidate{{c.primary, float64(c.use.bytes()) / float64(s.Bytes)}}
	}
	c.candidates = c.candidates[:min(len(c.candidates), maxCandidates)]
	c.findVictims(s)
	return c
}

// addParent names who started a process that has exited and used less than half.
func (c *ioCause) addParent(s *storageUse, largest ioUse) {
	parent := largest.Process.Place()
	if !largest.Process.Exited() || 2*largest.bytes() >= s.TopBytes || parent == nil || parent.Top() == nil {
		return
	}
	c.primary = parent
	c.candidates = []candidate{{parent, float64(s.TopBytes) / float64(s.Bytes)}}
}

// findVictims keeps the waiters that are no part of the cause: that use little, and are
// neither below nor above who uses much.
func (c *ioCause) findVictims(s *storageUse) {
	heavy := []*replay.Process{c.primary}
	for _, u := range s.Uses {
		if ioLight*u.bytes() > c.use.bytes() {
			heavy = append(heavy, u.Process)
		}
	}
	part := kinOf(heavy...)
	for _, w := range s.Waiters {
		if !part.related(w.Process) {
			c.victims = append(c.victims, w)
		}
	}
}

func ioSaturation(f *features, c *ioCause) verdict {
	v := verdict{
		class: schema.ClassIOSaturation, primary: c.primary, candidates: c.candidates,
		onset: ioOnset(f, c), end: f.Disk.To, strength: f.IOSome.V + float64(len(c.victims)),
		severity: schema.SeverityWarning,
	}
	if c.primary != nil {
		v.tree = topOf(c.primary)
	}
	if f.Disk.IOFull.V >= ioFullCritical || f.Disk.Queue.V >= ioQueueCritical {
		v.severity = schema.SeverityCritical
	}
	worst := &c.victims[0]
	v.judgeAt(margin(f.IOSome.V/ioPressure, worst.Percent()/ioWaits))
	v.confidence.capLost(f)
	v.why = fmt.Sprintf("disk %.0f %% busy, io pressure %.0f %%, pid %d waited in %d of %d samples",
		f.Disk.Busy.V, f.IOSome.V, worst.Process.Key.PID, worst.Waited, worst.Looks)
	switch {
	case c.primary == nil:
		v.confidence.capFor(capUnnamed, "who used the disk: no process accounts for it")
	case !f.Storage.Explained:
		v.confidence.capFor(capUnnamed, "who did most of what the disks did: processes account for less than a third")
	}
	v.capEdge(f)
	v.ioFacts(f, c)
	return v
}

// ioOnset is when the disk became busy, or when a victim came to wait long after.
func ioOnset(f *features, c *ioCause) schema.Time {
	first := c.victims[0].Since
	for _, w := range c.victims {
		first = min(first, w.Since)
	}
	if first.Sub(f.Storage.Since) > ioSlow {
		return first
	}
	return f.Storage.Since
}

func (v *verdict) ioFacts(f *features, c *ioCause) {
	d, s := &f.Disk, f.Storage
	v.percentFact(fmt.Sprintf("the busiest disk was busy for %.1f %% of %s", d.Busy.V, seconds(d.Span)), d.Busy)
	v.percentFact(fmt.Sprintf("io pressure (some) was %.1f %%", f.IOSome.V), f.IOSome)
	v.percentFact(fmt.Sprintf("io pressure (full) was %.1f %%", d.IOFull.V), d.IOFull)
	if d.Queue.OK {
		v.fact(fmt.Sprintf("%.1f requests were in flight (mean, all disks)", d.Queue.V), d.Queue.V, "requests")
	}
	if c.primary != nil {
		pid, read, written := c.use.Process.Key.PID, mib(c.use.ReadBytes), mib(c.use.WriteBytes)
		v.fact(fmt.Sprintf("pid %d read %.1f MiB from storage in %s", pid, read, seconds(s.Span)), read, "MiB")
		v.fact(fmt.Sprintf("pid %d wrote %.1f MiB", pid, written), written, "MiB")
		share := percent(float64(c.use.bytes()), float64(s.Bytes))
		v.fact(fmt.Sprintf("that is %.0f %% of what all processes read and wrote", share), share, "%")
		tree := percent(float64(s.TopBytes), float64(s.Bytes))
		v.fact(fmt.Sprintf("its birth tree read and wrote %.0f %% of it", tree), tree, "%")
	}
	for i := range c.victims[:min(len(c.victims), maxVictims)] {
		w := &c.victims[i]
		v.fact(fmt.Sprintf("pid %d, which is no part of it, waited for storage in %d of %d samples", w.Process.Key.PID, w.Waited, w.Looks), w.Percent(), "%")
	}
	v.percentFact(fmt.Sprintf("the CPUs idled with I/O in flight for %.1f %% of their time", d.Iowait.V), d.Iowait)
	if d.Blocked.OK {
		v.fact(fmt.Sprintf("%.1f tasks were blocked by I/O (mean)", d.Blocked.V), d.Blocked.V, "tasks")
	}
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func whyNotIOSaturation(f *features) string {
	d := &f.Disk
	switch {
	case !d.Busy.OK:
		return "how busy the disks were is not known"
	case d.Busy.V < ioBusy:
		return fmt.Sprintf("the busiest disk was %.0f %% busy, saturation is %d %% or more", d.Busy.V, ioBusy)
	case !f.IOSome.OK:
		return fmt.Sprintf("the busiest disk was %.0f %% busy, but io pressure is not known", d.Busy.V)
	case f.IOSome.V < ioPressure:
		return fmt.Sprintf("the busiest disk was %.0f %% busy, but io pressure was only %.1f %%, saturation has %d or more", d.Busy.V, f.IOSome.V, ioPressure)
	case f.Storage == nil:
		return fmt.Sprintf("the busiest disk was %.0f %% busy, but only %s of it were recorded", d.Busy.V, seconds(d.Span))
	case len(f.Storage.Cause.victims) == 0:
		return fmt.Sprintf("the busiest disk was %.0f %% busy and io pressure %.0f %%, but nobody else waited for it in half of the samples", d.Busy.V, f.IOSome.V)
	}
	return "the use of storage belongs to another incident"
}
