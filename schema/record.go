package schema

// Format names the capture format; FormatVersion is the version this code writes
// and the only one it reads.
const (
	Format        = "linnix-capture"
	FormatVersion = 1
)

// ChecksumCRC32C, as the checksum of a meta record, says that every line of the
// capture in JSONL ends with its CRC-32C, which finds what damage changed in silence.
const ChecksumCRC32C = "crc32c"

// StopRecovered is the stop_reason of a capture that was finished after its recorder
// had died.
const StopRecovered = "recovered"

// Type is what a capture record tells of. A reader keeps types it does not know.
type Type string

// The record types, in the order in which a capture first shows them.
const (
	TypeMeta   Type = "meta"
	TypeTask   Type = "task"
	TypeSystem Type = "system"
	TypeFork   Type = "fork"
	TypeExec   Type = "exec"
	TypeExit   Type = "exit"
	TypeSample Type = "sample"
	TypeCgroup Type = "cgroup"
	TypeOOM    Type = "oom"
	TypeLost   Type = "lost"
	TypeEnd    Type = "end"
)

// Types lists every record type this version knows.
var Types = [...]Type{
	TypeMeta, TypeTask, TypeSystem, TypeFork, TypeExec, TypeExit,
	TypeSample, TypeCgroup, TypeOOM, TypeLost, TypeEnd,
}

// Index returns the type's place in [Types], or -1 for one that this version does not
// know. It is asked several times for every record, which a search would make slow.
func (t Type) Index() int {
	switch t {
	case TypeMeta:
		return 0
	case TypeTask:
		return 1
	case TypeSystem:
		return 2
	case TypeFork:
		return 3
	case TypeExec:
		return 4
	case TypeExit:
		return 5
	case TypeSample:
		return 6
	case TypeCgroup:
		return 7
	case TypeOOM:
		return 8
	case TypeLost:
		return 9
	case TypeEnd:
		return 10
	}
	return -1
}

// Phases of a task record.
const (
	PhaseBegin = "begin"
	PhaseEnd   = "end"
)

// Record is one record of a capture: one JSONL line, one Parquet row. It is flat:
// a record of any type uses the fields that [Fields] lists for it and leaves the
// others absent. Times are UTC, sizes bytes, durations ns, counters cumulative.
//
// A Record is about 2 KiB and is meant to be reused: pass it by pointer and Reset it.
type Record struct {
	Type Type
	// Time is the event's CLOCK_BOOTTIME plus the capture's wall_offset_ns.
	Time Time
	// Seq is the position in the capture, from 0.
	Seq int64

	Process
	Event
	Usage
	System
	Cgroup
	Meta
	Lost
	End

	// Extra holds the members this version does not know, as one JSON object's text
	// in their original order, so that conversion loses nothing; empty without any.
	Extra []byte
}

// Reset makes every field absent.
func (r *Record) Reset() { *r = Record{} }

// Process identifies the process a record is about.
type Process struct {
	PID, PPID       Opt[int64]
	StartTime       Opt[Time]
	Comm            Opt[string]
	UID, GID        Opt[int64]
	Cgroup          Opt[string]
	CgroupID        Opt[int64]
	CgroupHierarchy Opt[int64]
	Container       Opt[string]
	PIDNS           Opt[int64]
}

// Event holds what fork, exec, exit and task records say beyond the process.
type Event struct {
	Phase           Opt[string]
	ParentStartTime Opt[Time]
	Filename, Exe   Opt[string]
	Argv            Opt[[]string]
	ArgvBytes       Opt[int64]
	ArgvTruncated   Opt[bool]
	ExitCode        Opt[int64]
	Signal          Opt[int64]
	CoreDumped      Opt[bool]
}

// Usage holds the resources a process has used: totals of all its threads, living
// and dead.
type Usage struct {
	State                                  Opt[string]
	Threads                                Opt[int64]
	CPUNs, UtimeNs, StimeNs                Opt[int64]
	RSSBytes, MaxRSSBytes                  Opt[int64]
	MinFaults, MajFaults                   Opt[int64]
	ReadBytes, WriteBytes                  Opt[int64]
	RunDelayNs                             Opt[int64]
	VoluntarySwitches, InvoluntarySwitches Opt[int64]
}

