package record

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
