package expect

import (
	"encoding/json"
	"time"

	"github.com/linnix-os/linnix/schema"
)

func (s *timelineSource) writeSystem(r *schema.Record, at time.Duration) {
	var used, memory, running int64
	for i, p := range s.named {
		used += p.cpuAt(at)
		if st := &s.states[i+firstNamed]; !st.ended {
			memory += st.rss - restBytes
			if st.cpu > 0 && p.cpuAt(at) > p.cpuAt(at-1) {
				running++
			}
		}
	}
	memory += s.alive * restBytes
	r.CPUUserNs.Set(used)
	r.CPUSystemNs.Set(0)
	r.CPUIdleNs.Set(max(0, s.cpus*int64(at)-used))
	r.ForksTotal.Set(s.counts[schema.TypeFork])
	r.ProcsRunning.Set(running)
	r.MemAvailableBytes.Set(max(0, s.memory-memory))
	r.MemFreeBytes.Set(max(0, s.memory-memory))
	r.OOMKillsTotal.Set(s.counts[schema.TypeOOM])
	totals := [stallTotals]*schema.Opt[int64]{
		&r.PSI.CPUSomeUs, &r.PSI.CPUFullUs, &r.PSI.MemorySomeUs, &r.PSI.MemoryFullUs, &r.PSI.IOSomeUs, &r.PSI.IOFullUs,
	}
	for i, total := range totals {
		total.Set(s.stalledUs(i, at))
	}
}

// stalledUs is a total of pressure by a moment.
func (t *Timeline) stalledUs(stall int, at time.Duration) (us int64) {
	const thousandths = 100_000 * int64(time.Microsecond) // of a percent, in one
	for i := range t.stalls[stall] {
		us += t.stalls[stall][i].total(at, thousandths)
	}
	return us
}

func writeLost(r *schema.Record, s *statement) {
	if s.lost != anyEvent {
		r.LostType.Set(string(s.lost))
	}
	r.Lost.Count.Set(s.count)
	r.Reason.Set("ring_full")
	r.From.Set(TimelineStart.Add(s.offset))
	r.To.Set(TimelineStart.Add(s.end))
}

// anyEvent stands for events of a type that is not known.
const anyEvent schema.Type = "any"

func (s *timelineSource) writeEnd(r *schema.Record) {
	counts := make(map[schema.Type]schema.EventCount)
	for _, t := range [...]schema.Type{schema.TypeFork, schema.TypeExec, schema.TypeExit, schema.TypeOOM} {
		written, lost := s.counts[t], s.lostEvents[t]
		counts[t] = schema.EventCount{Attempted: written + lost, Written: written, Lost: lost}
	}
	text, err := json.Marshal(counts)
	if err == nil { // always
		r.Counts.Set(schema.JSON(text))
	}
	r.StopReason.Set("duration")
	r.DurationNs.Set(int64(s.length))
}
