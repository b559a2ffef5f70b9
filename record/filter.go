package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// Filter says which processes are recorded: all by default, else those for which
// everything that is set holds. It is applied in the kernel, at each event: who matched
// once is recorded until its end, so that no recorded process lacks its exit. The parents
// of what is recorded, up to pid 1, are recorded as tasks. As JSON it is the filters of
// the meta record.
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

// filtering says whether something is left out.
func (r *recorder) filtering() bool { return r.opts.filter.Set() }

// keeps says whether a task is recorded for its own sake.
func (r *recorder) keeps(t *task) bool { return !r.filtering() || t.marks&bpf.MarkKept != 0 }

// introduces says whether a task is recorded at all.
func (r *recorder) introduces(t *task) bool {
	return !r.filtering() || t.marks&(bpf.MarkKept|bpf.MarkTold) != 0
}

// maxFamilyPasses bounds the search for descendants; each pass but the last finds one.
const maxFamilyPasses = 1000

// findTasks returns every process. Under a filter by pid it looks until no descendant is
// new: one whose pid is smaller than its parent's is visited before it.
func (r *recorder) findTasks() ([]*task, error) {
	for range maxFamilyPasses {
		found, err := r.tasks.processes()
		if err != nil {
			return nil, err
		}
		fresh := false
		for _, t := range found {
			fresh = fresh || t.marks&bpf.MarkNew != 0
		}
		if !fresh {
			return found, nil
		}
	}
	return nil, errors.New("the process of --pid forks too fast: try again")
}

// takeTask takes in a process that is told of because something kept comes from it, or
// because it is kept from now on. Those of the start are written among its tasks.
func (r *recorder) takeTask(e *bpf.TaskEvent) error {
	switch {
	case r.bornAtTheEnd(&e.Process) || r.table.all[keyOf(&e.Process)] != nil:
	case r.forked != nil:
		r.introduced[keyOf(&e.Process)] = *e
	default:
		r.introduce(&r.queue.push().record, e)
	}
	return nil
}

// introduce writes a process that was there already into rec.
func (r *recorder) introduce(rec *schema.Record, e *bpf.TaskEvent) {
	r.decoder.task(rec, e)
	if e.Kept != 0 {
		r.table.add(keyOf(&e.Process))
		r.summary.Processes++
	}
}

func (d *decoder) task(r *schema.Record, e *bpf.TaskEvent) {
	r.Type, r.Time = schema.TypeTask, d.clock.wall(e.Header.TimeNs)
	r.Phase.Set(schema.PhaseBegin)
	d.process(r, &e.Process)
}

// hide leaves of the hidden processes those that are recorded.
func (r *recorder) hide(list []*hidden) {
	r.hidden = list
	if r.filtering() {
		r.hidden = slices.DeleteFunc(list, func(h *hidden) bool {
			_, told := r.introduced[h.key]
			return !told
		})
	}
	for _, h := range r.hidden {
		delete(r.introduced, h.key)
	}
}

func byStart(a, b processKey) int {
	return cmp.Or(cmp.Compare(a.startNs, b.startNs), cmp.Compare(a.pid, b.pid))
}

// writeIntroduced writes the processes that were told of at the start but are gone, or
// were born, since they were visited.
func (r *recorder) writeIntroduced() error {
	for _, key := range slices.SortedFunc(maps.Keys(r.introduced), byStart) {
		e := r.introduced[key]
		if r.forked[key] || r.table.all[key] != nil {
			continue
		}
		var rec schema.Record
		r.introduce(&rec, &e)
		if err := r.write(&rec); err != nil {
			return err
		}
	}
	r.introduced = nil
	return nil
}
