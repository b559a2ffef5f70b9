package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// input is what one capture file is read from: a stream that knows where it is and
// what it starts with, and, if it is a regular file, the file itself.
type input struct {
	name   string
	in     *bufio.Reader
	file   *os.File // nil unless it is a regular file, which can be read anywhere
	size   int64    // of file
	offset int64    // in the stream
	failed error    // what reading failed with, other than io.EOF
}

// newInput reads from r. It reads ahead no further than one read of r gives.
func newInput(r io.Reader, name string) (*input, error) {
	in := &input{name: name, in: bufio.NewReader(r)}
	file, ok := r.(*os.File)
	if !ok {
		return in, nil
	}
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("open capture: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("open capture: %s is a folder", name)
	}
	if info.Mode().IsRegular() {
		in.file, in.size = file, info.Size()
	}
	return in, nil
}

// Read implements io.Reader.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.in.Read(p)
	in.offset += int64(n)
	return n, in.keep(err)
}

func (in *input) keep(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	in.failed = fmt.Errorf("read %s: %w", in.name, err)
	return in.failed
}

// sniff tells the format by how the stream starts.
func (in *input) sniff() (Format, error) {
	// Blank space may come first in JSONL, but no capture of ours starts so.
	start, err := in.in.Peek(1)
	if err == nil && start[0] != formats[JSONL].magic[0] {
		start, err = in.in.Peek(maxMagic)
	}
	if len(start) == 0 {
		if err = in.keep(err); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		return 0, emptyError(in.name)
	}
	f, ok := formatOfContent(start)
	if !ok {
		return 0, fmt.Errorf("%s: %w: it starts with %q; give a file that `linnix record` wrote", in.name, ErrForeign, start)
	}
	return f, nil
}

func emptyError(name string) error {
	return fmt.Errorf("%s: %w: it holds no whole record; record one with `linnix record -d 10s`", name, ErrEmpty)
}
