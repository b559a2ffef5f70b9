package bpf

// Event types, as Header.Type of each event.
const (
	TypeFork   = uint32(linnixEventTypeEVENT_FORK)
	TypeExec   = uint32(linnixEventTypeEVENT_EXEC)
	TypeExit   = uint32(linnixEventTypeEVENT_EXIT)
	TypeTail   = uint32(linnixEventTypeEVENT_TAIL)
	TypeCgroup = uint32(linnixEventTypeEVENT_CGROUP)
	TypeOOM    = uint32(linnixEventTypeEVENT_OOM)
	TypeTask   = uint32(linnixEventTypeEVENT_TASK)
)

// Limits of what the kernel side sends.
const (
	// MaxArgs bounds Options.MaxArgs, in bytes.
	MaxArgs = 128 << 10
	// MaxCgroupDepth is how many names of a cgroup path are sent, innermost first.
	MaxCgroupDepth = len(CgroupEvent{}.Names)
)

// The events, in the C layout of events.h. All times are CLOCK_BOOTTIME in ns.
type (
	// Header starts every event.
	Header = linnixEventHeader
	// Process is what every process event says of its process.
	Process = linnixProcess
	// Usage is what threads have used.
	Usage = linnixUsage
	// ForkEvent tells of a new process.
	ForkEvent = linnixForkEvent
	// ExecEvent is followed by filename, interpreter and arguments.
	ExecEvent = linnixExecEvent
	// ExitEvent tells of the end of a process's last thread.
	ExitEvent = linnixExitEvent
	// TailEvent completes the totals of the exit of the same pid and start.
	TailEvent = linnixTailEvent
	// CgroupEvent gives the path of a cgroup that later events name by id.
	CgroupEvent = linnixCgroupEvent
	// OOMEvent tells of a process that the kernel chose to kill for its memory.
	OOMEvent = linnixOomEvent
	// TaskEvent tells, under a filter, of an older process that a kept one comes from,
	// or that is kept from now on.
	TaskEvent = linnixTaskEvent
	// ThreadRecord is one thread in an iterator; a leader's is followed by a LeaderRecord.
	ThreadRecord = linnixThreadRecord
	// LeaderRecord is what the iterator says of a whole process.
	LeaderRecord = linnixLeaderRecord
	// Counters counts attempts, what was filtered and drops by event type, on one CPU.
	Counters = linnixCounters
	// DropBucket counts the drops of one BucketNs of time, on one CPU.
	DropBucket = linnixDropBucket
)

// BucketNs is the length of a drop bucket.
const BucketNs = 100_000_000
