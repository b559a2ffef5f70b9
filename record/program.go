package record

import (
	"io"
	"os"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// maxArgvBytes is more than the kernel takes for a new program's arguments (3/4 of its
// largest stack, fs/exec.c). A process that shows more has rewritten them.
const maxArgvBytes = 8 << 20

const (
	// programPatience is how long the arguments of a process are waited for. They lie in
	// its own memory, which may be swapped out, or locked by a process that hangs: ps
	// hangs with it then, but a recorder must not.
	programPatience = 50 * time.Millisecond
	// maxStuckReads bounds the reads that are given up, and so for how long a recording is
	// held up: after as many, no arguments are read any more.
	maxStuckReads = 16
)

// program is what /proc tells of what a process runs.
type program struct {
	exe       string
	args      []byte
	argsBytes int64 // in all; 0 if they cannot be had
}

// programReader reads what processes run.
type programReader struct {
	maxArgs int
	stuck   int
	// read is readProgram but in tests.
	read func(pid uint32, maxArgs int) program
}

func newProgramReader(maxArgs int) *programReader {
	return &programReader{maxArgs: maxArgs, read: readProgram}
}

// fill writes a live process's executable and arguments into r. Either may be gone, or not
// for us to see, or not to be had in time.
func (p *programReader) fill(r *schema.Record, pid uint32) {
	if p.stuck >= maxStuckReads {
		return
	}
	done := make(chan program, 1)
	go func() { done <- p.read(pid, p.maxArgs) }()
	late := time.NewTimer(programPatience)
	defer late.Stop()
	select {
	case got := <-done:
		got.fill(r)
	case <-late.C:
		p.stuck++
	}
}

func (p *program) fill(r *schema.Record) {
	if p.exe != "" {
		r.Exe.Set(p.exe)
	}
	if p.argsBytes > 0 {
		r.ArgvBytes.Set(p.argsBytes)
		setArgv(r, p.args, p.argsBytes)
	}
}

// readProgram keeps maxArgs bytes of the arguments.
func readProgram(pid uint32, maxArgs int) (p program) {
	p.exe, _ = os.Readlink(procPath(pid, "exe")) // empty if it cannot be had
	f, err := os.Open(procPath(pid, "cmdline"))
	if err != nil {
		return p
	}
	defer f.Close()
	args, err := io.ReadAll(io.LimitReader(f, int64(maxArgs)))
	if err != nil || len(args) == 0 {
		return p
	}
	more, err := io.Copy(io.Discard, io.LimitReader(f, maxArgvBytes))
	if err != nil || more == maxArgvBytes {
		return p
	}
	p.args, p.argsBytes = args, int64(len(args))+more
	return p
}
