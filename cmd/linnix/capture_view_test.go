package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestViewsOfARecording holds the views of a recorded fork storm under way, byte for byte.
// -update writes them anew; read the difference.
func TestViewsOfARecording(t *testing.T) {
	for name, words := range map[string][]string{
		"tree.txt":   {"capture", "tree", "--at", "+6s", "--width", "120"},
		"branch.txt": {"capture", "tree", "--at", "+13s", "--pid", "5811"},
		"top.txt":    {"capture", "top", "--at", "+6s", "-n", "12"},
		"cat.txt":    {"capture", "cat", "--tree", "5811", "--type", "fork,exec,exit", "-n", "12"},
	} {
		cmd := exec.Command("linnix", append(words, captureIn(t, "../../datasets/captures/fork_storm"))...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil || stderr.Len() > 0 {
			t.Errorf("%s: %v\n%s", words, err, stderr.Bytes())
			continue
		}
		golden := filepath.Join("testdata/views", name)
		if *update {
			if err := os.WriteFile(golden, stdout.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := readText(t, golden); stdout.String() != want {
			t.Errorf("%s: %s", golden, replayed{stdout: stdout.String()}.firstDifference(replayed{stdout: want}))
		}
	}
}

// TestViewsInATerminal are as wide as that, in colour unless it is not wanted.
func TestViewsInATerminal(t *testing.T) {
	name := filepath.Join(t.TempDir(), "storm.jsonl")
	if err := writeSynthetic("storm", name); err != nil {
		t.Fatal(err)
	}
	colour := regexp.MustCompile("\x1b\\[[0-9]+m")
	for _, test := range []struct {
		env  string
		want bool
	}{{"A=b", true}, {"NO_COLOR=1", false}, {"NO_COLOR=", true}, {"TERM=dumb", false}} {
		for _, view := range []string{"top", "tree"} {
			const columns = 48
			text, code := inTerminal(t, columns, test.env, "linnix", "capture", view, name, "--at", "+12s").wait()
			if got := colour.MatchString(text); code != exitOK || got != test.want {
				t.Errorf("%s, %s: exit code %d, colours %t, want %t\n%q", view, test.env, code, got, test.want, text)
			}
			for line := range strings.Lines(colour.ReplaceAllString(text, "")) {
				if n := len([]rune(strings.TrimRight(line, "\r\n"))); n > columns {
					t.Errorf("%s: %d columns in %q", view, n, line)
				}
			}
		}
	}
}
