package record

import (
	"regexp"
	"strings"

	"github.com/linnix-os/linnix/bpf"
)

// cgroupKey names a cgroup: ids are unique within a hierarchy only.
type cgroupKey struct {
	id        uint64
	hierarchy uint32
}

type cgroupPath struct{ path, container string }

// maxCgroupPaths bounds a generation of paths, of about 200 bytes each.
const maxCgroupPaths = 4096

// cgroupPaths holds the paths the kernel side has sent, each before the first event
// that names it. A host may have any number of cgroups in the course of time, so there are
// two generations: when one is full, all are forgotten but these, and the kernel side
// sends those still in use once more.
type cgroupPaths struct {
	now, before map[cgroupKey]cgroupPath
	// resend makes the kernel side forget what it has sent.
	resend func() error
}

func newCgroupPaths(resend func() error) *cgroupPaths {
	return &cgroupPaths{now: make(map[cgroupKey]cgroupPath), resend: resend}
}

func (c *cgroupPaths) of(key cgroupKey) (path cgroupPath, known bool) {
	if path, known = c.now[key]; !known {
		path, known = c.before[key]
	}
	return path, known
}

// add takes in a path.
func (c *cgroupPaths) add(e *bpf.CgroupEvent) error {
	path, whole := pathOf(e)
	if !whole {
		return nil
	}
	c.now[cgroupKey{id: e.Id, hierarchy: e.Hierarchy}] = cgroupPath{path: path, container: containerOf(path)}
	if len(c.now) < maxCgroupPaths {
		return nil
	}
	c.now, c.before = make(map[cgroupKey]cgroupPath), c.now
	return c.resend()
}

// pathOf puts a path together. One that is too deep, or has a name too long, to be sent
// whole stays unknown, so that no path lies.
func pathOf(e *bpf.CgroupEvent) (text string, whole bool) {
	if int(e.Depth) > bpf.MaxCgroupDepth {
		return "", false
	}
	var path strings.Builder
	for i := int(e.Depth) - 1; i >= 0; i-- {
		name := cString(e.Names[i][:])
		if len(name) >= len(e.Names[i])-1 {
			return "", false
		}
		path.WriteByte('/')
		path.WriteString(name)
	}
	if e.Depth == 0 {
		path.WriteByte('/')
	}
	return path.String(), true
}

// containerID is how Docker, containerd, CRI-O and Podman name a container's cgroup:
// 64 hex digits, alone or between a prefix and ".scope".
var containerID = regexp.MustCompile(`(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?:/|$)`)

// containerOf returns the innermost container id that a cgroup path shows, or "".
func containerOf(path string) string {
	found := containerID.FindAllStringSubmatch(path, -1)
	if found == nil {
		return ""
	}
	return found[len(found)-1][1]
}
