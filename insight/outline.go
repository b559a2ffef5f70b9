package insight

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/linnix-os/linnix/schema"
)

// The members of a record that its rules look at, by their place in outlined.
const (
	atID = iota
	atSourceType
	atSummary
	atFrom
	atTo
	atFactID
	atOnset
	atEnd
	atPrimaryComm
	atClass
	atProcess
	atActions
	atWhy
	outlineSize
)

var outlined = [outlineSize]string{
	atID:          "/id",
	atSourceType:  "/source/type",
	atSummary:     "/context/telemetry_summary",
	atFrom:        "/context/window/from",
	atTo:          "/context/window/to",
	atFactID:      "/context/facts/*/id",
	atOnset:       "/context/incident/onset",
	atEnd:         "/context/incident/end",
	atPrimaryComm: "/context/incident/primary/comm",
	atClass:       "/insight/class",
	atProcess:     "/insight/primary_process",
	atActions:     "/insight/actions",
	atWhy:         "/insight/why",
}

// outline is what the rules look at in a record that its schema is known to allow: the
// values as they are written, nil where absent. It answers at a small part of the price
// of the rules, and only in one direction: what it does not clear may be right too.
type outline struct {
	values [outlineSize][]byte
	facts  [][]byte
}

func (o *outline) see(at int, raw []byte) {
	if at == atFactID {
		o.facts = append(o.facts, raw)
	}
	o.values[at] = raw
}

// plain returns the text of a string that is written without escapes.
func plain(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || bytes.IndexByte(raw, '\\') >= 0 {
		return "", false
	}
	return string(raw[1 : len(raw)-1]), true
}

// keepsRules says that the record surely breaks no rule of recordRules.
func (o *outline) keepsRules() bool {
	if string(o.values[atSourceType]) == `"`+string(schema.SourceImported)+`"` {
		return true
	}
	line, ok := plain(o.values[atSummary])
	if !ok {
		return false
	}
	summary, err := schema.ParseTelemetrySummary(line)
	return err == nil && o.hasActions() && o.namesProcess(summary) && o.inOrder() && o.factsDiffer() && o.citesNothing()
}

func (o *outline) hasActions() bool {
	return string(o.values[atClass]) == `"`+string(schema.ClassNormal)+`"` || bytes.IndexByte(o.values[atActions], '"') >= 0
}

// namesProcess looks where the programs that write records name the process first.
func (o *outline) namesProcess(summary *schema.TelemetrySummary) bool {
	if string(o.values[atProcess]) == "null" {
		return true
	}
	name, ok := plain(o.values[atProcess])
	if !ok {
		return false
	}
	if strings.Contains(name, "%") {
		if unescaped, err := schema.UnescapeComm(name); err == nil {
			name = unescaped
		}
	}
	if primary := o.values[atPrimaryComm]; primary != nil {
		comm, ok := plain(primary)
		return ok && name == comm
	}
	return summary.Tree != nil && name == summary.Tree.Comm || slices.Contains(summary.Top, name)
}

// inOrder compares times as text, as they all have one form.
func (o *outline) inOrder() bool {
	return o.ordered(atFrom, atTo) && o.ordered(atOnset, atEnd) && o.ordered(atOnset, atTo) && o.ordered(atFrom, atEnd)
}

func (o *outline) ordered(first, second int) bool {
	a, b := o.values[first], o.values[second]
	return a == nil || b == nil || bytes.Compare(a, b) <= 0
}

// citesNothing says that no word looks like the id of a fact in brackets.
func (o *outline) citesNothing() bool {
	for _, words := range [...][]byte{o.values[atWhy], o.values[atActions]} {
		bracket := bytes.Contains(words, []byte("[f")) || bytes.Contains(words, []byte("(f"))
		if bytes.Contains(words, []byte(`\u`)) || bracket && citation.Match(words) {
			return false
		}
	}
	return true
}

func (o *outline) factsDiffer() bool {
	for i, id := range o.facts {
		if bytes.IndexByte(id, '\\') >= 0 || slices.ContainsFunc(o.facts[:i], func(other []byte) bool { return bytes.Equal(id, other) }) {
			return false
		}
	}
	return true
}

// recognizers tell at little cost which values are surely right.
type recognizers struct{ record, insight *schema.Recognizer }

// theRecognizers are made once, on first use: that takes as long as a thousand records.
var theRecognizers = sync.OnceValues(newRecognizers)

func newRecognizers() (r recognizers, err error) {
	if r.record, err = schema.NewRecognizer(schema.DocumentDatasetRecord, outlined[:]...); err != nil {
		return r, fmt.Errorf("prepare to check records: %w", err)
	}
	if r.insight, err = schema.NewRecognizer(schema.DocumentInsight); err != nil {
		return r, fmt.Errorf("prepare to check insights: %w", err)
	}
	return r, nil
}

// recognize judges a value that is surely right; ok is false for every other.
func (r recognizers) recognize(text []byte) (j judgement, ok bool) {
	var o outline
	if r.record.Recognize(text, o.see) {
		id, isPlain := plain(o.values[atID])
		return judgement{document: schema.DocumentDatasetRecord, id: id}, isPlain && o.keepsRules()
	}
	ok = r.insight.Recognize(text, func(int, []byte) {})
	return judgement{document: schema.DocumentInsight}, ok
}
