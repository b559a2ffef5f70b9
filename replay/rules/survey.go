package rules

import (
	"encoding/json"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// inputs are what a capture holds of that which detectors need.
type inputs uint16

const (
	hasFork inputs = 1 << iota
	hasExec
	hasExit
	hasOOM
	hasSystem
	hasState
	hasCPU
	hasRSS
	hasCPUSome
	hasMemoryFull
	hasIOFull
)

// inputWords say what is missing without an input, in the order in which it is told.
var inputWords = [...]struct {
	input inputs
	words string
}{
	{hasFork, "fork records"},
	{hasExec, "exec records"},
	{hasExit, "exit records"},
	{hasOOM, "a probe for oom records"},
	{hasSystem, "system records"},
	{hasState, "the state of processes"},
	{hasCPU, "the cpu_ns of living processes"},
	{hasRSS, "rss_bytes"},
	{hasCPUSome, "psi_cpu_some_us"},
	{hasMemoryFull, "psi_memory_full_us"},
	{hasIOFull, "psi_io_full_us"},
}

// needed says what a detector cannot do without. A test holds that each has a row.
var needed = [...]struct {
	detector string
	inputs   inputs
}{
	{"forks_per_sec", hasFork},
	{"fork_burst", hasFork},
	{"runaway_tree", hasFork},
	{"short_job_flood", hasExec | hasExit},
	{"system_psi_cpu", hasCPUSome},
	{"system_psi_memory", hasMemoryFull},
	{"system_psi_io", hasIOFull},
	{"oom_kill", hasOOM},
	{"subtree_cpu_pct", hasCPU | hasSystem},
	{"subtree_rss_mb", hasRSS | hasSystem},
	{"zombie_count", hasState | hasSystem},
	{"process_growth", hasFork},
	{"exec_rate", hasExec | hasExit},
}

func neededBy(detector string) inputs {
	for _, row := range needed {
		if row.detector == detector {
			return row.inputs
		}
	}
	return 0
}

// survey learns from one host what a review's rules have to do with.
type survey struct {
	review  *Review
	there   inputs
	matched []matches
}

// Record implements [replay.Handler].
func (v *survey) Record(h *replay.Host, r *schema.Record) {
	v.there |= inputsOf(r)
	p := h.Current()
	if p == nil {
		return
	}
	f := &v.review.facts
	for i, text := range [...]string{p.Comm, p.Exe, p.Cgroup, p.Container} {
		f.told[i] = f.told[i] || text != ""
	}
	f.told[len(whereKeys)] = f.told[len(whereKeys)] || p.UID.OK
	if v.matched == nil {
		v.matched = make([]matches, len(v.review.sound))
	}
	for i := range v.matched {
		v.matched[i].try(&v.review.sound[i].Rule, p, r.Type)
	}
}

// try tries a rule's patterns on a record's process.
func (m *matches) try(rule *Rule, p *replay.Process, t schema.Type) {
	if rule.Where == nil && rule.Regex == nil || !slices.Contains(rule.kind.inputs, t) {
		return
	}
	m.seen++
	if !rule.Where.Match(p) {
		return
	}
	m.passed++
	if rule.Regex != nil && t == schema.TypeExec {
		m.execs++
		if m.named == 0 && matchesExec(rule.Regex, p) {
			m.named++
		}
	}
}

// Tick implements [replay.Handler].
func (v *survey) Tick(*replay.Host) {}

// End implements [replay.Handler].
func (v *survey) End(h *replay.Host) {
	f, meta := &v.review.facts, h.Meta()
	f.cpus.add(meta.CPUs.V, meta.CPUs.OK)
	f.memTotalBytes.add(meta.MemTotalBytes.V, meta.MemTotalBytes.OK)
	f.pidMax.add(meta.PIDMax.V, meta.PIDMax.OK)
	if interval := int64(h.Interval()); f.hosts == 0 || interval < f.interval {
		f.interval = interval
	}
	f.span = max(f.span, int64(h.Now().Sub(h.Start())))
	f.there |= v.there | probesOf(meta)
	f.addMatches(v.matched)
	f.hosts++
}

// inputsOf says what a record shows that a capture holds.
func inputsOf(r *schema.Record) (found inputs) {
	switch r.Type {
	case schema.TypeFork:
		found = hasFork
	case schema.TypeExec:
		found = hasExec
	case schema.TypeExit:
		found = hasExit
	case schema.TypeOOM:
		found = hasOOM
	case schema.TypeSystem:
		found = hasSystem
	case schema.TypeTask, schema.TypeSample:
		found.add(hasState, r.State.OK)
		found.add(hasCPU, r.CPUNs.OK)
		found.add(hasRSS, r.RSSBytes.OK)
	}
	found.add(hasCPUSome, r.System.PSI.CPUSomeUs.OK)
	found.add(hasMemoryFull, r.System.PSI.MemoryFullUs.OK)
	found.add(hasIOFull, r.System.PSI.IOFullUs.OK)
	return found
}

func (n *inputs) add(input inputs, yes bool) {
	if yes {
		*n |= input
	}
}

// probesOf says which events would have been recorded, had there been any. Kills are
// rare: a capture that does not tell its probes may have had one for them.
func probesOf(meta *schema.Meta) (found inputs) {
	var probes []schema.Probe
	if !meta.Probes.OK || json.Unmarshal([]byte(meta.Probes.V), &probes) != nil {
		return hasOOM
	}
	for _, p := range probes {
		for _, row := range [...]struct {
			name  string
			input inputs
		}{{"sched_process_fork", hasFork}, {"sched_process_exec", hasExec}, {"sched_process_exit", hasExit}, {"mark_victim", hasOOM}} {
			found.add(row.input, p.Attached && p.Name == row.name)
		}
	}
	return found
}
