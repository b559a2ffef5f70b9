package expect

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

const (
	storm5Text = `- rule: fork_storm
  state: firing
  time: +5.000000000s
  severity: high
  subject: host
  value: 62.4
  threshold: 60
  window_ns: 5000000000
  suppressed: 0
  incomplete: false
  open_at_end: false
`
	tree6Text = `- rule: tree
  state: firing
  time: +6.000000000s
  severity: high
  subject: {kind: tree_root, pid: 100, start_time: 2023-11-14T22:13:19.000000000Z, comm: storm.sh}
  value: 62.4
  threshold: 60
  window_ns: 5000000000
  suppressed: 0
  incomplete: false
  open_at_end: false
`
)

func TestUpdate(t *testing.T) {
	both := []*schema.Alert{storm(5 * time.Second), tree(6*time.Second, 100)}
	for _, test := range []struct {
		name, old string
		got       []*schema.Alert
		want      string
	}{
		{"new", "", both, "alerts:\n" + storm5Text + tree6Text},
		{"new, nothing raised", "", nil, "rules: [fork_storm, burst, tree]\nalerts: none\n"},
		{"comments alone", "# A storm.\n\n# Two.", both, "# A storm.\n\n# Two.\nalerts:\n" + storm5Text + tree6Text},
		{"by time", "", []*schema.Alert{tree(6*time.Second, 100), storm(5 * time.Second)}, "alerts:\n" + storm5Text + tree6Text},
		{"none to some", "# c\nrules: [burst] # b\nalerts: none # a\n", both[:1], "# c\nrules: [burst] # b\nalerts: # a\n" + storm5Text},
		{"some to none", "alerts:\n" + storm5Text, nil, "rules: [fork_storm, burst, tree]\nalerts: none\n"},
		{"none stays", "rules:\n- burst # b\n# t\n- tree\nalerts: none\n", nil, "rules:\n- burst # b\n# t\n- tree\nalerts: none\n"},
		{"partial ones", "alerts: [{rule: tree, state: firing, time: +6s}, {rule: fork_storm, state: firing, time: +1s}]", both, "alerts:\n" + storm5Text + tree6Text},
		{"a rule that is gone", "alerts: [{rule: gone, state: firing, time: +6s}]", both[:1], "alerts:\n" + storm5Text},
		{"flow", "{tolerance: 1s, alerts: [{rule: tree, state: firing, time: +6s}]} # c", both[:1], "tolerance: 1s\nalerts: # c\n" + storm5Text},
		{"carriage returns", "# c\r\ntolerance: 0\r\nalerts: # d\r\n", both[:1], "# c\ntolerance: 0\nalerts: # d\n" + storm5Text},
		{"a byte order mark", "\ufeff# c\nalerts:\n", both[:1], "# c\nalerts:\n" + storm5Text},
		{"a document's start", "# c\n---\nalerts:\n", both[:1], "# c\nalerts:\n" + storm5Text},
		{"tolerance and host of an alert", "alerts:\n- {rule: fork_storm, state: firing, time: +5s, tolerance: 1500ms, host: x}", both[:1],
			"alerts:\n" + strings.Replace(storm5Text, "severity", "tolerance: 1.5s\n  severity", 1) + "  host: db1\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := mustUpdate(t, test.old, runOf(test.got...))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// mustUpdate updates, and holds what every update must: the text passes, and updated
// once more it is the same.
func mustUpdate(t *testing.T, old string, run *Run) string {
	t.Helper()
	text, err := Update("e.yaml", []byte(old), ruleNames, run)
	if err != nil {
		t.Fatal(err)
	}
	if suite := Compare(mustRead(t, string(text)), run); suite.Failed() > 0 {
		t.Errorf("the update does not pass: %s\n%s", told(suite), text)
	}
	again, err := Update("e.yaml", text, ruleNames, run)
	if err != nil || string(again) != string(text) {
		t.Errorf("a second update changes it (error %v): %s", err, cmp.Diff(string(text), string(again)))
	}
	return string(text)
}

const commented = `# What the storm must raise.

# Clocks differ.
tolerance: 100ms   # wide
# Who was asked.
rules: [fork_storm,
  # the big one
  tree] # both
# All there is.
alerts:   # two
# The storm # itself.

- rule: fork_storm  # by rate
  state: firing
  # Five seconds in.
  time: +4s	# "soon"
  value: 1 # more than 60
# Gone.
- rule: burst # gone
  state: firing
  time: +1s
# Its tree.
- state: firing # first
  rule: "tree" # 'it'
  subject: # root
    kind: tree_root # kind
    # The shell.
    comm: 'it''s # no comment' # comm
  time: +6s
# The end.
`

const commentedUpdated = `# What the storm must raise.

# Clocks differ.
tolerance: 100ms   # wide
# Who was asked.
rules: [fork_storm,
  # the big one
  tree] # both
# All there is.
alerts:   # two
# The storm # itself.

- rule: fork_storm  # by rate
  state: firing
  # Five seconds in.
  time: +5.000000000s	# "soon"
  severity: high
  subject: host
  value: 62.4 # more than 60
  threshold: 60
  window_ns: 5000000000
  suppressed: 0
  incomplete: false
  open_at_end: false
# Its tree.
- rule: tree # first # 'it'
  state: firing
  time: +6.000000000s
  severity: high
  # The shell.
  subject: {kind: tree_root, pid: 100, start_time: 2023-11-14T22:13:19.000000000Z, comm: storm.sh} # root # kind # comm
  value: 62.4
  threshold: 60
  window_ns: 5000000000
  suppressed: 0
  incomplete: false
  open_at_end: false
# The end.
`

func TestUpdateKeepsComments(t *testing.T) {
	got := mustUpdate(t, commented, runOf(storm(5*time.Second), tree(6*time.Second, 100)))
	if diff := cmp.Diff(commentedUpdated, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestUpdateTellsHostsApart(t *testing.T) {
	run := runOf(storm(5 * time.Second))
	run.Hosts = 2
	if got := mustUpdate(t, "", run); !strings.HasSuffix(got, "\n  host: db1\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestUpdateWritesAnyText(t *testing.T) {
	for _, comm := range []string{"a b", "x: #", "\xff\n\"", "true", "}", "\u202e\x1b", "it's"} {
		a := tree(6*time.Second, 100)
		a.Subject.Comm.V = comm
		mustUpdate(t, "", runOf(a))
	}
}

func TestUpdateRefuses(t *testing.T) {
	for _, test := range []struct {
		name, old string
		run       *Run
		want      string
	}{
		{"what it cannot understand", "alerts:\n- rulle: burst\n", runOf(storm(1)), "did you mean rule?"},
		{"a named rule that is gone", "rules: [gone]\nalerts: none\n", runOf(storm(1)), `unknown rule "gone"`},
		{"bad YAML", "alerts: [", runOf(storm(1)), "e.yaml:2:1: "},
	} {
		text, err := Update("e.yaml", []byte(test.old), ruleNames, test.run)
		if err == nil || text != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %q, error %v", test.name, text, err)
		}
	}
	silent := &Run{Start: start, Events: 1, Outcomes: []rules.Outcome{{Rule: "burst"}, {Rule: "tree", Evaluated: 1, Incomplete: true}}}
	if text, err := Update("e.yaml", nil, ruleNames, silent); !errors.Is(err, ErrNothing) {
		t.Errorf("nothing evaluated: got %q, error %v", text, err)
	}
}

func TestTooLargeIsNotSplit(t *testing.T) {
	text := []byte(strings.Repeat("#\n", document.MaxBytes))
	_, read := Load("e.yaml", text, ruleNames)
	_, updated := Update("e.yaml", text, ruleNames, runOf(storm(1)))
	for _, err := range []error{read, updated} {
		if err == nil || !strings.HasSuffix(err.Error(), "hint: "+narrowHint) {
			t.Errorf("got %v", err)
		}
	}
}

// TestUpdateIsBounded holds that what is written can be read.
func TestUpdateIsBounded(t *testing.T) {
	run := runOf()
	for range document.MaxBytes / len(storm5Text) {
		run.Alerts = append(run.Alerts, storm(5*time.Second))
	}
	text, err := Update("e.yaml", nil, ruleNames, run)
	if err != nil {
		t.Fatal(err)
	}
	mustRead(t, string(text))
	run.Alerts = append(run.Alerts, storm(5*time.Second))
	if text, err = Update("e.yaml", nil, ruleNames, run); !errors.Is(err, ErrTooLarge) || text != nil || !strings.Contains(err.Error(), "--from and --to") {
		t.Errorf("got %d bytes, error %v", len(text), err)
	}
}

func TestCommentOf(t *testing.T) {
	for line, want := range map[string]string{
		"a: b": "", "a: b # c": " # c", "a: b#c": "", "a: b\t# c # d": "\t# c # d", `a: "b # c"`: "", `a: "b # c" # d`: " # d",
		`a: "b \" # c" # d`: " # d", `a: 'b '' # c' # d`: " # d", "a: it's # c": " # c", `- "x # y"`: "", `{a: '# b'} # c`: " # c",
		`a: "b\`: "", "alerts:   # two": "   # two", `a: b"c # d`: " # d", `["# a", '# b'] # c`: " # c",
	} {
		if got := commentOf(line); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

// FuzzUpdate holds that whatever a file holds, its update passes and updates to itself.
func FuzzUpdate(f *testing.F) {
	f.Add(commented, 1)
	f.Add("alerts: none # x\nrules: [burst]", 0)
	f.Add("{tolerance: 1s, alerts: [{rule: tree, state: firing, time: +6s}]} # c", 2)
	f.Fuzz(func(t *testing.T, old string, n int) {
		alerts := []*schema.Alert{storm(5 * time.Second), tree(6*time.Second, 100), storm(7 * time.Second)}
		run := runOf(alerts[:min(max(n, 0), 3)]...)
		text, err := Update("e.yaml", []byte(old), ruleNames, run)
		if err != nil {
			return
		}
		e, err := Load("e.yaml", text, ruleNames)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if suite := Compare(e, run); suite.Failed() > 0 {
			t.Fatalf("%s\n%s", told(suite), text)
		}
		if again, err := Update("e.yaml", text, ruleNames, run); err != nil || string(again) != string(text) {
			t.Fatalf("updated twice (error %v):\n%q\n%q", err, text, again)
		}
	})
}
