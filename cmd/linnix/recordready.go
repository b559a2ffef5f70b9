package main

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

// readyFlag returns the descriptor that --ready-fd names, nil without that flag.
// tellReady closes it, before a command starts that could inherit it.
func readyFlag(c *cli.Context) (*os.File, error) {
	if !c.IsSet("ready-fd") {
		return nil, nil
	}
	text := c.String("ready-fd")
	fd, err := strconv.ParseUint(text, 10, 31)
	if err != nil || fd <= uint64(syscall.Stderr) {
		return nil, usagef("record: --ready-fd %q is no descriptor from 3 on; open one, as in '--ready-fd 3 3>ready'", text)
	}
	if !inheritedForWriting(int(fd)) {
		return nil, usagef("record: --ready-fd %d is not open for writing; open it, as in '--ready-fd %[1]d %[1]d>ready'", fd)
	}
	return os.NewFile(uintptr(fd), "ready-fd"), nil
}

// inheritedForWriting says that whoever started this process left the descriptor open
// to it. One that the Go runtime has opened itself closes on exec.
func inheritedForWriting(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 {
		return false
	}
	mode, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return err == nil && mode&unix.O_ACCMODE != unix.O_RDONLY && mode&unix.O_PATH == 0
}

// tellReady writes the newline that --ready-fd promises. A recording does not end
// because nobody waits for it any more.
func tellReady(ready *os.File, s *stdio) {
	if ready == nil {
		return
	}
	_, err := ready.Write([]byte("\n"))
	err = errors.Join(err, ready.Close())
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		s.note("--ready-fd: %v; the recording goes on", err)
	}
}
