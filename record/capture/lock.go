package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Whoever writes a capture holds a lock on its file, which ends with the process: so a
// reader can tell a recording that goes on from one that died.

// lock marks a file that this process has just created as being written. A file system
// without locks is no reason not to record.
func lock(file *os.File) { _ = flock(file, unix.LOCK_EX) }

// isLocked says that a process is writing the file.
func isLocked(file *os.File) bool {
	err := flock(file, unix.LOCK_SH|unix.LOCK_NB)
	if err == nil {
		_ = flock(file, unix.LOCK_UN)
	}
	return errors.Is(err, unix.EWOULDBLOCK)
}

// openClaimed opens a file that was left and marks it as being written, until it is
// closed. The error is an [ErrBusy] if another process has it.
func openClaimed(open opener, name string) (*os.File, error) {
	// Some file systems, such as NFS, lock only what can be written.
	file, err := open.regular(name, os.O_RDWR)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) {
		file, err = open.regular(name, os.O_RDONLY)
	}
	if err != nil {
		return nil, err
	}
	if err := tryLock(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// tryLock waits for longer than isLocked takes.
func tryLock(file *os.File) error {
	for range 10 {
		err := flock(file, unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EBADF) { // it cannot be written
			err = flock(file, unix.LOCK_SH|unix.LOCK_NB)
		}
		switch {
		case err == nil, isWithoutLocks(err):
			return nil
		case !errors.Is(err, unix.EWOULDBLOCK):
			return fmt.Errorf("lock %s: %w", file.Name(), err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return ErrBusy
}

// isWithoutLocks says that the file system has no locks, so that nothing can be held.
func isWithoutLocks(err error) bool {
	return errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL)
}

// opener is [os.OpenFile], or that of an [os.Root].
type opener func(name string, flag int, perm fs.FileMode) (*os.File, error)

// regular opens a file of a capture. A pipe in its place is refused: it would wait for
// whoever is to write into it.
func (open opener) regular(name string, flag int) (*os.File, error) {
	file, err := open(name, flag|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

var errNotRegular = errors.New("it is no regular file")

func flock(file *os.File, how int) error {
	for {
		err := unix.Flock(int(file.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
