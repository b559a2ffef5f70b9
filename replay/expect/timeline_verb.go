package expect

import (
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// The shapes of forks: children of one process, each the child of the last, or each
// with two children.
const (
	shapeFlat   = ""
	shapeChain  = "chain"
	shapeBinary = "binary"
)

// events takes how many there are: 20/s for 3s, 60 over 3s, or 1.
func (p *parser) events(s *statement) {
	if len(p.words) > 0 && strings.Contains(p.words[0].text, "/") {
		s.rate = parsed(p, p.next("a rate").text, parseRate)
		return
	}
	s.count = p.count()
}

// spread takes over how long they come.
func (p *parser) spread(s *statement) {
	switch {
	case p.failed:
	case s.rate.milli > 0:
		s.span = p.span("for")
		if !p.failed {
			s.count = s.rate.moments(s.span)
		}
	case p.startsWith("over"):
		s.span = p.span("over")
	}
	s.end = s.offset + s.span
}

// tail takes the process that they are children of, and how long each lives.
func (p *parser) tail(s *statement) {
	if p.startsWith("lasting") {
		p.lasting(s)
	}
	s.place = p.under()
	if p.startsWith("lasting") {
		p.lasting(s)
	}
}

func (p *parser) lasting(s *statement) { s.lasting.Set(p.span("lasting")) }

func parseFork(p *parser, s *statement) {
	p.events(s)
	for {
		switch {
		case p.take(shapeChain):
			s.shape = shapeChain
		case p.take(shapeBinary):
			s.shape = shapeBinary
		default:
			p.spread(s)
			if s.shape == shapeFlat && (p.startsWith(shapeChain) || p.startsWith(shapeBinary)) {
				s.shape = p.next("a shape").text
			}
			p.tail(s)
			return
		}
	}
}

func parseExec(p *parser, s *statement) {
	p.events(s)
	p.spread(s)
	w := p.next("a command in quotes")
	s.argv = strings.Fields(w.text)
	if !w.quoted || len(s.argv) == 0 {
		p.fail(&w.node, `want a command in quotes such as "cc1 -O2"`)
	}
	p.tail(s)
}

func parseExit(p *parser, s *statement) {
	s.place, s.end = p.place(), s.offset
}

func parseCPU(p *parser, s *statement) {
	p.levels(s, parsePercent)
	s.levels.stays = false
	s.place = p.in()
}

func parseRSS(p *parser, s *statement) {
	p.levels(s, parseSize)
	s.place = p.in()
}

// stallWords name the totals of pressure, in their order.
var stallWords = [stallTotals][2]string{
	{"cpu", "some"}, {"cpu", "full"}, {"memory", "some"}, {"memory", "full"}, {"io", "some"}, {"io", "full"},
}

func parsePSI(p *parser, s *statement) {
	resource := p.oneOf("resource", "cpu", "memory", "io")
	kind := p.oneOf("stall", "some", "full")
	for i, words := range stallWords {
		if words == [2]string{resource, kind} {
			s.stall = i
		}
	}
	p.levels(s, parsePercent)
	const all = 100_000
	if s.levels.first > all || s.levels.last > all {
		p.fail(&s.at, "pressure above 100%%")
	}
}

func parseZombies(p *parser, s *statement) {
	s.count = p.count()
	s.place = p.under()
	s.span = p.span("for")
	s.end = s.offset + s.span
}

func parseOOM(p *parser, s *statement) {
	s.place, s.end = p.place(), s.offset
	if p.take("rss") {
		s.size.Set(parsed(p, p.next("a size").text, parseSize))
	}
}

func parseLost(p *parser, s *statement) {
	s.lost = schema.Type(p.oneOf("event", "fork", "exec", "exit", "oom", "any"))
	s.count = p.count()
	s.span = p.span("for")
	s.end = s.offset + s.span
}

func parseGap(p *parser, s *statement) {
	s.span = p.time()
	s.end = s.offset + s.span
}
