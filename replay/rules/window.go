package rules

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// topCount is how many contributors an alert's evidence names.
const topCount = 5

// event is one counted record.
type event struct {
	at  schema.Time
	seq int64
	// by is the process that the event is put down to, or nil.
	by *replay.Process
	// group and marked are the counters that hold it besides the window itself.
	group, marked *counter
}

// counter counts the events of a window that share something.
type counter struct{ n int64 }

// window holds the events of (now − width, now], by time.
type window struct {
	width  time.Duration
	events replay.Queue[event]
}

func (w *window) len() int64 { return int64(w.events.Len()) }

// add counts an event, unless it has left the window already. Records may be a little
// out of order; the queue is not.
func (w *window) add(now schema.Time, e event) bool {
	if e.at <= now.Add(-w.width) {
		return false
	}
	w.events.Push(e)
	for i := w.events.Len() - 1; i > 0 && w.events.At(i-1).at > e.at; i-- {
		*w.events.At(i), *w.events.At(i - 1) = *w.events.At(i - 1), *w.events.At(i)
	}
	if e.group != nil {
		e.group.n++
	}
	if e.marked != nil {
		e.marked.n++
	}
	return true
}

// expire takes out what has left the window.
func (w *window) expire(now schema.Time) {
	limit := now.Add(-w.width)
	for w.events.Len() > 0 && w.events.Front().at <= limit {
		e := w.events.Pop()
		if e.group != nil {
			e.group.n--
		}
		if e.marked != nil {
			e.marked.n--
		}
	}
}

// of yields the events that a counter counts, or all for nil.
func (w *window) of(c *counter) iter.Seq[*event] {
	return func(yield func(*event) bool) {
		for i := range w.events.Len() {
			e := w.events.At(i)
			if (c == nil || e.group == c || e.marked == c) && !yield(e) {
				return
			}
		}
	}
}

// evidence describes the events that a counter counts, or all for nil.
func (w *window) evidence(c *counter) schema.Evidence {
	ev := schema.Evidence{Top: []schema.Contributor{}}
	by := make(map[*replay.Process]int64)
	for e := range w.of(c) {
		if ev.Count == 0 {
			ev.FirstSeq = schema.Some(e.seq)
		}
		ev.LastSeq = schema.Some(e.seq)
		ev.Count++
		if e.by != nil {
			by[e.by]++
		}
	}
	ev.Top = append(ev.Top, top(by)...)
	return ev
}

// top lists the processes with the most events; ties go by start time, then pid.
func top(by map[*replay.Process]int64) []schema.Contributor {
	processes := make([]*replay.Process, 0, len(by))
	for p := range by {
		processes = append(processes, p)
	}
	slices.SortFunc(processes, func(a, b *replay.Process) int {
		return cmp.Or(cmp.Compare(by[b], by[a]), replay.Compare(a, b))
	})
	var list []schema.Contributor
	for _, p := range processes[:min(topCount, len(processes))] {
		list = append(list, schema.Contributor{
			PID: p.Key.PID, StartTime: p.Started(), Comm: p.Comm, Count: by[p],
		})
	}
	return list
}

// printable is a name for a message: what could disturb a terminal stands as '?'.
func printable(name string) string {
	if name == "" {
		return "a process"
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}
