package expect

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// eventKind orders what happens at one moment: no process ends before it has forked.
type eventKind uint8

const (
	forked eventKind = iota
	execed
	killed
	exited
	lost
)

// event is one record of a timeline that is no sample.
type event struct {
	at      time.Duration
	kind    eventKind
	process *process
	loss    *statement
	size    schema.Opt[int64]
}

// compiler turns statements into a timeline.
type compiler struct {
	*document.File
	timeline       *Timeline
	init, kthreadd *process
	places         map[placeKey]*process
	records        int64 // at most so many
	full           bool
}

func newCompiler(f *document.File) *compiler {
	kthreadd := newNamed("kthreadd")
	kthreadd.argv = nil // as of every kernel thread
	return &compiler{
		File: f, init: newNamed("init"), kthreadd: kthreadd, places: make(map[placeKey]*process),
		timeline: &Timeline{lostEvents: make(map[schema.Type]int64)},
	}
}

// compile carries out every statement.
func (c *compiler) compile(statements []*statement) {
	for _, s := range statements {
		s.verb.carry(c, s)
		if s.end > MaxTimelineLength {
			c.Report(&s.at, CodeBadStatement, "let it be over by then", "ends at +%s, and a timeline has at most %.0f hours", plain(s.end), MaxTimelineLength.Hours())
		}
		c.timeline.length = max(c.timeline.length, s.end)
	}
	for _, s := range statements {
		if p := s.place; p != nil && s.needed() > p.end {
			c.Report(&s.at, CodeBadStatement, "let it come before that, or name another process", "%s ends at +%s, and is needed at +%s", p.comm, plain(p.end), plain(s.needed()))
		}
	}
}

// needed is until when the process of a statement must be there.
func (s *statement) needed() time.Duration {
	switch {
	case s.count > 0:
		return s.moment(s.count - 1)
	case s.levels.to > 0:
		return s.end
	}
	return 0 // it is the end itself
}

// spend counts records that a statement may make, and says whether there is room.
func (c *compiler) spend(s *statement, records int64) bool {
	c.records += records
	if c.records > MaxTimelineRecords && !c.full {
		c.full = true
		c.Report(&s.at, CodeBadStatement, "write a smaller number or a shorter time", "the timeline comes to more than %d records", MaxTimelineRecords)
	}
	return !c.full
}

// ticks is how many seconds there are in a time, both ends counted.
func ticks(d time.Duration) int64 { return int64(d/time.Second) + 1 }

// setLength takes the length that a test asks for.
func (c *compiler) setLength(n *document.Node, statements []*statement) {
	d, ok := c.Span(n, "length", time.Second, time.Nanosecond, MaxTimelineLength)
	if !ok {
		return
	}
	for _, s := range statements {
		if s.end > d {
			c.Report(&s.at, CodeBadStatement, fmt.Sprintf("write 'length: %s' or more", plain(s.end)), "ends at +%s, after the length of %s", plain(s.end), plain(d))
			return
		}
	}
	c.timeline.length = d
}

// settle puts everything in order, once all is known to be sound.
func (c *compiler) settle(n *document.Node) {
	t := c.timeline
	const leastCPUs, leastMemory = 4, 16 << 30
	t.cpus, t.memory = max(t.cpus, leastCPUs), max(2*t.memory, leastMemory)
	slices.SortStableFunc(t.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind))
	})
	slices.SortStableFunc(t.born, func(a, b *process) int { return cmp.Compare(a.birth, b.birth) })
	for _, p := range t.named {
		if p.parent == nil {
			p.parent = c.init
		}
	}
	const recordsAround = 4 // meta, init, kthreadd, end
	c.spend(&statement{at: *n}, ticks(t.length)+1+int64(2*len(t.named))+recordsAround)
	t.number(c.init, c.kthreadd)
}

// number gives every process its place and its pid, in the order of appearance.
func (t *Timeline) number(init, kthreadd *process) {
	const firstPID = 100
	t.processes = append([]*process{init, kthreadd}, t.named...)
	t.processes = append(t.processes, t.born...)
	for i, p := range t.processes {
		p.index, p.pid = i, int64(firstPID-2+i)
	}
	init.pid, kthreadd.pid = 1, 2
}
