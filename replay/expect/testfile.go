package expect

import (
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema/document"
)

// maxTests bounds the tests of one file.
const maxTests = 1000

// The keys of a test file, and of a test; a file that holds one test alone has those of
// the test.
var (
	testFileKeys = []string{"rules", "tests"}
	testKeys     = []string{"name", "rules", "timeline", "capture", "length", "tolerance", evaluatedKey, unknownKey, "alerts"}
	expectedKeys = []string{"tolerance", evaluatedKey, unknownKey, "alerts"}
)

// Test is one test of rules: what is replayed, by which rules, and what must come of it.
type Test struct {
	File string
	Line int
	Name string
	// Timeline is what is replayed, or Capture is the name of a capture beside the test
	// file, or a pattern: each that matches is replayed on its own.
	Timeline *Timeline
	Capture  string
	Rules    []rules.Rule
	// Expectation holds for each replay.
	Expectation *Expectation
}

// LoadRules reads the rule file that a test file names. Its error is that of
// [rules.Load], or says why there is none.
type LoadRules func(name string) ([]rules.Rule, error)

// LoadTests reads a test file, YAML or TOML by its name: rules and tests, or one test by
// itself. Without rules they are the built-in ones. The error is [document.Problems] with
// everything that is wrong, in rule files too; see [NothingExpected].
func LoadTests(name string, data []byte, load LoadRules) ([]Test, error) {
	f, root := document.Parse(name, data)
	r := &testReader{File: f, load: load, files: make(map[string]*ruleSet)}
	var tests []Test
	if root != nil {
		tests = r.file(root)
	}
	if problems := r.problems(); len(problems) > 0 {
		return nil, problems
	}
	return tests, nil
}

// HoldsTests says that a file is meant to hold tests, or to be told what is wrong with it:
// that it is no sound-looking rule file or expectation, which often lie beside tests, or is
// named as a test.
func HoldsTests(name string, data []byte) bool {
	stem := strings.TrimSuffix(path.Base(filepath.ToSlash(name)), path.Ext(name))
	if strings.HasSuffix(stem, "_test") {
		return true
	}
	_, root := document.Parse(name, data)
	if root == nil {
		return true
	}
	list := root
	if root.Kind == document.Map && len(root.Keys) == 1 {
		list = root.Get("rules")
	}
	ruleFile := list != nil && list.Kind == document.List && len(list.Items) > 0 &&
		!slices.ContainsFunc(list.Items, func(n *document.Node) bool { return n.Get("detector") == nil })
	expectation := root.Kind == document.Map && root.Get("alerts") != nil &&
		!slices.ContainsFunc(root.Keys, func(k *document.Node) bool { return !slices.Contains(expectationKeys, k.Text) })
	return !ruleFile && !expectation
}

// testReader turns nodes into tests.
type testReader struct {
	*document.File
	load  LoadRules
	files map[string]*ruleSet // by name
	other document.Problems   // of rule files
}

// ruleSet is the rules of a test. broken says that what is wrong with them is told.
type ruleSet struct {
	rules  []rules.Rule
	broken bool
}

// problems are all, those of the test file first.
func (r *testReader) problems() document.Problems {
	var list document.Problems
	errors.As(r.Err(), &list)
	return append(list, r.other...)
}

func (r *testReader) file(n *document.Node) []Test {
	switch {
	case n.Kind == document.Null:
		r.nothing(n, "no test")
		return nil
	case n.Kind != document.Map:
		r.Report(n, document.CodeWrongType, "write 'tests:' and a list", "want a map with tests, found %s", n)
		return nil
	case n.Get("tests") == nil && slices.ContainsFunc(n.Keys, func(k *document.Node) bool { return isTestKey(k.Text) }):
		set := &ruleSet{rules: rules.Default()}
		return []Test{r.test(n, set)}
	}
	values := r.Members(n, testFileKeys)
	set := &ruleSet{rules: rules.Default()}
	if v := values["rules"]; v != nil {
		set = r.rules(v)
	}
	list := values["tests"]
	if list == nil {
		if len(n.Keys) == len(values) { // else it may be the one that was misspelt
			r.nothing(n, "no test")
		}
		return nil
	}
	return r.tests(list, set)
}

// isTestKey says that a key is one of a test and of nothing else.
func isTestKey(key string) bool { return key != "rules" && slices.Contains(testKeys, key) }

func (r *testReader) nothing(at *document.Node, message string) {
	r.Report(at, CodeNothingExpected, "write '- name: …' with a timeline or a capture, and alerts", "%s", message)
}

func (r *testReader) tests(list *document.Node, set *ruleSet) []Test {
	switch {
	case list.Kind == document.Null, list.Kind == document.List && len(list.Items) == 0:
		r.nothing(list, "tests: an empty list")
	case list.Kind != document.List:
		r.Report(list, document.CodeWrongType, "write '- name: …'", "tests: want a list, found %s", list)
	case len(list.Items) > maxTests:
		r.Report(list.Items[maxTests], document.CodeOutOfRange, "split the file", "more than %d tests", maxTests)
		return nil
	}
	var tests []Test
	lines := make(map[string]int)
	for _, item := range list.Items {
		if item.Kind != document.Map {
			r.Report(item, document.CodeWrongType, "write '- name: …'", "want a test, found %s", item)
			continue
		}
		test := r.test(item, set)
		if line, taken := lines[test.Name]; taken && test.Name != "" {
			r.Report(item.Get("name"), CodeDuplicateName, "give each test its own name", "name %s is taken by the test on line %d", document.Quote(test.Name), line)
		}
		lines[test.Name] = test.Line
		tests = append(tests, test)
	}
	return tests
}
