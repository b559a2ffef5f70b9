// Package snapshot tells what a host looked like at regular moments of a replay: the
// system's use, what happened since the last moment, and the processes on top.
//
// Each nanosecond of CPU time that a capture records counts in exactly one snapshot,
// that of processes which came and went in between included. Use is measured between
// the system records that stand around the window, as samples never fall on its ends.
// A window without a system record of its own, as where snapshots are closer than
// samples, has no such measure: its table shows the rates of the latest samples, and
// the time that they stand for counts again in the window of the next sample.
package snapshot

import (
	"fmt"
	"math"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// DefaultEvery is the usual distance between snapshots.
const DefaultEvery = 5 * time.Second

// Builder makes the snapshots of one host. It is a [replay.Handler].
type Builder struct {
	every time.Duration
	emit  func(*schema.Snapshot)

	// from is where the window began, and base the latest system record before it, or
	// the first one within.
	begun    bool
	from     schema.Time
	base     schema.Opt[replay.SystemPoint]
	sampled  bool // the window holds a system record besides base
	emitted  bool
	events   schema.EventTotals
	used     replay.Table[usage]
	departed tops
	window   int64
	latest   int64 // CPU time in the window of the process that the last record was about
}

// usage is a process's CPU time within one window.
type usage struct {
	window int64
	ns     int64
}

// New makes the builder of one host. It calls emit at each multiple of every, a whole
// number of seconds, from the host's start, and at the end; emit may keep the snapshot.
func New(every time.Duration, emit func(*schema.Snapshot)) (*Builder, error) {
	if every < time.Second || every%time.Second != 0 {
		return nil, fmt.Errorf("%s is no whole number of seconds: write such as 5s", every)
	}
	return &Builder{every: every, emit: emit}, nil
}

// Record implements replay.Handler.
func (b *Builder) Record(h *replay.Host, r *schema.Record) {
	b.begin(h)
	switch r.Type {
	case schema.TypeSystem:
		b.sampled = b.base.OK
		if !b.base.OK {
			b.base.Set(*h.System())
		}
	case schema.TypeFork:
		b.events.Fork++
	case schema.TypeExec:
		b.events.Exec++
	case schema.TypeExit:
		b.events.Exit++
	}
	p := h.Current()
	if p == nil {
		return
	}
	u := b.usageOf(p)
	u.ns += h.CPUDelta()
	b.latest = u.ns
	if r.Type == schema.TypeExit && u.ns > 0 {
		b.departed.add(row{process: p, usedNs: u.ns}, byCPU)
	}
}

// AddState implements [replay.Stateful]: what the window has come to.
func (b *Builder) AddState(s *replay.State) {
	s.Int(b.window)
	s.Int(int64(b.from))
	s.Int(int64(b.base.V.Time))
	s.Int(b.events.Fork)
	s.Int(b.events.Exec)
	s.Int(b.events.Exit)
	s.Int(b.latest)
}

// usageOf returns the process's account of this window.
func (b *Builder) usageOf(p *replay.Process) *usage {
	u := b.used.At(p)
	if u.window != b.window {
		*u = usage{window: b.window}
	}
	return u
}

// Tick implements replay.Handler.
func (b *Builder) Tick(h *replay.Host) {
	b.begin(h)
	if h.Now().Sub(h.Start())%b.every == 0 {
		b.finish(h)
	}
}

// End implements replay.Handler.
func (b *Builder) End(h *replay.Host) {
	b.begin(h)
	if h.Now() > b.from || !b.emitted {
		b.finish(h)
	}
}

// begin opens the first window.
func (b *Builder) begin(h *replay.Host) {
	if b.begun {
		return
	}
	b.begun, b.from, b.window = true, h.Now(), 1
	if s := h.System(); s != nil {
		b.base.Set(*s)
	}
}

// finish emits the snapshot of the window that ends now and opens the next.
func (b *Builder) finish(h *replay.Host) {
	s := &schema.Snapshot{
		Time: h.Now(), WindowNs: int64(h.Now() - b.from), Host: h.Name(),
		Events:     b.events,
		Processes:  int64(h.Living()),
		Incomplete: h.Blind() || h.LostSince(b.from, schema.TypeFork, schema.TypeExec, schema.TypeExit),
	}
	for range h.Zombies() {
		s.Zombies++
	}
	if s.WindowNs > 0 {
		events := b.events.Fork + b.events.Exec + b.events.Exit
		s.EventsPerSec = round(float64(events) * float64(time.Second) / float64(s.WindowNs))
	}
	if !h.Blind() {
		b.system(h, s)
	}
	b.tables(h, s)
	b.emit(s)
	b.emitted, b.from, b.sampled = true, h.Now(), false
	b.events, b.departed, b.window = schema.EventTotals{}, tops{}, b.window+1
	if latest := h.System(); latest != nil {
		b.base.Set(*latest)
	}
}

// system fills in what the system records tell.
func (b *Builder) system(h *replay.Host, s *schema.Snapshot) {
	if b.sampled {
		fillSystem(h, s, &b.base.V)
		return
	}
	fillSystem(h, s, nil)
}

// fillSystem fills in what the latest system record tells and, where the window holds
// one besides base, what went on between the two.
func fillSystem(h *replay.Host, s *schema.Snapshot, base *replay.SystemPoint) {
	now := h.System()
	s.CPUPercent = rounded(h.BusyPercent())
	if base != nil {
		s.CPUPercent = rounded(replay.BusyPercent(&base.System, &now.System))
		s.DiskReadBytes = growth(base.DiskReadBytes, now.DiskReadBytes)
		s.DiskWriteBytes = growth(base.DiskWriteBytes, now.DiskWriteBytes)
		s.NetRxBytes = growth(base.NetRxBytes, now.NetRxBytes)
		s.NetTxBytes = growth(base.NetTxBytes, now.NetTxBytes)
	}
	if total := h.MemTotalBytes(); total.V > 0 && now.MemAvailableBytes.OK {
		s.MemPercent = schema.Some(percentOf(max(0, total.V-max(0, now.MemAvailableBytes.V)), total.V))
	}
	if now.Load1.OK && now.Load5.OK && now.Load15.OK {
		s.LoadAvg = schema.Some([3]float64{now.Load1.V, now.Load5.V, now.Load15.V})
	}
	s.PSICPUSomeAvg10 = now.PSICPUSomeAvg10
	s.PSIMemorySomeAvg10, s.PSIMemoryFullAvg10 = now.PSIMemorySomeAvg10, now.PSIMemoryFullAvg10
	s.PSIIOSomeAvg10, s.PSIIOFullAvg10 = now.PSIIOSomeAvg10, now.PSIIOFullAvg10
}

// growth is how much a counter grew; unknown if it was not recorded, or fell.
func growth(from, to schema.Opt[int64]) schema.Opt[int64] {
	if !from.OK || !to.OK || from.V < 0 || to.V < from.V {
		return schema.Opt[int64]{}
	}
	return schema.Some(to.V - from.V)
}

func percentOf(part, whole int64) float64 { return round(float64(part) * 100 / float64(whole)) }

// round keeps two digits, as many as a reader can use.
func round(v float64) float64 { return math.Round(v*100) / 100 }

func rounded(v schema.Opt[float64]) schema.Opt[float64] {
	v.V = round(v.V)
	return v
}
