package rules

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestProblems holds the text of every problem: each testdata/problems/NAME.yaml is a
// rule file, and NAME.txt beside it what Load says of it.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/problems/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Load(name, text)
			if err == nil {
				t.Fatal("no problem found")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err2 := os.ReadFile(golden)
			if err2 != nil {
				t.Fatal(err2)
			}
			if got := err.Error() + "\n"; got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestEachProblemIsWhereItIs replaces one value of a sound file at a time.
func TestEachProblemIsWhereItIs(t *testing.T) {
	const sound = "- name: storm\n  detector: fork_burst\n  threshold: 30\n  window_seconds: 10\n" +
		"- name: jobs\n  detector: short_job_flood\n  threshold: 300\n  window_seconds: 10\n  severity: low\n  cooldown: 5m\n" +
		"- name: cpu\n  detector: system_psi_cpu\n  threshold_pct: 40.5\n  duration: 15\n  clear_threshold: 20\n"
	mustLoad(t, sound)
	tests := []struct {
		from, to  string
		line, col int
		message   string
	}{
		{"threshold: 30\n", "threshold: 3.5\n", 3, 14, "want a whole number, found 3.5"},
		{"threshold: 30\n", "threshold: 0\n", 3, 14, "0 is not above 0"},
		{"threshold: 30\n", "threshold: -7\n", 3, 14, "-7 is not above 0"},
		{"threshold: 30\n", "threshold: \"30\"\n", 3, 14, "want a whole number, found text"},
		{"threshold: 30\n", "threshold: ten\n", 3, 14, "want a whole number, found text \"ten\""},
		{"threshold: 30\n", "threshold: [30]\n", 3, 14, "found a list"},
		{"threshold: 30\n", "threshold:\n", 3, 13, "found nothing"},
		{"threshold: 30\n", "threshold: 99999999999\n", 3, 14, "from 1 to 1000000000"},
		{"threshold: 30\n", "threshold: 999999999999999999999999\n", 3, 14, "want a whole number"},
		{"threshold: 30\n", "threshold: true\n", 3, 14, "found true"},
		{"threshold: 30\n", "threshold: .nan\n", 3, 14, "want a whole number"},
		{"threshold: 30\n", "threshold: 30\n  zzz: 1\n", 4, 3, "unknown key \"zzz\""},
		{"threshold: 30\n", "treshold: 30\n", 3, 3, "unknown key \"treshold\""},
		{"threshold: 30\n", "threshold: 30\n  threshold: 31\n", 4, 3, "threshold is there twice"},
		{"  threshold: 30\n", "", 1, 3, "without threshold"},
		{"threshold: 30\n", "threshold: 30\n  duration: 5\n", 4, 3, "unknown key \"duration\""},
		{"fork_burst", "fork_brust", 2, 13, "unknown detector \"fork_brust\""},
		{"detector: fork_burst", "detector: 7", 2, 13, "detector: want text, found 7"},
		{"  detector: fork_burst\n", "", 1, 3, "without detector"},
		{"name: storm", "name: jobs", 5, 9, "taken by the rule on line 1"},
		{"name: storm", "name: ''", 1, 9, "name: want 1 to 100 bytes"},
		{"name: storm", "name: \"a\\tb\"", 1, 9, "name: want 1 to 100 bytes"},
		{"name: storm", "name: 12", 1, 9, "name: want text, found 12"},
		{"severity: low", "severity: lwo", 9, 13, "unknown severity \"lwo\""},
		{"severity: low", "severity: 1", 9, 13, "severity: want text"},
		{"cooldown: 5m", "cooldown: -5m", 10, 13, "is negative"},
		{"cooldown: 5m", "cooldown: 25h", 10, 13, "more than 24 hours"},
		{"cooldown: 5m", "cooldown: soon", 10, 13, "want seconds or a duration, found text \"soon\""},
		{"cooldown: 5m", "cooldown: .inf", 10, 13, "cooldown"},
		{"cooldown: 5m", "where: {com: x}", 10, 11, "unknown key \"com\""},
		{"cooldown: 5m", "where: bash", 10, 10, "where: want a map"},
		{"cooldown: 5m", "where: {uid: -1}", 10, 16, "where.uid: want a user id"},
		{"cooldown: 5m", "where: {comm: []}", 10, 17, "want 1 to 100 values, found 0"},
		{"cooldown: 5m", "max_exec_duration_ms: 0", 10, 25, "0 is not above 0"},
		{"cooldown: 5m", "clear_threshold: 301", 10, 20, "above the threshold 300"},
		{"window_seconds: 10\n-", "window_seconds: 0\n-", 4, 19, "0 is not above 0"},
		{"threshold_pct: 40.5", "threshold_pct: 100", 13, 18, "never above 100 percent"},
		{"threshold_pct: 40.5", "threshold_pct: 0", 13, 18, "is not above 0"},
		{"threshold_pct: 40.5", "threshold_pct: 40%", 13, 18, "want a number"},
		{"threshold_pct: 40.5", "threshold: 40", 13, 3, "unknown key \"threshold\""},
		{"clear_threshold: 20", "clear_threshold: 41", 15, 20, "above the threshold"},
		{"clear_threshold: 20", "where: {comm: x}", 15, 10, "where does nothing for system_psi_cpu"},
		{"clear_threshold: 20", "clear_threshold: *x", 15, 20, "unknown anchor"},
		{"clear_threshold: 20", "? [a]\n  : 1", 15, 5, "unknown key"},
	}
	for _, test := range tests {
		text := strings.Replace(sound, test.from, test.to, 1)
		if text == sound {
			t.Errorf("%q is not in the file", test.from)
			continue
		}
		_, err := Load("f.yaml", []byte(text))
		problems, _ := err.(document.Problems)
		if len(problems) == 0 {
			t.Errorf("%q: no problem", test.to)
			continue
		}
		found := false
		for _, p := range problems {
			found = found || p.Line == test.line && p.Col == test.col && strings.Contains(p.Message, test.message)
		}
		if !found {
			t.Errorf("%q: want %d:%d %q, got\n%v", test.to, test.line, test.col, test.message, err)
		}
	}
}

func TestSoundRules(t *testing.T) {
	rules := mustLoad(t, `rules:
- name: jobs
  detector: short_job_flood
  threshold: 300
  window_seconds: 2.5
  max_exec_duration_ms: 1500ms
  severity: high
  cooldown: 90
  clear_threshold: 100
  clear_duration: 1m30s
  where:
    comm: [cc1, "as*"]
    uid: 1000
- {name: rate, detector: forks_per_sec, threshold: 60, duration: 5, cooldown: 0}
- {name: cpu, detector: system_psi_cpu, threshold_pct: 40.5, duration: 15s}
`)
	want := []Rule{
		{
			Name: "jobs", Detector: "short_job_flood", Severity: schema.AlertHigh, Threshold: 300,
			Window: 2500 * time.Millisecond, MaxExec: 1500 * time.Millisecond, Cooldown: 90 * time.Second,
			ClearThreshold: schema.Some(100.0), ClearDuration: 90 * time.Second,
			Where: &Where{Comm: []string{"cc1", "as*"}, UID: []int64{1000}}, Line: 2,
		},
		{
			Name: "rate", Detector: "forks_per_sec", Severity: schema.AlertMedium, Threshold: 60,
			Window: 5 * time.Second, Duration: 5 * time.Second, Line: 14,
		},
		{
			Name: "cpu", Detector: "system_psi_cpu", Severity: schema.AlertMedium, Threshold: 40.5,
			Duration: 15 * time.Second, Cooldown: time.Minute, ClearDuration: 15 * time.Second, Line: 15,
		},
	}
	for i := range rules {
		rules[i].kind = nil
		if !reflect.DeepEqual(rules[i], want[i]) {
			t.Errorf("got  %+v\nwant %+v", rules[i], want[i])
		}
	}
}

func TestDefaultRulesAreSound(t *testing.T) {
	if _, err := Load("default.yaml", DefaultYAML()); err != nil {
		t.Fatal(err)
	}
	if len(Default()) == 0 {
		t.Fatal("no default rules")
	}
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"a", "a", true}, {"a", "b", false},
		{"?", "", false}, {"?", "x", true}, {"a*c", "abbc", true}, {"a*c", "abbd", false},
		{"*a*b*", "xxaxxbxx", true}, {"*aab", "aaaab", true}, {"/a/*", "/a/b/c", true}, {"a**", "a", true},
		{"[a-c]x", "bx", true}, {"[a-c]x", "dx", false}, {"[!a-c]x", "dx", true}, {"[^a]", "a", false},
		{"k[0-9]*", "k7/0", true}, {"[", "[", true}, {"[]", "[]", true}, {"a[b", "a[b", true}, {"[a-]", "-", true}, {"*[xy]z", "axyz", true},
		{strings.Repeat("*a", 50), strings.Repeat("a", 50), true},
		{strings.Repeat("*a", 50) + "b", strings.Repeat("a", 5000), false},
	}
	for _, test := range tests {
		if got := Glob(test.pattern, test.s); got != test.want {
			t.Errorf("Glob(%.20q, %.20q) = %v", test.pattern, test.s, got)
		}
	}
}

func TestLimitsOfAFile(t *testing.T) {
	for name, text := range map[string]string{
		"too long":       strings.Repeat("#\n", document.MaxBytes),
		"too many rules": strings.Repeat("- {name: a}\n", MaxRules+1),
		"too deep":       strings.Repeat("[", 20_000),
		"aliases":        "- &a {name: x}\n- *a\n",
	} {
		if _, err := Load("f.yaml", []byte(text)); err == nil {
			t.Errorf("%s: no problem", name)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(DefaultYAML())
	files, _ := filepath.Glob("testdata/problems/*.yaml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := Load("f.yaml", text)
		if err == nil {
			if len(rules) == 0 {
				t.Fatal("no rule and no problem")
			}
			return
		}
		problems, ok := err.(document.Problems)
		if !ok || len(problems) == 0 {
			t.Fatalf("error %T without problems", err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Col < 1 || p.Message == "" || p.Caret > 100 || strings.ContainsAny(p.String(), "\x00\x1b\r") {
				t.Fatalf("problem %+v", p)
			}
		}
	})
}
