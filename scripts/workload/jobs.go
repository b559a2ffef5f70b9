package main

import (
	"errors"
	"flag"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

func defineJobs(flags *flag.FlagSet) func() error {
	rate := flags.Int("rate", 100, "how many `processes` a second")
	seconds := flags.Int("seconds", 12, "for how many `seconds`")
	return func() error {
		err := errors.Join(within("rate", *rate, 1, 1000), within("seconds", *seconds, 1, maxSeconds))
		if err != nil {
			return err
		}
		return jobs(*rate, time.Duration(*seconds)*time.Second)
	}
}

// jobs starts rate processes a second, or fewer where the host is too slow. Each ends at once and is waited for, so
// that one lives at a time.
func jobs(rate int, length time.Duration) error {
	begin := time.Now()
	for i := 0; time.Since(begin) < length; i++ {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		pid, err := forkAndExit()
		if err != nil {
			return fmt.Errorf("fork: %w", err)
		}
		if _, err := unix.Wait4(pid, nil, 0, nil); err != nil {
			return fmt.Errorf("wait for %d: %w", pid, err)
		}
	}
	return nil
}

// forkAndExit starts a process that only ends. The child has one thread of a program
// that needs several, so it makes one more system call and nothing else; CLONE_VFORK
// keeps the parent waiting meanwhile.
//
//go:nosplit
func forkAndExit() (pid int, err error) {
	child, _, errno := unix.RawSyscall6(unix.SYS_CLONE, unix.CLONE_VFORK|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	if child == 0 {
		for {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	return int(child), nil
}
