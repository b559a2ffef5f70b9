package capture

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/linnix-os/linnix/schema"
)

// The files of a journal, in the folder NAME.parquet.partial.
const (
	// journalData begins as the finished file does: its row groups, no footer.
	journalData = "data"
	// journalGroups is the log of those row groups. What it does not name is not there.
	journalGroups = "groups"
	// journalTail has the records since the last entry of the log, as JSONL with
	// checksums; the number of entries is its number.
	journalTail = "tail-%d.jsonl"
)

const folderMode = 0o700

// What a journal keeps room for beside the reserve of each file.
const (
	// tailReserveBytes are for the records that end a recording.
	tailReserveBytes = 16 << 10
	// entryReserveBytes are for the entry of one row group.
	entryReserveBytes = 48 << 10
)

// journal writes a Parquet capture so that it can be read before its end. It is a
// [Writer]: Flush makes every record readable, Close leaves the finished file in data.
//
// A record is in the tail or in a row group that the log names, never in both for a
// reader: the entry of a row group is what moves its records from one to the other.
type journal struct {
	folder *os.Root
	data   *room
	groups *room
	tail   *room
	lines  *jsonlWriter // into tail
	table  *parquetWriter
	number int   // of the tail
	open   int64 // bytes of the lines of the open row group
	line   []byte
	// tailless says that the tail could not be kept up with the table, as the disk is
	// full and the recording about to be finished.
	tailless bool
}

// newJournal starts a journal in an empty folder, which it takes over.
func newJournal(folder *os.Root) (*journal, error) {
	j := &journal{folder: folder}
	err := j.create()
	if err == nil {
		j.table, err = newTableWriter(j.data, journalLog{j.groups})
	}
	if err == nil {
		err = j.keepRoom(0)
	}
	if err != nil {
		return nil, errors.Join(err, j.close())
	}
	return j, nil
}

// create makes the files; data, by which a journal is known, comes last.
func (j *journal) create() (err error) {
	if j.groups, err = j.createFile(journalGroups); err != nil {
		return err
	}
	if err = j.startTail(); err != nil {
		return err
	}
	j.data, err = j.createFile(journalData)
	if err == nil {
		lock(j.data.file)
	}
	return err
}

func (j *journal) createFile(name string) (*room, error) {
	file, err := j.folder.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	return newRoom(file), nil
}

func (j *journal) startTail() (err error) {
	j.tail, err = j.createFile(fmt.Sprintf(journalTail, j.number))
	if err != nil {
		return err
	}
	j.tail.reserve = tailReserveBytes
	j.lines = newLineWriter(&counter{Writer: j.tail})
	j.lines.encoder.always = true
	return nil
}

// journalLog is the log of a journal.
type journalLog struct{ *room }

func (l journalLog) reopen() io.Reader { return io.NewSectionReader(l.file, 0, l.size) }

// Write implements [Writer].
func (j *journal) Write(r *schema.Record) error {
	if err := r.Check(); err != nil {
		return err
	}
	j.line = append(j.lines.encoder.Append(j.line[:0], r), '\n')
	if err := checkLine(r, j.line); err != nil {
		return err
	}
	if err := j.keepRoom(int64(len(j.line))); err != nil {
		return err
	}
	if !j.tailless {
		if err := j.lines.write(j.line); err != nil {
			return err
		}
	}
	j.open += int64(len(j.line))
	if err := j.table.add(r); err != nil {
		return err
	}
	if j.table.full() {
		return j.nextGroup()
	}
	return nil
}

// keepRoom makes sure that n bytes more of lines can be written, and whatever will be
// needed to finish the file then. A row group is never longer than its lines, but for
// what each column has of headers.
func (j *journal) keepRoom(n int64) error {
	if err := j.data.keep(j.open + n + groupOverheadBytes + j.table.footerBytes() + entryReserveBytes); err != nil {
		return err
	}
	if err := j.groups.keep(entryReserveBytes); err != nil {
		return err
	}
	err := j.tail.keep(j.lines.unsent() + n)
	if err != nil && j.tail.closing {
		j.tailless, err = true, nil
	}
	return err
}

// beginClosing lets what is written from now on use the reserve.
func (j *journal) beginClosing() {
	j.data.closing, j.groups.closing, j.tail.closing = true, true, true
}

// nextGroup cuts the row group and starts a new tail.
func (j *journal) nextGroup() error {
	if err := j.cut(); err != nil {
		return err
	}
	closing := j.tail.closing
	if err := j.dropTail(); err != nil {
		return err
	}
	j.number++
	if err := j.startTail(); err != nil {
		return err
	}
	j.tail.closing = closing
	return nil
}

// cut moves the records of the tail to a row group. All of them are in the tail first,
// for a row group may fail half-way.
func (j *journal) cut() error {
	if err := j.Flush(); err != nil {
		return err
	}
	j.open = 0
	return j.table.cut()
}

// dropTail removes the tail, of which the log has the records.
func (j *journal) dropTail() error {
	err := j.tail.file.Close()
	j.tail.file = nil
	return errors.Join(err, j.folder.Remove(fmt.Sprintf(journalTail, j.number)))
}

// Flush implements [Writer].
func (j *journal) Flush() error {
	if j.tailless {
		return nil
	}
	return j.lines.Flush()
}

// Size implements [Writer].
func (j *journal) Size() int64 { return j.table.Size() }

// Close implements [Writer]. After an error the journal is as readable as before.
func (j *journal) Close() error {
	j.beginClosing()
	if err := j.cut(); err != nil {
		return err
	}
	if err := j.table.Close(); err != nil {
		return err
	}
	if err := j.data.trim(); err != nil {
		return err
	}
	return j.data.file.Sync()
}

// close lets go of the files.
func (j *journal) close() error {
	var errs []error
	for _, r := range [...]*room{j.groups, j.tail, j.data} {
		if r != nil && r.file != nil {
			errs = append(errs, r.trim(), r.file.Close())
		}
	}
	return errors.Join(append(errs, j.folder.Close())...)
}
