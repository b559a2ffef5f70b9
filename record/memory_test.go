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

// TestPathOf holds where a process is found below a mount, a container's too.
func TestPathOf(t *testing.T) {
	const own = "9:name=systemd:/s\n4:cpu,memory:/docker/abc/x\n0::/unified/y\n"
	for _, c := range []struct {
		mount hierarchyMount
		want  string
		ok    bool
	}{
		{hierarchyMount{v2: true, root: "/"}, "/unified/y", true},
		{hierarchyMount{v2: true, root: "/unified"}, "/y", true},
		{hierarchyMount{root: "/docker/abc", options: "rw,cpu,memory"}, "/x", true},
		{hierarchyMount{root: "/docker/abc/x", options: "rw,cpu,memory"}, "/", true},
		{hierarchyMount{root: "/", options: "rw,name=systemd"}, "", false},
		{hierarchyMount{root: "/", options: "rw,pids"}, "", false},
	} {
		if got, ok := c.mount.pathOf(own); got != c.want || ok != c.ok {
			t.Errorf("%+v: %q %t, want %q", c.mount, got, ok, c.want)
		}
	}
}
