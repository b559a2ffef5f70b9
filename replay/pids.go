package replay

import "iter"

const (
	// pidLimit is the kernel's PID_MAX_LIMIT: a capture of a host has no larger pid.
	pidLimit = 1 << 22
	pageBits = 8
	pageSize = 1 << pageBits
)

// pids finds a process by its pid. The kernel counts pids up, so those of one time lie
// together, and a table in pages finds one faster than a map does. A page goes when
// its last pid does. The zero value is empty.
type pids struct {
	pages []*pidPage
	// others are under a number that no kernel gives.
	others map[int64]*Process
}

type pidPage struct {
	used      int
	processes [pageSize]*Process
}

// get returns the process of the pid, or nil.
func (t *pids) get(pid int64) *Process {
	if at := uint64(pid) >> pageBits; at < uint64(len(t.pages)) {
		if page := t.pages[at]; page != nil {
			return page.processes[pid%pageSize]
		}
		return nil
	}
	return t.others[pid]
}

// set makes p the process of the pid.
func (t *pids) set(pid int64, p *Process) {
	if pid < 0 || pid >= pidLimit {
		if t.others == nil {
			t.others = make(map[int64]*Process)
		}
		t.others[pid] = p
		return
	}
	at := int(pid >> pageBits)
	if at >= len(t.pages) {
		t.pages = append(t.pages, make([]*pidPage, at+1-len(t.pages))...)
	}
	if t.pages[at] == nil {
		t.pages[at] = new(pidPage)
	}
	page := t.pages[at]
	if page.processes[pid%pageSize] == nil {
		page.used++
	}
	page.processes[pid%pageSize] = p
}

// remove forgets the process of a pid that has one.
func (t *pids) remove(pid int64) {
	if pid < 0 || pid >= pidLimit {
		delete(t.others, pid)
		return
	}
	page := t.pages[pid>>pageBits]
	page.processes[pid%pageSize] = nil
	if page.used--; page.used == 0 {
		t.pages[pid>>pageBits] = nil
	}
}

// all yields the processes, those of numbers that no kernel gives in any order.
func (t *pids) all() iter.Seq[*Process] {
	return func(yield func(*Process) bool) {
		for _, page := range t.pages {
			if page == nil {
				continue
			}
			for _, p := range page.processes {
				if p != nil && !yield(p) {
					return
				}
			}
		}
		for _, p := range t.others {
			if !yield(p) {
				return
			}
		}
	}
}
