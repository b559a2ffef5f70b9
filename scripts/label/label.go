package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// reader reads a capture to io.EOF.
type reader interface {
	Read() (*schema.Record, error)
}

// life is one process, as far as the capture tells of it.
type life struct {
	start, exit schema.Time // exit is 0 for one that still lives
	comm        string
}

// labelled turns marked incidents into those of a label. It looks up the name of each
// process in the capture, and fails where the process did not live at the onset, or the
// onset lies outside.
func labelled(marked []incident, records reader) ([]schema.LabelledIncident, error) {
	lives := map[int64][]life{}
	for _, m := range marked {
		lives[m.pid] = nil
	}
	from, to, err := readLives(lives, records)
	if err != nil {
		return nil, err
	}
	found := []schema.LabelledIncident{} // not nil: none is []
	for _, m := range marked {
		if m.onset < from || m.onset > to {
			return nil, fmt.Errorf("%s began at %s, outside the capture (%s to %s)", m.class, m.onset, from, to)
		}
		p, ok := aliveAt(lives[m.pid], m.onset)
		if !ok {
			return nil, fmt.Errorf("%s: pid %d did not live at its onset, %s", m.class, m.pid, m.onset)
		}
		l := schema.LabelledIncident{
			Class: m.class, Onset: after(from, m.onset),
			Primary: &schema.LabelledProcess{PID: m.pid, Comm: p.comm},
		}
		if m.end != 0 {
			l.End.Set(after(from, min(m.end, to)))
		}
		found = append(found, l)
	}
	return found, nil
}

// readLives fills in the lives of the processes that lives has a key for, and returns
// the times of the first record and of the last.
func readLives(lives map[int64][]life, records reader) (from, to schema.Time, err error) {
	for first := true; ; first = false {
		r, err := records.Read()
		if errors.Is(err, io.EOF) {
			return from, to, nil
		}
		if err != nil {
			return 0, 0, err
		}
		if first {
			from = r.Time
		}
		to = max(to, r.Time)
		if of, wanted := lives[r.PID.V]; wanted && r.PID.OK && r.StartTime.OK {
			lives[r.PID.V] = see(of, r)
		}
	}
}

// see takes a record of a process into the lives of its pid.
func see(of []life, r *schema.Record) []life {
	if len(of) == 0 || of[len(of)-1].start != r.StartTime.V {
		of = append(of, life{start: r.StartTime.V})
	}
	last := &of[len(of)-1]
	if r.Comm.OK {
		last.comm = r.Comm.V
	}
	if r.Type == schema.TypeExit {
		last.exit = r.Time
	}
	return of
}

func aliveAt(of []life, t schema.Time) (life, bool) {
	for _, l := range of {
		if l.start <= t && (l.exit == 0 || l.exit >= t) {
			return l, true
		}
	}
	return life{}, false
}

// after is the time since the capture's first record, to the millisecond.
func after(from, t schema.Time) schema.Offset {
	return schema.Offset(t.Sub(from).Round(time.Millisecond))
}
