package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/linnix-os/linnix/schema"
)

// partialSuffix is added to the name of a capture that means nothing before Close.
const partialSuffix = ".partial"

// fileMode keeps captures private: command lines hold secrets.
const fileMode fs.FileMode = 0o600

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
	return f.place.removeJournal(f.place.partial())
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
		return f.place.removeJournal(f.place.partial())
	case f.opts.Journal && f.out != nil && f.records == 0:
		return f.place.root.Remove(f.place.base)
	}
	return nil
}
