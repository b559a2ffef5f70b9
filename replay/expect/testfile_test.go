package expect

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema/document"
)

// stormRules are the rules that every name but "broken.yaml" and "nosuch.yaml" stands for.
const stormRules = "- {name: storm, detector: fork_burst, threshold: 5, window_seconds: 1}\n"

func loadStorm(name string) ([]rules.Rule, error) {
	switch name {
	case "nosuch.yaml":
		return nil, errors.New("no such file")
	case "broken.yaml":
		return rules.Load(name, []byte("- name: x\n"))
	}
	return rules.Load(name, []byte(stormRules))
}

func TestLoadTestsTakesEveryKey(t *testing.T) {
	for name, text := range map[string]string{
		"t.yaml": `
rules: storm.yaml
tests:
- name: a
  timeline: [fork 1 under sh]
  length: 5
  tolerance: 1s
  evaluated: [storm]
  alerts: [{rule: storm, state: firing, time: +1s}]
- name: b
  capture: ../*.parquet
  rules: [{name: own, detector: oom_kill}]
  evaluated: [own]
  alerts: none
`,
		"t.toml": `
rules = "storm.yaml"
[[tests]]
name = "a"
timeline = ["fork 1 under sh"]
length = 5
tolerance = "1s"
evaluated = ["storm"]
alerts = [{rule = "storm", state = "firing", time = "+1s"}]
[[tests]]
name = "b"
capture = "../*.parquet"
rules = [{name = "own", detector = "oom_kill"}]
evaluated = ["own"]
alerts = "none"
`,
	} {
		tests, err := LoadTests(name, []byte(text), loadStorm)
		if err != nil || len(tests) != 2 {
			t.Fatalf("%s: %d tests, error %v", name, len(tests), err)
		}
		a, b := &tests[0], &tests[1]
		got := fmt.Sprint(a.File, a.Name, a.Timeline.Length(), a.Capture, a.Rules[0].Name, a.Expectation.Tolerance, a.Expectation.Rules[0].Name, len(a.Expectation.Alerts), a.Expectation.None,
			" ", b.Name, b.Timeline == nil, b.Capture, b.Rules[0].Name, b.Expectation.Rules[0].Name, b.Expectation.None)
		want := name + "a5sstorm1sstorm1false btrue../*.parquetownowntrue"
		if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestOneTestByItself(t *testing.T) {
	const text = "name: a\ntimeline: fork 1 under sh\nevaluated: [fork_storm]\nalerts: none\n"
	tests, err := LoadTests("t.yaml", []byte(text), loadStorm)
	if err != nil || len(tests) != 1 || tests[0].Name != "a" || len(tests[0].Rules) != len(rules.Default()) {
		t.Errorf("got %+v, error %v", tests, err)
	}
}

// TestTestFileProblems holds what is said of what is wrong, and whether it is no more
// than that nothing is tested.
func TestTestFileProblems(t *testing.T) {
	const rest = ", timeline: [fork 1 under sh], evaluated: [fork_storm], alerts: none}"
	for _, test := range []struct {
		text, want string
		nothing    bool
	}{
		{"", "1:1: no test", true},
		{"{}", "1:1: no test", true},
		{"rules: storm.yaml", "1:1: no test", true},
		{"tests: []", "1:8: tests: an empty list", true},
		{"tests:", "tests: an empty list", true},
		{"tests: [{name: a, timeline: [fork 1 under sh]}]", "1:9: no alert is expected", true},
		{"tests: [{name: a, timeline: [fork 1 under sh], alerts: []}]", "no alert is expected", true},
		{"tests: [{name: a, timeline: [fork 1 under sh], evaluated: [], alerts: none}]", "evaluated: an empty list", true},
		{"text: []", `1:1: unknown key "text"|did you mean tests?`, false},
		{"[]", "1:1: want a map with tests, found a list", false},
		{"tests: {}", "1:8: tests: want a list, found a map", false},
		{"tests: [a]", `1:9: want a test, found text "a"`, false},
		{"tests: [{nmae: a" + rest + "]", `1:10: unknown key "nmae"|did you mean name?`, false},
		{"tests: [{name: ''" + rest + "]", "1:16: name: is empty", false},
		{"tests: [{name: 1" + rest + "]", "1:16: name: want text, found 1", false},
		{"tests: [{name: a" + rest + ", {name: a" + rest + "]", "name \"a\" is taken by the test on line 1", false},
		{"tests: [{name: a, name: b" + rest + "]", "name is there twice", false},
		{"tests: [{name: a, evaluated: [fork_storm], alerts: none}]", "1:9: a test without timeline or capture", false},
		{"tests: [{name: a, capture: c" + rest + "]", "1:28: a test has a timeline or a capture, not both", false},
		{"tests: [{name: a, capture: c, length: 5s, evaluated: [fork_storm], alerts: none}]", "1:39: length is that of a timeline", false},
		{"tests: [{name: a, timeline: [fork 1 under sh], alerts: none}]", "alerts: none without evaluated|add 'evaluated: [NAME, …]'", false},
		{"tests: [{name: a, timeline: [fork 1 under sh], evaluated: [fork_strom], alerts: none}]", `unknown rule "fork_strom"|did you mean fork_storm?`, false},
		{"tests: [{name: a, rules: nosuch.yaml" + rest + "]", "t.yaml:1:26: rules: no such file", false},
		{"tests: [{name: a, rules: broken.yaml" + rest + "]", `broken.yaml:1:3: rule "x" without detector`, false},
		{"rules: []\ntests: [{name: a" + rest + "]", "1:8: no rules", false},
		{"rules: [fork_storm]\ntests: [{name: a" + rest + "]", "1:9: rules: want a rule, found text \"fork_storm\"|write 'evaluated: [NAME, …]'", false},
		{"rules: 5\ntests: [{name: a" + rest + "]", "1:8: rules: want text, found 5", false},
		{"rules: [{name: a, detector: oom_kil}]\ntests: [{name: a" + rest + "]", "1:29: unknown detector \"oom_kil\"", false},
		{"rules: storm.yaml\ntests: [{name: a" + rest + "]", `2:60: unknown rule "fork_storm"|one of storm`, false},
		{"tests: [{name: a, capture: '', evaluated: [fork_storm], alerts: none}]", "1:28: capture: is empty", false},
		{"a: [", "2:1: did not find", false},
	} {
		tests, err := LoadTests("t.yaml", []byte(test.text), loadStorm)
		want, hint, _ := strings.Cut(test.want, "|")
		if err == nil || tests != nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s\ngot  %v\nwant %s", test.text, err, test.want)
		}
		if NothingExpected(err) != test.nothing {
			t.Errorf("%s: nothing tested: %v, want %v", test.text, !test.nothing, test.nothing)
		}
	}
}

// TestARuleFileIsToldOnce holds that several tests of one broken rule file are one
// problem, with the file's own name.
func TestARuleFileIsToldOnce(t *testing.T) {
	const one = ", rules: broken.yaml, timeline: [fork 1 under sh], evaluated: [x], alerts: none}"
	_, err := LoadTests("t.yaml", []byte("tests: [{name: a"+one+", {name: b"+one+"]"), loadStorm)
	var problems document.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].File != "broken.yaml" {
		t.Errorf("got %v", err)
	}
}

