package record

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRoomIn holds how much is left below a limit, in the files of each version.
func TestRoomIn(t *testing.T) {
	const none = -1
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"v2":         {map[string]string{"memory.max": "1000", "memory.current": "700", "memory.stat": "anon 5\nactive_file 100\ninactive_file 50\n"}, 450},
		"v2 no max":  {map[string]string{"memory.max": "max", "memory.current": "700"}, none},
		"v1":         {map[string]string{"memory.limit_in_bytes": "1000", "memory.usage_in_bytes": "700", "memory.stat": "active_file 1\ntotal_active_file 100\n"}, 400},
		"v1 no max":  {map[string]string{"memory.limit_in_bytes": "9223372036854771712", "memory.usage_in_bytes": "700"}, none},
		"no files":   {nil, none},
		"over limit": {map[string]string{"memory.max": "1000", "memory.current": "1700"}, -700},
	} {
		folder := t.TempDir()
		for file, text := range c.files {
			if err := os.WriteFile(filepath.Join(folder, file), []byte(text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		room, limited := roomIn(folder)
		if limited != (c.want != none) || limited && room != c.want {
			t.Errorf("%s: room %d, limited %t; want %d", name, room, limited, c.want)
		}
	}
}

// TestMemoryFolder holds where the memory of a process is limited, in a container too.
func TestMemoryFolder(t *testing.T) {
	const own = "9:name=systemd:/s\n4:cpu,memory:/docker/abc/x\n0::/unified/y\n"
	memory := []string{"cpu", "memory"}
	for _, c := range []struct {
		mount hierarchy
		want  string
		ok    bool
	}{
		{hierarchy{dir: "/cg", v2: true, root: "/"}, "/cg/unified/y", true},
		{hierarchy{dir: "/cg", v2: true, root: "/unified"}, "/cg/y", true},
		{hierarchy{dir: "/cg", v2: true, root: "/elsewhere"}, "/cg", true},
		{hierarchy{dir: "/cg", root: "/docker/abc", controllers: memory}, "/cg/x", true},
		{hierarchy{dir: "/cg", root: "/docker/abc/x", controllers: memory}, "/cg", true},
		{hierarchy{dir: "/cg", root: "/"}, "", false},
		{hierarchy{dir: "/cg", root: "/", controllers: []string{"pids"}}, "", false},
	} {
		if got, ok := c.mount.memoryFolder(own); got != c.want || ok != c.ok {
			t.Errorf("%+v: %q %t, want %q", c.mount, got, ok, c.want)
		}
	}
}

// TestMemoryRoom holds that the narrowest limit of all cgroups above a process counts,
// also where a mount has a space in its name.
func TestMemoryRoom(t *testing.T) {
	root := t.TempDir()
	for file, text := range map[string]string{
		"proc/self/mountinfo":          `35 31 0:32 / /mnt/cg\040here rw - cgroup2 cgroup2 rw`,
		"proc/self/cgroup":             "0::/a/b",
		"mnt/cg here/a/memory.max":     "1000",
		"mnt/cg here/a/memory.current": "400",
		"mnt/cg here/a/b/memory.max":   "max",
	} {
		name := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if room, limited := memoryRoom(root); room != 600 || !limited {
		t.Errorf("room %d, limited %t; want 600", room, limited)
	}
}
