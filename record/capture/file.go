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
	if !f.opts.Journal || f.records == 0 || errors.Is(err, errReplaced) {
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
		return errors.Join(f.finishJournal(), f.journal.close())
	}
	if f.room != nil {
		if err := f.room.trim(); err != nil {
			return errors.Join(err, f.out.Close())
		}
	}
	if f.staged == "" && !f.opts.Journal {
		return f.out.Close()
	}
	defer f.out.Close()
	if err := f.out.Sync(); err != nil || f.staged == "" {
		return err
	}
	return f.publish(f.out)
}

func (f *File) finishJournal() error {
	if err := f.publish(f.journal.data.file); err != nil {
		return err
	}
	return f.removeJournal()
}

// publish gives the staged file its name, if it is still the one that was written.
func (f *File) publish(written *os.File) error {
	if !f.place.holds(f.staged, written) {
		return fmt.Errorf("%w: %s; write it again under another name", errReplaced, f.staged)
	}
	return f.place.publish(f.staged, f.opts.Force)
}

// errReplaced: nothing leads to what was written any more.
var errReplaced = errors.New("another program removed or replaced what was being written")

// removeJournal removes what the journal still has in its folder.
func (f *File) removeJournal() error {
	l, err := f.place.leftIn(f.journal.folder, f.place.partial())
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody removed it
	}
	if err != nil {
		return err
	}
	return l.remove()
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
	if f.room != nil {
		errs = append(errs, f.room.trim())
	}
	if f.place != nil { // while it is locked
		errs = append(errs, f.removeUseless(), f.place.close())
	}
	if f.out != nil {
		errs = append(errs, f.out.Close())
	}
	if f.journal != nil {
		errs = append(errs, f.journal.close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("abandon capture: %w", err)
	}
	return nil
}

// removeUseless removes what nobody could read, but nothing of another writer that has
// the name meanwhile.
func (f *File) removeUseless() error {
	switch {
	case f.journal != nil && f.records == 0:
		return f.removeJournal()
	case f.out == nil || !f.place.holds(f.at(), f.out):
		return nil
	case f.opts.Journal && f.records == 0, !f.opts.Journal && f.staged != "":
		return f.place.root.Remove(f.at())
	}
	return nil
}

// at is where the file is written.
func (f *File) at() string {
	if f.staged != "" {
		return f.staged
	}
	return f.place.base
}
