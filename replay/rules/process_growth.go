package rules

import (
	"fmt"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// processGrowth fires when the living processes are ≥ threshold more than they were a
// window ago: those that came in the window, less those that went. In a capture younger
// than the window, they are compared with those that it began with. Zombies do not
// live. With where, only processes that match count: an exec may bring one in or out.
var processGrowth = kind{
	name:    "process_growth",
	keys:    []key{thresholdKey, windowKey},
	subject: schema.SubjectHost,
	inputs:  []schema.Type{schema.TypeTask, schema.TypeFork, schema.TypeExec, schema.TypeExit},
	start: func(r *runner) detector {
		return &growth{runner: r, came: window{width: r.rule.Window}, went: window{width: r.rule.Window}}
	},
}

// growth keeps who came and who went in the window.
type growth struct {
	runner     *runner
	came, went window
	standings  replay.Table[standing]
	// here says of those that came whether they are still there: a process that has left
	// is not kept for it.
	here replay.Table[*bool]
	// since is when the rule began to look: what had started by then was there.
	since   schema.Opt[schema.Time]
	lastSeq int64
	episode episode
}

// standing says whether a process is among those that are counted.
type standing uint8

const (
	unmet standing = iota // no record has told of it
	outside
	inside
)

func (d *growth) take(h *replay.Host, r *schema.Record) {
	d.begin(h)
	d.lastSeq = r.Seq
	p := h.Current()
	if p.Place() != p {
		return // it had left already
	}
	matches := d.runner.sees(h, r)
	if matches {
		d.runner.outcome.Evaluated++
	}
	at := d.standings.At(p)
	was, now := *at, outside
	if was == unmet {
		was = d.meet(h, r, matches)
	}
	if matches && !p.Exited() && !p.Zombie() {
		now = inside
	}
	*at = now
	switch {
	case now > was:
		d.come(h, p, r.Time, r.Seq)
	case now < was:
		d.goes(h, p, r.Time, r.Seq)
	}
}

// come counts a process in, put down to its parent.
func (d *growth) come(h *replay.Host, p *replay.Process, at schema.Time, seq int64) {
	here := new(bool)
	*here = true
	*d.here.At(p) = here
	d.came.add(h.Now(), event{at: at, seq: seq, by: p.Parent(), here: here})
}

// goes counts a process out.
func (d *growth) goes(h *replay.Host, p *replay.Process, at schema.Time, seq int64) {
	if here := *d.here.At(p); here != nil {
		*here = false
	}
	d.went.add(h.Now(), event{at: at, seq: seq})
}

// begin takes stock of the processes that are there when the rule begins to look, in
// the midst of a capture perhaps.
func (d *growth) begin(h *replay.Host) {
	if d.since.OK {
		return
	}
	d.since.Set(h.Now())
	for _, p := range h.Processes() {
		if p == h.Current() {
			continue
		}
		if *d.standings.At(p) = outside; d.runner.rule.Where.Match(p) {
			*d.standings.At(p) = inside
		}
	}
}

// meet settles what a process was before the first record about it: nothing before its
// fork, and alive since its start before any other record.
func (d *growth) meet(h *replay.Host, r *schema.Record, matches bool) standing {
	p := h.Current()
	if r.Type == schema.TypeFork || p.Zombie() || !matches {
		return outside
	}
	census := r.Type == schema.TypeTask && h.System() == nil
	if p.StartTime >= d.since.V && !census {
		d.come(h, p, p.StartTime, r.Seq)
	}
	return inside
}

func (d *growth) look(h *replay.Host) {
	d.begin(h)
	d.noteVanished(h)
	d.came.expire(h.Now())
	d.went.expire(h.Now())
	rule := d.runner.rule
	d.runner.near(h, nil, &d.episode, float64(d.grown()), rule.Threshold)
	d.runner.judge(h, &d.episode, level(d.grown(), int64(rule.Threshold), int64(rule.clearLevel())))
}

func (d *growth) held() int64 { return d.came.len() + d.went.len() }

// noteVanished counts out those that leave without an exit record: their pid is used
// again, or a later capture of the boot does not list them.
func (d *growth) noteVanished(h *replay.Host) {
	for _, p := range h.Leaving() {
		if at := d.standings.At(p); *at == inside {
			*at = outside
			if s := h.System(); s != nil {
				d.lastSeq = max(d.lastSeq, s.Seq)
			}
			d.goes(h, p, h.Now(), d.lastSeq)
		}
	}
}

func (d *growth) grown() int64 { return d.came.len() - d.went.len() }

func (d *growth) measure(*replay.Host, *episode) measurement {
	rule, grown := d.runner.rule, max(0, d.grown())
	return measurement{value: float64(grown), evidence: d.evidence(), message: fmt.Sprintf(
		"%d more processes than %s ago: %d came and %d went, threshold %.0f",
		grown, rule.Window, d.came.len(), d.went.len(), rule.Threshold)}
}

// evidence names all who came and went, and the parents of most of those that stay.
func (d *growth) evidence() schema.Evidence {
	ev := schema.Evidence{Top: top(d.staying, func(p *replay.Process) replay.Key { return p.Key })}
	for _, w := range []*window{&d.came, &d.went} {
		for e := range w.of(nil) {
			if ev.Count == 0 {
				ev.FirstSeq, ev.LastSeq = schema.Some(e.seq), schema.Some(e.seq)
			}
			ev.FirstSeq.V, ev.LastSeq.V = min(ev.FirstSeq.V, e.seq), max(ev.LastSeq.V, e.seq)
			ev.Count++
		}
	}
	return ev
}

// staying yields those that came in the window and are still there, by parent.
func (d *growth) staying(yield func(*event) bool) {
	for e := range d.came.of(nil) {
		if *e.here && !yield(e) {
			return
		}
	}
}
