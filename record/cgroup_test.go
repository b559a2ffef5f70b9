package record

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// cgroupMount returns where cgroups of a file system type are mounted, with an option
// that must be set, or skips.
func cgroupMount(t *testing.T, fsType, option string) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if f[2] == fsType && strings.Contains(","+f[3]+",", ","+option+",") {
			return f[1]
		}
	}
	t.Skipf("no %s with option %s is mounted", fsType, option)
	return ""
}

// TestCgroupInTheKernelsMoment runs a process in a cgroup that is gone before anybody
// could look it up.
func TestCgroupInTheKernelsMoment(t *testing.T) {
	tests := map[string]struct {
		fsType, option string
		hierarchyIsV2  bool
	}{
		"v2": {"cgroup2", "rw", true},
		"v1": {"cgroup", "memory", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			recordLive(t, Options{Duration: time.Millisecond}, func() {}) // skips where it cannot work
			parent := cgroupMount(t, test.fsType, test.option)
			id := strings.Repeat("0123456789abcdef", 4)
			dir := filepath.Join(parent, fmt.Sprintf("linnix-test-%d", os.Getpid()))
			leaf := filepath.Join(dir, id)
			m, _ := recordLive(t, Options{}, func() { runInCgroup(t, leaf) })
			want := strings.TrimPrefix(leaf, parent)
			for _, r := range m.of(schema.TypeExec) {
				if len(r.Argv.V) != 2 || r.Argv.V[1] != leaf {
					continue
				}
				if r.Process.Cgroup.V != want || r.Container.V != id || (r.CgroupHierarchy.V == 0) != test.hierarchyIsV2 || !r.CgroupID.OK {
					t.Errorf("cgroup %q of hierarchy %d, container %q; want %q", r.Process.Cgroup.V, r.CgroupHierarchy.V, r.Container.V, want)
				}
				return
			}
			t.Error("the process is not in the capture")
		})
	}
}

// runInCgroup runs /bin/true in a new cgroup and removes it at once.
func runInCgroup(t *testing.T, leaf string) {
	if err := os.MkdirAll(leaf, 0o755); err != nil {
		t.Error(err)
		return
	}
	script := `echo $$ > "$1/cgroup.procs" && exec /bin/true "$1"`
	if out, err := exec.Command("sh", "-c", script, "sh", leaf).CombinedOutput(); err != nil {
		t.Errorf("run in %s: %v\n%s", leaf, err, out)
	}
	for _, dir := range []string{leaf, filepath.Dir(leaf)} {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	}
}

// TestCgroupsWithoutEnd holds that any number of cgroups in the course of time takes no more
// memory, and that those in use stay known.
func TestCgroupsWithoutEnd(t *testing.T) {
	resent := 0
	paths := newCgroupPaths(func() error { resent++; return nil })
	add := func(id uint64) {
		t.Helper()
		if err := paths.add(&bpf.CgroupEvent{Id: id}); err != nil {
			t.Fatal(err)
		}
	}
	const many = 10 * maxCgroupPaths
	for id := range uint64(many) {
		add(id)
		if _, known := paths.of(cgroupKey{id: id}); !known {
			t.Fatalf("cgroup %d is not known", id)
		}
	}
	if n := len(paths.now) + len(paths.before); n > 2*maxCgroupPaths || resent != many/maxCgroupPaths {
		t.Errorf("%d paths are kept, %d times sent again", n, resent)
	}
	if _, known := paths.of(cgroupKey{id: many - maxCgroupPaths}); !known {
		t.Error("a cgroup of the last generation is forgotten already")
	}
}

// TestCgroupsSentAgain makes the kernel side send its paths once more.
func TestCgroupsSentAgain(t *testing.T) {
	m, _ := recordLive(t, Options{Interval: 50 * time.Millisecond}, func() { churn(t.Context(), 5) })
	want := m.of(schema.TypeExec)[0].Process.Cgroup
	r, err := newRecorder(&memory{}, mustOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	look := func() int {
		t.Helper()
		if _, err := r.tasks.processes(); err != nil {
			t.Fatal(err)
		}
		if err := r.drainPresent(maxBusy, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		return len(r.decoder.cgroups.now)
	}
	if look() == 0 || !want.OK {
		t.Fatalf("no path of a cgroup was sent; an exec has %q", want.V)
	}
	clear(r.decoder.cgroups.now)
	if n := look(); n != 0 {
		t.Errorf("%d paths were sent twice", n)
	}
	if err := r.kernel.ResendCgroups(); err != nil {
		t.Fatal(err)
	}
	if look() == 0 {
		t.Error("no path was sent again")
	}
}

func mustOptions(t *testing.T) Options {
	t.Helper()
	opts, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return opts
}
