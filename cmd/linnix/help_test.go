package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestHelpExamples runs every example of every --help as a user would, each in a folder
// of its own that holds what the examples name.
func TestHelpExamples(t *testing.T) {
	for _, cmd := range commandTable(&stdio{}) {
		examples := helpExamples(cmd)
		if len(examples) == 0 {
			t.Errorf("linnix %s --help has no example", cmd.Name)
		}
		for _, line := range examples {
			t.Run(line, func(t *testing.T) {
				needsKernel := strings.Contains(line, "linnix record") || strings.Contains(line, "linnix doctor")
				if ok, err := live(); needsKernel && err != nil {
					t.Fatal(err)
				} else if needsKernel && !ok {
					t.Skip("this kernel does not let us record")
				}
				runExample(t, line)
			})
		}
	}
}

func runExample(t *testing.T, line string) {
	t.Helper()
	shell := exec.Command("sh", "-c", line)
	shell.Dir = exampleFolder(t, line)
	shell.Env = append(os.Environ(), "CI=") // a user's desk
	var stderr bytes.Buffer
	shell.Stderr = &stderr
	err := shell.Run()
	var exit *exec.ExitError
	found := errors.As(err, &exit) && (strings.Contains(line, "--fail-on") && exit.ExitCode() == exitFailed ||
		strings.Contains(line, "--capture") && exit.ExitCode() == exitRules)
	if err != nil && !found {
		t.Errorf("%v\n%s", err, stderr.String())
	}
}

// exampleFolder returns a new folder with the files that an example reads.
func exampleFolder(t *testing.T, line string) string {
	t.Helper()
	folder := t.TempDir()
	if strings.HasPrefix(line, "linnix record") {
		return folder
	}
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := exec.Command("linnix", "replay", "rules").Output()
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		writeSynthetic("storm", filepath.Join(folder, "host.parquet")),
		os.WriteFile(filepath.Join(folder, "my.yaml"), rules, 0o600),
		os.WriteFile(filepath.Join(folder, "old.yaml"), rules, 0o600),
		os.WriteFile(filepath.Join(folder, "linnix.toml"), []byte("[replay]\nevery = 10\n"), 0o600),
		os.Symlink(filepath.Join(repo, "datasets"), filepath.Join(folder, "datasets")))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(line, "--expect") {
		writeExpectation(t, folder)
	}
	return folder
}

// writeExpectation writes host.expect.yaml.
func writeExpectation(t *testing.T, folder string) {
	t.Helper()
	command := exec.Command("linnix", "replay", "host.parquet", "--expect", "host.expect.yaml", "--update")
	command.Dir, command.Env = folder, append(os.Environ(), "CI=")
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

func helpExamples(cmd *cli.Command) []string {
	var examples []string
	for line := range strings.Lines(cmd.Description) {
		if example, ok := strings.CutPrefix(line, examplePrefix); ok {
			examples = append(examples, strings.TrimSpace(example))
		}
	}
	return examples
}

// TestHelpExitCodes holds that each command tells its exit codes, success first, in
// order and each with its meaning.
func TestHelpExitCodes(t *testing.T) {
	row := regexp.MustCompile(`(?m)^ +(\d+)  (.+)$`)
	for _, cmd := range commandTable(&stdio{}) {
		_, tail, _ := strings.Cut(cmd.Description, "Exit codes:\n")
		var codes []int
		for _, m := range row.FindAllStringSubmatch(tail, -1) {
			code, _ := strconv.Atoi(m[1])
			codes = append(codes, code)
			if m[2] == "" || m[2] != exitMeaning(code) {
				t.Errorf("linnix %s --help: exit code %d means %q", cmd.Name, code, m[2])
			}
		}
		if len(codes) == 0 || codes[0] != exitOK || !slices.IsSorted(codes) {
			t.Errorf("linnix %s --help: exit codes %v", cmd.Name, codes)
		}
	}
}

// TestFlagsAreDocumented holds that each flag of each command says what it does.
func TestFlagsAreDocumented(t *testing.T) {
	for _, cmd := range commandTable(&stdio{}) {
		for _, f := range cmd.Flags {
			d, ok := f.(cli.DocGenerationFlag)
			if !ok || d.GetUsage() == "" {
				t.Errorf("linnix %s: %s has no usage text", cmd.Name, flagNames(f))
			} else if placeholder, _ := placeholderOf(d); d.TakesValue() && placeholder == "" {
				t.Errorf("linnix %s: %s does not say what it takes", cmd.Name, flagNames(f))
			}
		}
	}
}
