package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// Source is an open capture of any format: a [Reader] that has checked that this is
// a capture it knows, and that counts what it passes on. It is not safe for
// concurrent use.
type Source struct {
	name   string
	format Format
	parts  []string // files still to be opened
	from   Reader
	live   func() bool // a recorder is still writing; nil for a stream
	// wasLive says that one was when the source was opened.
	wasLive bool
	bytes   int64
	meta    identity
	ended   bool
	status  Status
	err     error // sticky: io.EOF or what ended the reading
}

// Status says how complete a capture is, as far as it has been read.
type Status struct {
	// AtEnd says that Read returned io.EOF: all that follows is final.
	AtEnd bool
	// Complete says that the last record is an end record; false before AtEnd.
	Complete bool
	// Reason says why the capture is not complete; empty if it is, and before AtEnd.
	Reason string
	// Records counts the records read.
	Records int64
	// UnknownFields counts the members of records that this version does not know.
	UnknownFields int64
	// UnknownTypes counts the records of a type that this version does not know.
	UnknownTypes int64
}

// identity tells two captures of one boot apart: the offset is fixed for a capture.
type identity struct {
	bootID string
	offset schema.Opt[int64]
}

// Open opens a capture file, or a folder whose files are the parts of one capture
// in name order. The format is told by content, not by name. The caller closes the
// source.
//
// A recording of that name that is not finished is opened as far as it goes, wherever
// its parts lie, and wins over an older capture that it was to replace.
//
// Errors, here and from Read: [fs.ErrNotExist], [ErrEmpty], [ErrForeign],
// [ErrVersion], [ErrMixed] and [*CorruptError].
func Open(name string) (*Source, error) {
	s, err := openUnfinished(name)
	if s != nil || err != nil {
		return s, err
	}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missingError(name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open capture: %w", err)
	}
	s = &Source{name: name, parts: []string{name}}
	if info.IsDir() {
		if s.parts, err = listParts(name); err != nil {
			return nil, err
		}
	}
	if err := s.nextPart(); err != nil {
		return nil, err
	}
	return s, nil
}

// openUnfinished opens the journal of a Parquet recording by the name of the capture
// or of the journal's folder. It returns nil if there is none.
func openUnfinished(name string) (*Source, error) {
	finished := strings.TrimSuffix(filepath.Clean(name), partialSuffix)
	if format, err := FormatOf(finished); err != nil || !formats[format].staged {
		return nil, nil
	}
	from, err := openJournal(finished+partialSuffix, finished)
	if from == nil || err != nil {
		return nil, err
	}
	if err := from.start(); err != nil {
		return nil, errors.Join(err, from.Close())
	}
	return &Source{name: name, format: Parquet, from: from, live: from.live, wasLive: from.live(), bytes: from.size()}, nil
}

// NewReader reads a capture from a stream, such as standard input; name is for
// messages. A JSONL record is returned as soon as its line has come. A Parquet
// capture is read from its end: one that comes through a pipe is first copied to a
// temporary file without a name. Closing the source does not close r.
func NewReader(r io.Reader, name string) (*Source, error) {
	s := &Source{name: name}
	if err := s.openPart(r, name); err != nil {
		return nil, err
	}
	return s, nil
}

// missingError says more than that a file is missing when its conversion has not been
// finished.
func missingError(name string, err error) error {
	if info, statErr := os.Stat(name + partialSuffix); statErr == nil && !info.IsDir() {
		return fmt.Errorf("open capture: %w; a conversion to it runs still, or was ended: then type linnix capture convert --force IN %s", err, name)
	}
	return fmt.Errorf("open capture: %w", err)
}

// Name returns the name the capture was opened under.
func (s *Source) Name() string { return s.name }

// Format returns the format of the capture.
func (s *Source) Format() Format { return s.format }

// Bytes returns the size of the files opened so far; 0 for a pipe.
func (s *Source) Bytes() int64 { return s.bytes }

// Status says how complete the capture is, as far as it has been read.
func (s *Source) Status() Status { return s.status }

// Read implements [Reader]. A capture that was cut ends in io.EOF like a whole one:
// [Source.Status] tells them apart.
func (s *Source) Read() (*schema.Record, error) {
	if s.err != nil {
		return nil, s.err
	}
	r, err := s.read()
	if err != nil {
		var corrupt *CorruptError
		if errors.As(err, &corrupt) {
			corrupt.Records, corrupt.capture = s.status.Records, s.name
		}
		s.err = err
		return nil, err
	}
	return r, nil
}

