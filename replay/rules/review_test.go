package rules

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// surveyed is the capture that rules are compared with: 20 s of a host of 4 CPUs on
// which bash runs true. It has no pressure of disks.
func surveyed() *replaytest.Capture {
	c := replaytest.New("boot")
	c.Task(10, 1, "bash", "/bin/bash")
	c.Last().UID = schema.Some[int64](1000)
	quiet(c, 0, 10*time.Second)
	c.Fork(10, 20)
	c.Exec(20, "true")
	c.Exit(20)
	quiet(c, 11*time.Second, 20*time.Second)
	for i := range c.Records {
		c.Records[i].System.PSI.IOFullUs = schema.Opt[int64]{}
	}
	return c
}

// review reviews a file, with the captures followed.
func review(t testing.TB, name, text string, captures ...*replaytest.Capture) document.Problems {
	t.Helper()
	v := NewReview(name, []byte(text))
	for _, c := range captures {
		replaytest.Run(t, func(h *replay.Host) []replay.Handler { return []replay.Handler{v.Follow(h)} }, c.Source())
	}
	problems := v.Problems()
	if again := v.Problems(); !slices.Equal(problems, again) {
		t.Errorf("asked again, %v", again)
	}
	return problems
}

func codes(problems document.Problems) (list []document.Code) {
	for _, p := range problems {
		list = append(list, p.Code)
	}
	return list
}

// longExamples are those that are too long for a table.
func longExamples() map[document.Code]string {
	return map[document.Code]string{
		document.CodeNotUTF8:  "- name: \"\xff\"\n",
		document.CodeTooLarge: strings.Repeat("#\n", document.MaxBytes),
		CodeTooManyRules:      strings.Repeat("- {name: a}\n", MaxRules+1),
	}
}

// TestFindings runs the example of each kind: it has that problem, and no other of its
// severity. testdata/findings holds what is said of it.
func TestFindings(t *testing.T) {
	kinds := Findings()
	if len(kinds) < 40 {
		t.Errorf("%d kinds", len(kinds))
	}
	var goldens []string
	for _, k := range kinds {
		if k.Code == document.CodeMore {
			continue // never alone: see TestVeryManyProblems
		}
		text := k.Example
		if text == "" {
			text = longExamples()[k.Code]
		}
		var captures []*replaytest.Capture
		if k.Capture {
			captures = append(captures, surveyed())
			if got := codes(review(t, "a.yaml", text)); len(got) > 0 {
				t.Errorf("%s: without a capture %v", k.Code, got)
			}
		}
		problems := review(t, string(k.Code)+".yaml", text, captures...)
		if got := codes(problems); len(got) != 1 || got[0] != k.Code || problems[0].Severity != k.Severity {
			t.Errorf("%s: found %v", k.Code, problems)
		}
		if _, err := Load("a.yaml", []byte(text)); (err != nil) != (k.Severity == document.Error) {
			t.Errorf("%s: Load says %v", k.Code, err)
		}
		if k.Code != document.CodeSyntax && slices.ContainsFunc(problems, func(p document.Problem) bool { return p.Hint == "" }) {
			t.Errorf("%s: no hint", k.Code)
		}
		if k.Meaning == "" || k.Fix == "" {
			t.Errorf("%s: no meaning or no fix", k.Code)
		}
		goldens = append(goldens, string(k.Code)+".txt")
		checkGolden(t, filepath.Join("testdata/findings", string(k.Code)+".txt"), problems.Error()+"\n")
	}
	files, err := os.ReadDir("testdata/findings")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.Contains(goldens, file.Name()) {
			t.Errorf("testdata/findings/%s: no such kind", file.Name())
		}
	}
}

func checkGolden(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", golden, got, want)
	}
}

