package rules

import (
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// rule checks one rule. firstLine holds the lines of the names seen so far.
func (c *checker) rule(n *node, firstLine map[string]int) Rule {
	r := Rule{Severity: schema.AlertMedium, Cooldown: DefaultCooldown, Line: n.line}
	if n.kind != nodeMap {
		c.report(n, "write '- name: …'", "want a rule, found %s", n)
		return r
	}
	r.kind = c.detectorOf(n)
	keys := slices.Clone(commonKeys[:])
	if r.kind != nil {
		keys = append(keys, r.kind.keys...)
	}
	values, meant := c.members(n, keys, r.kind == nil)
	for _, k := range keys {
		value := values[k.name]
		switch {
		case value != nil:
			k.set(c, value, &r)
		case k.required && !meant[k.name]:
			c.report(n, "", "%s without %s", ruleName(n), k.name)
		}
	}
	if r.kind != nil {
		c.together(values, &r)
	}
	c.unique(values["name"], &r, firstLine)
	return r
}

// detectorOf finds the rule's row in the table, by what was probably meant if need be,
// so that the rest of the rule can be checked; nil if there is none.
func (c *checker) detectorOf(n *node) *kind {
	for i, key := range n.keys {
		if key.text != "detector" {
			continue
		}
		value := n.items[i]
		if value.kind != nodeText {
			return nil
		}
		if k := kindOf(value.text); k != nil {
			return k
		}
		return kindOf(c.unknown(value, "detector", DetectorNames()))
	}
	return nil
}

// members finds the values of the keys and reports keys that are unknown or double;
// meant are the keys that unknown ones probably stand for. Of a rule without a detector
// only common keys are known, so any key of any detector passes.
func (c *checker) members(n *node, keys []key, anyDetector bool) (values map[string]*node, meant map[string]bool) {
	var allowed []string
	for _, k := range keys {
		allowed = append(allowed, k.name)
	}
	values, meant = make(map[string]*node), make(map[string]bool)
	for i, k := range n.keys {
		switch {
		case values[k.text] != nil:
			c.report(k, "keep one of the two", "%s is there twice", k.text)
		case slices.Contains(allowed, k.text):
			values[k.text] = n.items[i]
		case anyDetector && isDetectorKey(k.text):
		default:
			meant[c.unknown(k, "key", allowed)] = true
		}
	}
	return values, meant
}

// unique holds that no two rules bear the same name.
func (c *checker) unique(at *node, r *Rule, firstLine map[string]int) {
	if r.Name == "" {
		return
	}
	if line, taken := firstLine[r.Name]; taken {
		c.report(at, "give each rule its own name", "name %s is taken by the rule on line %d", quote(r.Name), line)
		return
	}
	firstLine[r.Name] = at.line
}

// together checks what values must hold of one another.
func (c *checker) together(values map[string]*node, r *Rule) {
	clear, threshold := values["clear_threshold"], values["threshold"]
	if threshold == nil {
		threshold = values["threshold_pct"]
	}
	if clear != nil && threshold != nil && r.Threshold > 0 && r.clearLevel() > r.Threshold {
		c.report(clear, "write at most the threshold", "clear_threshold %s is above the threshold %s", clear, threshold)
	}
	if values["clear_duration"] == nil && !r.kind.durationIsWindow {
		r.ClearDuration = r.Duration
	}
	if where := values["where"]; where != nil && r.kind.noWhere {
		c.report(where, "leave it out", "where does nothing for %s, which looks at the whole host", r.Detector)
	}
}

// ruleName names a rule for a message.
func ruleName(n *node) string {
	for i, key := range n.keys {
		if key.text == "name" && n.items[i].kind == nodeText {
			return "rule " + quote(n.items[i].text)
		}
	}
	return "a rule"
}
