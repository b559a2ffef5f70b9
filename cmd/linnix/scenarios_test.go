package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	corpusList     = "../../scripts/corpus.txt"
	scenarioFolder = "../../scripts/scenarios"
	scenarioDraws  = "testdata/scenario_draws.txt"
)

// corpusRow is one row of scripts/corpus.txt.
type corpusRow struct {
	line                      int
	folder, scenario, variant string
	seed                      int
}

// TestScenarioHelp holds that every scenario says what it does and its bounds, and
// refuses what it does not know.
func TestScenarioHelp(t *testing.T) {
	for _, scenario := range scenarios(t) {
		t.Run(scenario, func(t *testing.T) {
			help := runScenario(t, 0, scenario, "--help")
			head := regexp.MustCompile(`^` + scenario + `\.sh \[--seed N\]( \[[a-z_|]+\])?: .`)
			if !head.MatchString(help) || !strings.Contains(help, "Never more than") {
				t.Errorf("--help says\n%s\nwant %s, and the bounds", help, head)
			}
			runScenario(t, 2, scenario, "--nonsense")
			runScenario(t, 2, scenario, "nonsense")
			runScenario(t, 2, scenario, "--seed", "x")
			runScenario(t, 2, scenario, "--seed")
			for _, seed := range []string{"08", "999999999"} {
				if draw := runScenario(t, 0, scenario, "--draw", "--seed", seed); !strings.Contains(draw, " seed="+strings.TrimPrefix(seed, "0")+" ") {
					t.Errorf("with seed %s it draws %s", seed, draw)
				}
			}
		})
	}
}

// TestScenarioDraws holds what each row of the corpus draws from its seed: a change
// there makes another capture of it.
func TestScenarioDraws(t *testing.T) {
	var got strings.Builder
	for _, row := range corpusRows(t) {
		fmt.Fprintf(&got, "%s: %s", row.folder,
			runScenario(t, 0, row.scenario, "--draw", "--seed", strconv.Itoa(row.seed), row.variant))
	}
	if *update {
		if err := os.WriteFile(scenarioDraws, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(scenarioDraws)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the rows of %s draw\n%s\nwant what %s says; go test ./cmd/linnix -run TestScenarioDraws -update, and record them anew",
			corpusList, got.String(), scenarioDraws)
	}
}

// TestCorpusList holds that the rows of the corpus are distinct and that each scenario
// has one.
func TestCorpusList(t *testing.T) {
	folders, seeds, used := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, row := range corpusRows(t) {
		workload := fmt.Sprint(row.scenario, row.seed)
		if other := max(folders[row.folder], seeds[workload]); other != 0 {
			t.Errorf("line %d has the folder, or the scenario and seed, of line %d", row.line, other)
		}
		folders[row.folder], seeds[workload], used[row.scenario] = row.line, row.line, true
	}
	for _, scenario := range scenarios(t) {
		if !used[scenario] {
			t.Errorf("%s stands in no row of %s", scenario, corpusList)
		}
	}
}

// scenarios lists the programs in scripts/scenarios; what they share is no program.
func scenarios(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, file := range mustGlob(t, filepath.Join(scenarioFolder, "*.sh")) {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode()&0o111 != 0 {
			found = append(found, strings.TrimSuffix(filepath.Base(file), ".sh"))
		}
	}
	if len(found) == 0 {
		t.Fatalf("no program in %s", scenarioFolder)
	}
	return found
}

// runScenario returns what a scenario prints, which must end with the code.
func runScenario(t *testing.T, code int, scenario string, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(scenarioFolder, scenario+".sh"), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("%s %q: %v, want code %d\n%s", scenario, args, err, code, out)
	}
	return string(out)
}

func corpusRows(t *testing.T) []corpusRow {
	t.Helper()
	file, err := os.Open(corpusList)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var rows []corpusRow
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		if len(fields) != 4 || !slices.Contains(scenarios(t), fields[1]) {
			t.Fatalf("%s:%d: want a folder, a scenario of %s, a variant and a seed", corpusList, n, scenarioFolder)
		}
		seed, err := strconv.Atoi(fields[3])
		if err != nil {
			t.Fatalf("%s:%d: %v", corpusList, n, err)
		}
		rows = append(rows, corpusRow{line: n, folder: fields[0], scenario: fields[1], variant: fields[2], seed: seed})
	}
	return rows
}
