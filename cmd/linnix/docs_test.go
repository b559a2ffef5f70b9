package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeExitCodes holds that README.md says the same of every exit code.
func TestReadmeExitCodes(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	flag := regexp.MustCompile("--[a-z-]+")
	for code := range 256 {
		meaning := exitMeaning(code)
		row := fmt.Sprintf("| %d | %s |\n", code, flag.ReplaceAllString(meaning, "`$0`"))
		if meaning != "" && !bytes.Contains(readme, []byte(row)) {
			t.Errorf("README.md lacks the row %q", row)
		}
	}
}

// TestArchitectureFiles holds that every file and folder that the documents name in
// backquotes is there.
func TestArchitectureFiles(t *testing.T) {
	quoted := regexp.MustCompile("`([A-Za-z.]+/[A-Za-z_/.-]*)`")
	for _, document := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "datasets/README.md"} {
		text, err := os.ReadFile(filepath.Join("../..", document))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllSubmatch(text, -1) {
			name := string(m[1])
			placeholder := strings.Contains(name, "NAME") || strings.HasPrefix(name, "bin/")
			_, besideRoot := os.Stat(filepath.Join("../..", name))
			_, besideDocument := os.Stat(filepath.Join("../..", filepath.Dir(document), name))
			if !placeholder && besideRoot != nil && besideDocument != nil {
				t.Errorf("%s names %s, which is not there", document, name)
			}
		}
	}
}
