package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

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
	if staged {
		f.staged = f.place.partial()
	}
	if f.out, err = f.place.root.OpenFile(f.at(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode); err != nil {
		if staged && errors.Is(err, fs.ErrExist) {
			return busyError(f.name)
		}
		return err
	}
	lock(f.out)
	if !f.place.holds(f.at(), f.out) { // removed before it was locked
		return busyError(f.name)
	}
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

// createJournal makes the journal under a name of its own, locked, before it gets the
// one under which others see it: of two recorders one gets that.
func (f *File) createJournal() error {
	unborn := fmt.Sprintf("%s%08x", f.place.unborn(), rand.Uint32())
	if err := f.place.root.Mkdir(unborn, folderMode); err != nil {
		return err
	}
	if err := f.startJournal(unborn); err != nil {
		return errors.Join(err, f.place.removeJournal(unborn))
	}
	return nil
}

func (f *File) startJournal(unborn string) error {
	folder, err := f.place.root.OpenRoot(unborn)
	if err != nil {
		return err
	}
	j, err := newJournal(folder)
	if err != nil {
		return f.tooLittle(err)
	}
	partial := f.place.partial()
	if err := f.place.rename(unborn, partial, false); err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = busyError(f.name)
		}
		return errors.Join(err, j.close())
	}
	f.staged = filepath.Join(partial, journalData)
	f.journal, f.w = j, j
	return nil
}

// tooLittle says what a disk without room for the beginning means.
func (f *File) tooLittle(err error) error {
	if !errors.Is(err, ErrFull) {
		return err
	}
	return fmt.Errorf("%s: %w: too little room to start; free some, or give a name on another disk", f.name, err)
}
