package insight

import (
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// collector gathers the features of a host's windows and hands them on at each whole
// second and at the end. It implements replay.Handler.
type collector struct {
	host    *replay.Host
	judge   func(*features)
	buckets *buckets
	system  systemHistory
	spins   spinTracker
	cgroups cgroupTracker
	io      ioTracker
	memory  memoryTracker
	// births are where those of the living are counted.
	births replay.Table[birthPlace]
	waits  waitTracker
	growth growthTracker
	// begun is the first moment that is analysed.
	begun schema.Opt[schema.Time]
}

func newCollector(h *replay.Host, judge func(*features)) *collector {
	return &collector{host: h, judge: judge, buckets: newBuckets(h.Start()), spins: newSpinTracker(), cgroups: newCgroupTracker(), memory: newMemoryTracker()}
}

// Record implements replay.Handler.
func (c *collector) Record(h *replay.Host, r *schema.Record) {
	c.begin(r.Time)
	for _, p := range h.Leaving() {
		c.buckets.death(*c.births.At(p))
		c.cgroups.exit(p)
		c.io.leave(p)
	}
	switch r.Type {
	case schema.TypeFork:
		c.fork(h, r)
	case schema.TypeExec:
		c.buckets.at(r.Time).execs++
	case schema.TypeExit:
		c.exit(h, r)
	case schema.TypeOOM:
		c.buckets.at(r.Time).ooms++
		c.memory.kill(h, &c.cgroups, r)
	case schema.TypeTask, schema.TypeSample:
		c.use(h, r)
	case schema.TypeSystem:
		c.system.add(r)
		c.cgroups.system(h.Now())
		c.io.system(r)
		c.memory.system(h, r)
	case schema.TypeCgroup:
		c.cgroups.add(r)
	}
}

func (c *collector) fork(h *replay.Host, r *schema.Record) {
	child := h.Current()
	b := c.buckets.at(r.Time)
	b.forks++
	top := child.Top()
	parent := child.Parent()
	c.spins.forked(parent)
	b.births = append(b.births, birth{time: r.Time, child: child, parent: parent, top: top, place: child})
	if place := c.buckets.birth(r.Time, top); child.Alive() {
		*c.births.At(child) = place
	} else {
		c.buckets.death(place)
	}
}

func (c *collector) exit(h *replay.Host, r *schema.Record) {
	p := h.Current()
	b := c.buckets.at(r.Time)
	b.exits++
	if p.ForkTime.OK {
		b.lifetimes = append(b.lifetimes, max(0, r.Time.Sub(p.ForkTime.V)))
	}
	b.jobs.add(p, r)
	c.use(h, r)
}

// use books the CPU time that the record adds, under the second in which it was
// recorded.
func (c *collector) use(h *replay.Host, r *schema.Record) {
	p := h.Current()
	if used := h.CPUDelta(); used > 0 {
		b := c.buckets.at(r.Time)
		b.uses = append(b.uses, measuredUse{p, used, p.CPU.From, p.CPU.To})
	}
	if w := c.waits.add(h, p, r); w.total() >= minWait {
		b := c.buckets.at(r.Time)
		b.waits = append(b.waits, w)
	}
	c.spins.add(h, p, r)
	c.cgroups.sample(p)
	c.io.add(p, r)
	c.memory.add(p, r)
}

// Tick implements replay.Handler.
func (c *collector) Tick(h *replay.Host) {
	c.begin(h.Now())
	c.end(h.Now(), false)
}

// End implements replay.Handler. Where nothing was seen there is nothing to judge.
func (c *collector) End(h *replay.Host) {
	if c.begun.OK {
		c.end(h.Now(), true)
	}
}

// begin notes when the part of the capture that is analysed begins.
func (c *collector) begin(t schema.Time) {
	if !c.begun.OK {
		c.begun.Set(t)
		c.io.begun, c.waits.begun, c.memory.begun = t, t, t
	}
}

// end judges the window that ends at t.
func (c *collector) end(t schema.Time, last bool) {
	f := &features{Begun: c.begun.V, To: t, Last: last, Host: c.host, cgroups: &c.cgroups, memory: &c.memory, io: &c.io}
	f.buckets, f.From = c.buckets.window(t)
	f.From = max(f.From, f.Begun)
	for _, b := range f.buckets {
		f.Forks += b.forks
		f.Execs += b.execs
		f.Exits += b.exits
		f.OOMs += b.ooms
	}
	if span := f.Span(); span > 0 {
		f.EventsPerSec = float64(f.Forks+f.Execs+f.Exits+f.OOMs) / span.Seconds()
	}
	f.countBirths()
	if !last {
		c.growth.walk(f)
	}
	f.Growing, f.growth = c.growth.steadiest, &c.growth
	f.Lost = c.host.LostSince(f.From)
	f.WaitsKnown = c.waits.known
	c.system.describe(f)
	f.Storage = c.io.storage(f)
	f.Spinning = c.spins.spinning(f)
	c.judge(f)
}
