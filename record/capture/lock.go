package capture

import (
	"errors"
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

// tryLock marks a file that was left behind as being written. It returns false if
// another process has it: for longer than isLocked takes.
func tryLock(file *os.File) bool {
	for range 10 {
		if !errors.Is(flock(file, unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func flock(file *os.File, how int) error {
	for {
		err := unix.Flock(int(file.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
