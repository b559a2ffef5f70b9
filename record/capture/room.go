package capture

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// reserveBytes stay free behind what a recording has written, for the records that end
// it and what closing the format takes.
const reserveBytes = 64 << 10

// roomSteps are tried in turn when room is to be made for more: large ones keep files
// whole on the disk and calls rare, small ones use up what is left.
var roomSteps = [...]int64{1 << 20, 128 << 10, 16 << 10, 0}

// room is a file being written that always has blocks on the disk for what it will
// need at its end, so that a full disk ends a recording well. Where the file system
// keeps none, it goes on without.
type room struct {
	file    *os.File
	size    int64 // written so far
	end     int64 // of the blocks that are there
	reserve int64
	// closing says that the reserve is being used.
	closing bool
	without bool // the file system cannot keep blocks
}

func newRoom(file *os.File) *room { return &room{file: file, reserve: reserveBytes} }

// Write implements io.Writer.
func (r *room) Write(p []byte) (int, error) {
	n, err := r.file.Write(p)
	r.size += int64(n)
	r.end = max(r.end, r.size)
	return n, err
}

// keep makes sure that the next n bytes can be written, and the reserve after them
// unless that is being used. The error is an [ErrFull].
func (r *room) keep(n int64) error {
	if r.without {
		return nil
	}
	need := r.size + n
	if !r.closing {
		need += r.reserve
	}
	if need <= r.end {
		return nil
	}
	if r.closing {
		return &fullError{syscall.ENOSPC}
	}
	for _, step := range roomSteps {
		err := allocate(r.file, r.end, need+step-r.end)
		full := asFull(err)
		switch {
		case err == nil:
			r.end = need + step
			return nil
		case full == nil:
			r.without = true
			return nil
		case step == 0:
			return full
		}
	}
	return nil
}

// trim gives back the blocks that were not needed.
func (r *room) trim() error {
	if r.without || r.end == r.size {
		return nil
	}
	r.end = r.size
	return r.file.Truncate(r.size)
}

// allocate gives the file blocks for n bytes from an offset on, without making it
// longer for its readers.
func allocate(file *os.File, from, n int64) error {
	for {
		err := unix.Fallocate(int(file.Fd()), unix.FALLOC_FL_KEEP_SIZE, from, n)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
