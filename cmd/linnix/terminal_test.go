package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what will come.
const patience = time.Minute

// terminal is a pseudo-terminal with one command in it.
type terminal struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd
	ended  chan struct{}

	mu   sync.Mutex
	text bytes.Buffer
}

// inTerminal starts a command in a terminal of its own, in which it is in the
// foreground. NAME=VALUE words before the command are its environment.
func inTerminal(t *testing.T, columns int, words ...string) *terminal {
	t.Helper()
	env := append(os.Environ(), "TERM=xterm")
	for strings.Contains(words[0], "=") {
		env, words = append(env, words[0]), words[1:]
	}
	master, slave := openTerminal(t)
	term := &terminal{t: t, master: master, ended: make(chan struct{})}
	term.resize(columns)
	term.cmd = exec.Command(words[0], words[1:]...)
	term.cmd.Env, term.cmd.Dir = env, t.TempDir()
	term.cmd.Stdin, term.cmd.Stdout, term.cmd.Stderr = slave, slave, slave
	term.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := term.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	var read sync.WaitGroup
	read.Go(term.read)
	go func() {
		_ = term.cmd.Wait() // its state says the same
		read.Wait()
		close(term.ended)
	}()
	t.Cleanup(func() {
		_ = term.cmd.Process.Kill()
		term.master.Close()
	})
	return term
}

func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), "terminal"), slave
}

// read keeps all that is printed until the last who has the terminal open is gone.
func (term *terminal) read() {
	buf := make([]byte, 4096)
	for {
		n, err := term.master.Read(buf)
		term.mu.Lock()
		term.text.Write(buf[:n])
		term.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// output returns what was printed so far.
func (term *terminal) output() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.text.String()
}

// expect waits until what was printed from offset on matches, and returns the offset
// after the match.
func (term *terminal) expect(offset int, pattern string) int {
	term.t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := re.FindStringIndex(term.output()[offset:]); found != nil {
			return offset + found[1]
		}
	}
	term.t.Fatalf("no %q after byte %d of %q", pattern, offset, term.output())
	return 0
}

func (term *terminal) typed(keys string) {
	term.t.Helper()
	if _, err := term.master.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
}

func (term *terminal) signal(sig os.Signal) {
	term.t.Helper()
	if err := term.cmd.Process.Signal(sig); err != nil {
		term.t.Fatal(err)
	}
}

func (term *terminal) resize(columns int) {
	term.t.Helper()
	size := unix.Winsize{Row: 24, Col: uint16(columns)}
	if err := unix.IoctlSetWinsize(int(term.master.Fd()), unix.TIOCSWINSZ, &size); err != nil {
		term.t.Fatal(err)
	}
}

// wait waits for the end of the command, and returns all it printed and its exit code.
func (term *terminal) wait() (string, int) {
	term.t.Helper()
	select {
	case <-term.ended:
		return term.output(), term.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		term.t.Fatalf("still running; printed %q", term.output())
		return "", 0
	}
}
