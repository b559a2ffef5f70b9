// Package capture reads and writes captures on disk: one sequence of records,
// stored as JSONL, compressed JSONL or Parquet behind one pair of interfaces.
// FORMAT.md, beside this file, is the format text.
//
// Invariants:
//
//   - Every format holds the same records. Converting JSONL to Parquet and back
//     gives the same bytes, and the same records always give the same file.
//   - A reader never changes a record: it returns what was written, or an error.
//     Input is untrusted; damage is a [CorruptError], never a panic.
//   - A cut is no damage: a capture that stops early reads as far as it goes,
//     and [Status] says why it is incomplete.
//   - Nothing unfinished ever bears a name that ends in .parquet.
//   - A record is returned when it has been checked: lines of JSONL have checksums, and
//     of compressed text a reader holds each frame until its checksum was found right.
//
// A Parquet file has no footer until it is closed. So a recording writes its row
// groups one by one into a folder NAME.parquet.partial, a journal: beside them lie a
// log of the row groups, from which the footer is made, and the records since the last
// one as lines. [Open] reads that at any moment under the name of the capture; Close
// only adds the footer and renames, so it takes no longer for a long recording; and
// [Recover] finishes what was left by a recorder that died. A row group is cut by its
// records alone, so what is recovered has the bytes that an undisturbed recording
// would have had.
package capture

import (
	"errors"
	"fmt"
	"io"

	"github.com/linnix-os/linnix/schema"
)

// A Reader returns the records of a capture in their order.
type Reader interface {
	// Read returns the next record, or io.EOF after the last. The record is the
	// reader's: it must not be changed, and is valid until the next call. Its
	// strings, lists and Extra may be kept.
	Read() (*schema.Record, error)
	// Close releases what the reader holds, also in the middle of a capture.
	Close() error
}

// A Writer takes the records of a capture in their order. After an error only
// Close is useful.
type Writer interface {
	// Write encodes r before it returns and keeps nothing of it.
	Write(r *schema.Record) error
	// Flush makes every record written so far readable by others, as far as the
	// format allows: a Parquet capture cannot be read before Close, unless it is a
	// [File] with a journal.
	Flush() error
	// Size returns about how many bytes the capture would have if it were closed now:
	// those given out, and an estimate of what is held back. It may be called at any
	// time, and costs nothing.
	Size() int64
	// Close finishes the capture. It does not close an io.Writer it was given.
	Close() error
}

// Copy writes the records of src to dst until io.EOF and returns how many there
// were. It closes neither. An unfinished capture stays unfinished.
func Copy(dst Writer, src Reader) (n int64, err error) {
	for {
		r, err := src.Read()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if err := dst.Write(r); err != nil {
			return n, fmt.Errorf("write record %d: %w", n, err)
		}
		n++
	}
}
