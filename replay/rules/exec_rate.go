package rules

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

const (
	// rateWindow is the minute of rate_per_min.
	rateWindow = time.Minute
	// maxRegex is the longest regular expression, in bytes.
	maxRegex = 1000
)

// execRate fires when the execs in 60 s whose comm, exe or argv[0] the regex matches
// anywhere ≥ rate_per_min, and the median time from exec to exit of those that ended in
// the same 60 s ≤ median_lifetime. The median of an even number is the lower of the two
// in the middle; where none ended, the condition does not hold. A process that execs
// twice counts twice, and lives from its last exec to its exit: it is among those that
// ended only if that one matched. clear_threshold is one of the rate; a median above
// median_lifetime clears too.
var execRate = kind{
	name: "exec_rate",
	keys: []key{
		{"regex", true, setRegex},
		{"rate_per_min", true, setRate},
		{"median_lifetime", true, setMedianLifetime},
	},
	subject: schema.SubjectHost,
	inputs:  []schema.Type{schema.TypeExec, schema.TypeExit},
	start: func(r *runner) detector {
		return &execs{runner: r, started: window{width: r.rule.Window}, ended: window{width: r.rule.Window}}
	},
}

func setRate(c *checker, n *document.Node, r *Rule) {
	r.Threshold, r.Window = c.count(n, "rate_per_min"), rateWindow
}

func setMedianLifetime(c *checker, n *document.Node, r *Rule) {
	r.MedianLifetime = c.span(n, "median_lifetime", time.Second, 1)
}

func setRegex(c *checker, n *document.Node, r *Rule) {
	text, ok := c.Text(n, "regex")
	if !ok {
		return
	}
	switch {
	case text == "":
		c.Report(n, CodeBadRegex, "write . to match every exec", "regex: empty")
	case len(text) > maxRegex:
		c.Report(n, CodeBadRegex, "list the programs by where.exe", "regex: %d bytes, more than %d", len(text), maxRegex)
	default:
		re, err := regexp.Compile(text)
		if err != nil {
			message, offset := regexProblem(err, text)
			c.Report(c.within(n, offset), CodeBadRegex, asItStands(text), "regex: %s", message)
		}
		r.Regex = re
	}
}

// asItStands is the hint for a text that was perhaps not meant as an expression.
func asItStands(text string) string {
	const most = 60
	if len(text) > most {
		return "the syntax is that of RE2"
	}
	return "to match the text as it stands, write '" + regexp.QuoteMeta(text) + "'"
}

// regexProblem says what is wrong without naming the Go package that found it, and at
// which offset of the text the part that is wrong begins.
func regexProblem(err error, text string) (message string, offset int) {
	var syntaxError *syntax.Error
	if errors.As(err, &syntaxError) {
		message = fmt.Sprintf("%s: %s", syntaxError.Code, document.Quote(syntaxError.Expr))
		return message, max(0, strings.Index(text, syntaxError.Expr))
	}
	return err.Error(), 0
}

// within is the place of an offset in a text, where the line shows the text as it is,
// bare or in quotes; else the text's own.
func (c *checker) within(n *document.Node, offset int) *document.Node {
	line := []rune(c.Line(n.Line))
	if offset == 0 || n.Col < 1 || n.Col > len(line) {
		return n
	}
	rest := string(line[n.Col-1:])
	for _, quote := range [...]string{"", "'", `"`} {
		if strings.HasPrefix(rest, quote+n.Text) {
			return &document.Node{Line: n.Line, Col: n.Col + len(quote) + utf8.RuneCountInString(n.Text[:offset])}
		}
	}
	return n
}

// execs keeps the matching execs of the window, and those that ended in it.
type execs struct {
	runner         *runner
	started, ended window
	// short counts those of the ended that lived for at most median_lifetime. They are
	// at least half exactly if the lower median is one of them.
	short   counter
	comms   standIns
	matches replay.Table[matched]
	episode episode
}

// matched says whether the regex matches a process's last exec.
type matched struct{ known, yes bool }

func (d *execs) take(h *replay.Host, r *schema.Record) {
	p := h.Current()
	if !p.ExecTime.OK || !d.runner.sees(h, r) {
		return
	}
	d.runner.outcome.Evaluated++
	m := d.matches.At(p)
	if r.Type == schema.TypeExec || !m.known {
		*m = matched{known: true, yes: matchesExec(d.runner.rule.Regex, p)}
	}
	if !m.yes {
		d.runner.leaveOut(h, r)
		return
	}
	e := event{at: r.Time, seq: r.Seq}
	if r.Type == schema.TypeExec {
		comm := d.comms.of(p)
		e.by, e.marked = &comm.process, &comm.counter
		d.started.add(h.Now(), e)
		return
	}
	if e.took = lifetime(p); e.took <= d.runner.rule.MedianLifetime {
		e.group = &d.short
	}
	d.ended.add(h.Now(), e)
}

func matchesExec(re *regexp.Regexp, p *replay.Process) bool {
	return re.MatchString(p.Comm) || re.MatchString(p.Exe) || len(p.Argv) > 0 && re.MatchString(p.Argv[0])
}

// lifetime is the time from the last exec to the exit, also where they are out of order.
func lifetime(p *replay.Process) time.Duration { return max(0, p.ExitTime.V.Sub(p.ExecTime.V)) }

func (d *execs) look(h *replay.Host) {
	d.started.expire(h.Now())
	d.ended.expire(h.Now())
	d.runner.near(h, nil, &d.episode, d.closeness(), 1)
	d.runner.judge(h, &d.episode, d.verdict())
}

// brief says that the lower median of the lifetimes is at most median_lifetime.
func (d *execs) brief() bool { return d.ended.len() > 0 && 2*d.short.n >= d.ended.len() }

// closeness is the part that is met of the two terms, 1 if both are. Of the median it is
// about the part of the half that must have been brief; nobody ended is half way.
func (d *execs) closeness() float64 {
	rate, brief := min(1, float64(d.started.len())/d.runner.rule.Threshold), 1.0
	if !d.brief() {
		brief = float64(2*d.short.n+1) / float64(d.ended.len()+2)
	}
	return rate * (1 + brief) / 2
}

func (d *execs) held() int64 { return d.started.len() + d.ended.len() }

func (d *execs) verdict() verdict {
	if !d.brief() {
		return cleared
	}
	rule := d.runner.rule
	return level(d.started.len(), int64(rule.Threshold), int64(rule.clearLevel()))
}

func (d *execs) measure(*replay.Host, *episode) measurement {
	rule, n := d.runner.rule, d.started.len()
	rate := term{"rate_per_min", float64(n), rule.Threshold, atLeast}
	lived := term{"ended", 0, 1, atLeast}
	message := fmt.Sprintf("%d execs of %s in %s, threshold %.0f; ", n, document.Quote(rule.Regex.String()), rule.Window, rule.Threshold)
	if median, ok := d.median(); ok {
		lived = term{"median_lifetime", median.Seconds(), rule.MedianLifetime.Seconds(), atMost}
		message += fmt.Sprintf("the median of the %d that ended lived for %s, at most %s", d.ended.len(), median, rule.MedianLifetime)
	} else {
		message += "none ended"
	}
	// By comm, for each process of many execs once.
	return measurement{
		value: float64(n), message: message, evidence: evidenceOf(d.started.of(nil), commOf),
		terms: []term{rate, lived},
	}
}

// median is the lower median of the lifetimes of those that ended.
func (d *execs) median() (time.Duration, bool) {
	var all []time.Duration
	for e := range d.ended.of(nil) {
		all = append(all, e.took)
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	return all[(len(all)-1)/2], true
}