func TestHoldsTests(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "# soon": true, "a: [": true, "tests: []": true, "test: []": true, "{name: a, alerts: none}": true,
		"{timeline: [], alerts: none}": true, "{rules: x, tests: []}": true, "- name: a": true, "5": true,
		stormRules: false, "rules:\n" + stormRules: false, "{rules: [a], alerts: none}": false, "alerts: []": false,
	} {
		if got := HoldsTests("t.yaml", []byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// TestResults holds what is said of several tests, and in which order.
func TestResults(t *testing.T) {
	first := &Test{Name: "first\x1b", Expectation: mustRead(t, "alerts: [{rule: burst, state: firing, time: +1s}]")}
	second := &Test{Name: "second", Expectation: mustRead(t, "rules: [tree]\nalerts: none")}
	burst := storm(1e9)
	burst.Rule = "burst"
	results := Results{Judge(first, "", runOf(burst)), Judge(second, "a", runOf()), Judge(second, "b", runOf(burst))}
	var text, json strings.Builder
	if err := errors.Join(results.Write(&text, "text"), results.Write(&json, "json")); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text.String(), "\n")
	want := []string{`ok    first\x1b`, "ok    second [a]", "FAIL  second [b]", "      e.yaml:2: burst firing at +1.000000000s: is not expected"}
	if len(lines) < len(want) || strings.Join(lines[:len(want)], "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", text.String(), strings.Join(want, "\n"))
	}
	const sum = "3 tests, 1 failed; 1 of 4 expectations not met: 1 not expected; 1 alert expected; never made to fire: fork_storm, tree\n"
	if !strings.HasSuffix(text.String(), "\n"+sum) {
		t.Errorf("got %s, want %s", text.String(), sum)
	}
	if n := strings.Count(json.String(), "\n"); n != 4 || !strings.Contains(json.String(), `"name":"second [b]: burst firing`) {
		t.Errorf("got %s", json.String())
	}
}

func FuzzLoadTests(f *testing.F) {
	f.Add("rules: storm.yaml\ntests:\n- {name: a, timeline: [fork 9/s for 2s under sh], alerts: [{rule: storm, state: firing, time: +1s}]}\n")
	f.Add("name: a\nrules: [{name: own, detector: oom_kill}]\ncapture: x\nevaluated: [own]\nalerts: none\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"t.yaml", "t.toml"} {
			HoldsTests(name, []byte(text))
			tests, err := LoadTests(name, []byte(text), loadStorm)
			if err == nil && len(tests) == 0 {
				t.Fatal("no test and no problem")
			}
			for i := range tests {
				if test := &tests[i]; test.Name == "" || (test.Timeline == nil) == (test.Capture == "") || len(test.Rules) == 0 || test.Expectation == nil {
					t.Fatalf("%+v", test)
				}
			}
		}
	})
}
