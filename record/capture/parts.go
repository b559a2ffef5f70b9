package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/linnix-os/linnix/schema"
)

// maxParts bounds how many files a folder may hold of one capture.
const maxParts = 1 << 16

// listParts returns the files of a folder that are parts of one capture, in name
// order: all regular files with a capture's extension, which must be one and the
// same. Other files may lie beside them.
func listParts(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("open capture: %w", err)
	}
	var parts []string
	var format Format
	for _, entry := range entries {
		of, err := FormatOf(entry.Name())
		if err != nil {
			continue
		}
		part := filepath.Join(folder, entry.Name())
		// A part may be a link to a file.
		info, err := os.Stat(part)
		if err != nil {
			return nil, fmt.Errorf("open capture: %w", err)
		}
		if !info.Mode().IsRegular() {
			continue
		}
		if len(parts) > 0 && of != format {
			return nil, fmt.Errorf("%s: %w: it holds %s and %s; give a file, such as %s", folder, ErrMixed, format, of, parts[0])
		}
		format = of
		parts = append(parts, part)
	}
	switch {
	case len(parts) == 0:
		return nil, fmt.Errorf("%s: %w: the folder holds no %s file", folder, ErrEmpty, extensions())
	case len(parts) > maxParts:
		return nil, fmt.Errorf("%s: %w: more than %d files", folder, ErrMixed, maxParts)
	}
	return parts, nil
}

// nextPart opens the next of the parts that are left.
func (s *Source) nextPart() error {
	name := s.parts[0]
	s.parts = s.parts[1:]
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open capture: %w", err)
	}
	if err := s.openPart(file, name); err != nil {
		return errors.Join(err, file.Close())
	}
	s.from = &fileReader{Reader: s.from, file: file}
	s.live = func() bool { return isLocked(file) }
	s.wasLive = s.live()
	return nil
}

func (s *Source) openPart(r io.Reader, name string) error {
	in, err := newInput(r, name)
	if err != nil {
		return err
	}
	format, err := in.sniff()
	if err != nil {
		return err
	}
	from, err := formats[format].newReader(in)
	if isCut(err) {
		return emptyError(name)
	}
	if err != nil {
		return err
	}
	s.format, s.from = format, from
	s.bytes += in.size
	return nil
}

// fileReader closes the file that its Reader reads from.
type fileReader struct {
	Reader
	file *os.File
}

func (r *fileReader) Close() error { return errors.Join(r.Reader.Close(), r.file.Close()) }

// readNextPart returns the first record of the next part, or nil if that repeats
// the meta record of the capture: then it only frames the part.
func (s *Source) readNextPart() (*schema.Record, error) {
	if err := s.from.Close(); err != nil {
		return nil, err
	}
	name := s.parts[0]
	err := s.nextPart()
	if errors.Is(err, ErrEmpty) {
		return nil, &unfinishedError{name + " is empty"}
	}
	if err != nil {
		return nil, err
	}
	r, err := s.from.Read()
	if err != nil || r.Type != schema.TypeMeta {
		return r, err
	}
	if identityOf(r) != s.meta {
		return nil, fmt.Errorf("%s: %w: %s begins another capture; give them one by one", s.name, ErrMixed, name)
	}
	return nil, nil
}
