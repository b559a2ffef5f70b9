package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/replay/expect"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// TestHelpShowsATest runs the test file that 'linnix replay test --help' shows, for a
// newcomer begins with it.
func TestHelpShowsATest(t *testing.T) {
	var text strings.Builder
	_, shown, found := strings.Cut(newReplayTestCommand(&stdio{}).Description, "Such a file:\n\n")
	shown, _, ends := strings.Cut(shown, "\n\n")
	if !found || !ends {
		t.Fatal("no test file is shown")
	}
	for line := range strings.Lines(shown) {
		text.WriteString(strings.TrimPrefix(line, "  "))
	}
	name := filepath.Join(t.TempDir(), "shown_test.yaml")
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("linnix", "replay", "test", name).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestDefaultRulesAreTested holds that the tests of datasets/tests make each built-in
// rule fire, and hold each to not firing.
func TestDefaultRulesAreTested(t *testing.T) {
	tests, err := loadTests([]string{"../../datasets/tests"})
	if err != nil {
		t.Fatal(err)
	}
	fires, silent := make(map[string]bool), make(map[string]bool)
	for _, test := range tests {
		raised := make(map[string]bool)
		for _, a := range test.Expectation.Alerts {
			fires[a.Rule], raised[a.Rule] = true, true
		}
		for i := range test.Rules {
			silent[test.Rules[i].Name] = silent[test.Rules[i].Name] || !raised[test.Rules[i].Name]
		}
	}
	for _, rule := range rules.Default() {
		if !fires[rule.Name] || !silent[rule.Name] {
			t.Errorf("%s: expected to fire %v, and not to %v", rule.Name, fires[rule.Name], silent[rule.Name])
		}
	}
}

// TestTimelinesAreValid holds every record of each timeline of datasets/tests against
// the schema of captures.
func TestTimelinesAreValid(t *testing.T) {
	tests, err := loadTests([]string{"../../datasets/tests"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range tests {
		if tests[i].Timeline != nil {
			checkTimeline(t, &tests[i])
		}
	}
}

func checkTimeline(t *testing.T, test *expect.Test) {
	t.Helper()
	types := make(map[schema.Type]int)
	err := visitRecords(test.Timeline.Source(), func(r *schema.Record) error {
		const enough = 20 // of a type
		if types[r.Type]++; types[r.Type] > enough {
			return nil
		}
		problems, err := schema.Validate(schema.DocumentCaptureRecord, schema.AppendJSON(nil, r))
		if len(problems) > 0 {
			t.Errorf("%s: %v", test.Name, problems)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
