package replay

import (
	"time"

	"github.com/linnix-os/linnix/schema"
)

// PressureWindow is the time over which [Host.PressurePercent] is measured.
const PressureWindow = 10 * time.Second

// Stall is one of the kernel's pressure-stall totals.
type Stall uint8

// The stalls: some tasks, or all that were not idle, waited for the resource.
const (
	CPUSome Stall = iota
	MemorySome
	MemoryFull
	IOSome
	IOFull
	stallCount
)

// PressurePoint is what one system record says of pressure.
type PressurePoint struct {
	Time    schema.Time
	Seq     int64
	TotalUs [stallCount]schema.Opt[int64]
}

// pressureHistory keeps the points of the last window, and one older.
type pressureHistory struct {
	points Queue[PressurePoint]
}

func (ph *pressureHistory) add(r *schema.Record) {
	psi := &r.System.PSI
	at := r.Time
	if n := ph.points.Len(); n > 0 {
		at = max(at, ph.points.At(n-1).Time)
	}
	ph.points.Push(PressurePoint{Time: at, Seq: r.Seq, TotalUs: [stallCount]schema.Opt[int64]{
		CPUSome: psi.CPUSomeUs, MemorySome: psi.MemorySomeUs, MemoryFull: psi.MemoryFullUs,
		IOSome: psi.IOSomeUs, IOFull: psi.IOFullUs,
	}})
	for ph.points.Len() > 1 && at.Sub(ph.points.At(1).Time) >= PressureWindow {
		ph.points.Pop()
	}
}

// Pressure returns the two system records between which the pressure of the last
// [PressureWindow] is measured: the latest, and the latest that is at least the window
// older. ok is false while the host is blind, before there are two such records, and
// after a gap between them.
func (h *Host) Pressure() (from, to *PressurePoint, ok bool) {
	n := h.pressure.points.Len()
	if n < 2 || h.Blind() {
		return nil, nil, false
	}
	from, to = h.pressure.points.Front(), h.pressure.points.At(n-1)
	span := to.Time.Sub(from.Time)
	return from, to, span >= PressureWindow && span <= PressureWindow+h.gap()
}

// PressurePercent returns the part of the last [PressureWindow] in which tasks were
// stalled, in percent: the growth of the kernel's total over the time between the
// records that [Host.Pressure] returns; unknown where it is, or without the totals.
func (h *Host) PressurePercent(s Stall) schema.Opt[float64] {
	from, to, ok := h.Pressure()
	if !ok || !from.TotalUs[s].OK || !to.TotalUs[s].OK {
		return schema.Opt[float64]{}
	}
	stalledUs := to.TotalUs[s].V - from.TotalUs[s].V
	if stalledUs < 0 {
		return schema.Opt[float64]{}
	}
	const nsPerUs, percent = 1000, 100
	return schema.Some(float64(stalledUs) * nsPerUs * percent / float64(to.Time-from.Time))
}
