package record

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

const (
	// leastMemory is the room below which a recording with the default ring is refused its
	// memory, or killed as it begins: under a limit of 32 MiB it is, under 36 MiB it is not.
	leastMemory = 30 << 20
	// goodMemory is what a recording with the default ring stays within.
	goodMemory = 64 << 20
)

// memoryRoom returns how many bytes this process may still take before it meets the limit
// of a cgroup, its own or one above; limited is false if there is no limit. root is "/" but
// in tests.
func memoryRoom(root string) (room int64, limited bool) {
	own, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return 0, false
	}
	mounts, err := readHierarchies(root)
	if err != nil {
		return 0, false
	}
	for _, m := range mounts {
		folder, ok := m.memoryFolder(string(own))
		for ok {
			if r, has := roomIn(filepath.Join(root, folder)); has && (!limited || r < room) {
				room, limited = r, true
			}
			ok = folder != m.dir
			folder = filepath.Dir(folder)
		}
	}
	return room, limited
}

// memoryFolder returns the folder of the cgroup that limits the memory of a process whose
// /proc/PID/cgroup is given, if this is the hierarchy that does.
func (m *hierarchy) memoryFolder(own string) (string, bool) {
	for line := range strings.Lines(own) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) < 3 {
			continue
		}
		v1 := slices.Contains(m.controllers, "memory") && slices.Contains(strings.Split(f[1], ","), "memory")
		if v1 || m.v2 && f[0] == "0" {
			if folder, ok := m.folder(f[2]); ok {
				return folder, true
			}
			// The mount shows another part of the tree: what it shows first is nearest.
			return m.dir, true
		}
	}
	return "", false
}

// roomIn returns what is left below the limit of one cgroup, v2 or v1. Cached files give
// way, so they count as free.
func roomIn(folder string) (int64, bool) {
	for _, names := range [...]struct{ limit, usage, cached string }{
		{"memory.max", "memory.current", ""},
		{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_"},
	} {
		const none = 1 << 60 // v1 shows no limit as nearly 2^63
		limit, ok := readNumber(filepath.Join(folder, names.limit))
		usage, known := readNumber(filepath.Join(folder, names.usage))
		if !ok || !known || limit > none {
			continue
		}
		stat, _ := os.ReadFile(filepath.Join(folder, "memory.stat"))
		eachLine(stat, func(f []string) {
			if len(f) == 2 && (f[0] == names.cached+"active_file" || f[0] == names.cached+"inactive_file") {
				usage -= parseInt(f[1])
			}
		})
		return limit - usage, true
	}
	return 0, false
}

// readNumber reads a file with one number; "max" is none.
func readNumber(path string) (int64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	var n schema.Opt[int64]
	setScaled(&n, strings.Fields(string(text)), 0, 1)
	return n.V, n.OK
}
