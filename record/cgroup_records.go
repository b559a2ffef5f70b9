package record

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/schema"
	"golang.org/x/sys/unix"
)

// maxFollowed bounds the cgroups whose files are held open. Who comes when it is reached
// has no records until another cgroup is empty.
const maxFollowed = 512

// cgroupReader reads the limits and the use of the cgroups that hold a live process,
// themselves or below them. Their files stay open, so that a look at one is one system
// call.
type cgroupReader struct {
	// root is "/" but in tests.
	root     string
	mounts   hierarchies
	followed map[cgroupKey]*followedCgroup
	// order has them as they came, so that records do too.
	order []*followedCgroup
	most  int
	pass  int
	buf   [4096]byte
}

// followedCgroup is a cgroup and what its last record said.
type followedCgroup struct {
	key    cgroupKey
	path   string
	parent *followedCgroup
	files  []cgroupFile
	// seen is the last pass that found a process in it.
	seen     int
	use      schema.Cgroup
	pressure schema.Pressure
}

// cgroupFile is an open file of a cgroup.
type cgroupFile struct {
	fd   int
	read func(text []byte, r *schema.Record)
}

// newCgroupReader returns a reader for the cgroups that are mounted; if that cannot be
// read, for none.
func newCgroupReader(root string) *cgroupReader {
	mounts, err := readHierarchies(root)
	if err != nil {
		mounts = nil
	}
	return &cgroupReader{root: root, mounts: mounts, followed: make(map[cgroupKey]*followedCgroup), most: affordable()}
}

// affordable is how many cgroups may be followed without using up the open files.
func affordable() int {
	const filesForAllElse = 256
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur <= filesForAllElse {
		return 0
	}
	return int(min(maxFollowed, (limit.Cur-filesForAllElse)/uint64(len(v1Files)+len(v2Files))))
}

func (c *cgroupReader) close() {
	for _, f := range c.order {
		f.close()
	}
	c.order, c.followed = nil, nil
}

func (f *followedCgroup) close() {
	for _, file := range f.files {
		unix.Close(file.fd)
	}
	f.files = nil
}

// see notes that a cgroup holds a process. The root has no limits and is left out.
func (c *cgroupReader) see(key cgroupKey, path string) {
	if f := c.follow(key, path); f != nil {
		for ; f != nil && f.seen != c.pass; f = f.parent {
			f.seen = c.pass
		}
	}
}

// follow returns the cgroup at a path, and begins to follow it and its parents if there
// is room.
func (c *cgroupReader) follow(key cgroupKey, path string) *followedCgroup {
	if f := c.followed[key]; f != nil || path == "/" || path == "" || len(c.order) >= c.most {
		return f
	}
	f := &followedCgroup{key: key, path: path, seen: c.pass - 1}
	c.followed[key] = f
	// What is gone, or another cgroup of the same name, stays without files.
	if ino, err := c.inode(key.hierarchy, path); err == nil && ino == key.id {
		c.open(f)
		if up := filepath.Dir(path); up != "/" {
			if ino, err := c.inode(key.hierarchy, up); err == nil {
				f.parent = c.follow(cgroupKey{id: ino, hierarchy: key.hierarchy}, up)
			}
		}
	}
	c.order = append(c.order, f)
	return f
}

var errNoMount = errors.New("not mounted")

func (c *cgroupReader) inode(hierarchy uint32, path string) (uint64, error) {
	m := c.mounts.byHierarchy(hierarchy)
	if m == nil {
		return 0, errNoMount
	}
	folder, ok := m.folder(path)
	if !ok {
		return 0, errNoMount
	}
	return inode(filepath.Join(c.root, folder))
}

// open opens the files that there are: those of v1 controllers at the same path, then
// those of v2, which count where both have a value.
func (c *cgroupReader) open(f *followedCgroup) {
	for _, file := range v1Files {
		c.openAt(f, c.mounts.of(file.controller), file)
	}
	if f.key.hierarchy == 0 {
		for _, file := range v2Files {
			c.openAt(f, c.mounts.of(""), file)
		}
	}
}

func (c *cgroupReader) openAt(f *followedCgroup, m *hierarchy, source cgroupSource) {
	if m == nil {
		return
	}
	folder, ok := m.folder(f.path)
	if !ok {
		return
	}
	fd, err := unix.Open(filepath.Join(c.root, folder, source.name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		f.files = append(f.files, cgroupFile{fd: fd, read: source.read})
	}
}

// records ends a pass: it calls emit for each cgroup that holds a process, has a limit or
// a pressure file, and has changed since its last record; the record has no time. Those
// that hold none are let go.
func (c *cgroupReader) records(emit func(*schema.Record)) {
	c.order = slices.DeleteFunc(c.order, func(f *followedCgroup) bool {
		if f.seen == c.pass {
			return false
		}
		f.close()
		delete(c.followed, f.key)
		return true
	})
	for _, f := range c.order {
		var r schema.Record
		if c.fill(f, &r) {
			emit(&r)
		}
	}
	c.pass++
}

// fill reads a cgroup into r and says whether it is worth a record.
func (c *cgroupReader) fill(f *followedCgroup, r *schema.Record) bool {
	for _, file := range f.files {
		if n, err := unix.Pread(file.fd, c.buf[:], 0); err == nil && n > 0 {
			file.read(c.buf[:n], r)
		}
	}
	limited := r.MemoryMaxBytes.OK || r.CPUQuotaNs.OK || r.PidsMax.OK || r.PSI != schema.Pressure{}
	if !limited || r.Cgroup == f.use && r.PSI == f.pressure {
		return false
	}
	f.use, f.pressure = r.Cgroup, r.PSI
	r.Type = schema.TypeCgroup
	r.Process.Cgroup.Set(f.path)
	r.CgroupID.Set(int64(f.key.id))
	r.CgroupHierarchy.Set(int64(f.key.hierarchy))
	return true
}

// sampleCgroups queues what has changed of the cgroups of these tasks.
func (r *recorder) sampleCgroups(tasks []*task) error {
	for _, t := range tasks {
		if !r.keeps(t) || t.zombie() || t.process.CgroupId == 0 {
			continue
		}
		key := cgroupKey{id: t.process.CgroupId, hierarchy: t.process.CgroupHierarchy}
		if cg, known := r.decoder.cgroups.of(key); known {
			r.cgroups.see(key, cg.path)
		}
	}
	now, err := r.decoder.clock.now()
	r.cgroups.records(func(rec *schema.Record) {
		rec.Time = now
		r.queue.push().record = *rec
	})
	return err
}

// trimmed returns the text of a file of one line.
func trimmed(text []byte) string { return strings.TrimSpace(string(text)) }
