package replay

import (
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// losses keeps, for each record type, until when events are known to be lost. A window
// that ends now overlaps a loss exactly if the latest loss ends within it.
type losses struct {
	until  [len(schema.Types)]schema.Opt[schema.Time]
	events int64
}

// add takes in a lost record. What it does not say is taken at its worst: a loss of
// any type, since the start, until now.
func (l *losses) add(start schema.Time, r *schema.Record) {
	l.events += max(r.Count.V, 0)
	to := max(start, min(r.To.Or(r.Time), r.Time))
	lost := typeIndex(schema.Type(r.LostType.V))
	for i := range l.until {
		if lost >= 0 && i != lost {
			continue
		}
		if u := &l.until[i]; !u.OK || u.V < to {
			u.Set(to)
		}
	}
}

// LostSince says that events of one of the types, or of any type if none is given, are
// known to have been lost after t: a window (t, now] is then incomplete.
func (h *Host) LostSince(t schema.Time, types ...schema.Type) bool {
	for i, until := range h.losses.until {
		if until.OK && until.V > t && (len(types) == 0 || slices.Contains(types, schema.Types[i])) {
			return true
		}
	}
	return false
}

// Lost returns the number of events that lost records have told of so far.
func (h *Host) Lost() int64 { return h.losses.events }
