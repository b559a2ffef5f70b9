package expect

import (
	"fmt"
	"slices"
	"time"

	"github.com/linnix-os/linnix/schema/document"
)

// maxTolerance is the largest tolerance: beyond it the time says little.
const maxTolerance = time.Hour

// noneWord stands for an empty set of alerts.
const noneWord = "none"

// The keys that name the rules which must have been evaluated: that of an expectation,
// and that of a test, where rules are those to replay.
const rulesKey, evaluatedKey = "rules", "evaluated"

// unknownKey names the rules that could not be told.
const unknownKey = "unknown"

// The keys of an expectation's parts, in the order in which they are written.
var (
	alertKeys       = []string{"rule", "state", "time", "tolerance", "severity", "subject", "value", "threshold", "window_ns", "suppressed", "incomplete", "open_at_end", "host"}
	expectationKeys = []string{"tolerance", rulesKey, unknownKey, "alerts"}
	subjectKeys     = []string{"kind", "pid", "start_time", "comm"}
)

// Read takes an expectation out of a document, of which it may be the whole or a part,
// and notes what is wrong in f. The rules are as in [Load].
func Read(f *document.File, n *document.Node, rules []string) *Expectation {
	r := &reader{File: f, rules: rules, key: rulesKey}
	return r.expectation(n)
}

// reader turns nodes into an expectation.
type reader struct {
	*document.File
	rules []string
	// key is that of the rules which must have been evaluated.
	key string
	// anyAlerts takes alerts of unknown rules, or none: they are about to be replaced.
	anyAlerts bool
}

func (r *reader) expectation(n *document.Node) *Expectation {
	e := &Expectation{File: r.Name(), Line: n.Line, AlertsLine: n.Line}
	switch n.Kind {
	case document.Null:
		r.nothing(n)
		return e
	case document.Map:
	default:
		r.Report(n, document.CodeWrongType, "write 'alerts:' and a list", "want a map with alerts, found %s", n)
		return e
	}
	values := r.Members(n, []string{"tolerance", r.key, unknownKey, "alerts"})
	if v := values["tolerance"]; v != nil {
		e.Tolerance, _ = r.Span(v, "tolerance", time.Second, 0, maxTolerance)
	}
	if v := values[r.key]; v != nil {
		e.Rules = r.namedRules(v, r.key)
	}
	if v := values[unknownKey]; v != nil {
		e.Unknown = r.namedRules(v, unknownKey)
	}
	alerts := values["alerts"]
	if alerts == nil {
		if len(n.Keys) == len(values) { // else it may be the one that was misspelt
			r.nothing(n)
		}
		return e
	}
	e.AlertsLine = alerts.Line
	for _, key := range n.Keys {
		if key.Text == "alerts" {
			e.AlertsLine = key.Line
		}
	}
	r.alerts(alerts, e)
	if e.None && values[r.key] == nil && !r.anyAlerts {
		r.Report(alerts, document.CodeMissingKey, "add '"+r.key+": [NAME, …]'", "alerts: none without %s, the names of those that must have been evaluated", r.key)
	}
	return e
}

func (r *reader) nothing(at *document.Node) {
	if !r.anyAlerts {
		r.Report(at, CodeNothingExpected, r.noneHint(), "no alert is expected, which every capture would pass")
	}
}

// noneHint says how to expect that nothing is raised.
func (r *reader) noneHint() string {
	hint := fmt.Sprintf("name the alerts, or write 'alerts: none' with '%s: [NAME, …]'", r.key)
	if r.key == rulesKey {
		hint += ", or add --update to have it written"
	}
	return hint
}

func (r *reader) namedRules(n *document.Node, key string) []NamedRule {
	if n.Kind != document.List {
		r.Report(n, document.CodeWrongType, "write [NAME, …]", "%s: want a list of names, found %s", key, n)
		return nil
	}
	if len(n.Items) == 0 {
		r.Report(n, CodeNothingExpected, r.noneHint(), "%s: an empty list", key)
	}
	var list []NamedRule
	for _, item := range n.Items {
		name, ok := r.rule(item, r.rules)
		switch {
		case !ok:
		case slices.ContainsFunc(list, func(o NamedRule) bool { return o.Name == name }):
			r.Report(item, CodeDuplicateName, "keep one of the two", "%s: %s is there twice", key, document.Quote(name))
		default:
			list = append(list, NamedRule{Name: name, Line: item.Line})
		}
	}
	return list
}

// rule takes the name of one of the rules that there are.
func (r *reader) rule(n *document.Node, rules []string) (string, bool) {
	name, ok := r.Text(n, "rule")
	if ok && !slices.Contains(rules, name) {
		r.Unknown(n, CodeUnknownRule, "rule", rules)
		return "", false
	}
	return name, ok
}

func (r *reader) alerts(n *document.Node, e *Expectation) {
	const form = "write a list of alerts, each starting with '- rule: …', or none"
	switch {
	case n.Kind == document.Text && n.Text == noneWord:
		e.None = true
	case n.Kind == document.Null, n.Kind == document.List && len(n.Items) == 0:
		r.nothing(n)
	case n.Kind != document.List:
		r.Report(n, document.CodeWrongType, form, "alerts: want a list, found %s", n)
	}
	if n.Kind != document.List {
		return
	}
	for _, item := range n.Items {
		if item.Kind != document.Map {
			r.Report(item, document.CodeWrongType, "write '- rule: …'", "want an alert, found %s", item)
			continue
		}
		e.Alerts = append(e.Alerts, r.alert(item))
	}
}
