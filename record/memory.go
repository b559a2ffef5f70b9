package record

import (
	"os"
	"path/filepath"
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

// hierarchyMount is a mounted hierarchy of cgroups.
type hierarchyMount struct {
	v2 bool
	// root is the cgroup that is mounted at point.
	root, point string
	// options are the controllers of v1, among others.
	options string
}

// controllers names those of a v1 hierarchy.
func (m hierarchyMount) controllers() string { return strings.TrimPrefix(m.options, "rw,") }

// hierarchyMounts lists the hierarchies that are mounted (proc_pid_mountinfo(5)).
func hierarchyMounts() (list []hierarchyMount) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	const root, point, fsType, options = 3, 4, 0, 2
	for line := range strings.Lines(string(text)) {
		before, after, _ := strings.Cut(line, " - ")
		mount, fs := strings.Fields(before), strings.Fields(after)
		if len(mount) > point && len(fs) > options && (fs[fsType] == "cgroup" || fs[fsType] == "cgroup2") {
			list = append(list, hierarchyMount{v2: fs[fsType] == "cgroup2", root: mount[root], point: mount[point], options: fs[options]})
		}
	}
	return list
}

// memoryRoom returns how many bytes this process may still take before it meets the limit
// of a cgroup, its own or one above; limited is false if there is no limit.
func memoryRoom() (room int64, limited bool) {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	for _, m := range hierarchyMounts() {
		path, ok := m.pathOf(string(own))
		for ok {
			if r, has := roomIn(filepath.Join(m.point, path)); has && (!limited || r < room) {
				room, limited = r, true
			}
			ok = path != "/"
			path = filepath.Dir(path)
		}
	}
	return room, limited
}

// pathOf returns where below the mount a process is whose /proc/PID/cgroup is given. Only
// the hierarchy that limits memory matters.
func (m hierarchyMount) pathOf(own string) (string, bool) {
	for line := range strings.Lines(own) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) < 3 {
			continue
		}
		memory := strings.Contains(","+f[1]+",", ",memory,") && strings.Contains(","+m.options+",", ",memory,")
		if m.v2 && f[0] == "0" || !m.v2 && memory {
			below := strings.TrimPrefix(f[2], strings.TrimSuffix(m.root, "/"))
			return filepath.Join("/", below), true
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
