package expect

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// mutated is a capture of the mutation suite, with the rules that it is replayed under.
type mutated struct {
	name  string
	rules string
	open  func(t *testing.T) replay.Source
	// least is how many changed constants must change a compared field.
	least int
}

const realCapture = "../../datasets/captures/fork_storm/capture.jsonl.zst"

func mutants() []mutated {
	lab := labCapture()
	return []mutated{
		{"real", string(rules.DefaultYAML()), func(t *testing.T) replay.Source {
			source, err := capture.Open(realCapture)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { source.Close() })
			return source
		}, 25},
		{"synthetic", labRules, func(*testing.T) replay.Source { return lab.Source() }, 140},
	}
}

// labRules has a rule for each detector that labCapture makes fire.
const labRules = `
- name: storm
  detector: forks_per_sec
  threshold: 20
  duration: 2
  cooldown: 8
  severity: high
- name: burst
  detector: fork_burst
  threshold: 30
  window_seconds: 1
  cooldown: 0
  clear_threshold: 10
  clear_duration: 1
- name: tree
  detector: runaway_tree
  threshold: 50
  window_seconds: 4
  cooldown: 5
- name: jobs
  detector: short_job_flood
  threshold: 40
  window_seconds: 2
  max_exec_duration_ms: 101
  cooldown: 2
- name: execs
  detector: exec_rate
  regex: "^job$"
  rate_per_min: 80
  median_lifetime: 1
- name: cpu
  detector: subtree_cpu_pct
  threshold: 90
  duration: 5
- name: memory
  detector: subtree_rss_mb
  threshold: 1000
  duration: 3
- name: zombies
  detector: zombie_count
  threshold: 5
  duration: 3
- name: cpu_stall
  detector: system_psi_cpu
  threshold_pct: 50
  duration: 5
  clear_threshold: 20
- name: memory_stall
  detector: system_psi_memory
  threshold_pct: 50
  duration: 5
- name: io_stall
  detector: system_psi_io
  threshold_pct: 40
  duration: 6
- name: killed
  detector: oom_kill
  severity: low
- name: growth
  detector: process_growth
  threshold: 60
  window_seconds: 5
  severity: info
`

// labCapture makes every rule of labRules fire and resolve: shells that run short jobs in
// three bursts, a process that spins and grows, zombies, pressure, a kill, and a loss.
func labCapture() *replaytest.Capture {
	const ms, mib = time.Millisecond, 1 << 20
	c := replaytest.New("boot")
	c.At(1*ms).Task(100, 1, "storm.sh", "storm.sh")
	c.At(2*ms).Task(200, 1, "spin", "spin")
	c.At(3 * ms).System(0)
	next := int64(1000)
	for second := range 95 {
		at := time.Duration(second) * time.Second
		if slices.Contains([]int{2, 3, 4, 9, 10, 11, 25, 26, 27}, second) {
			for i := range time.Duration(40) {
				c.At(at+(20*i+5)*ms).Fork(100, next)
				c.At(at+(20*i+6)*ms).Exec(next, "job", "x")
				c.At(at + (20*i+18)*ms).Exit(next)
				next++
			}
		}
		if second == 15 || second == 16 {
			for i := range time.Duration(40) {
				c.At(at+(20*i+5)*ms).Fork(200, 5000+40*int64(second)+int64(i))
			}
		}
		labSamples(c, second, at, mib)
	}
	return c.At(95 * time.Second).End()
}

// labSamples samples one second: the spinner with its memory, zombies and pressure.
func labSamples(c *replaytest.Capture, second int, at time.Duration, mib int64) {
	const ms = time.Millisecond
	if second == 30 {
		c.At(at+1*ms).Lost(schema.TypeFork, 3, at, at+ms)
		c.At(at+2*ms).OOM(200, 2000*mib)
	}
	if second >= 5 && second < 20 {
		c.At(at+900*ms).Burn(200, 970*ms).Sample(200, "R", 100*mib*int64(second))
	} else {
		c.At(at+900*ms).Sample(200, "S", 10*mib)
	}
	for i := range int64(8) {
		state := "S"
		if second >= 20 && second < 30 {
			state = "Z"
		}
		if second >= 16 {
			c.At(at+(910+time.Duration(i))*ms).Sample(5000+40*15+i, state, mib)
		}
	}
	stalled := time.Duration(0)
	if second >= 5 && second < 25 {
		stalled = 700 * ms
	}
	c.Stall(replay.MemoryFull, stalled).Stall(replay.IOFull, stalled)
	c.At(at + 950*ms).System(stalled)
}

// play replays under rules.
func (m *mutated) play(t *testing.T, set []rules.Rule) *Run {
	t.Helper()
	run := &Run{}
	var engine *rules.Engine
	summary, err := replay.Run(context.Background(), []replay.Source{m.open(t)}, replay.Options{}, func(*replay.Host) []replay.Handler {
		engine = rules.NewEngine(set, func(a *schema.Alert) { run.Alerts = append(run.Alerts, a) })
		return []replay.Handler{engine}
	})
	if err != nil {
		t.Fatal(err)
	}
	run.Start, run.Events, run.Hosts, run.Outcomes = summary.Start, summary.Events(), 1, engine.Outcomes()
	return run
}

