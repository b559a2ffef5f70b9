package capture

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// What can be wrong with a capture as a whole. The message of the error that wraps
// one names the file and ends in a hint.
var (
	// ErrEmpty: there is no record at all.
	ErrEmpty = errors.New("empty capture")
	// ErrForeign: this is something else than a capture.
	ErrForeign = errors.New("not a linnix capture")
	// ErrVersion: a capture of a format version that this program does not know.
	ErrVersion = errors.New("unknown capture format version")
	// ErrMixed: a folder holds more than one capture, or parts of several formats.
	ErrMixed = errors.New("not the parts of one capture")
	// ErrExtension: a name ends in none of the four extensions.
	ErrExtension = errors.New("unknown capture extension")
)

// What can keep a capture from being written or finished.
var (
	// ErrFull: the disk or a quota is full. The record that met it was not written; a
	// [File] still has room for a few records more and for its end.
	ErrFull = errors.New("disk full")
	// ErrBusy: a recorder is still writing the capture.
	ErrBusy = errors.New("it is still being recorded")
)

// fullError is [ErrFull] as the system put it: ENOSPC or EDQUOT.
type fullError struct{ errno syscall.Errno }

func (e *fullError) Error() string { return e.errno.Error() }

func (e *fullError) Unwrap() []error { return []error{ErrFull, e.errno} }

// asFull returns what err says of a full disk, or nil.
func asFull(err error) error {
	for _, errno := range [...]syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, errno) {
			return &fullError{errno}
		}
	}
	return nil
}

// CorruptError says where a capture is damaged. What stands before the damage was
// returned as it was written.
type CorruptError struct {
	// Name is the file, as it was given.
	Name string
	// Line and Column are the place in JSONL text, both from 1, Column in bytes;
	// 0 where the format has no lines.
	Line, Column int64
	// RowGroup is the place in a Parquet file, from 1; 0 where it has none.
	RowGroup int
	// Offset is the byte offset in the file, or, if Inflated, in the text that the
	// compressed file holds.
	Offset   int64
	Inflated bool
	// Reason says what is wrong, in lower case.
	Reason string
	// Records counts the records before the damage.
	Records int64

	sum     bool   // the line was a record, whose checksum is wrong
	capture string // what to open to read what stands before; Name if empty
}

// Error implements error.
func (e *CorruptError) Error() string {
	var b strings.Builder
	b.WriteString(e.Name)
	switch {
	case e.Line > 0:
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	case e.RowGroup > 0:
		fmt.Fprintf(&b, ": row group %d", e.RowGroup)
	}
	fmt.Fprintf(&b, ": corrupt capture at byte %d", e.Offset)
	if e.Inflated {
		b.WriteString(" of the uncompressed text")
	}
	fmt.Fprintf(&b, ": %s; %s", e.Reason, e.hint())
	return b.String()
}

func (e *CorruptError) hint() string {
	if e.Records == 0 {
		return "no record stands before the damage: give another copy of the file"
	}
	return fmt.Sprintf("to save what stands before the damage (records: %d): linnix capture cat --format json %s > saved%s",
		e.Records, cmp.Or(e.capture, e.Name), JSONL.Extension())
}

// unfinishedError ends a capture that was cut; [Source] turns it into io.EOF.
type unfinishedError struct{ reason string }

func (e *unfinishedError) Error() string { return "unfinished capture: " + e.reason }
