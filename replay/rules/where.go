package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema/document"
)

// Where narrows the processes whose events a detector sees. Each list that is not
// empty must hold a pattern that matches. In a pattern * stands for any characters,
// also none and also /, ? for one, and [a-z] or [!a-z] for one that is, or is not, of a
// set. A [ without ] stands for itself.
type Where struct {
	Comm, Exe, Cgroup, Container []string
	UID                          []int64
}

// Match says whether the rule sees the process. A nil Where sees everything.
func (w *Where) Match(p *replay.Process) bool {
	if w == nil {
		return true
	}
	if len(w.UID) > 0 && (!p.UID.OK || !slices.Contains(w.UID, p.UID.V)) {
		return false
	}
	return matchAny(w.Comm, p.Comm) && matchAny(w.Exe, p.Exe) &&
		matchAny(w.Cgroup, p.Cgroup) && matchAny(w.Container, p.Container)
}

func matchAny(patterns []string, s string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return Glob(p, s) })
}

// Glob says whether s matches a pattern, which is written as in a [Where]. It matches byte
// by byte; a mismatch goes back to the last * only, so the time is bounded by the product
// of the lengths.
func Glob(pattern, s string) bool {
	star, retry := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, retry = i, j
			i++
		case i < len(pattern) && matchOne(pattern[i:], s[j]) > 0:
			i, j = i+matchOne(pattern[i:], s[j]), j+1
		case star >= 0:
			retry++
			i, j = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}

// matchOne returns the length of the pattern's first element if that matches the byte,
// else 0. The pattern is not empty.
func matchOne(pattern string, b byte) int {
	switch end := strings.IndexByte(pattern[1:], ']') + 1; {
	case pattern[0] == '?':
		return 1
	case pattern[0] == '[' && end > 1:
		if inClass(pattern[1:end], b) {
			return end + 1
		}
		return 0
	case pattern[0] == b:
		return 1
	}
	return 0
}

// inClass says whether the set between brackets has the byte.
func inClass(set string, b byte) bool {
	rest := strings.TrimLeft(set[:1], "!^") + set[1:]
	negated := len(rest) < len(set)
	for len(rest) > 0 {
		low, high := rest[0], rest[0]
		rest = rest[1:]
		if len(rest) > 1 && rest[0] == '-' {
			high, rest = rest[1], rest[2:]
		}
		if low <= b && b <= high {
			return !negated
		}
	}
	return negated
}

// whereKeys are the keys of a where, with the list that each fills.
var whereKeys = [...]struct {
	name string
	list func(w *Where) *[]string
}{
	{"comm", func(w *Where) *[]string { return &w.Comm }},
	{"exe", func(w *Where) *[]string { return &w.Exe }},
	{"cgroup", func(w *Where) *[]string { return &w.Cgroup }},
	{"container", func(w *Where) *[]string { return &w.Container }},
}

func setWhere(c *checker, n *document.Node, r *Rule) {
	if n.Kind != document.Map || len(n.Keys) == 0 {
		c.Report(n, document.CodeWrongType, "write 'where: {comm: bash}'", "where: want a map with a pattern, found %s", n)
		return
	}
	keys := []key{{"uid", false, nil}}
	for _, k := range whereKeys {
		keys = append(keys, key{k.name, false, nil})
	}
	values, _ := c.members(n, keys, false)
	w := &Where{}
	for _, k := range whereKeys {
		if v := values[k.name]; v != nil {
			*k.list(w) = c.patterns(v, "where."+k.name)
		}
	}
	if v := values["uid"]; v != nil {
		w.UID = c.uids(v)
	}
	r.Where = w
}

// each yields a list's elements, or the value itself.
func (c *checker) each(n *document.Node, name string) []*document.Node {
	items := []*document.Node{n}
	if n.Kind == document.List {
		items = n.Items
	}
	if len(items) == 0 || len(items) > maxPatterns {
		c.Report(n, CodeBadPattern, "leave it out, or write one such as 'java*'", "%s: want 1 to %d values, found %d", name, maxPatterns, len(items))
		return nil
	}
	return items
}

func (c *checker) patterns(n *document.Node, name string) (patterns []string) {
	for _, item := range c.each(n, name) {
		if text, ok := c.Text(item, name); ok {
			patterns = append(patterns, text)
		}
	}
	return patterns
}

func (c *checker) uids(n *document.Node) (uids []int64) {
	for _, item := range c.each(n, "where.uid") {
		uid, err := strconv.ParseUint(item.Text, 10, 32)
		if item.Kind != document.Int || err != nil {
			c.Report(item, CodeBadUID, "'id -u NAME' prints the id of a user", "where.uid: want a user id from 0 to 4294967295, found %s", item)
			continue
		}
		uids = append(uids, int64(uid))
	}
	return uids
}
