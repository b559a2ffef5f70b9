package snapshot

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// ViewWindow is how far a view looks back: its window begins at the latest system record
// that is as old. Rates are measured over the window, and what ended in it is shown.
const ViewWindow = 10 * time.Second

// View is a host at one moment.
type View struct {
	Host schema.HostView
	// Processes are by start time, then pid.
	Processes []schema.ProcessView
}

// Viewer follows one host and tells how it stood at the end of the replay, which
// [replay.Options].To sets. It is a [replay.Handler]. Its memory is bounded by the living
// processes, the zombies and what ended within [ViewWindow].
type Viewer struct {
	emit func(*View)
	// marks are the system records of the window, from its base on; batch is how many
	// there were in all.
	marks    replay.Queue[mark]
	batch    int64
	events   schema.EventTotals
	accounts replay.Table[account]
	departed replay.Queue[*departure]
	// unreaped are those that ended before the window and still are zombies.
	unreaped []*departure
}

// mark is a system record with the events up to it.
type mark struct {
	replay.SystemPoint
	events schema.EventTotals
}

// departure is a process that ended.
type departure struct {
	process *replay.Process
	account account
	ended   schema.Ended
}

// NewViewer makes the viewer of one host. It calls emit once, at the end.
func NewViewer(emit func(*View)) *Viewer { return &Viewer{emit: emit} }

// Record implements replay.Handler.
func (v *Viewer) Record(h *replay.Host, r *schema.Record) {
	switch r.Type {
	case schema.TypeSystem:
		v.batch++
		v.marks.Push(mark{*h.System(), v.events})
		v.trim(h)
	case schema.TypeFork:
		v.events.Fork++
	case schema.TypeExec:
		v.events.Exec++
	case schema.TypeExit:
		v.events.Exit++
	}
	if p := h.Current(); p != nil {
		a := v.accounts.At(p)
		a.born = a.born || r.Type == schema.TypeFork || p.StartTime >= h.Start()
		if a.parent == 0 {
			a.parent = r.PPID.V
		}
		a.add(v.batch+1, v.base(), r)
	}
	for _, p := range h.Leaving() {
		v.depart(h, p, r)
	}
}

// depart keeps a process that leaves the tree.
func (v *Viewer) depart(h *replay.Host, p *replay.Process, r *schema.Record) {
	d := &departure{process: p, ended: schema.Ended{Time: h.Now()}}
	d.account, *v.accounts.At(p) = *v.accounts.At(p), account{}
	if r.Type == schema.TypeExit && p == h.Current() {
		d.ended = schema.Ended{
			Time: r.Time, ExitCode: valid(r.ExitCode), Signal: valid(r.Event.Signal), CoreDumped: r.CoreDumped.V,
			CPUNs: valid(r.CPUNs), MaxRSSBytes: valid(r.MaxRSSBytes),
		}
	}
	v.departed.Push(d)
}

// Tick implements replay.Handler.
func (v *Viewer) Tick(h *replay.Host) { v.trim(h) }

// trim drops what the window has passed.
func (v *Viewer) trim(h *replay.Host) {
	for v.marks.Len() > 1 && h.Now().Sub(v.marks.At(1).Time) >= ViewWindow {
		v.marks.Pop()
	}
	since := v.since(h)
	if gap := h.Interval() * 5 / 2; h.Now().Sub(since) > ViewWindow+gap {
		since = h.Now().Add(-ViewWindow) // so that a gap in the sampling keeps no more than usual
	}
	for v.departed.Len() > 0 && (*v.departed.Front()).ended.Time <= since {
		if d := v.departed.Pop(); d.process.Zombie() {
			v.unreaped = append(v.unreaped, d)
		}
	}
	left := v.unreaped[:0]
	for _, d := range v.unreaped {
		if d.process.Zombie() {
			left = append(left, d)
		}
	}
	clear(v.unreaped[len(left):])
	v.unreaped = left
}

// base is the number of the system record at which the window begins; 0 before the first.
func (v *Viewer) base() int64 {
	if v.batch == 0 {
		return 0
	}
	return v.batch - int64(v.marks.Len()) + 1
}

// End implements replay.Handler.
func (v *Viewer) End(h *replay.Host) {
	v.trim(h)
	view := &View{Host: v.host(h)}
	v.processes(h, view)
	v.emit(view)
}

// since is when the window begins.
func (v *Viewer) since(h *replay.Host) schema.Time {
	if v.batch == 0 {
		return h.Start()
	}
	return v.marks.Front().Time
}

// host tells what the window came to for the whole of the host.
func (v *Viewer) host(h *replay.Host) schema.HostView {
	since := v.since(h)
	view := schema.HostView{
		Kind: schema.ViewHost, Host: h.Name(), Time: h.Now(),
		OffsetNs: max(0, int64(h.Now().Sub(h.Start()))), WindowNs: max(0, int64(h.Now().Sub(since))),
		CPUs: valid(h.CPUs()), MemTotalBytes: valid(h.MemTotalBytes()),
		Processes:  int64(h.Living()),
		Incomplete: h.Blind() || h.LostSince(since, schema.TypeFork, schema.TypeExec, schema.TypeExit),
	}
	for range h.Zombies() {
		view.Zombies++
	}
	var before schema.EventTotals
	if v.batch > 0 {
		before = v.marks.Front().events
	}
	span := h.Now().Sub(since)
	view.ForksPerSec = perSec(schema.Some(v.events.Fork-before.Fork), span)
	view.ExecsPerSec = perSec(schema.Some(v.events.Exec-before.Exec), span)
	view.ExitsPerSec = perSec(schema.Some(v.events.Exit-before.Exit), span)
	if !h.Blind() {
		v.system(h, &view)
	}
	return view
}

// system fills in what the system records tell.
func (v *Viewer) system(h *replay.Host, view *schema.HostView) {
	var s schema.Snapshot
	var base *replay.SystemPoint
	if v.marks.Len() > 1 {
		base = &v.marks.Front().SystemPoint
	}
	fillSystem(h, &s, base)
	view.CPUPercent, view.MemPercent, view.LoadAvg = s.CPUPercent, s.MemPercent, s.LoadAvg
	view.MemAvailableBytes = valid(h.System().MemAvailableBytes)
	view.PSICPUSomeAvg10 = s.PSICPUSomeAvg10
	view.PSIMemorySomeAvg10, view.PSIMemoryFullAvg10 = s.PSIMemorySomeAvg10, s.PSIMemoryFullAvg10
	view.PSIIOSomeAvg10, view.PSIIOFullAvg10 = s.PSIIOSomeAvg10, s.PSIIOFullAvg10
	span := h.System().Time.Sub(v.since(h))
	view.DiskReadPerSec, view.DiskWritePerSec = perSec(s.DiskReadBytes, span), perSec(s.DiskWriteBytes, span)
	view.NetRxPerSec, view.NetTxPerSec = perSec(s.NetRxBytes, span), perSec(s.NetTxBytes, span)
}

// perSec spreads an amount over a time; unknown if either is.
func perSec(amount schema.Opt[int64], span time.Duration) schema.Opt[float64] {
	if !amount.OK || span <= 0 {
		return schema.Opt[float64]{}
	}
	return schema.Some(round(float64(amount.V) / span.Seconds()))
}

// valid is a number that a record tells, unless it cannot be.
func valid(n schema.Opt[int64]) schema.Opt[int64] {
	if n.V < 0 {
		return schema.Opt[int64]{}
	}
	return n
}
