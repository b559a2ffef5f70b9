package expect

import (
	"math"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// The words that stand for a state, a severity and a kind of subject.
var (
	states   = words(schema.AlertFiring, schema.AlertResolved)
	levels   = words(schema.AlertSeverities[:]...)
	subjects = words(schema.SubjectHost, schema.SubjectParent, schema.SubjectTreeRoot, schema.SubjectProcess)
)

func words[T ~string](list ...T) []string {
	texts := make([]string, len(list))
	for i, w := range list {
		texts[i] = string(w)
	}
	return texts
}

// alert takes one alert, a map.
func (r *reader) alert(n *document.Node) Alert {
	a := Alert{Line: n.Line}
	values := r.Members(n, alertKeys)
	for _, key := range [...]string{"rule", "state", "time"} {
		if values[key] == nil {
			r.Report(n, document.CodeMissingKey, "", "an alert without %s", key)
		}
	}
	for _, key := range alertKeys {
		if v := values[key]; v != nil {
			r.set(&a, key, v)
		}
	}
	return a
}

// set takes the value of one key of an alert.
func (r *reader) set(a *Alert, key string, v *document.Node) {
	switch key {
	case "rule":
		rules := r.rules
		if r.anyAlerts && v.Kind == document.Text {
			rules = []string{v.Text}
		}
		a.Rule, _ = r.rule(v, rules)
	case "state":
		a.State = schema.AlertState(r.word(v, key, states))
	case "time":
		a.Time = r.moment(v, key)
	case "tolerance":
		d, ok := r.Span(v, key, time.Second, 0, maxTolerance)
		a.Tolerance = opt(d, ok)
	case "severity":
		a.Severity.Set(schema.AlertSeverity(r.word(v, key, levels)))
	case "subject":
		a.Subject.Set(r.subject(v))
	case "value":
		a.Value = opt(r.Number(v, key))
	case "threshold":
		a.Threshold = opt(r.Number(v, key))
	case "window_ns":
		a.WindowNs = opt(r.Int(v, key, 0, math.MaxInt64))
	case "suppressed":
		a.Suppressed, _ = r.Int(v, key, 0, math.MaxInt64)
	case "incomplete":
		a.Incomplete, _ = r.Bool(v, key)
	case "open_at_end":
		a.OpenAtEnd, _ = r.Bool(v, key)
	case "host":
		a.Host = opt(r.Text(v, key))
	}
}

func opt[T any](v T, ok bool) schema.Opt[T] { return schema.Opt[T]{V: v, OK: ok} }

// word takes one of the words allowed.
func (r *reader) word(n *document.Node, name string, allowed []string) string {
	text, ok := r.Text(n, name)
	if ok && !slices.Contains(allowed, text) {
		r.Unknown(n, CodeUnknownWord, name, allowed)
	}
	return text
}

// moment takes a time. A full time has a kind of its own in either language, and an
// offset without a unit is a number.
func (r *reader) moment(n *document.Node, name string) replay.Bound {
	bound, err := replay.ParseBound(n.Text)
	if n.Kind == document.List || n.Kind == document.Map || n.Text == "" || err != nil {
		hint := "write an offset from the first record such as +5.123456789s, or a full time such as 2026-11-22T20:30:05.123456789Z"
		if _, err := replay.ParseBound("+" + n.Text); err == nil && n.Text != "" {
			hint = "write +" + n.Text
		}
		r.Report(n, CodeBadTime, hint, "%s: want a time, found %s", name, document.Quote(n.Text))
		return nil
	}
	return bound
}

// subject takes the word host, or a map.
func (r *reader) subject(n *document.Node) (s Subject) {
	if n.Kind == document.Text {
		s.Kind = schema.SubjectKind(r.word(n, "subject", words(schema.SubjectHost)))
		return s
	}
	if n.Kind != document.Map {
		r.Report(n, document.CodeWrongType, "write host, or {kind: tree_root, pid: 100}", "subject: want host or a map, found %s", n)
		return s
	}
	values := r.Members(n, subjectKeys)
	if v := values["kind"]; v != nil {
		s.Kind = schema.SubjectKind(r.word(v, "kind", subjects))
	} else {
		r.Report(n, document.CodeMissingKey, "", "a subject without kind")
	}
	if v := values["pid"]; v != nil {
		s.PID = opt(r.Int(v, "pid", 0, math.MaxInt64))
	}
	if v := values["start_time"]; v != nil {
		s.StartTime = r.moment(v, "start_time")
	}
	if v := values["comm"]; v != nil {
		s.Comm = opt(r.Text(v, "comm"))
	}
	return s
}
