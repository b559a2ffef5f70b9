package rules

import (
	"reflect"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/schema/document"
)

// TestTOMLGivesTheSameRules writes one set of rules in both languages.
func TestTOMLGivesTheSameRules(t *testing.T) {
	inYAML := mustLoad(t, `
- name: jobs
  detector: short_job_flood
  threshold: 300
  window_seconds: 2.5
  severity: high
  where: {comm: [cc1, "as*"], uid: 1000}
- {name: cpu, detector: system_psi_cpu, threshold_pct: 40.5, duration: 15s}
`)
	inTOML, err := Load("f.toml", []byte(`
[[rules]]
name = "jobs"
detector = 'short_job_flood'
threshold = 3_00
window_seconds = 2.5
severity = "high"
where = { comm = ["cc1", "as*"] }
[[rules]]
name = "cpu"
detector = "system_psi_cpu"
threshold_pct = 40.5
duration = "15s"
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range [][]Rule{inYAML, inTOML} {
		for i := range set {
			set[i].Line = 0
		}
	}
	if inYAML[0].Where.UID = nil; !reflect.DeepEqual(inYAML, inTOML) {
		t.Errorf("YAML %+v\nTOML %+v", inYAML, inTOML)
	}
}

// TestTOMLTableForAList has one bracket where there should be two.
func TestTOMLTableForAList(t *testing.T) {
	_, err := Load("f.toml", []byte("[rules]\nname = \"a\"\ndetector = \"oom_kill\"\n"))
	if want := "hint: begin each rule with '- ', in TOML with [[rules]]"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("no %q in\n%v", want, err)
	}
}

func TestTOMLProblemsAreWhereTheyAre(t *testing.T) {
	_, err := Load("f.toml", []byte("[[rules]]\nname = \"a\"\ndetector = \"fork_brust\"\nthreshold = 3.5\nwindow_seconds = 5\n\n[rules.where]\ncom = \"x\"\n"))
	got := err.Error()
	for _, want := range []string{
		"f.toml:3:12: unknown detector \"fork_brust\"", "did you mean fork_burst?",
		"f.toml:4:13: threshold: want a whole number, found 3.5", "f.toml:8:1: unknown key \"com\"", "did you mean comm?",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if problems := err.(document.Problems); len(problems) != 3 {
		t.Errorf("%d problems, want 3", len(problems))
	}
}
