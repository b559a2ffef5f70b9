package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/expect"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// testExtensions are those of test files in a folder.
var testExtensions = []string{".yaml", ".yml", ".toml"}

// loadTests reads the test files that the arguments name. What is wrong in any of them
// is told at once: exit code 5 if all of it is that nothing is tested, else 3.
func loadTests(names []string) ([]expect.Test, error) {
	if len(names) == 0 {
		return nil, usagef("replay test: which tests? give a file or a folder; 'linnix replay test --help' shows one to start from")
	}
	var tests []expect.Test
	var wrong []error
	nothing := true
	for _, name := range names {
		files, err := testFiles(name)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			more, err := loadTestFile(file)
			if err != nil {
				wrong = append(wrong, err)
				nothing = nothing && expect.NothingExpected(err)
			}
			tests = append(tests, more...)
		}
	}
	if len(wrong) > 0 && nothing {
		return nil, withCode(exitNothing, errors.Join(wrong...))
	}
	return tests, withCode(exitRules, errors.Join(wrong...))
}

// testFiles are the files that one argument names.
func testFiles(name string) ([]string, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return testFilesBelow(name)
	case err == nil:
		return []string{name}, nil
	case !hasWildcard(name):
		return nil, withCode(exitRules, fmt.Errorf("open test: %w; 'linnix replay test --help' shows one to start from", err))
	}
	files, err := filepath.Glob(name)
	if err != nil {
		return nil, usagef("replay test: pattern %q: %w; put a \\ before a [ that stands for itself", name, err)
	}
	if len(files) == 0 {
		return nil, withCode(exitNothing, fmt.Errorf("nothing was tested: no file matches %s; put the pattern in quotes and try 'ls'", name))
	}
	return files, nil
}

func hasWildcard(name string) bool { return strings.ContainsAny(name, "*?[") }

// testFilesBelow finds the test files of a folder, in the order of their names: not the
// rule files and expectations that lie beside them.
func testFilesBelow(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder+string(filepath.Separator), func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		// A walk does not follow links: the tests behind one would be left out in silence.
		if info, err := os.Stat(name); err == nil && info.IsDir() && entry.Type()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s is a link to a folder; give that folder as well, and move the link", name)
		} else if err == nil && !info.Mode().IsRegular() {
			return nil
		}
		if !slices.Contains(testExtensions, strings.ToLower(filepath.Ext(name))) {
			return nil
		}
		text, err := readDocument(name)
		if err == nil && expect.HoldsTests(name, text) {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("read tests: %w", err))
	}
	if len(files) == 0 {
		return nil, withCode(exitNothing, fmt.Errorf("nothing was tested: no test file (%s) is below %s; 'linnix replay test --help' shows one",
			strings.Join(testExtensions, ", "), folder))
	}
	return files, nil
}

func loadTestFile(name string) ([]expect.Test, error) {
	text, err := readDocument(name)
	if err != nil {
		return nil, fmt.Errorf("read test: %w", err)
	}
	return expect.LoadTests(name, text, func(file string) ([]rules.Rule, error) {
		return loadRuleFile(beside(name, file))
	})
}

// beside is the name of a file that another one names.
func beside(file, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(file), filepath.FromSlash(name))
}

// readDocument reads a file, and no more of it than tells that it is too large.
func readDocument(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, document.MaxBytes+1))
}

// testCaptures are the captures that a test names. A name without a wildcard is opened
// whether it is there or not: a capture that was left unfinished is found that way too.
func testCaptures(test *expect.Test) ([]string, error) {
	name := beside(test.File, test.Capture)
	if !hasWildcard(test.Capture) {
		return []string{name}, nil
	}
	names, err := filepath.Glob(name)
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("%s:%d: pattern %q: %w; put a \\ before a [ that stands for itself", test.File, test.Line, test.Capture, err))
	}
	if len(names) == 0 {
		return nil, withCode(exitNothing, fmt.Errorf("%s:%d: nothing was tested: no capture matches %s; name one that is there", test.File, test.Line, test.Capture))
	}
	return names, nil
}

// visitRecords reads a source to its end.
func visitRecords(source replay.Source, visit func(r *schema.Record) error) error {
	for {
		r, err := source.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := visit(r); err != nil {
			return err
		}
	}
}
