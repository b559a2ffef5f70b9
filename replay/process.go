package replay

import "github.com/linnix-os/linnix/schema"

// Key identifies a process within one boot: the pid alone may be used again.
type Key struct {
	PID int64
	// StartNs is the start on the boot clock: start_time − wall_offset_ns.
	StartNs int64
}

// Process is one process as the records have told of it so far. Handlers read it and
// may keep the pointer; after the exit it no longer changes, except that a zombie may
// still be sampled.
type Process struct {
	Key Key
	// PPID is the pid of the real parent as last recorded; the birth parent is Parent.
	PPID int64
	// StartTime is the start as the first record wrote it; that of its first known child
	// for a process that no record is about (see Started).
	StartTime schema.Time
	// Comm, Exe and Argv are those of the program that runs: a fork inherits them, an
	// exec replaces them. They are empty where no record told them.
	Comm, Exe         string
	Argv              []string
	UID               schema.Opt[int64]
	Cgroup, Container string
	// CgroupHierarchy is the hierarchy that Cgroup is a path in; 0 is v2.
	CgroupHierarchy schema.Opt[int64]
	// State and Threads are those of the last sample.
	State    string
	Threads  schema.Opt[int64]
	RSSBytes schema.Opt[int64]
	// SampleSeq is the seq of the record that told State.
	SampleSeq int64
	// ForkTime, ExecTime and ExitTime are those of the fork, the latest exec and the
	// exit record, where there was one.
	ForkTime, ExecTime, ExitTime schema.Opt[schema.Time]
	// CPU is the latest measurement of its CPU time.
	CPU CPU
	// oomTime is that of the latest oom record about it.
	oomTime schema.Opt[schema.Time]

	// guessed: only its pid is known, from a child of no earlier start.
	guessed bool

	life   life
	zombie bool
	// measured says that the latest record held its CPU counter.
	measured bool
	batch    int64 // number of the system record that its latest sample belongs to
	epoch    int64 // latest census in which it was seen

	// parent may have left the tree and top may have got a parent since: see Parent, Top.
	parent, top              *Process
	firstChild, lastChild    *Process
	nextSibling, prevSibling *Process
	older                    *Process // earlier user of the same pid, while remembered
	slot                     int32    // place in every Table
	serial                   uint32   // tells successive owners of a slot apart
}

// life is how far a process has come.
type life uint8

const (
	alive   life = iota
	exiting      // its exit is being handled: still in the tree
	exited       // out of the tree; its parent is what it folded into
	ghost        // exited, but its children have no other place
)

// CPU is a measurement of a process's CPU time, all threads together.
type CPU struct {
	// TotalNs is the counter at To.
	TotalNs int64
	// From and To bound the time in which UsedNs was used. They are equal before the
	// first measurement.
	From, To schema.Time
	UsedNs   int64
	// Known says that TotalNs was recorded, or is the 0 of a birth that was.
	Known bool
}

// Started returns StartTime, absent for a process that is known only as the parent of
// another.
func (p *Process) Started() schema.Opt[schema.Time] {
	if p.guessed {
		return schema.Opt[schema.Time]{}
	}
	return schema.Some(p.StartTime)
}

// Alive says that the process runs or sleeps: it has not exited and is no zombie.
func (p *Process) Alive() bool { return p.life == alive && !p.Zombie() }

// Exited says that the process has exited, as far as the records tell.
func (p *Process) Exited() bool { return p.life != alive }

// Zombie says that the process was last sampled as a zombie and, as far as is known,
// not reaped yet. A process whose leader alone has ended is none.
func (p *Process) Zombie() bool { return p.zombie }

// Parent returns its nearest birth ancestor in the tree: exited ones have folded into
// their own. It is nil for a process whose parent is unknown.
func (p *Process) Parent() *Process {
	if p.parent == nil {
		return nil
	}
	p.parent = p.parent.Place()
	return p.parent
}

// Place returns the process itself while it is in the tree, else what it has folded
// into; nil when that is beyond the tree's roots.
func (p *Process) Place() *Process {
	for p != nil && p.life == exited {
		if p.parent != nil && p.parent.life == exited {
			p.parent = p.parent.parent
		}
		p = p.parent
	}
	return p
}

// Top returns the root of its birth tree: the ancestor, or itself, that is a child of
// pid 1 or 2 or of an unknown parent. It changes only while a capture lists the living,
// and stays in the tree until its last descendant has exited. Pid 1 and 2 are in no such tree: their top is nil.
func (p *Process) Top() *Process {
	if p.top == nil {
		return nil
	}
	// A top that got a parent leads on to that one's; each look halves the way.
	for p.top != p.top.top {
		p.top = p.top.top
		p = p.top
	}
	return p.top
}

// Within says that the process is root or was born below it.
func (p *Process) Within(root *Process) bool {
	for q := p; q != nil; q = q.Parent() {
		if q == root {
			return true
		}
	}
	return false
}

// isRoot says that the process starts trees without being part of one: init and
// kthreadd.
func (p *Process) isRoot() bool { return p.Key.PID == 1 || p.Key.PID == 2 }

// Compare orders processes by start time, then pid.
func Compare(a, b *Process) int {
	switch {
	case a.Key.StartNs != b.Key.StartNs:
		return sign(a.Key.StartNs < b.Key.StartNs)
	case a.Key.PID != b.Key.PID:
		return sign(a.Key.PID < b.Key.PID)
	}
	return 0
}

func sign(less bool) int {
	if less {
		return -1
	}
	return 1
}
