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
	"golang.org/x/sys/unix"
)

// TestCgroupRecords reads each tree of testdata/cgroups: what is mounted, which cgroups
// hold a process, and what is to be recorded of them.
func TestCgroupRecords(t *testing.T) {
	folders, err := filepath.Glob("testdata/cgroups/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no trees: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			c := newCgroupReader(folder)
			defer c.close()
			seeAll(t, c, folder)
			if got, want := recordsOf(c), read(t, folder, "want.jsonl"); !sameLines(got, want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			seeAll(t, c, folder)
			if again := recordsOf(c); again != "" {
				t.Errorf("unchanged, and yet\n%s", again)
			}
			if left := recordsOf(c) + fmt.Sprint(len(c.order), len(c.followed)); left != "0 0" {
				t.Errorf("without a process, still followed: %s", left)
			}
		})
	}
}

func read(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// seeAll tells the reader of each process's cgroup: those in the file holds.
func seeAll(t *testing.T, c *cgroupReader, folder string) {
	t.Helper()
	for line := range strings.Lines(read(t, folder, "holds")) {
		var key cgroupKey
		var path string
		if _, err := fmt.Sscan(line, &key.hierarchy, &path); err != nil {
			t.Fatal(err)
		}
		if ino, err := c.inode(key.hierarchy, path); err == nil {
			key.id = ino
		}
		c.see(key, path)
	}
}

// recordsOf returns the records of a pass as JSON lines, without time, seq and the ids of
// the cgroups.
func recordsOf(c *cgroupReader) string {
	var b strings.Builder
	c.records(func(r *schema.Record) {
		r.CgroupID = schema.Opt[int64]{}
		line := string(schema.AppendJSON(nil, r))
		_, members, _ := strings.Cut(line, `"seq":0,`)
		b.WriteString("{" + members + "\n")
	})
	return b.String()
}

// sameLines compares lines in any order.
func sameLines(a, b string) bool {
	count := make(map[string]int)
	for line := range strings.Lines(a) {
		count[line]++
	}
	for line := range strings.Lines(b) {
		count[line]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// TestCgroupChanges holds that what changes is told, and a cgroup of the same name is
// another one.
func TestCgroupChanges(t *testing.T) {
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("testdata/cgroups/container")); err != nil {
		t.Fatal(err)
	}
	c := newCgroupReader(root)
	defer c.close()
	see := func() { seeAll(t, c, root) }
	see()
	if recordsOf(c) == "" {
		t.Fatal("no record")
	}
	dir := filepath.Join(root, "fs/cg here/main")
	if err := os.WriteFile(filepath.Join(dir, "memory.current"), []byte("5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	see()
	if got := recordsOf(c); !strings.Contains(got, `"memory_current_bytes":5,`) {
		t.Errorf("after a change: %q", got)
	}
	c.see(cgroupKey{id: 1 << 50}, "/kubepods/pod1/main")
	if got := recordsOf(c); got != "" {
		t.Errorf("files of another cgroup were read: %q", got)
	}
}

func TestCgroupsAreBounded(t *testing.T) {
	c := newCgroupReader("testdata/cgroups/v2")
	defer c.close()
	c.most = 2
	seeAll(t, c, "testdata/cgroups/v2")
	if len(c.order) != 2 {
		t.Errorf("%d are followed, want 2", len(c.order))
	}
	if most := affordable(); most < 1 || most > maxFollowed {
		t.Errorf("%d can be afforded", most)
	}
}

// TestCgroupRecordsLive compares the records of a limited cgroup with its limits.
func TestCgroupRecordsLive(t *testing.T) {
	recordLive(t, Options{Duration: time.Millisecond}, func() {}) // skips where it cannot work
	const limit = 48 << 20
	dir := memoryCgroup(t, limit)
	m, sum := recordLive(t, Options{Interval: 50 * time.Millisecond}, func() {
		out, err := inCgroup(dir, "sh", "-c", "i=0; while [ $i -lt 30 ]; do sleep 0.02; i=$((i+1)); done").CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	checkAccount(t, m, sum)
	checkSchema(t, m)
	path, n := "/"+filepath.Base(dir), 0
	ids := make(map[schema.Opt[int64]]bool)
	for i, r := range m.records {
		switch {
		case r.Process.Cgroup.V != path:
		case r.PID.OK:
			ids[r.CgroupID] = true
		default:
			n++
			if r.MemoryMaxBytes.V != limit || r.MemoryCurrentBytes.V <= 0 || r.MemoryCurrentBytes.V > limit || r.CgroupHierarchy.V == 0 || !ids[r.CgroupID] {
				t.Errorf("record of the cgroup: %s", schema.AppendJSON(nil, r))
			}
			if next := m.records[i+1].Type; next != schema.TypeCgroup && next != schema.TypeSystem {
				t.Errorf("after a cgroup record stands a %s", next)
			}
		}
	}
	if n == 0 {
		t.Error("no record of the cgroup")
	}
}

// BenchmarkCgroup measures a look at one v1 cgroup with all its files.
func BenchmarkCgroup(b *testing.B) {
	c := newCgroupReader("/")
	defer c.close()
	m := c.mounts.of("memory")
	if m == nil {
		b.Skip("no v1 memory controller")
	}
	dirs := []string{fmt.Sprintf("/linnix-bench-%d", os.Getpid())}
	for _, controller := range []string{"memory", "cpu", "pids", "cpuacct"} {
		if at := c.mounts.of(controller); at != nil {
			dir := at.dir + dirs[0]
			if err := os.Mkdir(dir, 0o755); err != nil {
				b.Skip(err)
			}
			defer unix.Rmdir(dir)
		}
	}
	if out, err := exec.Command("sh", "-c", "echo 64M > "+m.dir+dirs[0]+"/memory.limit_in_bytes").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	ino, err := c.inode(m.id, dirs[0])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c.see(cgroupKey{id: ino, hierarchy: m.id}, dirs[0])
		c.records(func(*schema.Record) {})
	}
	b.ReportMetric(float64(len(c.order[0].files)), "files")
}
