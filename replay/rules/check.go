package rules

import (
	"cmp"
	"slices"

	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// rule checks one rule. firstLine holds the lines of the names seen so far.
func (c *checker) rule(n *document.Node, firstLine map[string]int) Rule {
	r := Rule{Severity: schema.AlertMedium, Cooldown: DefaultCooldown, Line: n.Line}
	if n.Kind != document.Map {
		c.Report(n, document.CodeWrongType, "write '- name: …'", "want a rule, found %s", n)
		return r
	}
	found := c.Count()
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
			c.Report(n, document.CodeMissingKey, "add '"+k.name+": …'", "%s without %s", ruleName(n), k.name)
		}
	}
	if r.kind != nil {
		c.together(values, &r)
	}
	c.unique(values["name"], &r, firstLine)
	if c.Count() == found {
		c.sound = append(c.sound, placed{r, n, values})
	}
	return r
}

// detectorOf finds the rule's row in the table, by what was probably meant if need be,
// so that the rest of the rule can be checked; nil if there is none.
func (c *checker) detectorOf(n *document.Node) *kind {
	for i, key := range n.Keys {
		if key.Text != "detector" {
			continue
		}
		value := n.Items[i]
		if value.Kind != document.Text {
			return nil
		}
		if k := kindOf(value.Text); k != nil {
			return k
		}
		return kindOf(c.Unknown(value, CodeUnknownDetector, "detector", DetectorNames()))
	}
	return nil
}

// members finds the values of the keys and reports keys that are unknown or double;
// meant are the keys that unknown ones probably stand for. Of a rule without a detector
// only common keys are known, so any key of any detector passes.
func (c *checker) members(n *document.Node, keys []key, anyDetector bool) (values map[string]*document.Node, meant map[string]bool) {
	var allowed []string
	for _, k := range keys {
		allowed = append(allowed, k.name)
	}
	values, meant = make(map[string]*document.Node), make(map[string]bool)
	for i, k := range n.Keys {
		switch {
		case values[k.Text] != nil:
			c.Report(k, document.CodeDoubleKey, "keep one of the two", "%s is there twice", k.Text)
		case slices.Contains(allowed, k.Text):
			values[k.Text] = n.Items[i]
		case anyDetector && isDetectorKey(k.Text):
		default:
			meant[c.Unknown(k, document.CodeUnknownKey, "key", allowed)] = true
		}
	}
	return values, meant
}

// unique holds that no two rules bear the same name.
func (c *checker) unique(at *document.Node, r *Rule, firstLine map[string]int) {
	if r.Name == "" {
		return
	}
	if line, taken := firstLine[r.Name]; taken {
		c.Report(at, CodeDuplicateName, "give each rule its own name", "name %s is taken by the rule on line %d", document.Quote(r.Name), line)
		return
	}
	firstLine[r.Name] = at.Line
}

// together checks what values must hold of one another.
func (c *checker) together(values map[string]*document.Node, r *Rule) {
	clear := values["clear_threshold"]
	threshold := cmp.Or(values["threshold"], values["threshold_pct"], values["rate_per_min"])
	if clear != nil && threshold != nil && r.Threshold > 0 && r.clearLevel() > r.Threshold {
		c.Report(clear, CodeNeverClears, "write at most the threshold", "clear_threshold %s is above the threshold %s", clear, threshold)
	}
	if values["clear_duration"] == nil && !r.kind.durationIsWindow {
		r.ClearDuration = r.Duration
	}
	if r.kind.instant {
		c.instant(values, r)
	}
	if where := values["where"]; where != nil && r.kind.noWhere {
		c.Report(where, CodeNoEffect, "leave it out", "where does nothing for %s, which looks at the whole host", r.Detector)
	}
}

// instant gives a rule whose firings are single records their count and their moment.
func (c *checker) instant(values map[string]*document.Node, r *Rule) {
	r.Threshold, r.Window = 1, 1
	for _, name := range []string{"clear_threshold", "clear_duration"} {
		if value := values[name]; value != nil {
			c.Report(value, CodeNoEffect, "leave it out", "%s does nothing for %s, which never resolves", name, r.kind.name)
		}
	}
}

// ruleName names a rule for a message.
func ruleName(n *document.Node) string {
	for i, key := range n.Keys {
		if key.Text == "name" && n.Items[i].Kind == document.Text {
			return "rule " + document.Quote(n.Items[i].Text)
		}
	}
	return "a rule"
}
