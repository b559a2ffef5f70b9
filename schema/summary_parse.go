package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseTelemetrySummary reads the line that [TelemetrySummary.String] writes. The
// error says which part is wrong and what is wanted there.
func ParseTelemetrySummary(line string) (*TelemetrySummary, error) {
	if len(line) > maxSummary {
		return nil, fmt.Errorf("the summary has %d bytes, at most %d are allowed", len(line), maxSummary)
	}
	head, words, hasWords := strings.Cut(line, ";")
	p := summaryParser{rest: head}
	s := &TelemetrySummary{
		WindowSeconds: p.count("w"), EventsPerSec: p.count("eps"),
		Forks: p.count("frk"), Execs: p.count("exe"), Exits: p.count("ext"),
		Top: p.comms("top"),
	}
	if strings.HasPrefix(p.rest, "rss=") {
		s.RSS = p.memory("rss")
	}
	s.Tree = p.tree("tree")
	if p.err == nil && p.rest != "" {
		p.fail("the end or \"; \" and free words")
	}
	if hasWords {
		s.Words = p.words(words)
	}
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

func (p *summaryParser) list(key string) []string {
	value := p.part(key)
	if value == emptyList || p.err != nil {
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

func (p *summaryParser) memory(key string) []MemoryShare {
	var shares []MemoryShare
	for _, item := range p.list(key) {
		share, ok := p.share(key, item)
		if !ok && p.err == nil {
			p.err = fmt.Errorf("%s: want PID:COMM:SHARE such as 4412:java:61.2%%, found %q", key, Clip(item, 40))
		}
		shares = append(shares, share)
	}
	return shares
}

func (p *summaryParser) share(key, item string) (MemoryShare, bool) {
	pid, rest, found := strings.Cut(item, ":")
	last := strings.LastIndexByte(rest, ':')
	if !found || last < 0 {
		return MemoryShare{}, false
	}
	percent, hasSign := strings.CutSuffix(rest[last+1:], "%")
	whole, tenths, hasTenths := strings.Cut(percent, ".")
	if !hasTenths {
		tenths = "0"
	}
	n, pidOK := parseCount(pid)
	w, wholeOK := parseCount(whole)
	t, tenthsOK := parseCount(tenths)
	ok := hasSign && pidOK && wholeOK && tenthsOK && len(tenths) == 1 && w <= 100
	return MemoryShare{PID: n, Comm: p.comm(key, rest[:last]), Permille: 10*w + t}, ok
}

func (p *summaryParser) tree(key string) *TreeRef {
	rest, found := strings.CutPrefix(p.rest, key+"=")
	if p.err != nil || !found {
		p.fail(key + "=")
		return nil
	}
	if rest == emptyTree {
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

func (p *summaryParser) words(text string) string {
	words, spaced := strings.CutPrefix(text, " ")
	if p.err == nil && (!spaced || words == "" || strings.ContainsFunc(words, isHidden)) {
		p.err = fmt.Errorf("want \"; \" and free words without control characters, found %q", Clip(text, 40))
	}
	return words
}

// parseCount reads an unsigned decimal as strconv writes it: no sign, no leading zero.
func parseCount(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s && n >= 0
}
