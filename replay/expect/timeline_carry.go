package expect

import "time"

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
		c.Report(&s.at, CodeBadStatement, "leave one of the two out", "%s ends at +%s already", p.comm, plain(p.end))
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
