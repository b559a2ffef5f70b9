package rules

import "github.com/linnix-os/linnix/schema/document"

// Load reads a rule file: YAML, a list of rules, or a map with the list as rules; TOML,
// with [[rules]], if the name ends in .toml. For the rest the name is used in messages
// only. The error is [document.Problems] with everything that is wrong; a file without
// a rule is wrong too.
func Load(name string, data []byte) ([]Rule, error) {
	file, root := document.Parse(name, data)
	c := &checker{File: file}
	rules := c.rules(root)
	if err := file.Err(); err != nil {
		return nil, err
	}
	return rules, nil
}

// Read takes the rules out of a document, of which they may be a part, and notes what is
// wrong in f.
func Read(f *document.File, n *document.Node) []Rule { return (&checker{File: f}).rules(n) }

// checker turns nodes into rules and collects what is wrong.
type checker struct {
	*document.File
	// sound are the rules without a problem of their own, for the lints.
	sound []placed
}

// placed is a rule with the places of what it tells.
type placed struct {
	Rule
	node   *document.Node
	values map[string]*document.Node
}

// rules checks the whole document; n is nil when it could not be read.
func (c *checker) rules(n *document.Node) []Rule {
	if n == nil {
		return nil
	}
	list := c.ruleList(n)
	if list == nil {
		return nil
	}
	if len(list.Items) == 0 {
		c.Report(list, CodeNoRules, "linnix replay rules prints the default rules, to start from", "no rules")
	}
	if len(list.Items) > MaxRules {
		c.Report(list.Items[MaxRules], CodeTooManyRules, "split the file", "more than %d rules", MaxRules)
		return nil
	}
	rules := make([]Rule, 0, len(list.Items))
	firstLine := make(map[string]int)
	for _, item := range list.Items {
		rule := c.rule(item, firstLine)
		rules = append(rules, rule)
	}
	return rules
}

// ruleList finds the list of rules in the document.
func (c *checker) ruleList(n *document.Node) *document.Node {
	const form = "write a list of rules, each starting with '- name: …'"
	switch n.Kind {
	case document.List:
		return n
	case document.Null:
		c.Report(n, CodeNoRules, "linnix replay rules prints the default rules, to start from", "no rules")
		return nil
	case document.Map:
	default:
		c.Report(n, document.CodeWrongType, form, "want a list of rules, found %s", n)
		return nil
	}
	var list *document.Node
	for i, key := range n.Keys {
		switch {
		case key.Text != "rules":
			c.Unknown(key, document.CodeUnknownKey, "key", []string{"rules"})
		case list != nil:
			c.Report(key, document.CodeDoubleKey, "", "rules is there twice")
		default:
			list = n.Items[i]
		}
	}
	if list == nil {
		if c.Count() == 0 {
			c.Report(n, CodeNoRules, form, "no rules")
		}
		return nil
	}
	if list.Kind != document.List {
		hint := form
		if list.Kind == document.Map {
			hint = "begin each rule with '- ', in TOML with [[rules]]"
		}
		c.Report(list, document.CodeWrongType, hint, "rules: want a list of rules, found %s", list)
		return nil
	}
	return list
}
