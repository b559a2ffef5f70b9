package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// stdoutName is the name of a file that means standard output.
const stdoutName = "-"

// output is where a report goes: a stream, or a file that appears under its name only
// once it is whole. A report replaces an older one; errors have exit code 8.
type output struct {
	*bufio.Writer
	file *os.File // nil for standard output
	temp string   // the name until commit; empty if written in place
	name string
	// live pushes each line through at once.
	live bool
	// columns is the width of the terminal; 0 for anything else.
	columns int
}

// openOutput opens a report for writing; "-" and "" are standard output. A name that
// is no regular file, such as /dev/null or a pipe, is written in place. The caller
// calls commit at the end, and defers discard.
func openOutput(name string, s *stdio) (*output, error) {
	if name == "" || name == stdoutName {
		return &output{Writer: bufio.NewWriter(s.out), live: true, columns: terminalColumns(s.out)}, nil
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, outputError(err)
		}
		return &output{Writer: bufio.NewWriter(file), file: file, name: name}, nil
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.tmp")
	if err != nil {
		return nil, outputError(err)
	}
	return &output{Writer: bufio.NewWriter(file), file: file, temp: file.Name(), name: name}, nil
}

// line writes one line, which ends in a newline. On standard output it is there at
// once, for whoever watches.
func (o *output) line(text []byte) error {
	_, err := o.Write(text)
	if o.live && err == nil {
		err = o.Flush()
	}
	return withOutputCode(err)
}

// terminalColumns returns the width of a terminal, and 0 for anything else.
func terminalColumns(w any) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}

// commit finishes the report and gives it its name.
func (o *output) commit() error {
	err := o.Flush()
	if o.file != nil {
		err = errors.Join(err, o.file.Close())
		o.file = nil
	}
	if err == nil && o.temp != "" {
		err = os.Rename(o.temp, o.name)
		if err == nil {
			o.temp = ""
		}
	}
	return withOutputCode(err)
}

// discard removes what was written so far; after commit it does nothing.
func (o *output) discard() {
	if o.file != nil {
		o.file.Close()
	}
	if o.temp != "" {
		os.Remove(o.temp)
	}
}

func outputError(err error) error {
	return withCode(exitOutput, fmt.Errorf("create output: %w; choose a folder you may write to with a flag such as -o", err))
}

func withOutputCode(err error) error {
	if err == nil {
		return nil
	}
	return withCode(exitOutput, fmt.Errorf("write output: %w", err))
}
