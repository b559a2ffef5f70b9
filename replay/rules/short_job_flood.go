package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// defaultMaxExec is the longest exec-to-exit of a short job (EVIDENCE §4: sampling
// every second misses what is shorter).
const defaultMaxExec = time.Second

// shortJobFlood fires when children of one parent whose exec-to-exit took at most
// max_exec_duration_ms and that ended in the window ≥ threshold. The parent is the
// nearest birth ancestor that is still there.
var shortJobFlood = kind{
	name:    "short_job_flood",
	keys:    []key{thresholdKey, windowKey, maxExecKey},
	subject: schema.SubjectParent,
	// Forks are not counted, but tell whose child a job is.
	inputs: []schema.Type{schema.TypeFork, schema.TypeExec, schema.TypeExit},
	start: func(r *runner) detector {
		d := &jobFlood{runner: r, window: window{width: r.rule.Window}, maxExec: r.rule.MaxExec}
		if d.maxExec == 0 {
			d.maxExec = defaultMaxExec
		}
		return d
	},
}

// jobFlood counts short jobs by their parent.
type jobFlood struct {
	runner  *runner
	window  window
	maxExec time.Duration
	parents replay.Table[*jobParent]
	// changed are the parents with a new job or an episode under way.
	changed []*jobParent
}

// jobParent is one parent of short jobs.
type jobParent struct {
	episode
	comms  standIns
	listed bool
}

func (d *jobFlood) take(h *replay.Host, r *schema.Record) {
	p := h.Current()
	if r.Type != schema.TypeExit || !p.ExecTime.OK || !d.runner.sees(h, r) {
		return
	}
	d.runner.outcome.Evaluated++
	parent := p.Parent()
	if parent == nil || r.Time.Sub(p.ExecTime.V) > d.maxExec {
		return
	}
	at := d.parents.At(parent)
	if *at == nil {
		*at = &jobParent{episode: episode{process: parent}}
	}
	jobs := *at
	comm := jobs.comms.of(p)
	if d.window.add(h.Now(), event{at: r.Time, seq: r.Seq, by: &comm.process, group: &jobs.counter, marked: &comm.counter}) {
		d.list(jobs)
	}
	d.window.expire(h.Now())
	d.runner.near(h, parent, &jobs.episode, float64(jobs.n), d.runner.rule.Threshold)
}

// list enters a parent among the changed, which stay in the order of their processes.
func (d *jobFlood) list(jobs *jobParent) {
	if jobs.listed {
		return
	}
	jobs.listed = true
	at, _ := slices.BinarySearchFunc(d.changed, jobs, func(a, b *jobParent) int {
		return replay.Compare(a.process, b.process)
	})
	d.changed = slices.Insert(d.changed, at, jobs)
}

func (d *jobFlood) look(h *replay.Host) {
	d.window.expire(h.Now())
	rule := d.runner.rule
	kept := d.changed[:0]
	for _, jobs := range d.changed {
		d.runner.judge(h, &jobs.episode, level(jobs.n, int64(rule.Threshold), int64(rule.clearLevel())))
		if jobs.listed = jobs.active(); jobs.listed {
			kept = append(kept, jobs)
		}
	}
	d.changed = kept
}

func (d *jobFlood) held() int64 { return d.window.len() }

func (d *jobFlood) measure(_ *replay.Host, e *episode) measurement {
	// By comm, for thousands of processes with one job each say nothing.
	evidence := evidenceOf(d.window.of(&e.counter), commOf)
	rule := d.runner.rule
	return measurement{value: float64(e.n), evidence: evidence, message: fmt.Sprintf(
		"%d jobs of at most %s ended in %s under %s (pid %d), threshold %.0f",
		e.n, d.maxExec, rule.Window, printable(e.process.Comm), e.process.Key.PID, rule.Threshold)}
}
