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

// CreateOptions says how Create treats what is there already.
type CreateOptions struct {
	// Force replaces an existing capture and whatever an earlier recording left.
	Force bool
}

// File is a capture being written to a named file. It is a [Writer] whose Close
// finishes the file under its name. It is not safe for concurrent use.
type File struct {
	name    string
	partial string // where it is written until Close; empty if under its name
	force   bool
	format  Format
	out     *os.File
	w       Writer
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
	f := &File{name: name, format: format, force: opts.Force}
	if formats[format].staged {
		f.partial = name + partialSuffix
	}
	if err := f.makeRoom(); err != nil {
		return nil, err
	}
	f.out, err = os.OpenFile(f.writtenTo(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, fmt.Errorf("create capture: %w", err)
	}
	return f.start()
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
	return f.start()
}

// makeRoom refuses what is in the way, or removes it under Force. A file is removed,
// not truncated: a capture that is being read under the same name stays whole for
// its reader. A finished name is left in place if Close will replace it.
func (f *File) makeRoom() error {
	for _, name := range [...]string{f.name, f.name + partialSuffix} {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if !f.force {
			return fmt.Errorf("create capture: %s: %w; choose another name, or replace it with --force", name, fs.ErrExist)
		}
		if name == f.name && f.partial != "" {
			continue
		}
		if err := os.RemoveAll(name); err != nil {
			return fmt.Errorf("replace capture: %w", err)
		}
	}
	return nil
}

func (f *File) start() (*File, error) {
	w, err := NewWriter(f.out, f.format)
	if err != nil {
		return nil, errors.Join(err, f.Abandon())
	}
	f.w = w
	return f, nil
}

func (f *File) writtenTo() string {
	if f.partial != "" {
		return f.partial
	}
	return f.name
}

// Name returns the name the file was created under.
func (f *File) Name() string { return f.name }

// Format returns the format it is written in.
func (f *File) Format() Format { return f.format }

// Write implements [Writer].
func (f *File) Write(r *schema.Record) error { return f.keep(f.w.Write(r)) }

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
	f.failed = fmt.Errorf("write %s: %w", f.name, err)
	return f.failed
}

// Close finishes the capture. A Parquet capture appears under its name only now,
// and only if every write succeeded; otherwise what was written of it is removed.
// Closing twice is an error of [fs.ErrClosed].
func (f *File) Close() error {
	if f.closed {
		return fmt.Errorf("close %s: %w", f.name, fs.ErrClosed)
	}
	if err := f.keep(f.w.Close()); err != nil || f.failed != nil {
		return errors.Join(f.failed, f.Abandon())
	}
	f.closed = true
	if f.partial == "" {
		return f.keep(f.out.Close())
	}
	return f.keep(f.publish())
}

// Abandon stops without finishing: a partial Parquet capture, which nobody could
// read, is removed; JSONL stays, as an unfinished capture. After Close it does
// nothing, so it can be deferred.
func (f *File) Abandon() error {
	if f.closed {
		return nil
	}
	f.closed = true
	err := f.out.Close()
	if f.partial != "" {
		err = errors.Join(err, os.Remove(f.partial))
	}
	if err != nil {
		return fmt.Errorf("abandon capture: %w", err)
	}
	return nil
}

// publish gives the finished file its name. The data are on the disk before the
// name is, or a crash could leave the name without them.
func (f *File) publish() error {
	if err := errors.Join(f.out.Sync(), f.out.Close()); err != nil {
		return err
	}
	if f.force {
		return os.Rename(f.partial, f.name)
	}
	// Unlike a rename, a link does not replace what took the name meanwhile.
	err := os.Link(f.partial, f.name)
	switch {
	case err == nil:
		return os.Remove(f.partial)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	// The file system has no links.
	return os.Rename(f.partial, f.name)
}
