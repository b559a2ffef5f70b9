package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/linnix-os/linnix/schema"
)

// partialSuffix is added to the name of a capture that means nothing before Close.
const partialSuffix = ".partial"

// fileMode keeps captures private: command lines hold secrets.
const fileMode fs.FileMode = 0o600

// CreateOptions says how Create treats what is there already, and what becomes of the
// capture if its writer dies.
type CreateOptions struct {
	// Force replaces an existing capture and whatever an earlier recording left, but
	// nothing that a recorder is still writing.
	Force bool
	// Journal is for recordings. What was flushed can be read by [Open] under the name
	// of the capture whatever happens to this process, in every format; and room is
	// kept on the disk to finish the capture when the disk is full: see [ErrFull].
	// Without it, a Parquet capture that is not closed leaves nothing.
	Journal bool
}

// File is a capture being written to a named file. It is a [Writer] whose Close
// finishes the file under its name. It is not safe for concurrent use.
type File struct {
	name    string
	format  Format
	opts    CreateOptions
	place   *place   // nil if it is written in place
	staged  string   // the file in place that Close gives the name; empty if it has it
	out     *os.File // nil with a journal
	room    *room    // of out; nil if none is kept
	journal *journal // nil but for a Parquet capture with one
	w       Writer
	records int64
	failed  error
	closed  bool
}

// Create starts a capture in the format that name's extension tells, readable by
// its owner only. It never overwrites: the error then wraps [fs.ErrExist], unless
// opts.Force. A target that is no regular file, such as /dev/null or a pipe, is
// written in place, as JSONL if its name has no known extension.
func Create(name string, opts CreateOptions) (*File, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return createInPlace(name, info)
	}
	format, err := FormatOf(name)
	if err != nil {
		return nil, err
	}
	f := &File{name: name, format: format, opts: opts}
	if f.place, err = openPlace(name); err != nil {
		return nil, fmt.Errorf("create capture: %w", err)
	}
	err = f.place.clear(name, opts.Force, formats[format].staged)
	if err == nil {
		err = f.create()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create capture: %w", err), f.Abandon())
	}
	return f, nil
}

func createInPlace(name string, info fs.FileInfo) (*File, error) {
	if info.IsDir() {
		return nil, fmt.Errorf("create capture: %s is a folder; give a file in it, such as %s/x%s", name, name, Parquet.Extension())
	}
	format, err := FormatOf(name)
	if err != nil {
		format = JSONL
	}
	out, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("create capture: %w", err)
	}
	f := &File{name: name, format: format, out: out}
	if f.w, err = NewWriter(out, format); err != nil {
		return nil, errors.Join(err, f.Abandon())
	}
	return f, nil
}

// create makes the file, or the folder of the journal, and the writer into it.
func (f *File) create() (err error) {
	staged := formats[f.format].staged
	if staged && f.opts.Journal {
		return f.createJournal()
	}
	at := f.place.base
	if staged {
		f.staged = f.place.partial()
		at = f.staged
	}
	if f.out, err = f.place.root.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode); err != nil {
		return err
	}
	lock(f.out)
	if !f.opts.Journal {
		f.w, err = NewWriter(f.out, f.format)
		return err
	}
	f.room = newRoom(f.out)
	if err := f.room.keep(0); err != nil {
		return f.tooLittle(err)
	}
	if f.w, err = NewWriter(f.room, f.format); err == nil {
		f.w.(*jsonlWriter).room = f.room
	}
	return err
}

func (f *File) createJournal() error {
	folder := f.place.partial()
	if err := f.place.root.Mkdir(folder, folderMode); err != nil {
		return err
	}
	f.staged = filepath.Join(folder, journalData)
	root, err := f.place.root.OpenRoot(folder)
	if err != nil {
		return err
	}
	if f.journal, err = newJournal(root); err != nil {
		return f.tooLittle(err)
	}
	f.w = f.journal
	return nil
}

// tooLittle says what a disk without room for the beginning means.
func (f *File) tooLittle(err error) error {
	if !errors.Is(err, ErrFull) {
		return err
	}
	return fmt.Errorf("%s: %w: too little room to start; free some, or give a name on another disk", f.name, err)
}

// Name returns the name the file was created under.
func (f *File) Name() string { return f.name }

// Format returns the format it is written in.
func (f *File) Format() Format { return f.format }

