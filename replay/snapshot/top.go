package snapshot

import (
	"cmp"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// topCount is how many processes a table shows.
const topCount = 5

// row is one process with what a table is sorted by.
type row struct {
	process *replay.Process
	usedNs  int64
	rss     int64
}

// tops keeps the first topCount rows of an order.
type tops struct {
	rows [topCount + 1]row
	n    int
}

// byCPU and byMemory put the largest first; ties go by start time, then pid.
func byCPU(a, b row) int {
	return cmp.Or(cmp.Compare(b.usedNs, a.usedNs), replay.Compare(a.process, b.process))
}

func byMemory(a, b row) int {
	return cmp.Or(cmp.Compare(b.rss, a.rss), replay.Compare(a.process, b.process))
}

func (t *tops) add(r row, order func(a, b row) int) {
	at, _ := slices.BinarySearchFunc(t.rows[:t.n], r, order)
	if at == topCount {
		return
	}
	copy(t.rows[at+1:], t.rows[at:t.n])
	t.rows[at] = r
	t.n = min(t.n+1, topCount)
}

// tables fills in the processes with the most CPU time, departed ones included, and
// those with the most memory. A process without any is in neither.
func (b *Builder) tables(h *replay.Host, s *schema.Snapshot) {
	cpu, memory := b.departed, tops{}
	for _, p := range h.Processes() {
		r := row{process: p, usedNs: b.usageOf(p).ns, rss: p.RSSBytes.V}
		if !b.sampled {
			r.usedNs = int64(h.CPUPercent(p).V / 100 * float64(s.WindowNs))
		}
		if r.usedNs > 0 {
			cpu.add(r, byCPU)
		}
		if r.rss > 0 {
			memory.add(r, byMemory)
		}
	}
	span := s.WindowNs
	if b.sampled && h.System().Time > b.base.V.Time {
		span = int64(h.System().Time - b.base.V.Time)
	}
	s.TopCPU = processRows(h, cpu.rows[:cpu.n], span)
	s.TopMemory = processRows(h, memory.rows[:memory.n], span)
}

func processRows(h *replay.Host, rows []row, span int64) []schema.ProcessRow {
	list := make([]schema.ProcessRow, 0, len(rows))
	for _, r := range rows {
		p := r.process
		line := schema.ProcessRow{
			PID: p.Key.PID, PPID: max(p.PPID, 0), StartTime: p.StartTime,
			Comm: p.Comm, Args: schema.RowArgs(p.Argv), RSSBytes: p.RSSBytes,
		}
		if span > 0 && p.CPU.Known && !h.Blind() {
			line.CPUPercent = schema.Some(percentOf(r.usedNs, span))
		}
		if total := h.MemTotalBytes(); total.V > 0 && p.RSSBytes.OK {
			line.MemPercent = schema.Some(percentOf(p.RSSBytes.V, total.V))
		}
		list = append(list, line)
	}
	return list
}
