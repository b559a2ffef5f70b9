package rules

import (
	"fmt"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// oomKill fires at each oom record: the kernel chose the process as a victim. That is
// an instant, so its value and threshold are 1, its window is the nanosecond of the
// record, and nothing resolves. A second record about one process, as from two
// captures of one boot, falls into the cooldown.
var oomKill = kind{
	name:    "oom_kill",
	subject: schema.SubjectProcess,
	inputs:  []schema.Type{schema.TypeOOM},
	start:   func(r *runner) detector { return &oomKills{runner: r} },
	instant: true,
}

// oomKills tells of each victim.
type oomKills struct {
	runner *runner
	// victims are those whose cooldown runs, and some older ones. A record may come after
	// the victim's exit, so that they are known by key.
	victims map[replay.Key]*episode
	// latest is the victim of the record being handled, if it is about one.
	latest oomVictim
}

// oomVictim is what an oom record says.
type oomVictim struct {
	*episode
	seq      int64
	rssBytes schema.Opt[int64]
	cgroup   string
}

func (d *oomKills) take(h *replay.Host, r *schema.Record) {
	p := h.Current()
	if !d.runner.sees(h, r) {
		return
	}
	d.runner.outcome.Evaluated++
	d.latest = oomVictim{episode: d.victim(h, p), seq: r.Seq, rssBytes: r.RSSBytes, cgroup: p.Cgroup}
}

// victim finds the episode of a victim, which outlives it.
func (d *oomKills) victim(h *replay.Host, p *replay.Process) *episode {
	const many = 1024
	if d.victims == nil || len(d.victims) >= many {
		kept := make(map[replay.Key]*episode)
		for key, e := range d.victims {
			if !e.cooled(d.runner.rule, h.Now()) {
				kept[key] = e
			}
		}
		d.victims = kept
	}
	e := d.victims[p.Key]
	if e == nil {
		e = &episode{process: p}
		d.victims[p.Key] = e
	}
	return e
}

func (d *oomKills) look(h *replay.Host) {
	if d.latest.episode != nil {
		d.runner.strike(h, d.latest.episode)
		d.latest = oomVictim{}
	}
}

func (d *oomKills) measure(*replay.Host, *episode) measurement {
	v, p := &d.latest, d.latest.process
	message := fmt.Sprintf("the kernel killed %s (pid %d) for want of memory", printable(p.Comm), p.Key.PID)
	if v.rssBytes.Or(0) > 0 {
		const mib = 1 << 20
		message += fmt.Sprintf(", with %.1f MiB in memory", float64(v.rssBytes.V)/mib)
	}
	if v.cgroup != "" {
		const longest = 200
		message += ", in cgroup " + printable(schema.Clip(v.cgroup, longest))
	}
	return measurement{value: 1, message: message, evidence: schema.Evidence{
		FirstSeq: schema.Some(v.seq), LastSeq: schema.Some(v.seq), Count: 1,
		Top: []schema.Contributor{{PID: p.Key.PID, StartTime: p.Started(), Comm: p.Comm, Count: 1}},
	}}
}