func namesOf(set []rules.Rule) (names []string) {
	for i := range set {
		names = append(names, set[i].Name)
	}
	return names
}

// original replays under the rules as they are, and writes the expectation.
func (m *mutated) original(t *testing.T) (set []rules.Rule, run *Run, text string) {
	t.Helper()
	set, err := rules.Load("rules.yaml", []byte(m.rules))
	if err != nil {
		t.Fatal(err)
	}
	run = m.play(t, set)
	written, err := Update("e.yaml", nil, namesOf(set), run)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Load("e.yaml", written, namesOf(set))
	if err != nil {
		t.Fatal(err)
	}
	if suite := Compare(e, run); suite.Failed() > 0 || len(suite.Cases) == 0 {
		t.Fatalf("the expectation of its own run: %s", told(suite))
	}
	return set, run, string(written)
}

// TestMutationsRaise holds that the synthetic capture tests what it should.
func TestMutationsRaise(t *testing.T) {
	m := mutants()[1]
	set, run, _ := m.original(t)
	for i := range set {
		o := &run.Outcomes[i]
		if o.Fired == 0 || o.Resolved == 0 && o.Detector != "oom_kill" {
			t.Errorf("%s: %d fired, %d resolved", o.Rule, o.Fired, o.Resolved)
		}
	}
	for what, has := range map[string]func(a *schema.Alert) bool{
		"suppressed": func(a *schema.Alert) bool { return a.Suppressed > 0 },
		"incomplete": func(a *schema.Alert) bool { return a.Incomplete },
	} {
		if !slices.ContainsFunc(run.Alerts, has) {
			t.Errorf("no alert is %s", what)
		}
	}
}

// TestMutatedAlerts deletes, duplicates, adds, moves and renames each expected alert.
func TestMutatedAlerts(t *testing.T) {
	for _, m := range mutants() {
		set, run, text := m.original(t)
		names := namesOf(set)
		sound, err := Load("e.yaml", []byte(text), names)
		if err != nil {
			t.Fatal(err)
		}
		mutate := func(what string, i int, change func(alerts []Alert) []Alert) {
			e := *sound
			e.Alerts = change(slices.Clone(e.Alerts))
			if suite := Compare(&e, run); suite.Failed() == 0 {
				t.Errorf("%s: alert %d: %s goes unnoticed", m.name, i, what)
			}
		}
		move := func(a Alert, by time.Duration) Alert {
			was := a.Time
			a.Time = func(start schema.Time) schema.Time { return was(start).Add(by) }
			return a
		}
		for i := range run.Alerts {
			mutate("deleted", i, func(l []Alert) []Alert { return slices.Delete(l, i, i+1) })
			mutate("duplicated", i, func(l []Alert) []Alert { return append(l, l[i]) })
			mutate("added later", i, func(l []Alert) []Alert { return append(l, move(l[i], time.Second)) })
			for _, by := range [...]time.Duration{-1, 1, time.Second} {
				mutate("moved", i, func(l []Alert) []Alert { l[i] = move(l[i], by); return l })
			}
			for _, name := range append(names, "nosuch") {
				if name != run.Alerts[i].Rule {
					mutate("renamed "+name, i, func(l []Alert) []Alert { l[i].Rule = name; return l })
				}
			}
			if next := (i + 1) % len(run.Alerts); next != i {
				mutate("replaced by another", i, func(l []Alert) []Alert { l[i] = l[next]; return l })
			}
		}
	}
}

// TestMutatedLines changes the value of each line of the expectation of each alert: each
// must be noticed, as a difference or when the file is read.
func TestMutatedLines(t *testing.T) {
	for _, m := range mutants() {
		set, run, _ := m.original(t)
		for i := range run.Alerts {
			one := *run
			one.Alerts = run.Alerts[i : i+1]
			text, err := Update("e.yaml", nil, namesOf(set), &one)
			if err != nil {
				t.Fatal(err)
			}
			m.mutateLines(t, strings.Split(strings.TrimSpace(string(text)), "\n"), namesOf(set), &one)
		}
	}
}

func (m *mutated) mutateLines(t *testing.T, lines, names []string, run *Run) {
	t.Helper()
	for i, line := range lines {
		others := otherLines(line)
		if len(others) == 0 {
			t.Errorf("%s: no change of %q was tried", m.name, line)
		}
		for _, other := range others {
			mutant := slices.Clone(lines)
			mutant[i] = other
			e, err := Load("e.yaml", []byte(strings.Join(mutant, "\n")), names)
			if err != nil {
				continue
			}
			if suite := Compare(e, run); suite.Failed() == 0 {
				t.Errorf("%s: %q in place of %q goes unnoticed", m.name, other, line)
			}
		}
	}
}

