package replay

import (
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// tree holds the processes of a host: by pid, and by birth.
type tree struct {
	pids    pids
	living  int
	zombies []*Process
	// leaving are the processes whose exit is being handled.
	leaving []*Process
	// gone are exited processes in the order of their exit, until forgotten.
	gone Queue[departure]
	// orphans wait for a parent that the start of the capture has yet to list.
	orphans map[int64][]*Process
	slots   slots
	epoch   int64
}

type departure struct {
	at      schema.Time
	process *Process
}

func newTree() tree {
	return tree{orphans: make(map[int64][]*Process)}
}

// Living returns the number of living processes, zombies not counted.
func (h *Host) Living() int { return h.tree.living }

// Leaving returns the processes that leave the tree with the record being handled: by
// its exit, or found gone without one. It is valid until the handler returns.
func (h *Host) Leaving() []*Process { return h.tree.leaving }

// Processes returns the living processes by start time, then pid. It costs a sort.
func (h *Host) Processes() []*Process {
	list := make([]*Process, 0, h.tree.living)
	for newest := range h.tree.pids.all() {
		for p := newest; p != nil; p = p.older {
			if p.Alive() {
				list = append(list, p)
			}
		}
	}
	slices.SortFunc(list, Compare)
	return list
}

func (t *tree) find(k Key) *Process {
	for p := t.pids.get(k.PID); p != nil; p = p.older {
		if p.Key.StartNs == k.StartNs {
			return p
		}
	}
	return nil
}

// claim makes the process that was guessed to have k's pid the one that k names; nil
// if none was, or if k started too late for it.
func (t *tree) claim(k Key, start schema.Time) *Process {
	p := t.byPID(k.PID)
	if p == nil || !p.guessed || k.StartNs > p.Key.StartNs {
		return nil
	}
	p.Key, p.StartTime, p.guessed = k, start, false
	return p
}

// byPID returns the process that has the pid now; nil if none is known to.
func (t *tree) byPID(pid int64) *Process {
	if p := t.pids.get(pid); p != nil && p.life == alive {
		return p
	}
	return nil
}

// add enters a new process below its parent, which may be nil. What had the pid
// before has exited, whether its exit was recorded or not.
func (t *tree) add(k Key, start schema.Time, parent *Process, now schema.Time) *Process {
	p := &Process{Key: k, StartTime: start, epoch: t.epoch}
	if before := t.pids.get(k.PID); before != nil {
		if before.Key.StartNs > k.StartNs {
			return t.addPast(p, before, parent, now)
		}
		t.exit(before)
		p.older = before
	}
	t.pids.set(k.PID, p)
	t.slots.take(p)
	t.living++
	t.join(p, parent)
	return p
}

// addPast enters a process whose pid has been used again since: it has exited.
func (t *tree) addPast(p, newest, parent *Process, now schema.Time) *Process {
	p.life, p.parent, p.top = exited, parent, p
	if parent != nil && parent.top != nil {
		p.top = parent.Top()
	}
	p.older, newest.older = newest.older, p
	t.gone.Push(departure{now, p})
	return p
}

// join links a process without a parent below parent and settles its top.
func (t *tree) join(p, parent *Process) {
	if parent != nil {
		parent = parent.Place()
	}
	p.parent = parent
	switch {
	case p.isRoot():
		p.top = nil
	case parent == nil || parent.top == nil:
		p.top = p
	default:
		p.top = parent.Top()
	}
	if parent != nil {
		parent.adopt(p)
	}
}

// exit marks a process as exited; it leaves the tree when handlers have seen it.
func (t *tree) exit(p *Process) {
	if p.life != alive {
		return
	}
	if !p.zombie {
		t.living--
	}
	p.life = exiting
	t.leaving = append(t.leaving, p)
}

// settle lets exited processes leave the tree, and forgets those that left before a time.
func (t *tree) settle(now, before schema.Time) {
	for _, p := range t.leaving {
		t.fold(p)
		t.gone.Push(departure{now, p})
	}
	t.leaving = t.leaving[:0]
	for t.gone.Len() > 0 && t.gone.Front().at < before {
		t.forget(t.gone.Pop().process)
	}
}

// fold takes an exited process out of the tree: its children hang on its parent. The
// top of a birth tree stays as a ghost until its last child has gone, for nothing
// else holds the tree together.
func (t *tree) fold(p *Process) {
	if p.top == p && p.firstChild != nil {
		p.life = ghost
		return
	}
	parent := p.Parent()
	p.life = exited
	if parent == nil {
		for c := p.firstChild; c != nil; c = p.firstChild {
			p.release(c)
			c.parent = nil
		}
	} else {
		parent.release(p)
		parent.adoptAll(p)
	}
	t.slots.free(p)
	if parent != nil && parent.life == ghost && parent.firstChild == nil {
		t.fold(parent)
	}
}

// forget drops what is left of an exited process, unless it still is a zombie. A ghost
// is no longer found by its pid then, but stays the top of its tree.
func (t *tree) forget(p *Process) {
	if p.zombie {
		return
	}
	newest := t.pids.get(p.Key.PID)
	if newest == p {
		if p.older == nil {
			t.pids.remove(p.Key.PID)
		} else {
			t.pids.set(p.Key.PID, p.older)
		}
	}
	for q := newest; q != nil; q = q.older {
		if q.older == p {
			q.older = p.older
			break
		}
	}
	p.older = nil
}
