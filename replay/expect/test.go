package expect

import (
	"errors"
	"slices"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema/document"
)

// test takes one test; set are the rules of the file.
func (r *testReader) test(n *document.Node, set *ruleSet) Test {
	values := r.Members(n, testKeys)
	test := Test{File: r.Name(), Line: n.Line}
	if v := values["name"]; v == nil {
		r.Report(n, document.CodeMissingKey, "add 'name: …', which says what must hold", "a test without name")
	} else if name, ok := r.Text(v, "name"); ok {
		test.Name = name
		if name == "" {
			r.Report(v, document.CodeWrongType, "say what must hold", "name: is empty")
		}
	}
	if v := values["rules"]; v != nil {
		set = r.rules(v)
	}
	test.Rules = set.rules
	r.replayed(n, values, &test)
	if set.broken {
		return test // what is expected cannot be judged without the rules
	}
	test.Expectation = r.expected(n, test.Rules)
	return test
}

// replayed takes the timeline or the capture.
func (r *testReader) replayed(n *document.Node, values map[string]*document.Node, test *Test) {
	timeline, capture, length := values["timeline"], values["capture"], values["length"]
	switch {
	case timeline != nil && capture != nil:
		r.Report(capture, document.CodeDoubleKey, "keep one of the two", "a test has a timeline or a capture, not both")
	case timeline != nil:
		test.Timeline = ReadTimeline(r.File, timeline, length)
	case capture != nil:
		if text, ok := r.Text(capture, "capture"); ok {
			test.Capture = text
			if text == "" {
				r.Report(capture, document.CodeWrongType, "name a capture beside this file", "capture: is empty")
			}
		}
		if length != nil {
			r.Report(length, document.CodeUnknownKey, "leave it out", "length is that of a timeline")
		}
	default:
		r.Report(n, document.CodeMissingKey, "add 'timeline: [fork 20/s for 3s under bash]' or 'capture: FILE'", "a test without timeline or capture")
	}
}

// expected takes what is expected, as of an expectation file.
func (r *testReader) expected(n *document.Node, set []rules.Rule) *Expectation {
	part := &document.Node{Line: n.Line, Col: n.Col, Kind: document.Map}
	for i, key := range n.Keys {
		// A key that is there twice was told already.
		if slices.Contains(expectedKeys, key.Text) && part.Get(key.Text) == nil {
			part.Keys, part.Items = append(part.Keys, key), append(part.Items, n.Items[i])
		}
	}
	names := make([]string, len(set))
	for i := range set {
		names[i] = set[i].Name
	}
	expectation := &reader{File: r.File, rules: names, key: evaluatedKey}
	return expectation.expectation(part)
}

// rules takes the name of a rule file, or rules.
func (r *testReader) rules(n *document.Node) *ruleSet {
	before := r.Count()
	if n.Kind == document.List && len(n.Items) > 0 && n.Items[0].Kind == document.Text {
		hint := "write 'evaluated: [NAME, …]' for rules that must have had something to judge; rules is the name of a rule file, or rules"
		r.Report(n.Items[0], document.CodeWrongType, hint, "rules: want a rule, found %s", n.Items[0])
		return &ruleSet{broken: true}
	}
	if n.Kind == document.List {
		list := rules.Read(r.File, n)
		return &ruleSet{rules: list, broken: r.Count() > before}
	}
	name, ok := r.Text(n, "rules")
	if !ok {
		return &ruleSet{broken: true}
	}
	if set := r.files[name]; set != nil {
		return set
	}
	list, err := r.load(name)
	set := &ruleSet{rules: list, broken: err != nil}
	r.files[name] = set
	var problems document.Problems
	switch {
	case errors.As(err, &problems):
		r.other = append(r.other, problems...)
	case err != nil:
		r.Report(n, CodeNoRuleFile, "", "rules: %s", err.Error())
	}
	return set
}

// CodeNoRuleFile is the code of a rule file that cannot be read.
const CodeNoRuleFile document.Code = "no_rule_file"
