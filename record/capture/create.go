package capture

import (
	"errors"
	"fmt"
	"io/fs"
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
