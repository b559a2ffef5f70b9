package replay

import (
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// takeProcess brings the process of the record up to date, and enters it if it is new.
func (h *Host) takeProcess(f *feed, r *schema.Record) intake {
	k := Key{PID: r.PID.V, StartNs: int64(r.StartTime.V) - f.wallOffset}
	p := h.tree.find(k)
	if p != nil && repeated(p, r) {
		return duplicate
	}
	if p == nil {
		p = h.tree.claim(k, r.StartTime.V)
	}
	if p == nil {
		p = h.enter(f, k, r)
	}
	h.current, p.measured = p, false
	p.epoch = h.tree.epoch
	h.identify(p, r)
	switch r.Type {
	case schema.TypeFork:
		h.takeFork(p, r)
	case schema.TypeExec:
		takeExec(p, r)
	case schema.TypeExit:
		h.takeExit(p, r)
	case schema.TypeOOM:
		p.oomTime.Set(r.Time)
	case schema.TypeTask, schema.TypeSample:
		h.takeSample(f, p, r)
	}
	return taken
}

// repeated says that an event is known from another capture of the same boot.
func repeated(p *Process, r *schema.Record) bool {
	switch r.Type {
	case schema.TypeFork:
		return p.ForkTime.OK
	case schema.TypeExec:
		return p.ExecTime.OK && p.ExecTime.V == r.Time
	case schema.TypeExit:
		return p.ExitTime.OK
	case schema.TypeOOM:
		return p.oomTime.OK && p.oomTime.V == r.Time
	}
	return false
}

// enter adds a process that no record has told of.
func (h *Host) enter(f *feed, k Key, r *schema.Record) *Process {
	parent := h.parentOf(f, k, r)
	p := h.tree.add(k, r.StartTime.V, parent, h.now)
	p.PPID = r.PPID.V
	p.batch = h.batch
	if parent != nil && r.Type == schema.TypeFork {
		p.Comm, p.Exe, p.Argv = parent.Comm, parent.Exe, parent.Argv
		p.UID, p.Cgroup, p.Container = parent.UID, parent.Cgroup, parent.Container
		p.CgroupHierarchy = parent.CgroupHierarchy
	}
	if p.StartTime >= h.start {
		p.CPU = CPU{From: p.StartTime, To: p.StartTime, Known: true}
	}
	if f.census && r.Type == schema.TypeTask {
		h.tree.await(p)
		h.tree.gather(p)
	}
	return p
}

// parentOf finds the parent of a new process:
//
//	record                names        what is known        the parent
//	fork                  pid, start   that process         is it
//	                                   a guess by that pid  is it, no longer guessed
//	                                   nothing              is entered, like its child
//	any other             pid          an older process     is it
//	                                   a younger guess      is it, made as old as its child
//	                                   a younger process    is unknown
//	                                   nothing              is entered as a guess
//	task of a census      pid          nothing              waits to be listed (await)
//
// A guess is a process of which no more than its pid is known, from its children. It
// becomes real when a record names its start (claim).
func (h *Host) parentOf(f *feed, k Key, r *schema.Record) *Process {
	ppid := r.PPID.V
	if ppid <= 0 || ppid == k.PID && !r.ParentStartTime.OK {
		return nil
	}
	if r.Type == schema.TypeFork && r.ParentStartTime.OK {
		pk := Key{PID: ppid, StartNs: int64(r.ParentStartTime.V) - f.wallOffset}
		if pk == k {
			return nil
		}
		if p := h.tree.find(pk); p != nil {
			return p
		}
		if p := h.tree.claim(pk, r.ParentStartTime.V); p != nil {
			h.identify(p, r)
			return p
		}
		return h.enterParent(pk, r.ParentStartTime.V, r)
	}
	p := h.tree.byPID(ppid)
	switch {
	case p != nil && p.Key.StartNs <= k.StartNs:
		return p
	case p != nil && p.guessed:
		p.Key.StartNs, p.StartTime = k.StartNs, r.StartTime.V
		return p
	case p != nil, f.census && r.Type == schema.TypeTask:
		return nil
	}
	p = h.enterParent(Key{PID: ppid, StartNs: k.StartNs}, r.StartTime.V, r)
	p.guessed = true
	return p
}

func (h *Host) enterParent(k Key, start schema.Time, child *schema.Record) *Process {
	p := h.tree.add(k, start, nil, h.now)
	p.batch = h.batch
	if child.Type == schema.TypeFork {
		h.identify(p, child)
	}
	return p
}

// identify takes over what the record says about who the process is.
func (h *Host) identify(p *Process, r *schema.Record) {
	if r.PPID.OK && p.Key.PID == r.PID.V {
		p.PPID = r.PPID.V
	}
	setText(&p.Comm, r.Comm)
	setText(&p.Cgroup, r.Process.Cgroup)
	setText(&p.Container, r.Container)
	if r.CgroupHierarchy.OK {
		p.CgroupHierarchy = r.CgroupHierarchy
	}
	if r.UID.OK {
		p.UID = r.UID
	}
}

// setText assigns a text that is there and new, so that equal strings stay shared.
func setText(to *string, from schema.Opt[string]) {
	if from.OK && *to != from.V {
		*to = from.V
	}
}

func (h *Host) takeFork(p *Process, r *schema.Record) {
	p.ForkTime.Set(r.Time)
	clear(h.tree.orphans)
	if p.CPU.UsedNs == 0 && p.CPU.TotalNs == 0 {
		p.CPU = CPU{From: p.StartTime, To: p.StartTime, Known: true}
	}
}

func takeExec(p *Process, r *schema.Record) {
	p.ExecTime.Set(r.Time)
	p.Exe = r.Exe.Or(r.Filename.Or(""))
	p.Argv = r.Argv.V
}

func (h *Host) takeExit(p *Process, r *schema.Record) {
	h.measure(p, r)
	p.ExitTime.Set(r.Time)
	h.tree.exit(p)
}

func (h *Host) takeSample(f *feed, p *Process, r *schema.Record) {
	if r.Type == schema.TypeTask {
		setText(&p.Exe, r.Exe)
		if r.Argv.OK && !slices.Equal(p.Argv, r.Argv.V) {
			p.Argv = r.Argv.V
		}
		if r.Phase.V == schema.PhaseBegin {
			f.tasks++
		}
	}
	if !p.Exited() {
		h.measure(p, r)
		if r.RSSBytes.OK && r.RSSBytes.V >= 0 {
			p.RSSBytes = r.RSSBytes
		}
	}
	if r.Threads.OK {
		p.Threads = r.Threads
	}
	if r.State.OK {
		p.SampleSeq = r.Seq
		h.tree.setState(p, r.State.V, h.batch, h.now)
	}
}
