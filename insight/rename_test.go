package insight

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// captureFiles are the committed captures.
const captureFiles = "../datasets/captures/*/capture.*"

// namedScenarios has one scenario for each class that can be named, to be analysed
// under other names.
var namedScenarios = map[schema.Class]func() *scenario{
	schema.ClassForkStorm: mixed,
	schema.ClassRunawayTree: func() *scenario {
		s := newScenario()
		parent := s.fork(sec, shell)
		s.Exec(parent, "leak")
		var m moments
		m.births(s, &parent, 3*sec, 33*sec, 8)
		s.play(m)
		return s.end(35 * sec)
	},
	schema.ClassShortJobFlood: func() *scenario {
		s := newScenario()
		floodOf(s, flood{from: 3 * sec, to: 15 * sec, rate: 100, nested: 20, cpu: ms})
		return s.end(16 * sec)
	},
	schema.ClassOOMRisk: func() *scenario {
		s, b := newBox(still(5*mebi), map[int64]level{300: rising(20*mebi, 8*mebi, 3*sec, 92*mebi), 301: still(mebi)})
		s.hold(20*sec, b)
		return s.end(20 * sec)
	},
	schema.ClassIOSaturation: func() *scenario {
		s := newStorage()
		s.store(3*sec, 25*sec, saturating, backup(200), database(always))
		return s.end(25 * sec)
	},
	schema.ClassCPUSpin: mixed,
	schema.ClassNormal: func() *scenario {
		s := newScenario()
		s.makeJ8()
		return s.end(25 * sec)
	},
}

// TestRenaming holds that no heuristic reads a name: comm, exe, argv, filename, cgroup
// and container of every process may be anything, as long as what was equal stays equal,
// and programs may even all be called the same.
func TestRenaming(t *testing.T) {
	for _, class := range Classes() {
		play := namedScenarios[class]
		if play == nil {
			t.Errorf("no scenario of class %s: add one to namedScenarios", class)
			continue
		}
		t.Run(string(class), func(t *testing.T) {
			s := play()
			found := compareRenamed(t, func() replay.Source { return s.Source() })
			if !strings.Contains(fmt.Sprint(found), string(class)) {
				t.Errorf("found %v, want %s: the test says nothing", found, class)
			}
		})
	}
}

// TestRenamingCaptures does the same to every committed capture.
func TestRenamingCaptures(t *testing.T) {
	files, err := filepath.Glob(captureFiles)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files (error %v)", captureFiles, len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			compareRenamed(t, func() replay.Source {
				source, err := capture.Open(file)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = source.Close() })
				return source
			})
		})
	}
}

// outcome is what is found of an incident, names aside.
type outcome struct {
	Class      schema.Class
	Severity   schema.Severity
	Confidence float64
	Onset, End schema.Time
	PIDs       []int64
	Values     []any
}

// compareRenamed analyses a capture under its own and under other names, and returns
// the classes that were found.
func compareRenamed(t *testing.T, open func() replay.Source) []schema.Class {
	t.Helper()
	records := analyzeSource(t, open())
	want := outcomes(records)
	for name, change := range map[string]func(string) string{
		"odd":   func(n string) string { return fmt.Sprintf("%s,;%%\x1b\xff%s", n, strings.Repeat("\u202e", 50)) },
		"alike": func(string) string { return "sleep" },
	} {
		source := &renaming{Source: open(), change: change, known: map[string]string{}}
		if diff := cmp.Diff(want, outcomes(analyzeSource(t, source))); diff != "" {
			t.Errorf("%s names changed the verdicts (-before +after):\n%s", name, diff)
		}
	}
	return classesOf(records)
}

func analyzeSource(t *testing.T, source replay.Source) []schema.DatasetRecord {
	t.Helper()
	records, _, err := Analyze(context.Background(), []replay.Source{source}, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func outcomes(records []schema.DatasetRecord) []outcome {
	var list []outcome
	for _, r := range records {
		in := r.Context.Incident
		o := outcome{
			Class: r.Insight.Class, Severity: in.Severity, Confidence: r.Insight.Confidence, Onset: in.Onset, End: in.End,
		}
		if in.Primary != nil {
			o.PIDs = append(o.PIDs, in.Primary.PID)
		}
		for _, c := range in.Candidates {
			o.PIDs = append(o.PIDs, c.PID)
		}
		for _, f := range r.Context.Facts {
			o.Values = append(o.Values, f.Value)
		}
		list = append(list, o)
	}
	return list
}

// renaming gives every process of a capture other names.
type renaming struct {
	replay.Source
	// change makes the name of a program out of a number.
	change func(number string) string
	known  map[string]string
	record schema.Record
}

// Read implements replay.Source.
func (s *renaming) Read() (*schema.Record, error) {
	original, err := s.Source.Read()
	if err != nil {
		return nil, err
	}
	s.record = *original
	r := &s.record
	for _, name := range []*schema.Opt[string]{&r.Comm, &r.Exe, &r.Filename} {
		if name.OK {
			name.V = s.change(s.number(name.V))
		}
	}
	if r.Argv.OK {
		argv := make([]string, 0, len(r.Argv.V))
		for _, arg := range r.Argv.V {
			argv = append(argv, s.change(s.number(arg)))
		}
		r.Argv.V = argv
	}
	if r.Process.Cgroup.OK {
		r.Process.Cgroup.V = s.path(r.Process.Cgroup.V)
	}
	if r.Container.OK {
		r.Container.V = s.number(r.Container.V)
	}
	return r, nil
}

// number is the same for the same name.
func (s *renaming) number(name string) string {
	if s.known[name] == "" {
		s.known[name] = fmt.Sprintf("n%d", len(s.known))
	}
	return s.known[name]
}

// path renames each folder of a path, so that what lay below another still does.
func (s *renaming) path(path string) string {
	folders := strings.Split(path, "/")
	for i, folder := range folders {
		if folder != "" {
			folders[i] = s.number(folder)
		}
	}
	return strings.Join(folders, "/")
}

// TestRenamingSource holds that nothing keeps its name.
func TestRenamingSource(t *testing.T) {
	s := newScenario()
	s.Exec(s.fork(sec, shell), "secret", "-secret").Process.Cgroup.Set("/secret/of/secret")
	s.Last().Exe, s.Last().Container = schema.Some("/bin/secret"), schema.Some("secret")
	source := &renaming{Source: s.Source(), change: func(n string) string { return n }, known: map[string]string{}}
	for {
		r, err := source.Read()
		if err == io.EOF {
			break
		}
		if text := fmt.Sprint(r.Process, r.Event); strings.Contains(text, "secret") {
			t.Fatalf("record %d: %s", r.Seq, text)
		}
		if r.Process.Cgroup.OK && r.Process.Cgroup.V != "/n5/n8/n5" {
			t.Errorf("cgroup %q", r.Process.Cgroup.V)
		}
	}
}
