package record

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// child is one line of testdata/family.c: what wait4 said.
type child struct {
	pid             int64
	kind            string
	status          int
	cpuUs, maxRSSKB int64
	tag             string
}

// execs says whether children of the kind run the leaf program.
func (c child) execs() bool { return strings.Contains(c.kind, "exec") }

func parseFamily(t *testing.T, out []byte) (list []child) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		var c child
		if _, err := fmt.Sscan(lines.Text(), &c.pid, &c.kind, &c.status, &c.cpuUs, &c.maxRSSKB, &c.tag); err != nil {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		list = append(list, c)
	}
	return list
}

// life is what the capture says of one process.
type life struct{ forks, execs, exits []*schema.Record }

// TestFamily records a program that starts 2,000 children of every kind and compares
// each with what wait4 told its parent.
func TestFamily(t *testing.T) {
	program := compile(t, "family")
	t.Run("this kernel", func(t *testing.T) { recordFamily(t, program, Options{}) })
	t.Run("before 6.16", func(t *testing.T) { recordFamily(t, program, Options{compat: true}) })
}

func recordFamily(t *testing.T, program string, opts Options) {
	const children = 2000
	var out []byte
	m, sum := recordLive(t, opts, func() { out = output(t, program, program, fmt.Sprint(children)) })
	checkAccount(t, m, sum)
	if sum.Lost() != 0 {
		t.Errorf("lost %d events", sum.Lost())
	}
	family := parseFamily(t, out)
	if len(family) != children {
		t.Fatalf("the program reaped %d children, want %d", len(family), children)
	}
	parent := parentOf(t, m, program)
	lives := livesOf(m, parent)
	born := 0
	for _, byPID := range lives {
		born += len(byPID)
	}
	if born != children {
		t.Errorf("the capture has %d children of the program, want %d", born, children)
	}
	// A pid may come again, in the order of the births.
	for _, c := range family {
		byPID := lives[c.pid]
		if len(byPID) == 0 {
			t.Errorf("%s %s (pid %d): not in the capture", c.kind, c.tag, c.pid)
			continue
		}
		checkChild(t, c, byPID[0])
		checkChildCPU(t, c, byPID[0])
		lives[c.pid] = byPID[1:]
	}
}

// checkChildCPU compares CPU times. wait4 lacks what a child that is reaped at once, or
// one of its threads, ran since its last tick of 4 ms; the capture has it all.
func checkChildCPU(t *testing.T, c child, l *life) {
	t.Helper()
	const tickUs = 4000
	if len(l.exits) != 1 {
		return // told by checkChild
	}
	if got := l.exits[0].CPUNs.V / 1000; got < c.cpuUs-50-c.cpuUs/100 || got > c.cpuUs+4*tickUs {
		t.Errorf("%s %s: CPU %d µs; wait4 gave %d µs", c.kind, c.tag, got, c.cpuUs)
	}
}

// parentOf finds the process that ran the program.
func parentOf(t *testing.T, m *memory, program string) *schema.Record {
	t.Helper()
	for _, r := range m.of(schema.TypeExec) {
		if r.Filename.V == program && r.Argv.V[0] == program {
			return r
		}
	}
	t.Fatal("the capture lacks the program itself")
	return nil
}

// livesOf collects the children of a process by pid, in the order of their births.
func livesOf(m *memory, parent *schema.Record) map[int64][]*life {
	lives := make(map[int64][]*life)
	byKey := make(map[[2]int64]*life)
	key := func(r *schema.Record) [2]int64 { return [2]int64{r.PID.V, int64(r.StartTime.V)} }
	for _, r := range m.records {
		switch l := byKey[key(r)]; {
		case r.Type == schema.TypeFork && r.PPID.V == parent.PID.V && r.ParentStartTime == parent.StartTime:
			if l == nil {
				l = &life{}
				byKey[key(r)] = l
				lives[r.PID.V] = append(lives[r.PID.V], l)
			}
			l.forks = append(l.forks, r)
		case l == nil:
		case r.Type == schema.TypeExec:
			l.execs = append(l.execs, r)
		case r.Type == schema.TypeExit:
			l.exits = append(l.exits, r)
		}
	}
	return lives
}

func checkChild(t *testing.T, c child, l *life) {
	t.Helper()
	wantExecs := 0
	if c.execs() {
		wantExecs = 1
	}
	if len(l.forks) != 1 || len(l.execs) != wantExecs || len(l.exits) != 1 {
		t.Errorf("%s %s: %d forks, %d execs, %d exits; want 1, %d, 1", c.kind, c.tag, len(l.forks), len(l.execs), len(l.exits), wantExecs)
		return
	}
	exit := l.exits[0]
	status := exit.ExitCode.V<<8 | exit.Event.Signal.V
	if exit.CoreDumped.V {
		status |= 0x80
	}
	if status != int64(c.status) {
		t.Errorf("%s %s: exit code %d, signal %d, core %v; wait4 gave status %#x", c.kind, c.tag, exit.ExitCode.V, exit.Event.Signal.V, exit.CoreDumped.V, c.status)
	}
	if wantExecs == 1 {
		code := fmt.Sprint(c.status >> 8)
		want := []string{"leaf", code, c.tag, "", "\xff\xfe café", ""}
		if exec := l.execs[0]; !slices.Equal(exec.Argv.V, want) || exec.ArgvTruncated.V {
			t.Errorf("%s %s: argv %q, want %q", c.kind, c.tag, exec.Argv.V, want)
		}
	}
}
