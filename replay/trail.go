package replay

import (
	"fmt"

	"github.com/linnix-os/linnix/schema"
)

// maxMarks is how many states a trail keeps: one for each record of a capture that has
// no more, else one for each 2, 4, 8 … of them.
const maxMarks = 1 << 16

// Trail is the way that a replay took: its state after each record. A second run is
// held against it, and the first record at which they part is told. Give each run's
// trail its last place among the handlers, and its results as they come. It is not
// safe for concurrent use.
type Trail struct {
	state    State
	n        int64 // records so far
	marks    []uint64
	stride   int64
	maxMarks int

	// of is the run that this one is held against, nil for a first run.
	of *Trail
	// stretch holds the states since the last mark that was the same, until they part.
	stretch []uint64
	parted  *Divergence
	// within are the states of the stretch in which two earlier runs parted.
	within []uint64
}

// Divergence says where two runs part.
type Divergence struct {
	// From and To are the positions among the records replayed, from 0, between which the
	// states part: equal where the record is known exactly.
	From, To int64
	// Seq, Type and Time are those of the record at To.
	Seq  int64
	Type schema.Type
	Time schema.Time
	// AtEnd says that one run has no record at To, or that the states part after it.
	AtEnd bool
}

// String names the record.
func (d *Divergence) String() string {
	switch {
	case d.AtEnd && d.From == d.To:
		return fmt.Sprintf("after record %d, at the end of a run", d.To)
	case d.AtEnd:
		return fmt.Sprintf("between record %d and the end of a run, record %d", d.From, d.To)
	}
	name := fmt.Sprintf("record %d (seq %d, %s, %s)", d.To, d.Seq, d.Type, d.Time)
	if d.From < d.To {
		return fmt.Sprintf("between record %d and %s", d.From, name)
	}
	return name
}

// NewTrail returns the trail of a first run.
func NewTrail() *Trail { return &Trail{stride: 1, maxMarks: maxMarks} }

// Again returns the trail of another run, which is held against this one, finished.
func (t *Trail) Again() *Trail { return &Trail{of: t, stride: t.stride} }

// Retrace returns the trail of one more run, to narrow down where this one parted from
// the first, or nil when that is known as exactly as it can be.
func (t *Trail) Retrace() *Trail {
	if t.parted == nil || t.parted.From == t.parted.To {
		return nil
	}
	return &Trail{of: t, within: t.stretch}
}

// Divergence returns where the run parted from the one before; nil if it did not.
func (t *Trail) Divergence() *Divergence { return t.parted }

// Result adds an alert's or snapshot's line.
func (t *Trail) Result(line []byte) { t.state.Bytes(line) }

// Follow returns the handler that follows one host, after the handlers that are part
// of its state.
func (t *Trail) Follow(parts ...Stateful) Handler { return &follower{t, parts} }

// Finish compares the ends. Call it after the replay.
func (t *Trail) Finish() {
	first := t.of
	switch {
	case first == nil || t.parted != nil || t.within != nil:
	case t.n != first.n || t.state != first.state:
		t.part(&Divergence{To: t.n - 1, AtEnd: true})
		t.stretch = append(t.stretch, t.state.Sum())
	}
}

// part notes that the runs part after the last mark and by d.To.
func (t *Trail) part(d *Divergence) {
	d.From = max(0, min(d.To, t.n-int64(len(t.stretch))))
	t.parted = d
}

// follower is the handler of a trail for one host.
type follower struct {
	trail *Trail
	parts []Stateful
}

// Record implements Handler.
func (f *follower) Record(h *Host, r *schema.Record) {
	t := f.trail
	t.state.addRecord(h, r)
	f.add()
	t.n++
	switch {
	case t.of == nil:
		t.mark()
	case t.parted == nil && t.within != nil:
		t.narrow(r)
	case t.parted == nil:
		t.compare(r)
	}
}

// Tick implements Handler.
func (f *follower) Tick(h *Host) {
	f.trail.state.addHost(h)
	f.add()
}

// End implements Handler.
func (f *follower) End(h *Host) { f.Tick(h) }

func (f *follower) add() {
	for _, part := range f.parts {
		part.AddState(&f.trail.state)
	}
}

// mark keeps the state, or makes room by leaving out every second mark.
func (t *Trail) mark() {
	if t.n%t.stride != 0 {
		return
	}
	if len(t.marks) == t.maxMarks {
		for i := range t.maxMarks / 2 {
			t.marks[i] = t.marks[2*i+1]
		}
		t.marks = t.marks[:t.maxMarks/2]
		t.stride *= 2
		if t.n%t.stride != 0 {
			return
		}
	}
	t.marks = append(t.marks, t.state.Sum())
}

// compare holds the state against the first run's mark, if there is one here.
func (t *Trail) compare(r *schema.Record) {
	first := t.of
	t.stretch = append(t.stretch, t.state.Sum())
	same := t.n <= first.n
	if at := t.n/t.stride - 1; same && t.n%t.stride == 0 {
		same = first.marks[at] == t.state.Sum()
		if same {
			t.stretch = t.stretch[:0]
		}
	}
	if !same {
		t.part(divergenceAt(t.n-1, r))
	}
}

// narrow compares each state of the stretch in which two runs parted.
func (t *Trail) narrow(r *schema.Record) {
	at := t.n - 1 - t.of.parted.From
	if at >= 0 && at < int64(len(t.within)) && t.within[at] != t.state.Sum() {
		t.parted = divergenceAt(t.n-1, r)
		t.parted.From = t.parted.To
	}
}

func divergenceAt(position int64, r *schema.Record) *Divergence {
	return &Divergence{To: position, Seq: r.Seq, Type: r.Type, Time: r.Time}
}