func (s *Source) read() (*schema.Record, error) {
	r, err := s.from.Read()
	for err != nil && errors.Is(err, io.EOF) && len(s.parts) > 0 {
		if r, err = s.readNextPart(); r == nil && err == nil {
			r, err = s.from.Read()
		}
	}
	if err != nil {
		return nil, s.finish(err)
	}
	if err := s.check(r); err != nil {
		return nil, err
	}
	s.count(r)
	return r, nil
}

// finish settles the status at the end of what can be read.
func (s *Source) finish(err error) error {
	var cut *unfinishedError
	switch {
	case errors.As(err, &cut) && len(s.parts) > 0:
		return &CorruptError{Name: s.name, Reason: cut.reason + " in a part that is not the last"}
	case s.status.Records == 0 && (cut != nil || errors.Is(err, io.EOF)):
		return emptyError(s.name)
	case s.status.Records == 0:
		return s.foreign(err)
	case cut == nil && !errors.Is(err, io.EOF):
		return err
	case s.ended: // whatever was cut behind it
	case s.live != nil && s.live():
		s.status.Reason = ErrBusy.Error()
	case s.wasLive:
		s.status.Reason = "it was still being recorded when it was opened"
	case cut != nil:
		s.status.Reason = cut.reason
	case s.live != nil:
		s.status.Reason = "no end record: the recorder died"
	default:
		s.status.Reason = "no end record: the recorder died or is still running"
	}
	s.status.AtEnd, s.status.Complete = true, s.status.Reason == ""
	return io.EOF
}

// foreign takes text that is no record from its first line on for something else
// than a capture.
func (s *Source) foreign(err error) error {
	var corrupt *CorruptError
	if errors.As(err, &corrupt) && corrupt.Line == 1 && !corrupt.sum {
		return fmt.Errorf("%s:1:%d: %w: %s; give a file that `linnix record` wrote", s.name, corrupt.Column, ErrForeign, corrupt.Reason)
	}
	return err
}

// check holds what is true of every capture: it begins with a meta record of a
// known version and has no other, and nothing follows its end record.
func (s *Source) check(r *schema.Record) error {
	switch {
	case s.ended:
		return fmt.Errorf("%s: %w: a %s record follows the end record; give captures as files of their own", s.name, ErrMixed, r.Type)
	case s.status.Records > 0 && r.Type == schema.TypeMeta:
		return fmt.Errorf("%s: %w: record %d is another meta record; give captures as files of their own", s.name, ErrMixed, s.status.Records)
	case s.status.Records > 0:
		return nil
	}
	switch {
	case r.Type != schema.TypeMeta:
		return fmt.Errorf("%s: %w: its first record is of type %q, not meta; give a file that `linnix record` wrote", s.name, ErrForeign, schema.Clip(string(r.Type), 40))
	case r.Format.Or(schema.Format) != schema.Format:
		return fmt.Errorf("%s: %w: its format is %q; give a file that `linnix record` wrote", s.name, ErrForeign, schema.Clip(r.Format.V, 40))
	case r.FormatVersion.Or(schema.FormatVersion) != schema.FormatVersion:
		return fmt.Errorf("%s: %w %d: this linnix knows version %d; use the linnix that recorded it", s.name, ErrVersion, r.FormatVersion.V, schema.FormatVersion)
	}
	s.meta = identityOf(r)
	return nil
}

func identityOf(meta *schema.Record) identity {
	return identity{bootID: meta.BootID.V, offset: meta.WallOffsetNs}
}

func (s *Source) count(r *schema.Record) {
	s.status.Records++
	s.ended = r.Type == schema.TypeEnd
	if len(r.Extra) > 0 {
		var members map[string]json.RawMessage
		// What is no object is no member either: nothing to count.
		_ = json.Unmarshal(r.Extra, &members)
		s.status.UnknownFields += int64(len(members))
	}
	if r.Type.Index() < 0 {
		s.status.UnknownTypes++
	}
}

// Close implements [Reader].
func (s *Source) Close() error {
	if s.err == nil {
		s.err = fmt.Errorf("read %s: %w", s.name, fs.ErrClosed)
	}
	s.parts = nil
	if s.from == nil {
		return nil
	}
	from := s.from
	s.from = nil
	return from.Close()
}
