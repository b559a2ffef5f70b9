package record

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// memoryCgroup makes a memory cgroup with a limit and returns its folder, or skips.
func memoryCgroup(t *testing.T, limit int) string {
	t.Helper()
	parent := cgroupMount(t, "cgroup", "memory")
	dir := filepath.Join(parent, fmt.Sprintf("linnix-test-%s-%d", filepath.Base(t.Name()), os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { removeCgroup(t, dir) })
	if err := os.WriteFile(filepath.Join(dir, "memory.limit_in_bytes"), fmt.Append(nil, limit), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// removeCgroup removes a cgroup, once the last process in it is reaped.
func removeCgroup(t *testing.T, dir string) {
	t.Helper()
	var err error
	for range 100 {
		if err = os.Remove(dir); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error(err)
}

// inCgroup returns a command that runs a program in a cgroup.
func inCgroup(dir string, argv ...string) *exec.Cmd {
	script := `echo $$ > "$0/cgroup.procs" && exec "$@"`
	return exec.Command("sh", append([]string{"-c", script, dir}, argv...)...)
}

// TestOOMVictim lets the kernel kill a process for its memory and finds it named, before
// its exit.
func TestOOMVictim(t *testing.T) {
	recordLive(t, Options{Duration: time.Millisecond}, func() {}) // skips where it cannot work
	const limit = 32 << 20
	hog, dir := compile(t, "hog"), memoryCgroup(t, limit)
	cmd := inCgroup(dir, hog)
	m, sum := recordLive(t, Options{Interval: 100 * time.Millisecond}, func() {
		err := cmd.Run()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
			t.Errorf("the hog ended with %v, want a kill", err)
		}
	})
	checkAccount(t, m, sum)
	checkSchema(t, m)
	var victims []*schema.Record
	for _, r := range m.of(schema.TypeOOM) {
		if r.PID.V == int64(cmd.Process.Pid) {
			victims = append(victims, r)
		}
	}
	if len(victims) != 1 {
		t.Fatalf("%d oom records of the hog, want 1; in all: %+v", len(victims), sum.Counts[schema.TypeOOM])
	}
	victim := victims[0]
	if victim.Process.Cgroup.V != "/"+filepath.Base(dir) {
		t.Errorf("the victim is in %q, want %q", victim.Process.Cgroup.V, "/"+filepath.Base(dir))
	}
	if rss := victim.RSSBytes.V; rss < limit/2 || rss > limit+limit/4 {
		t.Errorf("victim had %d bytes, with a limit of %d", rss, limit)
	}
	exited := false
	for _, r := range m.of(schema.TypeExit) {
		if r.PID == victim.PID && r.StartTime == victim.StartTime {
			exited = true
			if r.Event.Signal.V != int64(syscall.SIGKILL) || r.Seq < victim.Seq {
				t.Errorf("exit at %d has signal %d; oom is at %d", r.Seq, r.Event.Signal.V, victim.Seq)
			}
		}
	}
	if !exited {
		t.Error("the victim has no exit")
	}
	systems := m.of(schema.TypeSystem)
	if first, last := systems[0].OOMKillsTotal, systems[len(systems)-1].OOMKillsTotal; first.OK && last.V <= first.V {
		t.Errorf("oom_kills_total: %d, then %d", first.V, last.V)
	}
}
