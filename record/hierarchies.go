package record

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// hierarchy is a cgroup hierarchy at the place where it is mounted.
type hierarchy struct {
	// dir is the mount point; root is the cgroup that is seen there, "/" unless in a
	// container.
	dir, root string
	v2        bool
	// controllers are those of a v1 hierarchy.
	controllers []string
	// id is the kernel's, 0 for v2.
	id uint32
}

// folder returns the folder of the cgroup that a path from the hierarchy's root names.
func (m *hierarchy) folder(path string) (string, bool) {
	below, ok := cutFolder(path, m.root)
	return filepath.Join(m.dir, below), ok
}

// hierarchies are the hierarchies that this process can see.
type hierarchies []*hierarchy

// readHierarchies reads which is mounted where. root is "/" but in tests, where all of it
// lies below a folder.
func readHierarchies(root string) (hierarchies, error) {
	info, err := os.ReadFile(filepath.Join(root, "proc/self/mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("find the cgroup mounts: %w", err)
	}
	ids, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return nil, fmt.Errorf("find the cgroup hierarchies: %w", err)
	}
	byController := parseHierarchyIDs(ids)
	var mounts hierarchies
	for line := range bytes.Lines(info) {
		if m := parseHierarchy(string(line)); m != nil {
			for _, c := range m.controllers {
				m.id = max(m.id, byController[c])
			}
			mounts = append(mounts, m)
		}
	}
	return mounts, nil
}

// parseHierarchyIDs reads lines such as "4:cpu,cpuacct:/path" (cgroups(7)).
func parseHierarchyIDs(text []byte) map[string]uint32 {
	ids := make(map[string]uint32)
	for line := range bytes.Lines(text) {
		parts := strings.SplitN(string(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		id, err := strconv.ParseUint(parts[0], 10, 32)
		if err != nil {
			continue
		}
		for controller := range strings.SplitSeq(parts[1], ",") {
			ids[controller] = uint32(id)
		}
	}
	return ids
}

// v1Controllers are those whose mounts are of use here.
var v1Controllers = [...]string{"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "net_cls", "net_prio", "perf_event", "hugetlb", "rdma", "misc"}

// parseHierarchy reads a line of mountinfo (proc_pid_mountinfo(5)), such as
// "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"; nil if it is of
// another file system.
func parseHierarchy(line string) *hierarchy {
	before, after, found := strings.Cut(line, " - ")
	fields, fs := strings.Fields(before), strings.Fields(after)
	if !found || len(fields) < 5 || len(fs) < 3 || fs[0] != "cgroup" && fs[0] != "cgroup2" {
		return nil
	}
	m := &hierarchy{root: unescapeMount(fields[3]), dir: unescapeMount(fields[4]), v2: fs[0] == "cgroup2"}
	for option := range strings.SplitSeq(fs[2], ",") {
		if !m.v2 && slices.Contains(v1Controllers[:], option) {
			m.controllers = append(m.controllers, option)
		}
	}
	return m
}

// unescapeMount reads the octal escapes of space, tab, newline and backslash.
func unescapeMount(text string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(text)
}

// recordedHierarchies are those whose path a record shows, in the order of preference;
// "" is v2.
var recordedHierarchies = [...]string{"", "memory", "pids", "cpu"}

// of returns where a v1 controller is mounted, or v2 for "".
func (mounts hierarchies) of(controller string) *hierarchy {
	for _, m := range mounts {
		if controller == "" && m.v2 || slices.Contains(m.controllers, controller) {
			return m
		}
	}
	return nil
}

// byHierarchy returns where a hierarchy is mounted, or nil.
func (mounts hierarchies) byHierarchy(id uint32) *hierarchy {
	for _, m := range mounts {
		if m.id == id && (m.v2 || id != 0) {
			return m
		}
	}
	return nil
}

// cgroupFolder is a folder that may be a cgroup.
type cgroupFolder struct {
	mount  *hierarchy
	folder string
}

// candidates returns what a path may mean: a folder below a mount, or the path of a
// record.
func (mounts hierarchies) candidates(path string) []cgroupFolder {
	var list []cgroupFolder
	for _, m := range mounts {
		if _, below := cutFolder(path, m.dir); below {
			list = append(list, cgroupFolder{m, path})
		}
	}
	// The innermost mount is the one that is seen.
	slices.SortStableFunc(list, func(a, b cgroupFolder) int { return len(b.mount.dir) - len(a.mount.dir) })
	for _, controller := range recordedHierarchies {
		if m := mounts.of(controller); m != nil {
			if folder, ok := m.folder(path); ok {
				list = append(list, cgroupFolder{m, folder})
			}
		}
	}
	return list
}

// cutFolder returns what of path lies below dir.
func cutFolder(path, dir string) (below string, ok bool) {
	dir = strings.TrimSuffix(dir, "/")
	below, ok = strings.CutPrefix(path, dir)
	return below, ok && (below == "" || below[0] == '/')
}

func inode(path string) (uint64, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return 0, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return stat.Ino, nil
}
