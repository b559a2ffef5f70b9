package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseTelemetrySummary reads the line that [TelemetrySummary.String] writes, and what
// others may: a list or a tree that is left empty, more than the shares of memory in
// rss, and free words close behind the semicolon. The error says which part is wrong
// and what is wanted there.
func ParseTelemetrySummary(line string) (*TelemetrySummary, error) {
	if len(line) > maxSummary {
		return nil, fmt.Errorf("the summary has %d bytes, at most %d are allowed", len(line), maxSummary)
	}
	head, words, hasWords := strings.Cut(line, ";")
	p := summaryParser{rest: strings.TrimRight(head, " ")}
	s := &TelemetrySummary{
		WindowSeconds: p.count("w"), EventsPerSec: p.rate("eps"),
		Forks: p.count("frk"), Execs: p.count("exe"), Exits: p.count("ext"),
		Top: p.comms("top"),
	}
	if strings.HasPrefix(p.rest, "rss=") {
		s.RSS = p.part("rss")
	}
	s.Tree = p.tree("tree")
	if p.err == nil && p.rest != "" {
		p.fail("the end or \"; \" and free words")
	}
	if hasWords {
		s.Words = strings.TrimPrefix(words, " ")
	}
	p.visible("rss", s.RSS)
	p.visible("free words", s.Words)
	if p.err != nil {
		return nil, p.err
	}
	return s, nil
}

// summaryParser takes parts off the front of rest; after the first error it does
// nothing more.
type summaryParser struct {
	rest string
	err  error
}

func (p *summaryParser) fail(want string) {
	if p.err == nil {
		p.err = fmt.Errorf("want %s, found %q", want, Clip(p.rest, 40))
	}
}

// part returns the value of KEY=VALUE, which ends at a space or the end.
func (p *summaryParser) part(key string) string {
	value, found := strings.CutPrefix(p.rest, key+"=")
	if p.err != nil || !found {
		p.fail(key + "=")
		return ""
	}
	value, p.rest, _ = strings.Cut(value, " ")
	return value
}

func (p *summaryParser) count(key string) int64 {
	value := p.part(key)
	n, ok := parseCount(value)
	if !ok && p.err == nil {
		p.err = fmt.Errorf("%s: want a count, found %q", key, Clip(value, 40))
	}
	return n
}

// rate reads an unsigned decimal, with or without a fraction.
func (p *summaryParser) rate(key string) float64 {
	value := p.part(key)
	whole, fraction, hasFraction := strings.Cut(value, ".")
	_, ok := parseCount(whole)
	ok = ok && (!hasFraction || fraction != "" && strings.Trim(fraction, "0123456789") == "")
	n, err := strconv.ParseFloat(value, 64)
	if (!ok || err != nil) && p.err == nil {
		p.err = fmt.Errorf("%s: want a rate such as 240 or 240.5, found %q", key, Clip(value, 40))
	}
	return n
}

func (p *summaryParser) list(key string) []string {
	value := p.part(key)
	if value == emptyList || value == "" || p.err != nil {
		return nil
	}
	items := strings.Split(value, ",")
	if len(items) > maxSummaryList {
		p.err = fmt.Errorf("%s: at most %d entries are allowed", key, maxSummaryList)
		return nil
	}
	return items
}

func (p *summaryParser) comm(key, text string) string {
	comm, err := UnescapeComm(text)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%s: %w", key, err)
	}
	return comm
}

func (p *summaryParser) comms(key string) []string {
	items := p.list(key)
	for i, item := range items {
		items[i] = p.comm(key, item)
	}
	return items
}

func (p *summaryParser) tree(key string) *TreeRef {
	rest, found := strings.CutPrefix(p.rest, key+"=")
	if p.err != nil || !found {
		p.fail(key + "=")
		return nil
	}
	if rest == emptyTree || rest == emptyList || rest == "" {
		p.rest = ""
		return nil
	}
	p.rest = rest
	tree := &TreeRef{PID: p.count("pid"), Comm: p.comm("comm", p.part("comm"))}
	if rest, found := strings.CutPrefix(p.rest, "ppid=?"); found {
		p.rest = rest
		return tree
	}
	tree.PPID = Some(p.count("ppid"))
	return tree
}

// visible holds that free text is one line that can be shown.
func (p *summaryParser) visible(key, text string) {
	if p.err == nil && (!utf8.ValidString(text) || strings.ContainsFunc(text, isHidden)) {
		p.err = fmt.Errorf("%s: want text without control characters, found %q", key, Clip(text, 40))
	}
}

// parseCount reads an unsigned decimal as strconv writes it: no sign, no leading zero.
func parseCount(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s && n >= 0
}
