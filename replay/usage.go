package replay

import "github.com/linnix-os/linnix/schema"

// maxCounter (73 years of one core) is the largest counter that is believed, so that
// sums do not overflow.
const maxCounter = 1 << 61

// measure takes in a CPU counter. A process is sampled only when something changed,
// so the time that it was not sampled before the latest system record is no part of
// the measurement: its counter stood still until then.
func (h *Host) measure(p *Process, r *schema.Record) {
	p.measured = r.CPUNs.OK && r.CPUNs.V >= 0 && r.CPUNs.V <= maxCounter
	if !p.measured {
		return
	}
	c := &p.CPU
	total := max(c.TotalNs, r.CPUNs.V)
	if !c.Known {
		*c = CPU{TotalNs: total, From: r.Time, To: r.Time, Known: true}
		p.batch = h.batch + 1
		return
	}
	from := c.To
	if p.batch < h.batch {
		from = max(from, h.system.Time)
	}
	*c = CPU{TotalNs: total, From: min(from, r.Time), To: r.Time, UsedNs: total - c.TotalNs, Known: true}
	p.batch = h.batch + 1
}

// CPUPercent returns the CPU use of a process between its last two records, in percent
// of one core. It is 0 once the process has exited or when it was not sampled before
// the latest system record, and unknown while the host is blind or no counter of the
// process was recorded.
func (h *Host) CPUPercent(p *Process) schema.Opt[float64] {
	c := &p.CPU
	switch {
	case p.life == exited || p.life == ghost || p.zombie:
		return schema.Some(0.0)
	case h.Blind() || !c.Known:
		return schema.Opt[float64]{}
	case p.batch < h.batch:
		return schema.Some(0.0)
	case c.To <= c.From:
		return schema.Opt[float64]{}
	}
	return schema.Some(float64(c.UsedNs) * 100 / float64(c.To-c.From))
}

// CPUDelta returns the CPU time that the record being handled adds to the current
// process, in ns; 0 for a record without a counter. Adding up what it returns from a
// moment on counts every nanosecond once, short-lived processes included.
func (h *Host) CPUDelta() int64 {
	if h.current == nil || !h.current.measured {
		return 0
	}
	return h.current.CPU.UsedNs
}
