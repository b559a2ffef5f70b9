package bpf

import (
	"errors"

	"github.com/cilium/ebpf"
)

// Filter says which processes' events are sent. The zero value sends all; of what is
// set, everything must hold. A process that matched once is kept until it is reaped.
type Filter struct {
	// PID names a process that is there: it and its descendants match. 0 means any.
	PID uint32
	// UID is the real user id.
	UID *uint32
	// Cgroup matches with all that is up to 16 levels below it.
	Cgroup *CgroupID
	// Comm matches the command name.
	Comm *Glob
}

// CgroupID names a cgroup: ids are unique within a hierarchy only.
type CgroupID struct {
	// ID is the kernfs id: the inode of the cgroup's folder.
	ID uint64
	// Hierarchy is 0 for v2.
	Hierarchy uint32
}

// Marks is what the filter has decided about a process, in [LeaderRecord].
type Marks uint32

// The marks.
const (
	// MarkKept says that the process matches, or matched once.
	MarkKept = Marks(linnixFilterMarkMARK_KEPT)
	// MarkTold says that its fork or a [TaskEvent] was sent.
	MarkTold = Marks(linnixFilterMarkMARK_TOLD)
	// MarkNew says that this visit found it to be a descendant of Filter.PID.
	MarkNew = Marks(linnixFilterMarkMARK_NEW)
)

// maxMarked bounds the processes that a filter remembers, each in about 64 bytes of
// kernel memory while it is there.
const maxMarked = 1 << 18

// Set says whether f leaves anything out.
func (f Filter) Set() bool { return f.kinds() != 0 }

func (f Filter) kinds() (kinds uint32) {
	for _, row := range [...]struct {
		set  bool
		kind linnixFilterKind
	}{
		{f.PID != 0, linnixFilterKindFILTER_PID},
		{f.Cgroup != nil, linnixFilterKindFILTER_CGROUP},
		{f.UID != nil, linnixFilterKindFILTER_UID},
		{f.Comm != nil, linnixFilterKindFILTER_COMM},
	} {
		if row.set {
			kinds |= uint32(row.kind)
		}
	}
	return kinds
}

// apply sets the filter's constants. Without one, the program that follows what is kept
// to its end is not loaded.
func (f Filter) apply(spec *ebpf.CollectionSpec) error {
	if !f.Set() {
		delete(spec.Programs, "on_free")
		return nil
	}
	spec.Maps["process_marks"].MaxEntries = maxMarked
	set := func(name string, value any) error { return spec.Variables[name].Set(value) }
	errs := []error{set("filters", f.kinds()), set("filter_pid", f.PID)}
	if f.UID != nil {
		errs = append(errs, set("filter_uid", *f.UID))
	}
	if f.Cgroup != nil {
		errs = append(errs, set("filter_cgroup_id", f.Cgroup.ID), set("filter_cgroup_hierarchy", f.Cgroup.Hierarchy))
	}
	if f.Comm != nil {
		errs = append(errs, set("comm_accepts", f.Comm.accepts), set("comm_stars", f.Comm.stars), set("comm_final", f.Comm.final))
	}
	return errors.Join(errs...)
}
