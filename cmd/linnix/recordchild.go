package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// childProcess is the command that 'record -- COMMAND' runs. Its methods may be called
// on nil, where there is no command.
type childProcess struct {
	cmd     *exec.Cmd
	started bool
	done    chan error
}

// newChild looks the command up, so that a wrong name is told before anything is
// recorded.
func newChild(argv []string, s *stdio) (*childProcess, error) {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		var told *exec.Error
		if errors.As(err, &told) {
			err = told.Err // without the name, which is told here
		}
		return nil, usagef("record: cannot run %q: %w; check the name after --", argv[0], err)
	}
	cmd := exec.Command(path, argv[1:]...)
	cmd.Args[0] = argv[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.in, s.out, s.err
	return &childProcess{cmd: cmd, done: make(chan error, 1)}, nil
}

// start runs the command and calls ended once it has ended. Signals that end a
// recording are passed on; a Ctrl-C has already reached the command by the terminal.
func (c *childProcess) start(ended func()) error {
	if c == nil {
		return nil
	}
	signals := make(chan os.Signal, 4)
	notify(signals)
	if err := c.cmd.Start(); err != nil {
		return usagef("record: run the command: %w", err)
	}
	c.started = true
	go func() {
		for sig := range signals {
			if sig != os.Interrupt || !inForeground() {
				// It may have ended just now, which is no error.
				_ = c.cmd.Process.Signal(sig)
			}
		}
	}()
	go func() {
		err := c.cmd.Wait()
		signal.Stop(signals)
		c.done <- err
		ended()
	}()
	return nil
}

// name is what the command was called.
func (c *childProcess) name() string { return c.cmd.Args[0] }

// running says that the command was started and has not been waited for.
func (c *childProcess) running() bool {
	return c != nil && c.started && len(c.done) == 0
}

// wait waits for the command and returns its exit code as a failure without a message.
// A command that a signal kept from starting is no success either.
func (c *childProcess) wait() error {
	if c == nil {
		return nil
	}
	if !c.started {
		return fmt.Errorf("run %s: %w", c.name(), context.Canceled)
	}
	err := <-c.done
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &exit):
		return fmt.Errorf("wait for the command: %w", err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return quietly(128 + int(status.Signal()))
	}
	return quietly(exit.ExitCode())
}

// inForeground says whether a terminal sends its Ctrl-C to this process's group, and
// so to the command as well. An interrupt that somebody sent to linnix alone cannot be
// told from that one; SIGTERM always is passed on.
func inForeground() bool {
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY, 0)
	if err != nil {
		return false
	}
	defer tty.Close()
	return ownsTerminal(tty)
}
