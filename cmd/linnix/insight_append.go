package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/linnix-os/linnix/insight"
)

// maxOlder bounds the file that records are added to, which is checked and replaced as a
// whole.
const maxOlder = 256 << 20

// checkAppended makes a usage error of a name that cannot be that of a file of records:
// anything else would be read without end, or be called what it is not.
func checkAppended(name string) error {
	if name == "" {
		return nil
	}
	if extension := filepath.Ext(name); extension != ".jsonl" && extension != ".ndjson" {
		return usagef("insight new: --append: %s is no name of a JSONL file; try --append my.jsonl", name)
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return usagef("insight new: --append: %s is no regular file; without --append the records go to standard output", name)
	}
	return nil
}

// readOlder reads the file that records are added to.
func readOlder(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxOlder+1))
	if err == nil && len(text) > maxOlder {
		err = fmt.Errorf("%s has more than %d MiB; begin another file", name, maxOlder>>20)
	}
	return text, err
}

// addRecords writes records, one a line, behind those that the file has, or to standard
// output if it has no name. What would not be valid is not written, nor is an id twice.
func addRecords(name string, lines []byte, s *stdio) error {
	var older []byte
	if name != "" {
		var err error
		if older, err = readOlder(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return withCode(exitOutput, fmt.Errorf("read what to append to: %w", err))
		}
		if len(older) > 0 && !bytes.HasSuffix(older, []byte("\n")) {
			older = append(older, '\n')
		}
	}
	if err := checkAdded(name, older, lines); err != nil {
		return err
	}
	out, err := openOutput(name, s)
	if err != nil {
		return err
	}
	defer out.discard()
	if _, err := out.Write(append(older, lines...)); err != nil {
		return withOutputCode(err)
	}
	return out.commit()
}

// checkAdded validates what a file holds, and then what comes to it.
func checkAdded(name string, older, lines []byte) error {
	var findings []insight.Finding
	checker, err := insight.NewChecker(func(f insight.Finding) { findings = append(findings, f) }, insight.InTurn)
	if err != nil {
		return err
	}
	if err := checker.File(name, bytes.NewReader(older)); err != nil {
		return err
	}
	if len(findings) > 0 {
		return withCode(exitFailed, fmt.Errorf("%s is not valid as it is; see 'linnix insight validate %s'", name, name))
	}
	if err := checker.File("the new record", bytes.NewReader(lines)); err != nil {
		return err
	}
	if len(findings) > 0 {
		f := findings[0]
		return usagef("insight new: the record %s would not be valid: %s; nothing was written, give other words or another --id", f.Record, f.Problem)
	}
	return nil
}
