package expect

import (
	"time"

	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// statement is one line of a timeline, read but not yet carried out.
type statement struct {
	verb   *verb
	at     document.Node
	offset time.Duration
	// span is its for or over, and end when all that it says is over.
	span, end time.Duration
	place     *process
	// count events of a rate, or evenly spread over the span.
	count   int64
	rate    rate
	shape   string
	lasting schema.Opt[time.Duration]
	argv    []string
	// levels is of cpu, rss and psi.
	levels ramp
	size   schema.Opt[int64]
	stall  int
	lost   schema.Type
}

// verb is a kind of statement: how it reads and what it does.
type verb struct {
	name string
	// form shows how it is written.
	form  string
	parse func(p *parser, s *statement)
	carry func(c *compiler, s *statement)
}

// verbs has one row for each kind of statement; to add one: a row, and one in
// TIMELINE.md.
func verbs() []verb {
	return []verb{
		{"fork", `fork 20/s for 3s under bash`, parseFork, (*compiler).fork},
		{"exec", `exec 10/s for 3s "cc1 -O2" under make lasting 10ms`, parseExec, (*compiler).fork},
		{"exit", `exit bash`, parseExit, (*compiler).exit},
		{"cpu", `cpu 100% for 20s in worker`, parseCPU, (*compiler).cpu},
		{"rss", `rss 100MiB..2GiB over 30s in worker`, parseRSS, (*compiler).rss},
		{"psi", `psi cpu some 80% for 20s`, parsePSI, (*compiler).psi},
		{"zombies", `zombies 60 under bash for 70s`, parseZombies, (*compiler).zombies},
		{"oom", `oom worker rss 1GiB`, parseOOM, (*compiler).oom},
		{"lost", `lost fork 10 for 1s`, parseLost, (*compiler).lose},
		{"gap", `gap 5s`, parseGap, (*compiler).gap},
	}
}

// StatementForms shows how each kind of statement is written, one line each.
func StatementForms() []string {
	var forms []string
	for _, v := range verbs() {
		forms = append(forms, v.form)
	}
	return forms
}

// statements reads every statement of a timeline.
func (c *compiler) statements(n *document.Node) []*statement {
	known := verbs()
	var names []string
	for _, v := range known {
		names = append(names, v.name)
	}
	before := c.Count()
	lines := c.lines(n)
	if len(lines) == 0 && c.Count() == before {
		c.Report(n, CodeBadStatement, "write '"+known[0].form+"'", "timeline: no statement")
	}
	if len(lines) > maxStatements {
		c.Report(&lines[maxStatements].at, CodeBadStatement, "split the test", "more than %d statements", maxStatements)
		return nil
	}
	var list []*statement
	for _, l := range lines {
		words, ok := c.words(l)
		if !ok {
			continue
		}
		p := &parser{compiler: c, words: words, line: l}
		if s := p.statement(known, names); s != nil {
			list = append(list, s)
		}
	}
	return list
}
