package rules

import (
	"cmp"
	"container/heap"
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
	// took is how long what ended had lasted, where that matters.
	took time.Duration
	// here says whether what came is still there, where that matters.
	here *bool
	// group and marked are the counters that hold it besides the window itself.
	group, marked *counter
}

// count adds n to the counters that hold the event.
func (e *event) count(n int64) {
	if e.group != nil {
		e.group.n += n
	}
	if e.marked != nil {
		e.marked.n += n
	}
}

// counter counts the events of a window that share something.
type counter struct{ n int64 }

// window holds the events of (now − width, now], by time.
type window struct {
	width time.Duration
	// events came in order of time; late ones came behind a later one.
	events replay.Queue[event]
	late   lateEvents
}

func (w *window) len() int64 { return int64(w.events.Len() + len(w.late)) }

// add counts an event, unless it has left the window already.
func (w *window) add(now schema.Time, e event) bool {
	if e.at <= now.Add(-w.width) {
		return false
	}
	if n := w.events.Len(); n > 0 && e.at < w.events.At(n-1).at {
		heap.Push(&w.late, e)
	} else {
		w.events.Push(e)
	}
	e.count(1)
	return true
}

// expire takes out what has left the window.
func (w *window) expire(now schema.Time) {
	limit := now.Add(-w.width)
	for w.events.Len() > 0 && w.events.Front().at <= limit {
		e := w.events.Pop()
		e.count(-1)
	}
	for len(w.late) > 0 && w.late[0].at <= limit {
		e := heap.Pop(&w.late).(event)
		e.count(-1)
	}
}

// of yields the events that a counter counts, or all for nil, by time.
func (w *window) of(c *counter) iter.Seq[*event] {
	return func(yield func(*event) bool) {
		late := w.late.sorted()
		for i := 0; i < w.events.Len() || len(late) > 0; {
			var e *event
			if i == w.events.Len() || len(late) > 0 && late[0].at < w.events.At(i).at {
				e, late = late[0], late[1:]
			} else {
				e = w.events.At(i)
				i++
			}
			if (c == nil || e.group == c || e.marked == c) && !yield(e) {
				return
			}
		}
	}
}

// evidence describes the events that a counter counts, or all for nil, and the
// processes that most of them are put down to.
func (w *window) evidence(c *counter) schema.Evidence {
	return evidenceOf(w.of(c), func(p *replay.Process) replay.Key { return p.Key })
}

// evidenceOf describes events, and what most of them are put down to (see top).
func evidenceOf[K comparable](events iter.Seq[*event], keyOf func(*replay.Process) K) schema.Evidence {
	ev := schema.Evidence{Top: top(events, keyOf)}
	for e := range events {
		if ev.Count == 0 {
			ev.FirstSeq, ev.LastSeq = schema.Some(e.seq), schema.Some(e.seq)
		}
		// Events come by time, which is not quite the order of the records.
		ev.FirstSeq.V, ev.LastSeq.V = min(ev.FirstSeq.V, e.seq), max(ev.LastSeq.V, e.seq)
		ev.Count++
	}
	return ev
}

// commOf is the key of processes that are many, with little from each.
func commOf(p *replay.Process) string { return p.Comm }

// pointers yields the elements of a list.
func pointers(events []event) iter.Seq[*event] {
	return func(yield func(*event) bool) {
		for i := range events {
			if !yield(&events[i]) {
				return
			}
		}
	}
}

// top lists what most events are put down to. Processes with one key are one entry,
// which the latest stands for; ties go by start time, pid, and first event.
func top[K comparable](events iter.Seq[*event], keyOf func(*replay.Process) K) []schema.Contributor {
	type entry struct {
		process *replay.Process
		count   int64
	}
	var entries []entry
	places := make(map[K]int)
	for e := range events {
		if e.by == nil {
			continue
		}
		key := keyOf(e.by)
		at, known := places[key]
		if !known {
			at = len(entries)
			places[key] = at
			entries = append(entries, entry{})
		}
		entries[at].process = e.by
		entries[at].count++
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.count, a.count), replay.Compare(a.process, b.process))
	})
	list := make([]schema.Contributor, 0, topCount)
	for _, en := range entries[:min(topCount, len(entries))] {
		p := en.process
		list = append(list, schema.Contributor{PID: p.Key.PID, StartTime: p.Started(), Comm: p.Comm, Count: en.count})
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
