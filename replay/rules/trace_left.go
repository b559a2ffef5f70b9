package rules

import (
	"cmp"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// maxLeftOut is how many names are told apart of the processes that were left out; the
// others count in the sum alone.
const maxLeftOut = 256

// leftOut counts the records that a rule did not count, by the comm of their process.
type leftOut struct {
	evidence schema.Evidence
	places   map[string]int
	top      []schema.Contributor
}

func (l *leftOut) add(p *replay.Process, seq int64) {
	if l.evidence.Count == 0 {
		l.evidence.FirstSeq.Set(seq)
		l.places = make(map[string]int)
	}
	l.evidence.LastSeq.Set(seq)
	l.evidence.Count++
	at, known := l.places[p.Comm]
	if !known {
		if len(l.top) == maxLeftOut {
			return
		}
		at = len(l.top)
		l.places[p.Comm] = at
		l.top = append(l.top, schema.Contributor{Comm: p.Comm})
	}
	l.top[at].PID, l.top[at].StartTime = p.Key.PID, p.Started()
	l.top[at].Count++
}

// told tells what was left out; nil for nothing.
func (l *leftOut) told() *schema.LeftOut {
	if l.evidence.Count == 0 {
		return nil
	}
	most := slices.Clone(l.top)
	slices.SortStableFunc(most, func(a, b schema.Contributor) int { return cmp.Compare(b.Count, a.Count) })
	told := &schema.LeftOut{Reason: schema.ReasonWrongSubject, Evidence: l.evidence}
	told.Top = most[:min(topCount, len(most))]
	return told
}
