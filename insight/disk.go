package insight

import (
	"fmt"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// diskUse is what system records tell of storage in a window; percentages are of the
// time between the two records.
type diskUse struct {
	// Span is that time, To the time of the later record.
	Span time.Duration
	To   schema.Time
	// Busy is Δ disk_busy_ns / Δt: the busiest device of each interval had I/O in flight.
	Busy schema.Opt[float64]
	// Queue is Δ disk_queue_ns / Δt: how many requests were in flight in the mean.
	Queue schema.Opt[float64]
	// IOFull is the pressure; Iowait is Δ cpu_iowait_ns / Δ all CPU time.
	IOFull, Iowait schema.Opt[float64]
	// Bytes were read and written by disks.
	Bytes schema.Opt[int64]
	// Blocked is the mean of procs_blocked: tasks, threads too, that wait for storage.
	Blocked schema.Opt[float64]
}

// lastsAtEdge is how much of a capture that is shorter than a window must be sampled.
const lastsAtEdge = 5 * time.Second

// lasts says that the percentages of system records are of a whole window, or all that
// there is of a short capture.
func (f *features) lasts() bool {
	return f.Disk.Span >= Window || f.Last && f.Disk.Span >= lastsAtEdge
}

// capEdge limits the confidence where that is less than a window.
func (v *verdict) capEdge(f *features) {
	if f.Disk.Span < Window {
		v.severity = schema.SeverityInfo
		v.confidence.capFor(capShort, fmt.Sprintf("only %s of it were recorded, %s are asked for", seconds(f.Disk.Span), seconds(Window)))
	}
}

// disk describes storage between the same records as the pressure.
func (s *systemHistory) disk() diskUse {
	n := s.points.Len()
	first, last := s.points.Front(), s.points.At(n-1)
	span := last.Time.Sub(first.Time)
	from, to := &first.System, &last.System
	d := diskUse{
		Span: span, To: last.Time,
		Busy:    share(from.DiskBusyNs, to.DiskBusyNs, int64(span)),
		IOFull:  stalledPercent(from.PSI.IOFullUs, to.PSI.IOFullUs, span),
		Bytes:   sum(grown(from.DiskReadBytes, to.DiskReadBytes), grown(from.DiskWriteBytes, to.DiskWriteBytes)),
		Iowait:  share(from.CPUIowaitNs, to.CPUIowaitNs, cpuTime(to)-cpuTime(from)),
		Blocked: s.mean(func(p *replay.SystemPoint) schema.Opt[int64] { return p.ProcsBlocked }),
	}
	if queued := grown(from.DiskQueueNs, to.DiskQueueNs); queued.OK && span > 0 {
		d.Queue.Set(float64(queued.V) / float64(span))
	}
	return d
}

// share is the growth of a counter in percent of the whole.
func share(from, to schema.Opt[int64], whole int64) schema.Opt[float64] {
	part := grown(from, to)
	if !part.OK || whole <= 0 {
		return schema.Opt[float64]{}
	}
	return schema.Some(percent(float64(part.V), float64(whole)))
}

func cpuTime(s *schema.System) int64 {
	return s.CPUUserNs.V + s.CPUNiceNs.V + s.CPUSystemNs.V + s.CPUIdleNs.V + s.CPUIowaitNs.V +
		s.CPUIrqNs.V + s.CPUSoftirqNs.V + s.CPUStealNs.V
}

// mean is that of a figure over the records of the window.
func (s *systemHistory) mean(of func(*replay.SystemPoint) schema.Opt[int64]) schema.Opt[float64] {
	sum, n := int64(0), 0
	for i := range s.points.Len() {
		if v := of(s.points.At(i)); v.OK {
			sum += v.V
			n++
		}
	}
	if n == 0 {
		return schema.Opt[float64]{}
	}
	return schema.Some(float64(sum) / float64(n))
}