// Pressure holds the pressure-stall totals of a host or a cgroup, in µs.
type Pressure struct {
	CPUSomeUs, CPUFullUs       Opt[int64]
	MemorySomeUs, MemoryFullUs Opt[int64]
	IOSomeUs, IOFullUs         Opt[int64]
}

// System holds the host's own counters.
type System struct {
	CPUUserNs, CPUNiceNs, CPUSystemNs, CPUIdleNs    Opt[int64]
	CPUIowaitNs, CPUIrqNs, CPUSoftirqNs, CPUStealNs Opt[int64]
	ForksTotal, ContextSwitches                     Opt[int64]
	ProcsRunning, ProcsBlocked                      Opt[int64]
	MemFreeBytes, MemAvailableBytes                 Opt[int64]
	MemCachedBytes, MemDirtyBytes, SwapFreeBytes    Opt[int64]
	Load1, Load5, Load15                            Opt[float64]
	DiskReadBytes, DiskWriteBytes                   Opt[int64]
	DiskBusyNs, DiskQueueNs                         Opt[int64]
	NetRxBytes, NetTxBytes                          Opt[int64]
	PSI                                             Pressure
	PSICPUSomeAvg10, PSICPUFullAvg10                Opt[float64]
	PSIMemorySomeAvg10, PSIMemoryFullAvg10          Opt[float64]
	PSIIOSomeAvg10, PSIIOFullAvg10                  Opt[float64]
	MajFaultsTotal, SwapInPages, SwapOutPages       Opt[int64]
	OOMKillsTotal                                   Opt[int64]
	SelfCPUNs, SelfRSSBytes, SelfBPFNs, RingBytes   Opt[int64]
}

// Cgroup holds the limits and use of one cgroup; its path is Process.Cgroup and its
// pressure System.PSI.
type Cgroup struct {
	MemoryCurrentBytes, MemoryMaxBytes     Opt[int64]
	CPUUsageNs, CPUThrottledNs, CPUQuotaNs Opt[int64]
	PidsCurrent, PidsMax                   Opt[int64]
}

// Meta describes the recording.
type Meta struct {
	Format         Opt[string]
	FormatVersion  Opt[int64]
	Checksum       Opt[string]
	ToolVersion    Opt[string]
	Host, BootID   Opt[string]
	Kernel, Arch   Opt[string]
	CPUs           Opt[int64]
	MemTotalBytes  Opt[int64]
	SwapTotalBytes Opt[int64]
	PageSize       Opt[int64]
	PIDMax         Opt[int64]
	WallOffsetNs   Opt[int64]
	IntervalNs     Opt[int64]
	Source         Opt[string]
	Probes         Opt[JSON]
	Filters        Opt[JSON]
	Command        Opt[[]string]
	SelfPID        Opt[int64]
}

// Lost tells of events the recorder could not keep.
type Lost struct {
	LostType Opt[string]
	Count    Opt[int64]
	Reason   Opt[string]
	From, To Opt[Time]
}

// End closes a capture.
type End struct {
	StopReason      Opt[string]
	Counts          Opt[JSON]
	DurationNs      Opt[int64]
	SelfMaxRSSBytes Opt[int64]
}

// JSON is the canonical (compact) text of a nested value.
type JSON string

// Probe is one element of a meta record's probes.
type Probe struct {
	Name     string `json:"name"`
	Attached bool   `json:"attached"`
	Detail   string `json:"detail,omitempty"`
}

// EventCount is the value for one event type in an end record's counts. Attempted =
// Written + Filtered + Lost holds exactly.
type EventCount struct {
	Attempted int64 `json:"attempted"`
	Written   int64 `json:"written"`
	Filtered  int64 `json:"filtered"`
	Lost      int64 `json:"lost"`
}
