package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// stdoutName is the name of a file that means standard output.
const stdoutName = "-"

// output is where a report goes: a stream, or a file that appears under its name only
// once it is whole. A report replaces an older one; errors have exit code 8.
type output struct {
	*bufio.Writer
	to   *outlet
	file *os.File // nil for standard output
	temp string   // the name until commit; empty if written in place
	name string
	// live pushes each line through at once.
	live bool
	// columns is the width of the terminal; 0 for anything else.
	columns int
}

// openOutput opens a report for writing; "-" and "" are standard output, and so is the
// file that standard output was sent to. A name that is no regular file, such as
// /dev/null or a pipe, is written in place. The caller calls commit at the end, and
// defers discard.
func openOutput(name string, s *stdio) (*output, error) {
	if name == "" || sameOutput(name, stdoutName, s) {
		o := newOutput(s.out)
		o.name, o.live, o.columns = stdoutName, true, terminalColumns(s.out)
		return o, nil
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, outputError(err)
		}
		o := newOutput(file)
		o.file, o.name = file, name
		return o, nil
	}
	return openReplacement(name)
}

// openReplacement opens a file that takes the place of name when it is committed. A
// symbolic link stays one, and an older report's permissions remain. A new report is
// private, for it quotes command lines.
func openReplacement(name string) (*output, error) {
	if _, err := os.Lstat(name); err == nil {
		if name, err = filepath.EvalSymlinks(name); err != nil {
			return nil, outputError(err)
		}
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.tmp")
	if err != nil {
		return nil, outputError(err)
	}
	o := newOutput(file)
	o.file, o.temp, o.name = file, file.Name(), name
	if older, err := os.Stat(name); err == nil {
		if err := file.Chmod(older.Mode().Perm()); err != nil {
			o.discard()
			return nil, outputError(err)
		}
	}
	return o, nil
}

// openVerdict opens standard output for what ends in a verdict: a reader that leaves
// early ends the text, and not the exit code.
func openVerdict(s *stdio) (*output, error) {
	out, err := openOutput(stdoutName, s)
	if err == nil {
		out.outlive()
	}
	return out, err
}

// outlive keeps a verdict that is still to come from being lost with the reader of a pipe.
func (o *output) outlive() { o.to.patient = true }

func newOutput(w io.Writer) *output {
	to := &outlet{Writer: w}
	return &output{Writer: bufio.NewWriter(to), to: to}
}

// outlet is the end of an output. If patient, it drops what comes once its reader has
// gone, in place of failing.
type outlet struct {
	io.Writer
	patient, gone bool
}

func (o *outlet) Write(p []byte) (int, error) {
	if o.gone {
		return len(p), nil
	}
	n, err := o.Writer.Write(p)
	if o.patient && errors.Is(err, syscall.EPIPE) {
		o.gone = true
		return len(p), nil
	}
	return n, err
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

// answer writes a short answer to standard output.
func answer(s *stdio, write func(w io.Writer)) error {
	out := bufio.NewWriter(s.out)
	write(out)
	return withOutputCode(out.Flush())
}

func outputError(err error) error {
	return withCode(exitOutput, fmt.Errorf("create output: %w; give a name in a folder that you may write to, such as /tmp", err))
}

func withOutputCode(err error) error {
	if err == nil {
		return nil
	}
	return withCode(exitOutput, fmt.Errorf("write output: %w", err))
}
