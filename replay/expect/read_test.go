package expect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

func TestReadTakesEveryKey(t *testing.T) {
	for name, text := range map[string]string{
		"e.yaml": `
tolerance: 100ms
rules: [fork_storm, burst]
alerts:
- rule: tree
  state: resolved
  time: +5.123456789s
  tolerance: 2
  severity: low
  subject: {kind: tree_root, pid: 100, start_time: 2023-11-14T22:13:19.5Z, comm: "a: b"}
  value: 62.4
  threshold: 60
  window_ns: 5000000000
  suppressed: 3
  incomplete: true
  open_at_end: true
  host: db1
`,
		"e.toml": `
tolerance = "100ms"
rules = ["fork_storm", "burst"]
[[alerts]]
rule = "tree"
state = "resolved"
time = "+5.123456789s"
tolerance = 2
severity = "low"
subject = {kind = "tree_root", pid = 100, start_time = 2023-11-14T22:13:19.5Z, comm = "a: b"}
value = 62.4
threshold = 60
window_ns = 5_000_000_000
suppressed = 3
incomplete = true
open_at_end = true
host = "db1"
`} {
		e, err := Load(name, []byte(text), ruleNames)
		if err != nil {
			t.Fatal(err)
		}
		if e.File != name || e.None || len(e.Alerts) != 1 {
			t.Fatalf("%s: got %+v", name, e)
		}
		a := &e.Alerts[0]
		got := fmt.Sprintln(e.Tolerance, e.Rules[0].Name, e.Rules[1].Name, a.Tolerance, a.lines(start))
		want := "100ms fork_storm burst {2s true} [- rule: tree - state: resolved - time: +5.123456789s - severity: low " +
			`- subject: {kind: tree_root, pid: 100, start_time: 2023-11-14T22:13:19.500000000Z, comm: "a: b"} ` +
			"- value: 62.4 - threshold: 60 - window_ns: 5000000000 - suppressed: 3 - incomplete: true - open_at_end: true - host: db1]\n"
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

func TestReadTimes(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"+5.5s": 5500 * time.Millisecond, "+5": 5 * time.Second, "+0.25": 250 * time.Millisecond, "'+1m'": time.Minute,
		"2023-11-14T22:13:21.5Z": 1500 * time.Millisecond, `"22:13:22"`: 2 * time.Second, "+0s": 0,
	} {
		e := mustRead(t, "alerts: [{rule: burst, state: firing, time: "+text+"}]")
		if got := e.Alerts[0].Time(start).Sub(start); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// TestReadProblems holds what is said of what is wrong: line:col: message (hint).
func TestReadProblems(t *testing.T) {
	const alert = "{rule: burst, state: firing, time: +1s"
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "1:1: no alert is expected"},
		{"comments", "# soon\n", "1:1: no alert is expected"},
		{"no alerts", "rules: [burst]", "1:1: no alert is expected"},
		{"empty list", "alerts: []", "1:9: no alert is expected"},
		{"null", "alerts:\nrules: [burst]", "no alert is expected"},
		{"none of nothing", "alerts: none\nrules: []", "2:8: rules: an empty list"},
		{"none of no rules", "alerts: none", "1:9: alerts: none without rules"},
		{"list", "- " + alert + "}", "1:1: want a map with alerts, found a list"},
		{"some word", "alerts: nothing", `1:9: alerts: want a list, found text "nothing"`},
		{"unknown key", "allerts: []", `1:1: unknown key "allerts"|did you mean alerts?`},
		{"unknown alert key", "alerts:\n- " + alert + ", threshhold: 5}", `2:43: unknown key "threshhold"|did you mean threshold?`},
		{"no rule", "alerts: [{state: firing, time: +1s}]", "1:10: an alert without rule"},
		{"no state", "alerts: [{rule: burst, time: +1s}]", "1:10: an alert without state"},
		{"no time", "alerts: [{rule: burst, state: firing}]", "1:10: an alert without time"},
		{"other rule", "alerts: [{rule: fork_strom, state: firing, time: +1s}]", `1:17: unknown rule "fork_strom"|did you mean fork_storm?`},
		{"other named rule", "rules: [brust]\nalerts: none", `1:9: unknown rule "brust"|did you mean burst?`},
		{"rule twice", "rules: [burst, burst]\nalerts: none", `1:16: rules: "burst" is there twice`},
		{"state", "alerts: [{rule: burst, state: fired, time: +1s}]", `1:31: unknown state "fired"|one of firing, resolved`},
		{"severity", "alerts: [" + alert + ", severity: hihg}]", `unknown severity "hihg"|did you mean high?`},
		{"time", "alerts: [{rule: burst, state: firing, time: soon}]", `1:45: time: want a time, found "soon"`},
		{"time without +", "alerts: [{rule: burst, state: firing, time: 12s}]", `1:45: time: want a time, found "12s"|write +12s`},
		{"number without +", "alerts: [{rule: burst, state: firing, time: 12}]", `1:45: time: want a time, found "12"|write +12`},
		{"negative time", "alerts: [{rule: burst, state: firing, time: -1s}]", `1:45: time: want a time, found "-1s"`},
		{"value", "alerts: [" + alert + ", value: 'x'}]", `value: want a number, found text "x"`},
		{"fraction", "alerts: [" + alert + ", suppressed: 1.5}]", "suppressed: want a whole number, found 1.5"},
		{"bool", "alerts: [" + alert + ", incomplete: 1}]", "incomplete: want true or false, found 1"},
		{"subject", "alerts: [" + alert + ", subject: hosts}]", `unknown subject "hosts"|did you mean host?`},
		{"subject's kind", "alerts: [" + alert + ", subject: {pid: 1}}]", "a subject without kind"},
		{"subject's key", "alerts: [" + alert + ", subject: {kind: host, pdi: 1}}]", `unknown key "pdi"|did you mean pid?`},
		{"tolerance", "tolerance: -1s\nalerts: [" + alert + "}]", "1:12: tolerance: text \"-1s\" is negative"},
		{"no alert", "alerts: [burst]", `1:10: want an alert, found text "burst"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, err := Load("e.yaml", []byte(test.text), ruleNames)
			want, hint, _ := strings.Cut(test.want, "|")
			if err == nil || e != nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), hint) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			expectsNothing := strings.Contains(want, "no alert is expected") || strings.Contains(want, "empty list")
			if NothingExpected(err) != expectsNothing {
				t.Errorf("nothing expected: %v, want %v", !expectsNothing, expectsNothing)
			}
		})
	}
}

func TestNothingExpectedOfNoError(t *testing.T) {
	if NothingExpected(nil) {
		t.Error("an expectation without a problem expects nothing")
	}
}

func TestScalarsAreReadBack(t *testing.T) {
	for _, text := range []string{
		"", "fork_storm", "true", "No", "null", "~", "1", "1.5", "+5s", "a b", "a: b", "a #b", "- a", "'", `"`, `\`, "a\nb", "\x00\x1f\x7f", "ä", "\u202e", "\ufeff", "\U0010ffff", "{a}", "[", "*a", "&a", "!a", "|", ">", "%", "@", "`", "a,b", ".inf", "2026-11-22", "=", "<<", "e1", "\ufffd", "\u0085\u2028",
	} {
		e := mustRead(t, "alerts: [{rule: burst, state: firing, time: +1s, host: "+scalar(text)+"}]")
		if got := e.Alerts[0].Host; got != schema.Some(text) {
			t.Errorf("%q: written as %s, read as %q", text, scalar(text), got.V)
		}
	}
}
