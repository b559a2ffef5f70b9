package rules

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestOriginalTables holds that each row of ORIGINAL.md names a test that is there, and
// that each test of the original has a row.
func TestOriginalTables(t *testing.T) {
	tests := testsHere(t)
	named := make(map[string]bool)
	for _, row := range tableRows(t, "ORIGINAL.md") {
		name := strings.Trim(row[len(row)-1], "`")
		if len(row) != 4 || slices.Contains(row, "") || !slices.Contains(tests, name) {
			t.Errorf("%q: want a behaviour, what the original and linnix do, and a test of this package", row)
		}
		named[name] = true
	}
	for _, name := range tests {
		if strings.HasPrefix(name, "TestOriginal") && name != t.Name() && !named[name] {
			t.Errorf("%s has no row in ORIGINAL.md", name)
		}
	}
}

// tableRows reads the cells of the tables of a file, without their heads.
func tableRows(t *testing.T, name string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	body := false
	for _, line := range strings.Split(string(text), "\n") {
		switch {
		case !strings.HasPrefix(line, "|"):
			body = false
		case strings.HasPrefix(line, "| ---"):
			body = true
		case body:
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s holds no table", name)
	}
	return rows
}

// testsHere lists the tests of this package.
func testsHere(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range declared.FindAllSubmatch(text, -1) {
			names = append(names, string(found[1]))
		}
	}
	return names
}