// TestEveryCodeIsAKind reads the codes out of the source.
func TestEveryCodeIsAKind(t *testing.T) {
	kinds := make(map[string]int)
	for _, k := range Findings() {
		kinds[string(k.Code)]++
	}
	found := 0
	for _, file := range []string{"codes.go", "../../schema/document/problem.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			fields := strings.Fields(string(line))
			if len(fields) < 3 || !strings.HasPrefix(fields[0], "Code") || fields[len(fields)-2] != "=" {
				continue
			}
			found++
			if code := strings.Trim(fields[len(fields)-1], `"`); kinds[code] != 1 {
				t.Errorf("%s: %s stands %d times in the table of kinds", file, code, kinds[code])
			}
		}
	}
	if found != len(kinds) {
		t.Errorf("%d codes, %d kinds", found, len(kinds))
	}
	for _, l := range lints {
		if kinds[string(l.code)] != 1 {
			t.Errorf("the lint %s is no kind", l.code)
		}
	}
}

func TestEveryDetectorNeedsSomething(t *testing.T) {
	for _, name := range DetectorNames() {
		if neededBy(name) == 0 {
			t.Errorf("%s: no row in the table of what detectors need", name)
		}
	}
}

func TestNothingIsWrongWithTheDefaultRules(t *testing.T) {
	if problems := review(t, "default.yaml", string(DefaultYAML())); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestLintsAtTheirBounds has each lint find what lies just beyond its bound, and not what
// lies just within. A rule is: detector and keys, what it is found to be; "" for nothing.
func TestLintsAtTheirBounds(t *testing.T) {
	hex := strings.Repeat("0f", 32)
	const burst = "fork_burst, threshold: 300, "
	tests := []struct{ rule, want string }{
		{"system_psi_cpu, threshold_pct: 60, duration: 999999999ns", "below_interval"},
		{"system_psi_cpu, threshold_pct: 60, duration: 1", ""},
		{"zombie_count, threshold: 9, duration: 0.5", "below_interval"},
		{"forks_per_sec, threshold: 60, duration: 0.5", ""}, // no gauge
		{burst + "window_seconds: 60", ""},
		{burst + "window_seconds: 60.000000001", "short_cooldown"},
		{burst + "window_seconds: 61, cooldown: 0", ""},
		{burst + "window_seconds: 10, cooldown: 9.999999999", "short_cooldown"},
		{burst + "window_seconds: 10, cooldown: 10", ""},
		{"forks_per_sec, threshold: 60, duration: 10, cooldown: 5", "short_cooldown"},
		{"exec_rate, regex: a, rate_per_min: 9, median_lifetime: 1, cooldown: 59", "short_cooldown"},
		{"system_psi_cpu, threshold_pct: 60, duration: 90", ""}, // by default
		{"system_psi_cpu, threshold_pct: 60, duration: 90, cooldown: 89", "short_cooldown"},
		{"system_psi_cpu, threshold_pct: 60, duration: 90, cooldown: 90", ""},
		{"oom_kill, cooldown: 1", ""},
		{"short_job_flood, threshold: 300, window_seconds: 10, max_exec_duration_ms: 10000", ""},
		{"short_job_flood, threshold: 300, window_seconds: 10, max_exec_duration_ms: 10000.000001", "longer_than_window"},
		{"exec_rate, regex: a, rate_per_min: 9, median_lifetime: 60", ""},
		{"exec_rate, regex: a, rate_per_min: 9, median_lifetime: 60.000000001", "longer_than_window"},
		{"process_growth, threshold: 4194304, window_seconds: 10", ""},
		{"process_growth, threshold: 4194305, window_seconds: 10", "unreachable"},
		{"zombie_count, threshold: 4194303, duration: 10", ""},
		{"zombie_count, threshold: 4194304, duration: 10", "unreachable"},
		{"subtree_cpu_pct, threshold: 819199.9, duration: 10", ""},
		{"subtree_cpu_pct, threshold: 819200, duration: 10", "unreachable"},
		{"subtree_rss_mb, threshold: 4194304, duration: 10", ""},
		{burst + "window_seconds: 10, clear_threshold: 299", ""},
		{burst + "window_seconds: 10, clear_threshold: 300", "no_hysteresis"},
		{"oom_kill, where: {comm: \"a b\"}", ""},
		{"oom_kill, where: {comm: [a, \" b\"]}", "stray_space"},
		{"exec_rate, regex: 'a ', rate_per_min: 9, median_lifetime: 1", "stray_space"},
		{"oom_kill, where: {exe: ''}", "empty_pattern"},
		{"oom_kill, where: {exe: '**'}", "pattern_matches_all"},
		{"oom_kill, where: {exe: '*?'}", ""},
		{"oom_kill, where: {comm: 'java.*'}", "pattern_is_regex"},
		{"oom_kill, where: {comm: 'a|b'}", "pattern_is_regex"},
		{"oom_kill, where: {comm: 'java$'}", "pattern_is_regex"},
		{"oom_kill, where: {comm: 'a\\.b'}", "pattern_is_regex"},
		{"oom_kill, where: {exe: '*/python3.*'}", ""},
		{"oom_kill, where: {exe: '*/libc.so.*'}", ""},
		{"oom_kill, where: {comm: '[a]^b$c'}", ""},
		{"oom_kill, where: {comm: 123456789012345}", "wrong_type"},
		{"oom_kill, where: {comm: a23456789012345}", ""},
		{"oom_kill, where: {comm: a234567890123456}", "comm_too_long"},
		{"oom_kill, where: {comm: '*a23456789*123456*'}", ""},
		{"oom_kill, where: {comm: '*a23456789*1234567'}", "comm_too_long"},
		{"oom_kill, where: {exe: /bin/a}", ""},
		{"oom_kill, where: {exe: ./a}", ""},
		{"oom_kill, where: {exe: '*a'}", ""},
		{"oom_kill, where: {exe: '?a'}", ""},
		{"oom_kill, where: {exe: a/b}", "exe_not_absolute"},
		{"oom_kill, where: {container: " + hex + "}", ""},
		{"oom_kill, where: {container: " + hex[1:] + "}", "no_container_id"},
		{"oom_kill, where: {container: " + hex + "f}", "no_container_id"},
		{"oom_kill, where: {container: " + hex[1:] + "*}", ""},
		{"oom_kill, where: {container: docker*}", "no_container_id"},
		{"exec_rate, regex: a*, rate_per_min: 9, median_lifetime: 1", "regex_matches_all"},
		{"exec_rate, regex: ^$, rate_per_min: 9, median_lifetime: 1", ""},
		{"exec_rate, regex: ., rate_per_min: 9, median_lifetime: 1", ""},
	}
	for _, test := range tests {
		checkCodes(t, test.rule, test.want, review(t, "a.yaml", "- {name: a, detector: "+test.rule+"}\n"))
	}
}

func checkCodes(t *testing.T, what, want string, problems document.Problems) {
	t.Helper()
	if got := strings.Trim(fmt.Sprint(codes(problems)), "[]"); got != want {
		t.Errorf("%s: found %q, want %q\n%v", what, got, want, problems)
	}
}

// TestLintsOfTwoRules compares a rule with fork_burst at 300 in 10 s, severity medium.
func TestLintsOfTwoRules(t *testing.T) {
	const first = "- {name: a, detector: fork_burst, threshold: 300, window_seconds: 10}\n"
	const stall = "- {name: a, detector: system_psi_cpu, threshold_pct: 60, duration: 15}\n"
	tests := []struct{ first, second, want string }{
		{first, "fork_burst, threshold: 300, window_seconds: 10, severity: high, cooldown: 90", "duplicate_rule"},
		{first, "fork_burst, threshold: 300, window_seconds: 10, where: {uid: 0}", ""},
		{first, "fork_burst, threshold: 300, window_seconds: 11", ""},
		{first, "fork_burst, threshold: 300, window_seconds: 10, clear_threshold: 100", ""},
		{first, "runaway_tree, threshold: 300, window_seconds: 10", ""},
		{first, "fork_burst, threshold: 301, window_seconds: 10", "implied_rule"},
		{first, "fork_burst, threshold: 301, window_seconds: 10, severity: low", "implied_rule"},
		{first, "fork_burst, threshold: 301, window_seconds: 10, severity: high", ""},
		{first, "fork_burst, threshold: 301, window_seconds: 11", ""},
		{first, "fork_burst, threshold: 299, window_seconds: 10, severity: high", "implied_rule"}, // the first one
		{stall, "system_psi_cpu, threshold_pct: 60, duration: 16", "implied_rule"},
		{stall, "system_psi_cpu, threshold_pct: 60, duration: 14, clear_duration: 15", "implied_rule"}, // the first one
		{stall, "system_psi_cpu, threshold_pct: 60, duration: 15, clear_duration: 5", ""},
		{stall, "system_psi_cpu, threshold_pct: 61, duration: 14", ""},
		{stall, "system_psi_io, threshold_pct: 61, duration: 16", ""},
		{"- {name: a, detector: oom_kill, where: {comm: [x, y], uid: [1, 2]}}\n", "oom_kill, where: {uid: [2, 1], comm: [y, x]}", "duplicate_rule"},
		{"- {name: a, detector: oom_kill, where: {comm: [x, y]}}\n", "oom_kill, where: {comm: ['x y']}", ""},
	}
	for _, test := range tests {
		checkCodes(t, test.second, test.want, review(t, "a.yaml", test.first+"- {name: b, detector: "+test.second+"}\n"))
	}
}

// TestLintsOfACapture compares rules with 20 s of a host of 4 CPUs and 8 GiB.
func TestLintsOfACapture(t *testing.T) {
	told := func(change func(c *replaytest.Capture)) *replaytest.Capture {
		c := surveyed()
		change(c)
		return c
	}
	probes := func(text string) *replaytest.Capture {
		return told(func(c *replaytest.Capture) { c.Records[0].Probes.Set(schema.JSON(text)) })
	}
	still := replaytest.New("boot")
	quiet(still, 0, 20*time.Second)
	pids := told(func(c *replaytest.Capture) { c.Records[0].PIDMax.Set(100) })
	slow := told(func(c *replaytest.Capture) { c.Records[0].IntervalNs.Set(int64(5 * time.Second)) })
	tests := []struct {
		capture    *replaytest.Capture
		rule, want string
	}{
		{surveyed(), "fork_burst, threshold: 300, window_seconds: 10", ""},
		{still, "fork_burst, threshold: 300, window_seconds: 10", "capture_lacks"},
		{still, "short_job_flood, threshold: 300, window_seconds: 10", "capture_lacks"},
		{still, "oom_kill", ""},
		{probes(`[{"name":"sched_process_fork","attached":true}]`), "oom_kill", "capture_lacks"},
		{probes(`[{"name":"mark_victim","attached":false}]`), "oom_kill", "capture_lacks"},
		{probes(`[{"name":"mark_victim","attached":true}]`), "oom_kill", ""},
		{probes(`?`), "oom_kill", ""},
		{surveyed(), "system_psi_memory, threshold_pct: 9, duration: 10", ""},
		{surveyed(), "system_psi_memory, threshold_pct: 9, duration: 10.000000001", "capture_too_short"},
		{surveyed(), "zombie_count, threshold: 9, duration: 20", ""},
		{surveyed(), "zombie_count, threshold: 9, duration: 20.000000001", "capture_too_short"},
		{surveyed(), "subtree_cpu_pct, threshold: 399.9, duration: 10", ""},
		{surveyed(), "subtree_cpu_pct, threshold: 400, duration: 10", "unreachable_here"},
		{surveyed(), "subtree_cpu_pct, threshold: 819200, duration: 10", "unreachable"},
		{surveyed(), "subtree_rss_mb, threshold: 8191.9, duration: 10", ""},
		{surveyed(), "subtree_rss_mb, threshold: 8192, duration: 10", "unreachable_here"},
		{surveyed(), "process_growth, threshold: 101, window_seconds: 10", ""},
		{pids, "process_growth, threshold: 100, window_seconds: 10", ""},
		{pids, "process_growth, threshold: 101, window_seconds: 10", "unreachable_here"},
		{pids, "zombie_count, threshold: 99, duration: 10", ""},
		{pids, "zombie_count, threshold: 100, duration: 10", "unreachable_here"},
		{slow, "subtree_cpu_pct, threshold: 90, duration: 5", ""},
		{slow, "subtree_cpu_pct, threshold: 90, duration: 4.999999999", "below_interval"},
		{surveyed(), "fork_burst, threshold: 9, window_seconds: 10, where: {comm: ba*}", ""},
		{surveyed(), "fork_burst, threshold: 9, window_seconds: 10, where: {comm: true}", "wrong_type"},
		{surveyed(), "fork_burst, threshold: 9, window_seconds: 10, where: {comm: 'true'}", "where_matches_nothing"},
		{surveyed(), "process_growth, threshold: 9, window_seconds: 10, where: {comm: 'true'}", ""},
		{surveyed(), "process_growth, threshold: 9, window_seconds: 10, where: {uid: 1000}", ""},
		{surveyed(), "process_growth, threshold: 9, window_seconds: 10, where: {uid: 1001}", "where_matches_nothing"},
		{surveyed(), "process_growth, threshold: 9, window_seconds: 10, where: {cgroup: /a*}", "where_matches_nothing"},
		{surveyed(), "exec_rate, regex: ^tr, rate_per_min: 9, median_lifetime: 1", ""},
		{surveyed(), "exec_rate, regex: tru$, rate_per_min: 9, median_lifetime: 1", "regex_matches_nothing"},
		{still, "oom_kill, where: {comm: x}", ""}, // no oom record that it could match
	}
	for _, test := range tests {
		checkCodes(t, test.rule, test.want, review(t, "a.yaml", "- {name: a, detector: "+test.rule+"}\n", test.capture))
	}
}

// TestLintsOfSeveralCaptures holds that what any of them can test is tested.
func TestLintsOfSeveralCaptures(t *testing.T) {
	still := replaytest.New("boot")
	quiet(still, 0, 40*time.Second)
	still.Records[0].CPUs.Set(8)
	slow := surveyed()
	slow.Records[0].IntervalNs.Set(int64(5 * time.Second))
	unknown := replaytest.New("boot")
	unknown.Records[0].CPUs = schema.Opt[int64]{}
	tests := []struct {
		captures []*replaytest.Capture
		rule     string
		want     string
	}{
		{[]*replaytest.Capture{still, surveyed()}, "fork_burst, threshold: 300, window_seconds: 10, where: {comm: bash}", ""},
		{[]*replaytest.Capture{surveyed(), still}, "subtree_cpu_pct, threshold: 799, duration: 40", ""},
		{[]*replaytest.Capture{surveyed(), still}, "subtree_cpu_pct, threshold: 800, duration: 41", "capture_too_short unreachable_here"},
		{[]*replaytest.Capture{surveyed(), still}, "fork_burst, threshold: 300, window_seconds: 10, where: {comm: bash}", ""},
		{[]*replaytest.Capture{still, surveyed()}, "subtree_cpu_pct, threshold: 799, duration: 40", ""},
		{[]*replaytest.Capture{surveyed(), slow}, "subtree_cpu_pct, threshold: 99, duration: 4", ""},
		{[]*replaytest.Capture{slow, surveyed()}, "subtree_cpu_pct, threshold: 99, duration: 4", ""},
		{[]*replaytest.Capture{slow, slow}, "subtree_cpu_pct, threshold: 99, duration: 4", "below_interval"},
		{[]*replaytest.Capture{unknown, still, surveyed()}, "subtree_cpu_pct, threshold: 800, duration: 10", ""},
		{[]*replaytest.Capture{surveyed(), still, unknown}, "subtree_cpu_pct, threshold: 800, duration: 10", ""},
	}
	for _, test := range tests {
		problems := review(t, "a.yaml", "- {name: a, detector: "+test.rule+"}\n", test.captures...)
		slices.SortFunc(problems, func(a, b document.Problem) int { return strings.Compare(string(a.Code), string(b.Code)) })
		checkCodes(t, test.rule, test.want, problems)
	}
}

// TestRulesWithErrorsAreNotLinted keeps warnings to what can be run.
func TestRulesWithErrorsAreNotLinted(t *testing.T) {
	problems := review(t, "a.yaml", "- {name: a, detector: oom_kill, severity: hi, where: {comm: '*'}}\n- {name: b, detector: oom_kill, where: {comm: '*'}}\n")
	checkCodes(t, "two rules", "unknown_severity pattern_matches_all", problems)
	if problems[0].Line != 1 || problems[1].Line != 2 {
		t.Error(problems)
	}
}

func TestBadRegexIsPointedAt(t *testing.T) {
	for _, test := range []struct {
		name, regex string
		col         int
	}{
		{"a.yaml", `é|a**b`, 43}, {"a.yaml", `'é|a**b'`, 44}, {"a.yaml", `"é|a**b"`, 44}, {"a.yaml", `"\u00e9|a**b"`, 40}, {"a.yaml", `(a`, 40},
	} {
		text := "- {name: a, detector: exec_rate, regex: " + test.regex + ", rate_per_min: 9, median_lifetime: 1}"
		problems := review(t, test.name, text)
		if len(problems) != 1 || problems[0].Code != CodeBadRegex || problems[0].Col != test.col+1 {
			t.Errorf("%s: want column %d\n%v", test.regex, test.col+1, problems)
		}
	}
}

func TestCommIsCutForTheHint(t *testing.T) {
	for pattern, want := range map[string]string{
		"systemd-journald":   "write 'systemd-journal*', or match where.exe",
		"systemd-journald**": "write 'systemd-journal*', or match where.exe",
		"éééééééé":           "write 'ééééééé*', or match where.exe",
		"*systemd-journald":  "match where.exe",
		"systemd*journald*x": "match where.exe",
	} {
		problems := review(t, "a.yaml", "- {name: a, detector: oom_kill, where: {comm: '"+pattern+"'}}\n")
		if len(problems) != 1 || problems[0].Code != CodeCommTooLong || problems[0].Hint != want {
			t.Errorf("%s: want %q\n%v", pattern, want, problems)
		}
	}
}

func FuzzReview(f *testing.F) {
	for _, k := range Findings() {
		f.Add([]byte(k.Example), false)
	}
	f.Add(DefaultYAML(), false)
	f.Add([]byte("[[rules]]\nname = \"a\"\ndetector = 'exec_rate'\nregex = 'a**'\nrate_per_min = 0x10\nwhere = { uid = [1] }\n"), true)
	capture := surveyed()
	f.Fuzz(func(t *testing.T, text []byte, inTOML bool) {
		name := "f.yaml"
		if inTOML {
			name = "f.toml"
		}
		_, err := Load(name, text)
		problems := review(t, name, string(text), capture)
		errors := 0
		for _, p := range problems {
			if p.Severity == document.Error {
				errors++
			}
			if p.Line < 1 || p.Col < 1 || p.Message == "" || p.Caret > 100 || strings.ContainsAny(p.String(), "\x00\x1b\r") {
				t.Fatalf("problem %+v", p)
			}
		}
		if loaded, _ := err.(document.Problems); len(loaded) != errors {
			t.Fatalf("Load finds %d errors, the review %d", len(loaded), errors)
		}
	})
}

// TestVeryManyProblems has more than anybody reads.
func TestVeryManyProblems(t *testing.T) {
	problems := review(t, "a.yaml", strings.Repeat("- {nme: a}\n", MaxRules))
	if last := problems[len(problems)-1]; last.Code != document.CodeMore || len(problems) > 1100 {
		t.Errorf("%d problems, the last %s, want about 1,000 and how many more there are", len(problems), last.Code)
	}
}
