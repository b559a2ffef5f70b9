package insight

import (
	"fmt"
	"math"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	// tableRows is how many processes the table shows by CPU, and again by memory.
	tableRows = 5
	// summaryRSS is how many processes the summary lists by memory.
	summaryRSS = 3
	// maxHost bounds a host's name; Linux allows 64 bytes.
	maxHost = 250
)

// maxCommBytes bounds a comm, so that it fits its place even when every byte is escaped.
// The kernel's own have 15.
const maxCommBytes = 36

func commOf(p *replay.Process) string { return schema.Clip(p.Comm, maxCommBytes) }

// evidence describes the window of a verdict: all of a record's context, apart from
// what is known only when the incident is over.
func evidence(f *features, v *verdict) schema.Context {
	table := f.processTable()
	for i := range v.facts {
		v.facts[i].ID = fmt.Sprintf("f%d", i+1)
	}
	return schema.Context{
		TelemetrySummary: summaryOf(f, v, table).String(),
		EventsPerSec:     round(f.EventsPerSec),
		KBSnippets:       []schema.KBSnippet{},
		Window:           &schema.Window{From: f.From, To: f.To},
		Facts:            v.facts,
		ProcessTable:     table.rows(f),
		Incident: &schema.Incident{
			Host:          schema.Clip(f.Host.Name(), maxHost),
			Severity:      v.severity,
			Primary:       reference(v.primary),
			Candidates:    referenceCandidates(v.candidates),
			Alternatives:  alternatives(f, v),
			UnknownInputs: append([]string{}, v.confidence.unknown...),
			BlastRadius:   blastRadius(f, v, table.uses),
		},
	}
}

func reference(p *replay.Process) *schema.ProcessRef {
	if p == nil {
		return nil
	}
	return &schema.ProcessRef{
		PID: p.Key.PID, PPID: max(p.PPID, 0), StartTime: p.StartTime, Comm: commOf(p), Exe: p.Exe, Argv: slices.Clone(p.Argv),
		Cgroup: p.Cgroup,
	}
}

func referenceCandidates(list []candidate) []schema.Candidate {
	refs := make([]schema.Candidate, 0, len(list))
	for _, c := range list {
		refs = append(refs, schema.Candidate{ProcessRef: *reference(c.process), Share: min(round(c.share), 1)})
	}
	return refs
}

func summaryOf(f *features, v *verdict, t *table) *schema.TelemetrySummary {
	s := &schema.TelemetrySummary{
		WindowSeconds: int64(math.Round(f.Span().Seconds())),
		EventsPerSec:  math.Round(f.EventsPerSec),
		Forks:         f.Forks, Execs: f.Execs, Exits: f.Exits,
	}
	for _, u := range t.byCPU {
		s.Top = append(s.Top, commOf(u.Process))
	}
	var shares schema.MemoryShares
	for _, p := range t.byMemory[:min(len(t.byMemory), summaryRSS)] {
		if total := f.Host.MemTotalBytes(); total.V > 0 {
			share := math.Round(float64(p.RSSBytes.V) * 1000 / float64(total.V))
			shares = append(shares, schema.MemoryShare{PID: p.Key.PID, Comm: commOf(p), Permille: int64(min(share, 1000))})
		}
	}
	s.RSS = shares.String()
	if tree := v.primary; tree != nil {
		s.Tree = &schema.TreeRef{PID: tree.Key.PID, Comm: commOf(tree), PPID: schema.Opt[int64]{V: tree.PPID, OK: tree.PPID > 0}}
	}
	return s
}

// table holds the processes of the process table at the end of a window.
type table struct {
	// uses are all processes that used CPU in the window, byCPU the first of them.
	uses     []cpuUse
	byCPU    []cpuUse
	byMemory []*replay.Process
}

// processTable returns the table of the window, which is the same for all that it shows.
func (f *features) processTable() *table {
	if f.shown == nil {
		f.shown = newTable(f)
	}
	return f.shown
}

func newTable(f *features) *table {
	t := &table{uses: f.Busiest()}
	t.byCPU = t.uses[:min(len(t.uses), tableRows)]
	for _, p := range f.Host.Processes() {
		if p.RSSBytes.V > 0 {
			t.byMemory = append(t.byMemory, p)
		}
	}
	slices.SortStableFunc(t.byMemory, func(a, b *replay.Process) int {
		switch {
		case a.RSSBytes.V > b.RSSBytes.V:
			return -1
		case a.RSSBytes.V < b.RSSBytes.V:
			return 1
		}
		return 0
	})
	t.byMemory = t.byMemory[:min(len(t.byMemory), tableRows)]
	return t
}

// rows returns the processes by CPU, then those that are listed for their memory only.
// CPU is what was recorded within the window over its length.
func (t *table) rows(f *features) []schema.ProcessRow {
	var rows []schema.ProcessRow
	listed := map[*replay.Process]bool{}
	for _, u := range t.byCPU {
		listed[u.Process] = true
		rows = append(rows, rowOf(f, u.Process, u.UsedNs))
	}
	for _, p := range t.byMemory {
		if listed[p] {
			continue
		}
		used := int64(0)
		if at := slices.IndexFunc(t.uses, func(u cpuUse) bool { return u.Process == p }); at >= 0 {
			used = t.uses[at].UsedNs
		}
		rows = append(rows, rowOf(f, p, used))
	}
	return rows
}

func rowOf(f *features, p *replay.Process, usedNs int64) schema.ProcessRow {
	row := schema.ProcessRow{
		PID: p.Key.PID, PPID: max(p.PPID, 0), StartTime: p.StartTime, Comm: commOf(p), Args: schema.RowArgs(p.Argv),
	}
	if span := f.Span(); span > 0 {
		row.CPUPercent.Set(round(percent(float64(usedNs), float64(span))))
	}
	if p.RSSBytes.OK && !p.Exited() {
		row.RSSBytes = p.RSSBytes
		if total := f.Host.MemTotalBytes(); total.V > 0 {
			row.MemPercent.Set(round(percent(float64(p.RSSBytes.V), float64(total.V))))
		}
	}
	return row
}
