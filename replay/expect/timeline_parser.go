package expect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linnix-os/linnix/schema/document"
)

// parser takes the words of one statement one after the other. After a problem it
// takes no more, for what follows would be told wrongly.
type parser struct {
	*compiler
	words  []word
	line   line
	last   word // that was taken
	verb   *verb
	failed bool
}

func (p *parser) statement(known []verb, names []string) *statement {
	s := &statement{at: p.line.at}
	if p.startsWith("+") {
		text := p.next("offset").text
		s.offset = parsed(p, text, func(t string) (time.Duration, error) { return parseTime(t[1:]) })
	}
	w := p.next("statement")
	if p.failed {
		return nil
	}
	at := slices.Index(names, w.text)
	if at < 0 {
		p.Unknown(&w.node, CodeBadStatement, "statement", names)
		return nil
	}
	p.verb, s.verb = &known[at], &known[at]
	s.verb.parse(p, s)
	if len(p.words) > 0 {
		p.fail(&p.words[0].node, "%s is too much here", document.Quote(p.words[0].text))
	}
	if p.failed {
		return nil
	}
	return s
}

// fail reports what is wrong, once a statement.
func (p *parser) fail(at *document.Node, format string, args ...any) {
	if p.failed {
		return
	}
	p.failed = true
	hint := "write '" + verbs()[0].form + "'"
	if p.verb != nil {
		hint = "write '" + p.verb.form + "'"
	}
	p.Report(at, CodeBadStatement, hint, format, args...)
	p.words = nil
}

// next takes a word; what names it for a message.
func (p *parser) next(what string) word {
	if len(p.words) == 0 {
		end := p.line.at
		if p.line.exact {
			end.Col += len([]rune(p.line.text))
		}
		p.fail(&end, "want %s, and the line ends", what)
		return word{node: end}
	}
	w := p.words[0]
	p.words = p.words[1:]
	p.last = w
	return w
}

func (p *parser) startsWith(prefix string) bool {
	return len(p.words) > 0 && !p.words[0].quoted && strings.HasPrefix(p.words[0].text, prefix)
}

// take takes a word if it is this one.
func (p *parser) take(text string) bool {
	if len(p.words) == 0 || p.words[0].quoted || p.words[0].text != text {
		return false
	}
	p.next(text)
	return true
}

// want takes a word that must be this one.
func (p *parser) want(text string) {
	w := p.next(text)
	if w.text != text || w.quoted {
		p.fail(&w.node, "want %s, found %s", text, document.Quote(w.text))
	}
}

// oneOf takes a word of a list.
func (p *parser) oneOf(what string, allowed ...string) string {
	w := p.next(what)
	if !p.failed && !slices.Contains(allowed, w.text) {
		p.failed = true
		p.words = nil
		p.Unknown(&w.node, CodeBadStatement, what, allowed)
	}
	return w.text
}

// parsed reads a word that was taken last, and reports why it cannot be.
func parsed[T any](p *parser, text string, parse func(string) (T, error)) T {
	v, err := parse(text)
	if err != nil {
		p.fail(&p.last.node, "%s: found %s", err.Error(), document.Quote(text))
	}
	return v
}

// span takes for, over or another word with a time above 0.
func (p *parser) span(keyword string) time.Duration {
	p.want(keyword)
	return p.time()
}

func (p *parser) time() time.Duration {
	d := parsed(p, p.next("a time").text, parseTime)
	if d == 0 {
		p.fail(&p.last.node, "want a time above 0")
	}
	return d
}

// count takes a whole number above 0.
func (p *parser) count() int64 {
	return parsed(p, p.next("a number").text, func(s string) (int64, error) {
		v, err := decimals(s)
		if err != nil || v%1000 != 0 || v == 0 || v > 1000*MaxTimelineRecords {
			return 0, fmt.Errorf("want a whole number from 1 to %d", MaxTimelineRecords)
		}
		return v / 1000, nil
	})
}

// levels takes a level for a time, or two over one: 80% for 20s, 0%..400% over 10s.
func (p *parser) levels(s *statement, parse func(string) (int64, error)) {
	text := p.next("a level").text
	first, last, ramps := strings.Cut(text, "..")
	if !ramps {
		last = first
	}
	s.levels.first, s.levels.last = parsed(p, first, parse), parsed(p, last, parse)
	keyword := "for"
	if ramps {
		keyword = "over"
	}
	s.span = p.span(keyword)
	s.end = s.offset + s.span
	s.levels.from, s.levels.to = s.offset, s.end
	s.levels.stays = ramps
}