// otherLines changes a line: a word for another of its kind, a number by the least.
func otherLines(line string) (others []string) {
	key, value, _ := strings.Cut(line, ": ")
	replace := func(old string, by ...string) {
		for _, b := range by {
			if strings.Contains(value, old) && old != b {
				others = append(others, key+": "+strings.Replace(value, old, b, 1))
			}
		}
	}
	switch strings.TrimLeft(key, "- ") {
	case "rule", "state", "severity":
		replace(value, append(slices.Concat(states, levels), "storm", "burst", "fork_storm")...)
	case "incomplete", "open_at_end":
		replace("false", "true")
		replace("true", "false")
	case "subject":
		replace("host", "{kind: parent}", "{kind: host, pid: 1}")
		replace("tree_root", "parent")
		replace("kind: parent", "kind: process")
		replace("pid: ", "pid: 1")
		replace("Z", "1Z")
		replace("0Z", "1Z")
		replace("comm: ", "comm: x")
	case "time":
		replace(value, value[:len(value)-2]+strconv.Itoa((int(value[len(value)-2]-'0')+1)%10)+"s", "+0s")
	case "alerts:":
		others = []string{"alerts: none", "alerts: []", "# alerts:"}
	default:
		v, err := strconv.ParseFloat(value, 64)
		if err == nil {
			replace(value, number(v+1), number(-v-1), number(v+1e-9))
		}
	}
	return others
}

// TestMutatedRules changes each constant of each rule: when an alert differs in any
// compared field the expectation fails, and when none does it holds.
func TestMutatedRules(t *testing.T) {
	for _, m := range mutants() {
		set, run, text := m.original(t)
		e, err := Load("e.yaml", []byte(text), namesOf(set))
		if err != nil {
			t.Fatal(err)
		}
		want := fingerprint(t, run)
		lines := strings.Split(m.rules, "\n")
		caught, without, invalid := 0, 0, 0
		for i, line := range lines {
			for _, other := range otherConstants(line) {
				mutant := slices.Clone(lines)
				mutant[i] = other
				changed, err := rules.Load("rules.yaml", []byte(strings.Join(mutant, "\n")))
				if err != nil {
					invalid++
					continue
				}
				got := m.play(t, changed)
				suite := Compare(e, got)
				differs := fingerprint(t, got) != want
				if failed := suite.Failed() > 0; failed != differs {
					t.Errorf("%s: line %d: %q in place of %q: an alert differs: %v, the expectation fails: %v\n%s",
						m.name, i+1, other, line, differs, failed, told(suite))
				}
				if differs {
					caught++
				} else {
					without++
				}
			}
		}
		t.Logf("%s: %d changed constants were caught, %d change no alert, %d make no rule", m.name, caught, without, invalid)
		if caught < m.least {
			t.Errorf("%s: %d changed constants change an alert, want at least %d: the capture tests too little", m.name, caught, m.least)
		}
	}
}

// otherConstants changes the value of one key of a rule.
func otherConstants(line string) (others []string) {
	text, _, _ := strings.Cut(line, "#")
	key, value, ok := strings.Cut(strings.TrimRight(text, " "), ": ")
	if !ok {
		return nil
	}
	switch strings.TrimLeft(key, "- ") {
	case "name":
		return []string{key + ": renamed"}
	case "detector":
		return nil // its keys would be others
	case "severity":
		return []string{key + ": info", key + ": low", key + ": high"}
	case "regex":
		return []string{key + `: "^nosuch$"`}
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return nil
	}
	for _, other := range []float64{v + 1, v - 1, 2 * v, v / 2, v / 4, 10 * v} {
		others = append(others, key+": "+number(other))
	}
	return others
}

// fingerprint is all that is compared of a run's alerts, written in another way than
// that of the package: from their JSON, without the members that are not compared.
func fingerprint(t *testing.T, run *Run) string {
	t.Helper()
	open := map[string]bool{}
	for _, o := range run.Outcomes {
		for _, a := range o.OpenAtEnd {
			open[a.ID] = true
		}
	}
	var lines []string
	for _, a := range run.Alerts {
		still := a.State == schema.AlertFiring && open[a.ID]
		compared := *a
		compared.ID, compared.Detector, compared.Message, compared.Host = "", "", "", ""
		compared.Evidence, compared.Subject.Argv = schema.Evidence{}, nil
		line, err := compared.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %v\n", bytes.TrimSpace(line), still))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// TestMutantsHaveEachDetector holds that a new detector's constants are changed too.
func TestMutantsHaveEachDetector(t *testing.T) {
	set, err := rules.Load("rules.yaml", []byte(labRules))
	if err != nil {
		t.Fatal(err)
	}
	used := make([]string, len(set))
	for i := range set {
		used[i] = set[i].Detector
	}
	for _, name := range rules.DetectorNames() {
		if !slices.Contains(used, name) {
			t.Errorf("no rule for %s: add one to labRules, and to labCapture what makes it fire", name)
		}
	}
}
