package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/linnix-os/linnix/bpf"
)

// Filter says which processes are recorded: all by default, else those for which
// everything that is set holds. It is applied in the kernel, at each event: who matched
// once is recorded until its end, so that no recorded process lacks its exit. The parents
// of what is recorded, up to pid 1, are recorded as tasks, with their exits. As JSON it is
// the filters of the meta record.
type Filter struct {
	// PID is a process that is there when the recording begins; it matches with its
	// descendants.
	PID int64 `json:"pid,omitempty"`
	// Cgroup is a cgroup that is there when the recording begins, by its path as in
	// records or by its folder; it matches with those below it.
	Cgroup string `json:"cgroup,omitempty"`
	// UID is the real user id.
	UID *uint32 `json:"uid,omitempty"`
	// Comm is a pattern for the command name; see [bpf.CompileGlob].
	Comm string `json:"comm,omitempty"`
}

// compile checks the filter and turns it into the kernel side's.
func (f Filter) compile() (filter bpf.Filter, err error) {
	if f.PID != 0 {
		if err := checkProcess(f.PID); err != nil {
			return filter, err
		}
		filter.PID = uint32(f.PID)
	}
	if f.Cgroup != "" {
		id, err := findCgroup("/", f.Cgroup)
		if err != nil {
			return filter, err
		}
		filter.Cgroup = &id
	}
	if f.Comm != "" {
		if filter.Comm, err = bpf.CompileGlob(f.Comm); err != nil {
			return filter, err
		}
	}
	filter.UID = f.UID
	return filter, nil
}

// json returns the filter as meta has it.
func (f Filter) json() (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(f); err != nil {
		return "", fmt.Errorf("encode the filter: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}

// checkProcess says whether a pid is that of a process.
func checkProcess(pid int64) error {
	hint := "type 'ps -e' for those there are"
	if pid < 0 || pid > 1<<31-1 {
		return fmt.Errorf("no process has the pid %d: %s", pid, hint)
	}
	status, err := os.ReadFile(procPath(uint32(pid), "status"))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no process %d: %s", pid, hint)
	}
	if err != nil {
		return fmt.Errorf("look for process %d: %w", pid, err)
	}
	tgid := pid
	eachLine(status, func(fields []string) {
		if fields[0] == "Tgid:" && len(fields) > 1 {
			tgid = parseInt(fields[1])
		}
	})
	if tgid != pid {
		return fmt.Errorf("%d is a thread of process %d: type --pid %[2]d", pid, tgid)
	}
	return nil
}

// findCgroup resolves the path of a cgroup, as in records or as a folder. root is "/"
// but in tests.
func findCgroup(root, path string) (id bpf.CgroupID, err error) {
	hint := "see the 'cgroup' fields of a capture, or type 'cat /proc/PID/cgroup'"
	if !filepath.IsAbs(path) {
		return id, fmt.Errorf("cgroup %q is no path from the root: %s", path, hint)
	}
	mounts, err := readHierarchies(root)
	if err != nil {
		return id, err
	}
	path = filepath.Clean(path)
	for _, m := range mounts.candidates(path) {
		ino, err := inode(filepath.Join(root, m.folder))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return id, fmt.Errorf("find cgroup %q: %w", path, err)
		}
		if !m.mount.v2 && len(m.mount.controllers) == 0 {
			return id, fmt.Errorf("cgroup %q has no controller, so it cannot be told: give its path under another mount, such as memory", path)
		}
		return bpf.CgroupID{ID: ino, Hierarchy: m.mount.id}, nil
	}
	return id, fmt.Errorf("there is no cgroup %q: %s", path, hint)
}
