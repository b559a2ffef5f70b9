package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// place is where a capture has its name: a folder that is held open, so that a capture
// is finished where it was begun, also if the folder was moved or unmounted meanwhile.
type place struct {
	root *os.Root
	dir  *os.File // the same folder, for what os.Root cannot do
	base string
}

func openPlace(name string) (*place, error) {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	dir, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &place{root: root, dir: dir, base: filepath.Base(name)}, nil
}

func (p *place) close() error { return errors.Join(p.dir.Close(), p.root.Close()) }

// partial is where the capture is written until it is finished.
func (p *place) partial() string { return p.base + partialSuffix }

// recovering is where [Recover] writes the finished capture until it gets the name.
func (p *place) recovering() string { return p.base + recoverSuffix }

// publish gives the file from, in the folder or below, the name of the capture. Unless
// replace is set, the error for a name that is taken is an [fs.ErrExist].
func (p *place) publish(from string, replace bool) error {
	if err := p.rename(from, p.base, replace); err != nil {
		return err
	}
	// The name is there; a file system that cannot say so for good is none of ours.
	_ = p.dir.Sync()
	return nil
}

func (p *place) rename(from, to string, replace bool) error {
	if replace {
		return p.root.Rename(from, to)
	}
	fd := int(p.dir.Fd())
	err := unix.Renameat2(fd, from, fd, to, unix.RENAME_NOREPLACE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	// The file system cannot do that. Unlike a rename, a link does not replace what
	// took the name meanwhile.
	err = p.root.Link(from, to)
	switch {
	case err == nil:
		return p.root.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	// It has no links either, or from is a folder, which replaces no other with files.
	return p.root.Rename(from, to)
}

// holds says that a name is that of an open file.
func (p *place) holds(name string, file *os.File) bool {
	info, err := file.Stat()
	other, otherErr := p.root.Stat(name)
	return err == nil && otherErr == nil && os.SameFile(info, other)
}

// clear refuses what is in the way of a new capture, or removes it under force. A file
// is removed, not truncated: a capture that is being read under the same name stays
// whole for its reader. A finished name is left in place if the new capture
// is staged, because finishing that will replace it. What a recorder is writing is
// never removed.
func (p *place) clear(name string, force, staged bool) error {
	if staged {
		p.clearUnborn()
		if err := p.clearPartial(name, force); err != nil {
			return err
		}
	}
	if err := p.clearFinished(name, force, staged); err != nil || !force {
		return err
	}
	if info, err := p.root.Lstat(p.recovering()); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return p.removeIfThere(p.recovering()) // of what is replaced now
}

func (p *place) clearFinished(name string, force, staged bool) error {
	if _, err := p.root.Lstat(p.base); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	switch {
	case !force:
		return fmt.Errorf("%s: %w; choose another name, or replace it with --force", name, fs.ErrExist)
	case staged:
		return nil
	case p.busy(p.base):
		return busyError(name)
	}
	return p.root.Remove(p.base)
}

// clearPartial does the same for what an earlier capture left beside the name.
func (p *place) clearPartial(name string, force bool) error {
	partial := p.partial()
	info, err := p.root.Lstat(partial)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return p.clearJournal(name, force)
	case p.busy(partial):
		return busyError(name)
	case !force:
		return fmt.Errorf("%s: %w; choose another name, or replace it with --force", name+partialSuffix, fs.ErrExist)
	}
	return p.root.Remove(partial)
}

// busyError says that somebody else writes a capture of the name.
func busyError(name string) error {
	return fmt.Errorf("%s: %w: %w; choose another name", name, fs.ErrExist, ErrBusy)
}

// busy says that a recorder is writing a file.
func (p *place) busy(file string) bool {
	f, err := opener(p.root.OpenFile).regular(file, os.O_RDONLY)
	if err != nil {
		return false
	}
	defer f.Close()
	return isLocked(f)
}
