package replay

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// losses keeps, for each record type, until when events are known to be lost. A window
// that ends now overlaps a loss exactly if the latest loss ends within it.
type losses [len(schema.Types)]schema.Opt[schema.Time]

// add notes a loss of events of one type, or of any for -1.
func (l *losses) add(lost int, until schema.Time) {
	for i := range l {
		if lost >= 0 && i != lost {
			continue
		}
		if u := &l[i]; !u.OK || u.V < until {
			u.Set(until)
		}
	}
}

// LostSince says that events of one of the types, or of any type if none is given, are
// known to have been lost after t: a window (t, now] is then incomplete.
func (h *Host) LostSince(t schema.Time, types ...schema.Type) bool {
	for i, until := range h.losses {
		if until.OK && until.V > t && (len(types) == 0 || slices.Contains(types, schema.Types[i])) {
			return true
		}
	}
	return false
}

// takeLost takes a lost record in. What it does not say is taken at its worst: a loss
// of any type, since the start, until now.
func (h *Host) takeLost(f *feed, r *schema.Record) {
	lost := schema.Type(r.LostType.V).Index()
	h.losses.add(lost, max(h.start, min(r.To.Or(r.Time), r.Time)))
	// What names no type stands under the first: only the sum matters then.
	told := &f.told[max(lost, 0)]
	*told = addCounts(*told, r.Count.V)
}

// takeEnd holds the capture's own count of what it lost against its lost records. What
// these did not tell was lost at any time until now.
func (h *Host) takeEnd(f *feed, r *schema.Record) {
	f.untold = 0
	var counts map[schema.Type]schema.EventCount
	if json.Unmarshal([]byte(r.Counts.V), &counts) != nil {
		return // absent, or of a form that this version does not know
	}
	var lost, told int64
	for i, t := range schema.Types {
		lost, told = addCounts(lost, counts[t].Lost), addCounts(told, f.told[i])
	}
	if f.untold = max(0, lost-told); f.untold == 0 {
		return
	}
	for i, t := range schema.Types {
		if counts[t].Lost > f.told[i] {
			h.losses.add(i, h.now)
		}
	}
}

// addCounts adds a count from a record, which may be any number, to a sum.
func addCounts(sum, n int64) int64 {
	return sum + min(max(n, 0), math.MaxInt64-sum)
}
