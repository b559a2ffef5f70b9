package replay

import (
	"time"

	"github.com/linnix-os/linnix/schema"
)

const (
	// defaultInterval is assumed of a capture that does not tell its own.
	defaultInterval = time.Second
	// Without a system record for 5/2 intervals nothing sampled is known any more.
	gapNumerator, gapDenominator = 5, 2
)

// Host is one boot of one machine as its captures tell of it: clock, process tree,
// system counters, pressure and losses. Handlers read it; only the replay changes it.
type Host struct {
	meta     schema.Meta
	start    schema.Time
	now      schema.Time
	interval time.Duration
	late     bool // the record being handled is more than LateLimit behind the clock
	current  *Process

	system, previous SystemPoint
	batch            int64 // system records so far
	// blindFor is for how long the host had been blind at sighted, when the latest
	// system record came.
	blindFor time.Duration
	sighted  schema.Time
	pressure pressureHistory
	losses   losses

	tree tree
}

// SystemPoint is one system record.
type SystemPoint struct {
	Time schema.Time
	Seq  int64
	schema.System
}

// feed is what the host knows of one of its captures.
type feed struct {
	wallOffset int64
	interval   time.Duration // 0 before its meta record
	// census says that the capture lists the living: from its meta record to its
	// first system record. epoch and tasks are those of the census.
	census bool
	epoch  int64
	tasks  int
	// told is what its lost records told, by type, and untold what its end record says
	// was lost beyond that.
	told   [len(schema.Types)]int64
	untold int64
}

// intake says what became of a record.
type intake uint8

const (
	taken intake = iota
	// duplicate: another capture of the same boot told of the event already.
	duplicate
)

func newHost(first *schema.Record) *Host {
	return &Host{start: first.Time, now: first.Time, sighted: first.Time, interval: defaultInterval, tree: newTree()}
}

// Meta returns the meta record's fields of the host's first capture.
func (h *Host) Meta() *schema.Meta { return &h.meta }

// Name returns the host's name, or "" if no capture tells it.
func (h *Host) Name() string { return h.meta.Host.Or("") }

// Start returns the time of the host's first record, from which ticks are counted.
func (h *Host) Start() schema.Time { return h.start }

// Now returns the virtual clock: the largest time seen, or the tick's.
func (h *Host) Now() schema.Time { return h.now }

// Interval returns the time between samples: that of the capture which the latest
// system record came from, or of the first capture.
func (h *Host) Interval() time.Duration { return h.interval }

// CPUs returns the number of CPUs.
func (h *Host) CPUs() schema.Opt[int64] { return h.meta.CPUs }

// MemTotalBytes returns the size of the memory.
func (h *Host) MemTotalBytes() schema.Opt[int64] { return h.meta.MemTotalBytes }

// Current returns the process that the record being handled is about; nil for other
// records, and on ticks and at the end.
func (h *Host) Current() *Process { return h.current }

// System returns the latest system record, or nil before the first.
func (h *Host) System() *SystemPoint {
	if h.batch == 0 {
		return nil
	}
	return &h.system
}

// Blind says that there has been no system record for 2.5 intervals, or never: what
// was sampled (CPU, memory, states, pressure) is then unknown.
func (h *Host) Blind() bool {
	return h.batch == 0 || h.now.Sub(h.system.Time) >= h.gap()
}

// BlindFor returns for how long the host has been blind so far, all its gaps together,
// each from 2.5 intervals after the last system record on.
func (h *Host) BlindFor() time.Duration {
	if !h.Blind() {
		return h.blindFor
	}
	return h.blindFor + h.now.Sub(max(h.sighted, h.system.Time.Add(h.gap())))
}

// gap is how long without a system record makes a host blind.
func (h *Host) gap() time.Duration { return h.interval * gapNumerator / gapDenominator }

// BusyPercent returns the CPU use of the host between the last two system records, in
// percent of all its CPUs: (user + nice + system + irq + softirq + steal) / all. It is
// unknown while the host is blind or a counter is missing.
func (h *Host) BusyPercent() schema.Opt[float64] {
	if h.batch < 2 || h.Blind() {
		return schema.Opt[float64]{}
	}
	return BusyPercent(&h.previous.System, &h.system.System)
}

// BusyPercent is the formula of [Host.BusyPercent] between any two system records.
func BusyPercent(from, to *schema.System) schema.Opt[float64] {
	busy0, all0, ok0 := cpuTimes(from)
	busy1, all1, ok1 := cpuTimes(to)
	busy, all := busy1-busy0, all1-all0
	if !ok0 || !ok1 || busy < 0 || all <= 0 || busy > all {
		return schema.Opt[float64]{}
	}
	return schema.Some(float64(busy) * 100 / float64(all))
}

// cpuTimes adds up a system record's CPU time; irq, softirq, nice, iowait and steal
// may be missing, user, system and idle may not.
func cpuTimes(s *schema.System) (busy, all int64, ok bool) {
	busy = s.CPUUserNs.V + s.CPUNiceNs.V + s.CPUSystemNs.V + s.CPUIrqNs.V + s.CPUSoftirqNs.V + s.CPUStealNs.V
	all = busy + s.CPUIdleNs.V + s.CPUIowaitNs.V
	return busy, all, s.CPUUserNs.OK && s.CPUSystemNs.OK && s.CPUIdleNs.OK
}

// take brings the host up to the record.
func (h *Host) take(f *feed, r *schema.Record) intake {
	h.late = h.now.Sub(r.Time) > LateLimit
	h.now = max(h.now, r.Time)
	h.current = nil
	switch r.Type {
	case schema.TypeMeta:
		h.takeMeta(f, r)
	case schema.TypeSystem:
		h.takeSystem(f, r)
	case schema.TypeLost:
		h.takeLost(f, r)
	case schema.TypeEnd:
		h.takeEnd(f, r)
	case schema.TypeTask, schema.TypeFork, schema.TypeExec, schema.TypeExit, schema.TypeSample, schema.TypeOOM:
		return h.takeProcess(f, r)
	}
	return taken
}

func (h *Host) takeMeta(f *feed, r *schema.Record) {
	interval := defaultInterval
	if ns := r.IntervalNs.Or(0); ns > 0 {
		interval = time.Duration(min(ns, int64(maxInterval)))
	}
	if !h.meta.Format.OK {
		h.meta, h.interval = r.Meta, interval
	}
	h.tree.epoch++
	*f = feed{wallOffset: r.WallOffsetNs.Or(0), interval: interval, census: true, epoch: h.tree.epoch}
}

// maxInterval keeps 2.5 intervals far from overflow.
const maxInterval = 24 * time.Hour

func (h *Host) takeSystem(f *feed, r *schema.Record) {
	h.blindFor, h.sighted = h.BlindFor(), h.now
	if f.interval > 0 {
		h.interval = f.interval
	}
	h.previous = h.system
	h.system = SystemPoint{Time: r.Time, Seq: r.Seq, System: r.System}
	h.batch++
	h.pressure.add(r)
	h.tree.reap(h.batch, h.now)
	if f.census && f.tasks > 0 {
		h.tree.endCensus(f.epoch)
	}
	f.census = false
	clear(h.tree.orphans)
}

// settle does what must wait until handlers have seen the record: exited processes
// leave the tree, and are forgotten in the end.
func (h *Host) settle() {
	h.current = nil
	h.tree.settle(h.now, h.now.Add(-LateLimit-min(h.interval, maxForgetting)))
}

// maxForgetting bounds the interval for which exited processes are remembered, beyond
// the time that a record may be late: by then a zombie has been sampled.
const maxForgetting = 10 * time.Second
