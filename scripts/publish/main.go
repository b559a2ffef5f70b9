// Command publish makes a capture fit to be given away: of every process that does not
// descend from the recorded command it keeps the figures and takes away the words –
// name, arguments, program, cgroup – and of the host its name. Of cgroups it keeps the
// paths of those alone that a scenario made.
//
//	go run ./scripts/publish IN OUT
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: publish IN OUT")
		os.Exit(2)
	}
	if err := publish(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "publish:", err)
		os.Exit(1)
	}
}

// publish copies the capture in to out, without words.
func publish(in, out string) error {
	source, err := capture.Open(in)
	if err != nil {
		return err
	}
	defer source.Close()
	file, err := capture.Create(out, capture.CreateOptions{Force: true})
	if err != nil {
		return err
	}
	defer file.Abandon()
	var p publisher
	for {
		r, err := source.Read()
		if errors.Is(err, io.EOF) {
			return file.Close()
		}
		if err != nil {
			return err
		}
		cleaned := *r
		p.clean(&cleaned)
		if err := file.Write(&cleaned); err != nil {
			return err
		}
	}
}

// scenarioCgroups is how the paths of the cgroups begin that scripts/scenarios makes.
const scenarioCgroups = "/linnix-scenario-"

// kthreadd is the pid of the parent of all kernel threads.
const kthreadd = 2

// publisher knows whose words may be kept.
type publisher struct {
	// kept holds the pids of the recorder and of all that descend from it.
	kept     map[int64]bool
	recorder int64
}

func (p *publisher) clean(r *schema.Record) {
	switch r.Type {
	case schema.TypeMeta:
		p.recorder = r.SelfPID.V
		p.kept = map[int64]bool{p.recorder: true}
		r.Host.Set("example")
		r.Command.V = renameProgram(r.Command.V)
		release, _, _ := strings.Cut(r.Kernel.V, "-")
		r.Kernel.Set(release)
		return
	case schema.TypeFork:
		p.kept[r.PID.V] = p.kept[r.PPID.V]
	}
	if !strings.HasPrefix(r.Process.Cgroup.V, scenarioCgroups) {
		r.Process.Cgroup.Clear()
	}
	r.Container.Clear()
	if r.PID.OK && r.PID.V == p.recorder {
		// The folder in which linnix was built is nobody's business.
		r.Exe.Clear()
		r.Comm.Set("linnix")
		r.Argv.V = renameProgram(r.Argv.V)
	}
	kernelThread := r.PID.V == kthreadd || r.PPID.V == kthreadd
	if !r.PID.OK || p.kept[r.PID.V] || kernelThread {
		return
	}
	r.Comm.Set("other")
	r.Filename.Clear()
	r.Exe.Clear()
	r.Argv.Clear()
	r.ArgvBytes.Clear()
	r.ArgvTruncated.Clear()
}

// renameProgram calls the recorder by its plain name.
func renameProgram(argv []string) []string {
	if len(argv) == 0 {
		return argv
	}
	return append([]string{"linnix"}, argv[1:]...)
}
