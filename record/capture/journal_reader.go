package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/linnix-os/linnix/schema"
)

// journalReader reads what a journal holds: the row groups that the log names, then
// the tail. It is a snapshot: a recorder may go on beside it.
type journalReader struct {
	folder string
	name   string // of the capture, for messages
	data   *os.File
	groups *os.File
	tail   *os.File // nil if there is none
	totals logTotals
	damage *CorruptError // of the log, behind the row groups of totals
	from   []Reader      // still to be read, in their order
}

func (r *journalReader) tailName() string {
	return filepath.Join(r.folder, fmt.Sprintf(journalTail, r.totals.groups))
}

// reopen implements the reading half of groupLog.
func (r *journalReader) reopen() io.Reader {
	if r.groups == nil {
		return new(bytes.Reader)
	}
	return io.NewSectionReader(r.groups, 0, maxLogBytes)
}

// maxLogBytes bounds a log; it is more than a footer may have.
const maxLogBytes = maxFooterBytes

// Write implements io.Writer for groupLog; a log that is read is never written.
func (r *journalReader) Write([]byte) (int, error) { return 0, fs.ErrPermission }

// inPlace says that the data are still those of the folder.
func (r *journalReader) inPlace() bool {
	return sameFile(r.data, filepath.Join(r.folder, journalData))
}

// published says that the data have the name of the capture already.
func (r *journalReader) published() bool { return sameFile(r.data, r.name) }

func sameFile(file *os.File, name string) bool {
	info, err := file.Stat()
	other, otherErr := os.Stat(name)
	return err == nil && otherErr == nil && os.SameFile(info, other)
}

// live says that a recorder is still writing.
func (r *journalReader) live() bool { return isLocked(r.data) }

// size returns the bytes of what is read.
func (r *journalReader) size() int64 {
	size := r.totals.end
	if r.tail != nil {
		if info, err := r.tail.Stat(); err == nil {
			size += info.Size()
		}
	}
	return size
}

// start makes the readers of the row groups and of the tail.
func (r *journalReader) start() error {
	if r.totals.groups > 0 {
		table, err := r.table()
		if err != nil {
			return err
		}
		r.from = append(r.from, table)
	}
	switch {
	case r.damage != nil:
		r.from = append(r.from, &failingReader{r.damage})
		return nil
	case r.tail == nil:
		return nil
	}
	in, err := newInput(r.tail, r.tailName())
	if err != nil {
		return err
	}
	lines := newJSONLReader(in, in)
	lines.sums = sumsRequired
	r.from = append(r.from, lines)
	return nil
}

// table reads the row groups with a footer as the finished file would have it.
func (r *journalReader) table() (Reader, error) {
	footer := new(bytes.Buffer)
	if err := writeFooter(footer, r, r.totals.groups); err != nil {
		return nil, fmt.Errorf("read %s: %w", r.folder, err)
	}
	info, err := r.data.Stat()
	if err != nil {
		return nil, fmt.Errorf("open capture: %w", err)
	}
	if info.Size() < r.totals.end {
		return nil, &CorruptError{Name: r.data.Name(), Offset: info.Size(), RowGroup: r.totals.groups,
			Reason: fmt.Sprintf("it is cut: the log of row groups goes on to byte %d", r.totals.end)}
	}
	table := &parquetReader{name: r.data.Name(),
		from: &joinedFile{head: r.data, end: r.totals.end, tail: footer.Bytes()}}
	if err := table.open(r.totals.end + int64(footer.Len())); err != nil {
		return nil, errors.Join(err, table.Close())
	}
	return newAheadReader(table), nil
}

// Read implements [Reader].
func (r *journalReader) Read() (*schema.Record, error) {
	for len(r.from) > 0 {
		record, err := r.from[0].Read()
		if !errors.Is(err, io.EOF) {
			return record, err
		}
		if err := r.from[0].Close(); err != nil {
			return nil, err
		}
		r.from = r.from[1:]
	}
	return nil, io.EOF
}

// Close implements [Reader].
func (r *journalReader) Close() error {
	var errs []error
	for _, from := range r.from {
		errs = append(errs, from.Close())
	}
	r.from = nil
	return errors.Join(append(errs, r.closeFiles())...)
}

func (r *journalReader) closeFiles() error {
	var errs []error
	for _, file := range [...]*os.File{r.data, r.groups, r.tail} {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	return errors.Join(errs...)
}

// failingReader has no record, only an error.
type failingReader struct{ err error }

func (r *failingReader) Read() (*schema.Record, error) { return nil, r.err }

func (r *failingReader) Close() error { return nil }

// joinedFile is the beginning of a file with a tail from memory behind it.
type joinedFile struct {
	head io.ReaderAt
	end  int64
	tail []byte
}

// ReadAt implements io.ReaderAt.
func (f *joinedFile) ReadAt(p []byte, at int64) (n int, err error) {
	if at < f.end {
		n, err = f.head.ReadAt(p[:min(int64(len(p)), f.end-at)], at)
		if err != nil && !errors.Is(err, io.EOF) || n == len(p) {
			return n, err
		}
		if int64(n) < f.end-at {
			return n, io.ErrUnexpectedEOF
		}
	}
	m, err := bytes.NewReader(f.tail).ReadAt(p[n:], at+int64(n)-f.end)
	return n + m, err
}
