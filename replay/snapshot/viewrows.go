package snapshot

import (
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// viewRow is a process with its view.
type viewRow struct {
	process *replay.Process
	view    schema.ProcessView
}

// processes fills in the view's processes: the living, the zombies, and those that ended
// within the window.
func (v *Viewer) processes(h *replay.Host, view *View) {
	var rows []viewRow
	ended := make(map[*replay.Process]bool)
	addEnded := func(d *departure) {
		ended[d.process] = true
		rows = append(rows, v.endedRow(h, d))
	}
	for _, d := range v.unreaped {
		addEnded(d)
	}
	for i := range v.departed.Len() {
		addEnded(*v.departed.At(i))
	}
	for p := range h.Zombies() {
		if !ended[p] {
			rows = append(rows, v.row(h, p, v.accounts.At(p)))
		}
	}
	living := h.Processes()
	starts := make(map[int64]int64, len(living))
	for _, p := range living {
		starts[p.Key.PID] = p.Key.StartNs
	}
	for _, p := range living {
		r := v.row(h, p, v.accounts.At(p))
		// Of a parent that no record tells of it is not known whether it lives; init does.
		if start, ok := starts[p.PPID]; (!ok || start > p.Key.StartNs) && p.Parent() != nil && p.PPID > 1 && !r.view.OrphanOf.OK {
			r.view.OrphanOf = schema.Some(p.PPID)
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b viewRow) int { return replay.Compare(a.process, b.process) })
	view.Processes = make([]schema.ProcessView, len(rows))
	for i := range rows {
		view.Processes[i] = rows[i].view
	}
}

// row tells how a process stands.
func (v *Viewer) row(h *replay.Host, p *replay.Process, a *account) viewRow {
	r := schema.ProcessView{
		Kind: schema.ViewProcess, Host: h.Name(),
		PID: max(p.Key.PID, 0), PPID: max(p.PPID, 0), StartTime: p.Started(), UID: valid(p.UID),
		Comm: p.Comm, Args: schema.RowArgs(p.Argv), Zombie: p.Zombie(),
		Cgroup: p.Cgroup, Container: p.Container,
	}
	if a.parent > 0 && p.PPID > 0 && a.parent != p.PPID {
		r.OrphanOf = schema.Some(a.parent)
	}
	if r.StartTime.OK {
		r.AgeNs = schema.Some(max(0, int64(h.Now().Sub(p.StartTime))))
	}
	if stale(h) {
		return viewRow{p, r}
	}
	r.State, r.Threads = p.State, valid(p.Threads)
	if !r.Zombie {
		r.RSSBytes = p.RSSBytes
	}
	if total := h.MemTotalBytes(); total.V > 0 && r.RSSBytes.OK {
		r.MemPercent = schema.Some(percentOf(r.RSSBytes.V, total.V))
	}
	v.rates(h, a, &r)
	return viewRow{p, r}
}

// endedRow tells of a process that ended.
func (v *Viewer) endedRow(h *replay.Host, d *departure) viewRow {
	r := v.row(h, d.process, &d.account)
	r.view.Ended = &d.ended
	r.view.RSSBytes, r.view.MemPercent = schema.Opt[int64]{}, schema.Opt[float64]{}
	if !r.view.Zombie {
		r.view.State, r.view.Threads = "", schema.Opt[int64]{}
	}
	if r.view.StartTime.OK {
		r.view.AgeNs = schema.Some(max(0, int64(d.ended.Time.Sub(d.process.StartTime))))
	}
	return r
}

// stale says that what was sampled is unknown by now. What the list of the living told
// holds until the first system record.
func stale(h *replay.Host) bool {
	return h.Blind() && (h.System() != nil || h.Now().Sub(h.Start()) > h.Interval())
}

// rates spreads what a process used over the window. It was last read with the latest
// system record, or after it.
func (v *Viewer) rates(h *replay.Host, a *account, r *schema.ProcessView) {
	used, at := a.used(v.base(), v.marks.Len() > 1)
	if s := h.System(); s != nil {
		at = max(at, s.Time)
	}
	span := at.Sub(v.since(h))
	r.CPUPercent, r.DelayPercent = percentOfTime(used[cpuNs], span), percentOfTime(used[delayNs], span)
	r.ReadPerSec, r.WritePerSec = perSec(used[readBytes], span), perSec(used[writeBytes], span)
	r.FaultsPerSec = perSec(used[faults], span)
}

func percentOfTime(ns schema.Opt[int64], span time.Duration) schema.Opt[float64] {
	if !ns.OK || span <= 0 {
		return schema.Opt[float64]{}
	}
	return schema.Some(percentOf(ns.V, int64(span)))
}
