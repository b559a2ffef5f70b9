package insight

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// maxSystemPoints bounds the system records that are kept, for captures with a very
// short interval: percentages then cover less than a window.
const maxSystemPoints = 256

// systemHistory keeps the system records of the last window, and one older.
type systemHistory struct {
	points replay.Queue[replay.SystemPoint]
}

func (s *systemHistory) add(r *schema.Record) {
	s.points.Push(replay.SystemPoint{Time: r.Time, Seq: r.Seq, System: r.System})
	for s.points.Len() > 1 && (r.Time.Sub(s.points.At(1).Time) >= Window || s.points.Len() > maxSystemPoints) {
		s.points.Pop()
	}
}

// describe fills in what system records tell of the window: from the latest one that
// is at least a window older than the last, or the first, to the last.
func (s *systemHistory) describe(f *features) {
	if s.points.Len() < 2 || f.Host.Blind() {
		f.Unknown = append(f.Unknown, "system samples")
		return
	}
	first, last := s.points.Front(), s.points.At(s.points.Len()-1)
	span := last.Time.Sub(first.Time)
	f.Sampled = span >= minSpan
	f.Available = availablePercent(f.Host, last)
	if !f.Sampled {
		f.Unknown = append(f.Unknown, "pressure (less than "+seconds(minSpan)+" were sampled)")
		return
	}
	from, to := &first.System.PSI, &last.System.PSI
	f.CPUSome = stalledPercent(from.CPUSomeUs, to.CPUSomeUs, span)
	f.MemorySome = stalledPercent(from.MemorySomeUs, to.MemorySomeUs, span)
	f.MemoryFull = stalledPercent(from.MemoryFullUs, to.MemoryFullUs, span)
	f.IOSome = stalledPercent(from.IOSomeUs, to.IOSomeUs, span)
	f.Busy = replay.BusyPercent(&first.System, &last.System)
	f.RunQueue = s.mean(func(p *replay.SystemPoint) schema.Opt[int64] { return p.ProcsRunning })
	f.Disk = s.disk()
	f.System = systemPercent(&first.System, &last.System)
	f.Unknown = append(f.Unknown, unknownOf(f)...)
}

func unknownOf(f *features) []string {
	var unknown []string
	for _, input := range [...]struct {
		name  string
		value schema.Opt[float64]
	}{
		{"cpu pressure", f.CPUSome}, {"memory pressure", f.MemorySome}, {"io pressure", f.IOSome},
		{"cpu use", f.Busy}, {"available memory", f.Available},
	} {
		if !input.value.OK {
			unknown = append(unknown, input.name)
		}
	}
	return unknown
}

// stalledPercent is the growth of a pressure total over the time, in percent.
func stalledPercent(from, to schema.Opt[int64], span time.Duration) schema.Opt[float64] {
	if !from.OK || !to.OK || to.V < from.V || span <= 0 {
		return schema.Opt[float64]{}
	}
	return schema.Some(percent(float64(to.V-from.V)*float64(time.Microsecond), float64(span)))
}

// systemPercent is the time in the kernel, interrupts aside, in percent of all CPU time.
func systemPercent(from, to *schema.System) schema.Opt[float64] {
	if !replay.BusyPercent(from, to).OK {
		return schema.Opt[float64]{}
	}
	return schema.Some(percent(float64(to.CPUSystemNs.V-from.CPUSystemNs.V), float64(allCPUTime(to)-allCPUTime(from))))
}

func allCPUTime(s *schema.System) int64 {
	return s.CPUUserNs.V + s.CPUNiceNs.V + s.CPUSystemNs.V + s.CPUIdleNs.V + s.CPUIowaitNs.V + s.CPUIrqNs.V + s.CPUSoftirqNs.V + s.CPUStealNs.V
}

func availablePercent(h *replay.Host, at *replay.SystemPoint) schema.Opt[float64] {
	total := h.MemTotalBytes()
	if !total.OK || total.V <= 0 || !at.MemAvailableBytes.OK {
		return schema.Opt[float64]{}
	}
	return schema.Some(percent(float64(at.MemAvailableBytes.V), float64(total.V)))
}

func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part * 100 / whole
}