// Size implements [Writer].
func (f *File) Size() int64 { return f.w.Size() }

// Write implements [Writer]. After an [ErrFull], which is returned for a record that
// was not written, a file with a journal takes more records as long as its reserve
// lasts: those that end a recording; and Close finishes the capture.
func (f *File) Write(r *schema.Record) error {
	err := f.w.Write(r)
	if err == nil {
		f.records++
		return nil
	}
	return f.keep(err)
}

// Flush implements [Writer].
func (f *File) Flush() error { return f.keep(f.w.Flush()) }

func (f *File) keep(err error) error {
	if err == nil {
		return nil
	}
	// The name the user gave is the one to tell, and once.
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if errors.Is(err, ErrFull) {
		f.beginClosing()
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	if full := asFull(err); full != nil {
		err = full
	}
	f.failed = fmt.Errorf("write %s: %w", f.name, err)
	return f.failed
}

// beginClosing lets what is written from now on use the reserve.
func (f *File) beginClosing() {
	switch {
	case f.journal != nil:
		f.journal.beginClosing()
	case f.room != nil:
		f.room.closing = true
	}
}

// Close finishes the capture. A Parquet capture appears under its name only now, and
// only if every write succeeded. If not, what was written stays as an unfinished
// capture, but of a Parquet capture without a journal nothing stays. Closing twice is
// an error of [fs.ErrClosed].
func (f *File) Close() error {
	if f.closed {
		return fmt.Errorf("close %s: %w", f.name, fs.ErrClosed)
	}
	if f.failed == nil {
		f.beginClosing()
		if err := f.w.Close(); err != nil {
			f.failed = f.keep(err)
		}
	}
	if f.failed != nil {
		return errors.Join(f.left(f.failed), f.Abandon())
	}
	f.closed = true
	if err := f.finish(); err != nil {
		return f.left(f.keep(err))
	}
	return nil
}

// left adds to an error what there is of the capture in spite of it.
func (f *File) left(err error) error {
	if !f.opts.Journal || f.records == 0 {
		return err
	}
	return fmt.Errorf("%w; what was recorded can be read; finish it with: linnix capture recover %s", err, f.name)
}

// finish gives the written file its name. The data are on the disk before the name is,
// or a crash could leave the name without them.
func (f *File) finish() error {
	if f.place == nil {
		return f.out.Close()
	}
	defer f.place.close()
	if f.journal != nil {
		err := f.place.publish(f.staged, f.opts.Force)
		return errors.Join(err, f.journal.close(), f.removeJournal(err))
	}
	if f.room != nil {
		if err := f.room.trim(); err != nil {
			return errors.Join(err, f.out.Close())
		}
	}
	if f.staged == "" {
		return f.out.Close()
	}
	if err := errors.Join(f.out.Sync(), f.out.Close()); err != nil {
		return err
	}
	return f.place.publish(f.staged, f.opts.Force)
}

// removeJournal removes the folder that the finished file has left.
func (f *File) removeJournal(published error) error {
	if published != nil {
		return nil
	}
	return f.place.root.RemoveAll(f.place.partial())
}

// Abandon stops without finishing. What was written stays, as an unfinished capture;
// but nothing stays of a capture without a record, and of a Parquet capture without a
// journal, which nobody could read. After Close it does nothing, so it can be deferred.
func (f *File) Abandon() error {
	if f.closed {
		return nil
	}
	f.closed = true
	var errs []error
	if f.w != nil && f.opts.Journal && f.failed == nil {
		errs = append(errs, f.w.Flush())
	}
	if f.out != nil {
		if f.room != nil {
			errs = append(errs, f.room.trim())
		}
		errs = append(errs, f.out.Close())
	}
	if f.journal != nil {
		errs = append(errs, f.journal.close())
	}
	if f.place != nil {
		errs = append(errs, f.removeUseless(), f.place.close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("abandon capture: %w", err)
	}
	return nil
}

// removeUseless removes what nobody could read.
func (f *File) removeUseless() error {
	switch {
	case f.journal == nil && f.staged != "" && !f.opts.Journal && f.out != nil:
		return f.place.root.Remove(f.staged)
	case f.opts.Journal && f.staged != "" && f.records == 0:
		return f.place.root.RemoveAll(f.place.partial())
	case f.opts.Journal && f.out != nil && f.records == 0:
		return f.place.root.Remove(f.place.base)
	}
	return nil
}
