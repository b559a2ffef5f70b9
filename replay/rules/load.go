package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/linnix-os/linnix/schema"
)

// Load reads a rule file: YAML, a list of rules, or a map with the list as rules. The
// name is used in messages only. The error is [Problems] with everything that is wrong;
// a file without a rule is wrong too.
func Load(name string, data []byte) ([]Rule, error) {
	c := &checker{file: name}
	if len(data) > MaxFileBytes {
		c.report(&node{line: 1, col: 1}, "split it", "the file has %d bytes, more than %d", len(data), MaxFileBytes)
		return nil, c.problems
	}
	c.lines = strings.Split(string(data), "\n")
	if !utf8.Valid(data) {
		c.reportNotUTF8()
		return nil, c.problems
	}
	rules := c.rules(c.parseYAML(data))
	if len(c.problems) > 0 {
		slices.SortStableFunc(c.problems, func(a, b Problem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
		})
		return nil, c.problems
	}
	return rules, nil
}

// checker turns nodes into rules and collects what is wrong.
type checker struct {
	file     string
	lines    []string
	problems Problems
}

// report notes a problem at a node.
func (c *checker) report(at *node, hint, format string, args ...any) {
	p := Problem{File: c.file, Line: at.line, Col: at.col, Message: fmt.Sprintf(format, args...), Hint: hint}
	if at.line >= 1 && at.line <= len(c.lines) {
		p.Text, p.Caret = excerpt(c.lines[at.line-1], at.col)
	}
	c.problems = append(c.problems, p)
}

// reportNotUTF8 points at the first byte that is no text.
func (c *checker) reportNotUTF8() {
	for i, line := range c.lines {
		if utf8.ValidString(line) {
			continue
		}
		col := 1
		for {
			r, size := utf8.DecodeRuneInString(line)
			if r == utf8.RuneError && size == 1 {
				break
			}
			line = line[size:]
			col++
		}
		c.report(&node{line: i + 1, col: col}, "save the file as UTF-8", "byte 0x%02x is no UTF-8 text", line[0])
		return
	}
}

// rules checks the whole document; n is nil when it could not be read.
func (c *checker) rules(n *node) []Rule {
	if n == nil {
		return nil
	}
	list := c.ruleList(n)
	if list == nil {
		return nil
	}
	if len(list.items) == 0 {
		c.report(list, "linnix replay rules prints the default rules, to start from", "no rules")
	}
	if len(list.items) > MaxRules {
		c.report(list.items[MaxRules], "split the file", "more than %d rules", MaxRules)
		return nil
	}
	rules := make([]Rule, 0, len(list.items))
	firstLine := make(map[string]int)
	for _, item := range list.items {
		rule := c.rule(item, firstLine)
		rules = append(rules, rule)
	}
	return rules
}

// ruleList finds the list of rules in the document.
func (c *checker) ruleList(n *node) *node {
	const form = "write a list of rules, each starting with '- name: …'"
	switch n.kind {
	case nodeList:
		return n
	case nodeNull:
		c.report(n, "linnix replay rules prints the default rules, to start from", "no rules")
		return nil
	case nodeMap:
	default:
		c.report(n, form, "want a list of rules, found %s", n)
		return nil
	}
	var list *node
	for i, key := range n.keys {
		switch {
		case key.text != "rules":
			c.unknown(key, "key", []string{"rules"})
		case list != nil:
			c.report(key, "", "rules is there twice")
		default:
			list = n.items[i]
		}
	}
	if list == nil {
		if len(c.problems) == 0 {
			c.report(n, form, "no rules")
		}
		return nil
	}
	if list.kind != nodeList {
		c.report(list, form, "rules: want a list of rules, found %s", list)
		return nil
	}
	return list
}

// unknown reports a word that is not one of those allowed, and returns the one that
// was probably meant, or "".
func (c *checker) unknown(at *node, what string, allowed []string) string {
	near := schema.Nearest(at.text, allowed)
	hint := "one of " + strings.Join(allowed, ", ")
	if near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	c.report(at, hint, "unknown %s %s", what, quote(at.text))
	return near
}
