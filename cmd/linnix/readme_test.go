package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/replay/rules"
)

// TestReadmeRuleTest does what README.md shows of testing rules, and holds that it
// comes out as shown: the files, the commands, and what they print.
func TestReadmeRuleTest(t *testing.T) {
	_, section, _ := strings.Cut(readText(t, "../../README.md"), "## Test your rules in five minutes\n")
	section, _, _ = strings.Cut(section, "\n## ")
	folder := t.TempDir()
	files := regexp.MustCompile("(?s)`([a-z_.]+)`:\n\n```yaml\n(.*?)```").FindAllStringSubmatch(section, -1)
	for _, m := range files {
		if err := os.WriteFile(filepath.Join(folder, m[1]), []byte(m[2]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shown := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(section, -1)
	if len(files) != 2 || len(shown) != 3 {
		t.Fatalf("README.md shows %d files and %d sessions, want 2 and 3", len(files), len(shown))
	}
	runShown(t, folder, shown[0][1])
	raise := exec.Command("sed", "-i", "s/threshold: 60 /threshold: 70 /", "storm.yaml")
	raise.Dir = folder
	if err := raise.Run(); err != nil {
		t.Fatal(err)
	}
	runShown(t, folder, shown[1][1])
}

// TestReadmeNamesEachDetector looks for what a detector's author may forget.
func TestReadmeNamesEachDetector(t *testing.T) {
	text := readText(t, "../../README.md")
	for _, name := range rules.DetectorNames() {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("README.md does not name the detector %s", name)
		}
	}
}

// runShown runs the commands of a session and compares what they print.
func runShown(t *testing.T, folder, session string) {
	t.Helper()
	for _, part := range strings.Split("\n"+session, "\n$ ")[1:] {
		command, want, _ := strings.Cut(part, "\n")
		shell := exec.Command("sh", "-c", command)
		shell.Dir = folder
		got, err := shell.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if strings.TrimSpace(string(got)) != strings.TrimSpace(want) {
			t.Errorf("%s\ngot\n%s\nwant\n%s", command, got, want)
		}
	}
}
