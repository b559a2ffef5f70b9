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

// cgroupPaths holds the paths the kernel side has sent, each before the first event
// that names it. A cgroup is sent once, so none is dropped: about 200 bytes each.
type cgroupPaths map[cgroupKey]cgroupPath

// add takes in a path. One that is too deep, or has a name too long, to be sent whole
// stays unknown, so that no path lies.
func (c cgroupPaths) add(e *bpf.CgroupEvent) {
	if int(e.Depth) > bpf.MaxCgroupDepth {
		return
	}
	var path strings.Builder
	for i := int(e.Depth) - 1; i >= 0; i-- {
		name := cString(e.Names[i][:])
		if len(name) >= len(e.Names[i])-1 {
			return
		}
		path.WriteByte('/')
		path.WriteString(name)
	}
	if e.Depth == 0 {
		path.WriteByte('/')
	}
	text := path.String()
	c[cgroupKey{id: e.Id, hierarchy: e.Hierarchy}] = cgroupPath{path: text, container: containerOf(text)}
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
