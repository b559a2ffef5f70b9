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
			c.Report(&s.at, CodeBadStatement, "let it be over by then", "ends at +%v, after more than %.0f hours", s.end, MaxTimelineLength.Hours())
		}
		c.timeline.length = max(c.timeline.length, s.end)
	}
	for _, s := range statements {
		if p := s.place; p != nil && s.needed() > p.end {
			c.Report(&s.at, CodeBadStatement, "let it come before that, or name another process", "%s ends at +%v, and is needed at +%v", p.comm, p.end, s.needed())
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

// moment is the time of the i-th event of a statement.
func (s *statement) moment(i int64) time.Duration {
	switch {
	case s.rate.milli > 0:
		return s.offset + s.rate.at(i)
	case s.verb.name == "zombies":
		return s.offset
	}
	return s.offset + time.Duration(mulDiv(i, int64(s.span), s.count))
}

// fork carries out fork and exec.
func (c *compiler) fork(s *statement) {
	const recordsEach = 4 // fork, exec, sample, and exit or task
	if !c.spend(s, s.count*recordsEach) {
		return
	}
	born := make([]*process, s.count)
	for i := range born {
		at := s.moment(int64(i))
		born[i] = c.birth(s.parentOf(born, i), at)
		if s.argv != nil {
			born[i].argv = s.argv
			c.add(event{at: at, kind: execed, process: born[i]})
		}
	}
	if !s.lasting.OK {
		return
	}
	for i := len(born) - 1; i >= 0; i-- {
		p := born[i]
		p.end = max(p.birth+s.lasting.V, p.lastChild)
		s.end = max(s.end, p.end)
		c.add(event{at: p.end, kind: exited, process: p})
	}
}

// parentOf is that of the i-th process of a shape.
func (s *statement) parentOf(born []*process, i int) *process {
	switch {
	case i == 0 || s.shape == shapeFlat:
		return s.place
	case s.shape == shapeChain:
		return born[i-1]
	}
	return born[(i+1)/2-1]
}

// birth makes a process and its fork.
func (c *compiler) birth(parent *process, at time.Duration) *process {
	p := &process{parent: parent, birth: at, end: never, reaped: never}
	parent.lastChild = max(parent.lastChild, at)
	c.timeline.born = append(c.timeline.born, p)
	c.add(event{at: at, kind: forked, process: p})
	return p
}

func (c *compiler) add(e event) { c.timeline.events = append(c.timeline.events, e) }

func (c *compiler) exit(s *statement) {
	switch p := s.place; {
	case p == c.init || p == c.kthreadd:
		c.Report(&s.at, CodeBadStatement, "name another process", "%s never ends", p.comm)
	case p.end != never:
		c.Report(&s.at, CodeBadStatement, "leave one of the two out", "%s ends at +%v already", p.comm, p.end)
	case c.spend(s, 2):
		p.end = s.offset
		c.add(event{at: s.offset, kind: exited, process: p})
	}
}

func (c *compiler) oom(s *statement) {
	c.exit(s)
	if s.place.end == s.offset {
		c.add(event{at: s.offset, kind: killed, process: s.place, size: s.size})
		s.place.killed = true
	}
}

func (c *compiler) cpu(s *statement) {
	const perCore = 100_000
	c.timeline.gauges++
	if c.spend(s, ticks(s.span)+1) {
		s.place.cpu = append(s.place.cpu, s.levels)
		c.timeline.cpus += (max(s.levels.first, s.levels.last) + perCore - 1) / perCore
	}
}

func (c *compiler) rss(s *statement) {
	c.timeline.gauges++
	if c.spend(s, ticks(s.span)+1) {
		s.place.rss = append(s.place.rss, s.levels)
		c.timeline.memory += max(s.levels.first, s.levels.last)
	}
}

func (c *compiler) psi(s *statement) {
	c.timeline.gauges++
	c.timeline.stalls[s.stall] = append(c.timeline.stalls[s.stall], s.levels)
	if full := s.stall%2 == 1; full {
		c.timeline.stalls[s.stall-1] = append(c.timeline.stalls[s.stall-1], s.levels)
	}
}

func (c *compiler) zombies(s *statement) {
	if !c.spend(s, s.count*(ticks(s.span)+2)) {
		return
	}
	for range s.count {
		p := c.birth(s.place, s.offset)
		p.end, p.reaped = s.offset, s.end
		c.add(event{at: s.offset, kind: exited, process: p})
	}
}

func (c *compiler) lose(s *statement) {
	if c.spend(s, 1) {
		c.timeline.lostEvents[s.lost] += s.count
		c.add(event{at: s.end, kind: lost, loss: s})
	}
}

func (c *compiler) gap(s *statement) {
	c.timeline.gaps = append(c.timeline.gaps, gap{s.offset, s.end})
}

// setLength takes the length that a test asks for.
func (c *compiler) setLength(n *document.Node, statements []*statement) {
	d, ok := c.Span(n, "length", time.Second, time.Nanosecond, MaxTimelineLength)
	if !ok {
		return
	}
	for _, s := range statements {
		if s.end > d {
			c.Report(&s.at, CodeBadStatement, fmt.Sprintf("write 'length: %v' or more", s.end), "ends at +%v, after the length of %v", s.end, d)
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
