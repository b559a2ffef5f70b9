package schema

import (
	"math"
	"sync"
	"unsafe"
)

// fieldTable has one row for each field of a capture record beyond type, time and
// seq, in the order in which JSONL members and Parquet columns stand. To add a
// field: a member in record.go, a row here, `make generate`.
var fieldTable = [...]Field{
	stringField("phase", on(TypeTask), func(r *Record) *Opt[string] { return &r.Phase }, "begin: found alive at the start; end: still alive at the end"),
	intField("pid", onProcess, func(r *Record) *Opt[int64] { return &r.PID }, "process id (tgid)").must(),
	intField("ppid", onProcess, func(r *Record) *Opt[int64] { return &r.PPID }, "process id of the real parent (tgid)"),
	timeField("start_time", onProcess, func(r *Record) *Opt[Time] { return &r.StartTime }, "when the process started; equal bit for bit in all its records").must(),
	timeField("parent_start_time", on(TypeFork), func(r *Record) *Opt[Time] { return &r.ParentStartTime }, "start_time of the parent"),
	stringField("comm", onProcess, func(r *Record) *Opt[string] { return &r.Comm }, "command name, at most 15 bytes"),
	intField("uid", onProcess, func(r *Record) *Opt[int64] { return &r.UID }, "real user id"),
	intField("gid", onProcess, func(r *Record) *Opt[int64] { return &r.GID }, "real group id"),
	stringField("cgroup", onProcessOrCgroup, func(r *Record) *Opt[string] { return &r.Process.Cgroup }, "cgroup path: v2 unless that is the root, else the first v1 memory, pids or cpu path that is not the root"),
	intField("cgroup_id", onProcessOrCgroup, func(r *Record) *Opt[int64] { return &r.CgroupID }, "kernfs id of the cgroup, unique within its hierarchy"),
	intField("cgroup_hierarchy", onProcessOrCgroup, func(r *Record) *Opt[int64] { return &r.CgroupHierarchy }, "hierarchy of cgroup and cgroup_id; 0 is v2"),
	stringField("container", onProcess, func(r *Record) *Opt[string] { return &r.Container }, "container id, when the cgroup path shows one"),
	intField("pid_ns", onProcess, func(r *Record) *Opt[int64] { return &r.PIDNS }, "inode of the process's pid namespace"),
	stringField("filename", on(TypeExec), func(r *Record) *Opt[string] { return &r.Filename }, "path that execve was asked for"),
	stringField("exe", on(TypeExec, TypeTask), func(r *Record) *Opt[string] { return &r.Exe }, "what the kernel loaded (the interpreter for a script); full path in task records"),
	stringsField("argv", on(TypeExec, TypeTask), func(r *Record) *Opt[[]string] { return &r.Argv }, "argument vector, one element an argument, empty ones included"),
	intField("argv_bytes", on(TypeExec, TypeTask), func(r *Record) *Opt[int64] { return &r.ArgvBytes }, "true length of the argument vector with its NULs"),
	boolField("argv_truncated", on(TypeExec, TypeTask), func(r *Record) *Opt[bool] { return &r.ArgvTruncated }, "argv holds less than argv_bytes"),
	intField("exit_code", on(TypeExit), func(r *Record) *Opt[int64] { return &r.ExitCode }, "status that wait4 gives (WEXITSTATUS)"),
	intField("signal", on(TypeExit), func(r *Record) *Opt[int64] { return &r.Event.Signal }, "signal that ended the process, 0 if none (WTERMSIG)"),
	boolField("core_dumped", on(TypeExit), func(r *Record) *Opt[bool] { return &r.CoreDumped }, "a core was dumped (WCOREDUMP)"),
	stringField("state", onSample, func(r *Record) *Opt[string] { return &r.State }, "R running, S sleeping, D uninterruptible, T stopped, t traced, Z zombie, I idle"),
	intField("threads", onSample, func(r *Record) *Opt[int64] { return &r.Threads }, "live threads"),
	intField("cpu_ns", onUsage, func(r *Record) *Opt[int64] { return &r.CPUNs }, "CPU time of all threads, living and dead; never falls; final in exit"),
	intField("utime_ns", onUsage, func(r *Record) *Opt[int64] { return &r.UtimeNs }, "user time in raw kernel ticks; never use it for percentages"),
	intField("stime_ns", onUsage, func(r *Record) *Opt[int64] { return &r.StimeNs }, "system time in raw kernel ticks; never use it for percentages"),
	intField("rss_bytes", on(TypeTask, TypeSample, TypeOOM), func(r *Record) *Opt[int64] { return &r.RSSBytes }, "resident memory"),
	intField("max_rss_bytes", on(TypeExit), func(r *Record) *Opt[int64] { return &r.MaxRSSBytes }, "peak resident memory of the last address space; nothing is inherited from a parent"),
	intField("min_faults", onUsage, func(r *Record) *Opt[int64] { return &r.MinFaults }, "page faults without I/O"),
	intField("maj_faults", onUsage, func(r *Record) *Opt[int64] { return &r.MajFaults }, "page faults with I/O"),
	intField("read_bytes", onUsage, func(r *Record) *Opt[int64] { return &r.ReadBytes }, "bytes read from storage"),
	intField("write_bytes", onUsage, func(r *Record) *Opt[int64] { return &r.WriteBytes }, "bytes written to storage"),
	intField("run_delay_ns", onUsage, func(r *Record) *Opt[int64] { return &r.RunDelayNs }, "time spent runnable but waiting for a CPU; only where every thread's was seen"),
	intField("voluntary_switches", onUsage, func(r *Record) *Opt[int64] { return &r.VoluntarySwitches }, "context switches by choice"),
	intField("involuntary_switches", onUsage, func(r *Record) *Opt[int64] { return &r.InvoluntarySwitches }, "context switches by force"),
	intField("cpu_user_ns", onSystem, func(r *Record) *Opt[int64] { return &r.CPUUserNs }, "time of all CPUs since boot: user"),
	intField("cpu_nice_ns", onSystem, func(r *Record) *Opt[int64] { return &r.CPUNiceNs }, "time of all CPUs since boot: niced user"),
	intField("cpu_system_ns", onSystem, func(r *Record) *Opt[int64] { return &r.CPUSystemNs }, "time of all CPUs since boot: system"),
	intField("cpu_idle_ns", onSystem, func(r *Record) *Opt[int64] { return &r.CPUIdleNs }, "time of all CPUs since boot: idle"),
	intField("cpu_iowait_ns", onSystem, func(r *Record) *Opt[int64] { return &r.CPUIowaitNs }, "time of all CPUs since boot: idle with I/O outstanding"),
	intField("cpu_irq_ns", onSystem, func(r *Record) *Opt[int64] { return &r.CPUIrqNs }, "time of all CPUs since boot: hard interrupt"),
	intField("cpu_softirq_ns", onSystem, func(r *Record) *Opt[int64] { return &r.CPUSoftirqNs }, "time of all CPUs since boot: soft interrupt"),
	intField("cpu_steal_ns", onSystem, func(r *Record) *Opt[int64] { return &r.CPUStealNs }, "time of all CPUs since boot: stolen by the hypervisor"),
	intField("forks_total", onSystem, func(r *Record) *Opt[int64] { return &r.ForksTotal }, "clones since boot, threads included (/proc/stat processes)"),
	intField("context_switches", onSystem, func(r *Record) *Opt[int64] { return &r.ContextSwitches }, "context switches since boot"),
	intField("procs_running", onSystem, func(r *Record) *Opt[int64] { return &r.ProcsRunning }, "runnable tasks"),
	intField("procs_blocked", onSystem, func(r *Record) *Opt[int64] { return &r.ProcsBlocked }, "tasks blocked on I/O"),
	intField("mem_free_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.MemFreeBytes }, "free memory"),
	intField("mem_available_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.MemAvailableBytes }, "memory available without swapping"),
	intField("mem_cached_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.MemCachedBytes }, "page cache"),
	intField("mem_dirty_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.MemDirtyBytes }, "dirty page cache"),
	intField("swap_free_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.SwapFreeBytes }, "free swap"),
	floatField("load1", onSystem, func(r *Record) *Opt[float64] { return &r.Load1 }, "load average over 1 min"),
	floatField("load5", onSystem, func(r *Record) *Opt[float64] { return &r.Load5 }, "load average over 5 min"),
	floatField("load15", onSystem, func(r *Record) *Opt[float64] { return &r.Load15 }, "load average over 15 min"),
	intField("disk_read_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.DiskReadBytes }, "bytes read by whole disks since boot"),
	intField("disk_write_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.DiskWriteBytes }, "bytes written by whole disks since boot"),
	intField("disk_busy_ns", onSystem, func(r *Record) *Opt[int64] { return &r.DiskBusyNs }, "adds up each interval's busiest device"),
	intField("disk_queue_ns", onSystem, func(r *Record) *Opt[int64] { return &r.DiskQueueNs }, "weighted time of I/O in flight, all disks, since boot"),
	intField("net_rx_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.NetRxBytes }, "bytes received since boot, without loopback"),
	intField("net_tx_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.NetTxBytes }, "bytes sent since boot, without loopback"),
	intField("psi_cpu_some_us", on(TypeSystem, TypeCgroup), func(r *Record) *Opt[int64] { return &r.PSI.CPUSomeUs }, "cpu pressure: time in which some tasks stalled"),
	intField("psi_cpu_full_us", on(TypeSystem, TypeCgroup), func(r *Record) *Opt[int64] { return &r.PSI.CPUFullUs }, "cpu pressure: time in which all non-idle tasks stalled"),
	intField("psi_memory_some_us", on(TypeSystem, TypeCgroup), func(r *Record) *Opt[int64] { return &r.PSI.MemorySomeUs }, "memory pressure: time in which some tasks stalled"),
	intField("psi_memory_full_us", on(TypeSystem, TypeCgroup), func(r *Record) *Opt[int64] { return &r.PSI.MemoryFullUs }, "memory pressure: time in which all non-idle tasks stalled"),
	intField("psi_io_some_us", on(TypeSystem, TypeCgroup), func(r *Record) *Opt[int64] { return &r.PSI.IOSomeUs }, "io pressure: time in which some tasks stalled"),
	intField("psi_io_full_us", on(TypeSystem, TypeCgroup), func(r *Record) *Opt[int64] { return &r.PSI.IOFullUs }, "io pressure: time in which all non-idle tasks stalled"),
	floatField("psi_cpu_some_avg10", onSystem, func(r *Record) *Opt[float64] { return &r.PSICPUSomeAvg10 }, "cpu pressure some, the kernel's 10 s running average, %"),
	floatField("psi_cpu_full_avg10", onSystem, func(r *Record) *Opt[float64] { return &r.PSICPUFullAvg10 }, "cpu pressure full, the kernel's 10 s running average, %"),
	floatField("psi_memory_some_avg10", onSystem, func(r *Record) *Opt[float64] { return &r.PSIMemorySomeAvg10 }, "memory pressure some, the kernel's 10 s running average, %"),
	floatField("psi_memory_full_avg10", onSystem, func(r *Record) *Opt[float64] { return &r.PSIMemoryFullAvg10 }, "memory pressure full, the kernel's 10 s running average, %"),
	floatField("psi_io_some_avg10", onSystem, func(r *Record) *Opt[float64] { return &r.PSIIOSomeAvg10 }, "io pressure some, the kernel's 10 s running average, %"),
	floatField("psi_io_full_avg10", onSystem, func(r *Record) *Opt[float64] { return &r.PSIIOFullAvg10 }, "io pressure full, the kernel's 10 s running average, %"),
	intField("maj_faults_total", onSystem, func(r *Record) *Opt[int64] { return &r.MajFaultsTotal }, "major page faults since boot"),
	intField("swap_in_pages", onSystem, func(r *Record) *Opt[int64] { return &r.SwapInPages }, "pages swapped in since boot"),
	intField("swap_out_pages", onSystem, func(r *Record) *Opt[int64] { return &r.SwapOutPages }, "pages swapped out since boot"),
	intField("oom_kills_total", onSystem, func(r *Record) *Opt[int64] { return &r.OOMKillsTotal }, "OOM kills since boot"),
	intField("self_cpu_ns", on(TypeSystem, TypeEnd), func(r *Record) *Opt[int64] { return &r.SelfCPUNs }, "CPU time of the recorder"),
	intField("self_rss_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.SelfRSSBytes }, "resident memory of the recorder"),
	intField("self_bpf_ns", on(TypeSystem, TypeEnd), func(r *Record) *Opt[int64] { return &r.SelfBPFNs }, "time spent in the recorder's kernel programs"),
	intField("ring_bytes", onSystem, func(r *Record) *Opt[int64] { return &r.RingBytes }, "backlog of the ring buffer"),
	intField("memory_current_bytes", onCgroup, func(r *Record) *Opt[int64] { return &r.MemoryCurrentBytes }, "memory charged to the cgroup"),
	intField("memory_max_bytes", onCgroup, func(r *Record) *Opt[int64] { return &r.MemoryMaxBytes }, "memory limit; absent without one"),
	intField("cpu_usage_ns", onCgroup, func(r *Record) *Opt[int64] { return &r.CPUUsageNs }, "CPU time of the cgroup"),
	intField("cpu_throttled_ns", onCgroup, func(r *Record) *Opt[int64] { return &r.CPUThrottledNs }, "time in which the cgroup was throttled"),
	intField("cpu_quota_ns", onCgroup, func(r *Record) *Opt[int64] { return &r.CPUQuotaNs }, "CPU quota per 100 ms; absent without one"),
	intField("pids_current", onCgroup, func(r *Record) *Opt[int64] { return &r.PidsCurrent }, "tasks in the cgroup"),
	intField("pids_max", onCgroup, func(r *Record) *Opt[int64] { return &r.PidsMax }, "task limit; absent without one"),
	stringField("format", onMeta, func(r *Record) *Opt[string] { return &r.Meta.Format }, "linnix-capture"),
	intField("format_version", onMeta, func(r *Record) *Opt[int64] { return &r.FormatVersion }, "1"),
	stringField("checksum", onMeta, func(r *Record) *Opt[string] { return &r.Meta.Checksum }, "crc32c: each line of JSONL ends with a member crc"),
	stringField("tool_version", onMeta, func(r *Record) *Opt[string] { return &r.ToolVersion }, "version of linnix that recorded"),
	stringField("host", onMeta, func(r *Record) *Opt[string] { return &r.Host }, "host name"),
	stringField("boot_id", onMeta, func(r *Record) *Opt[string] { return &r.BootID }, "the kernel's random id of this boot"),
	stringField("kernel", onMeta, func(r *Record) *Opt[string] { return &r.Kernel }, "kernel release"),
	stringField("arch", onMeta, func(r *Record) *Opt[string] { return &r.Arch }, "machine architecture, as uname gives it"),
	intField("cpus", onMeta, func(r *Record) *Opt[int64] { return &r.CPUs }, "online CPUs"),
	intField("mem_total_bytes", onMeta, func(r *Record) *Opt[int64] { return &r.MemTotalBytes }, "memory of the host"),
	intField("swap_total_bytes", onMeta, func(r *Record) *Opt[int64] { return &r.SwapTotalBytes }, "swap of the host"),
	intField("page_size", onMeta, func(r *Record) *Opt[int64] { return &r.PageSize }, "bytes a page"),
	intField("pid_max", onMeta, func(r *Record) *Opt[int64] { return &r.PIDMax }, "largest pid plus 1"),
	intField("wall_offset_ns", onMeta, func(r *Record) *Opt[int64] { return &r.WallOffsetNs }, "time − CLOCK_BOOTTIME, fixed for the whole capture"),
	intField("interval_ns", onMeta, func(r *Record) *Opt[int64] { return &r.IntervalNs }, "time between samples"),
	stringField("source", onMeta, func(r *Record) *Opt[string] { return &r.Source }, "where the events come from: ebpf"),
	nestedField("probes", onMeta, func(r *Record) *Opt[JSON] { return &r.Probes }, "kernel programs: name, attached, detail"),
	nestedField("filters", onMeta, func(r *Record) *Opt[JSON] { return &r.Filters }, "what was recorded, if not everything"),
	stringsField("command", onMeta, func(r *Record) *Opt[[]string] { return &r.Command }, "argv of the recorder"),
	intField("self_pid", onMeta, func(r *Record) *Opt[int64] { return &r.SelfPID }, "pid of the recorder"),
	stringField("lost_type", onLost, func(r *Record) *Opt[string] { return &r.LostType }, "record type of the lost events"),
	intField("count", onLost, func(r *Record) *Opt[int64] { return &r.Count }, "how many were lost"),
	stringField("reason", onLost, func(r *Record) *Opt[string] { return &r.Reason }, "ring_full, recursion or output"),
	timeField("from", onLost, func(r *Record) *Opt[Time] { return &r.From }, "earliest time of a lost event"),
	timeField("to", onLost, func(r *Record) *Opt[Time] { return &r.To }, "latest time of a lost event"),
	stringField("stop_reason", onEnd, func(r *Record) *Opt[string] { return &r.StopReason }, "duration, signal, command_exit, max_events, max_size, output_error or recovered"),
	nestedField("counts", onEnd, func(r *Record) *Opt[JSON] { return &r.Counts }, "by event type: attempted = written + filtered + lost"),
	intField("duration_ns", onEnd, func(r *Record) *Opt[int64] { return &r.DurationNs }, "length of the recording"),
	intField("self_max_rss_bytes", onEnd, func(r *Record) *Opt[int64] { return &r.SelfMaxRSSBytes }, "peak memory of the recorder")}

// Which record types carry a field, for the sets that recur.
var (
	onProcess         = on(TypeTask, TypeFork, TypeExec, TypeExit, TypeSample, TypeOOM)
	onProcessOrCgroup = on(TypeTask, TypeFork, TypeExec, TypeExit, TypeSample, TypeOOM, TypeCgroup)
	onUsage           = on(TypeTask, TypeExit, TypeSample)
	onSample          = on(TypeTask, TypeSample)
	onSystem          = on(TypeSystem)
	onCgroup          = on(TypeCgroup)
	onMeta            = on(TypeMeta)
	onLost            = on(TypeLost)
	onEnd             = on(TypeEnd)
)

// fieldsByName finds the row of a JSON member, <field>_b64 included.
var fieldsByName = sync.OnceValue(indexFields)

// fieldPlace is a row of the table; b64 says that the member holds exact bytes.
type fieldPlace struct {
	index int
	b64   bool
}

func indexFields() map[string]fieldPlace {
	index := make(map[string]fieldPlace, 2*len(fieldTable))
	for i, f := range fieldTable {
		index[f.Name] = fieldPlace{index: i}
		if f.Kind == String || f.Kind == Strings {
			index[f.Name+b64Suffix] = fieldPlace{index: i, b64: true}
		}
	}
	return index
}

// flagOffsets has for each row where in a record the flag stands that says that it has
// the field.
var flagOffsets = sync.OnceValue(func() *[len(fieldTable)]uintptr {
	offsets := new([len(fieldTable)]uintptr)
	r := new(Record)
	for i := range fieldTable {
		offsets[i] = uintptr(unsafe.Pointer(fieldTable[i].flag(r))) - uintptr(unsafe.Pointer(r))
	}
	return offsets
})

// requiredOf lists, for each of Types, the rows of the fields that a record of it must
// have.
var requiredOf = sync.OnceValue(indexRequired)

func indexRequired() *[len(Types)][]int {
	index := new([len(Types)][]int)
	for i, f := range fieldTable {
		for _, t := range f.On {
			if f.Required {
				index[t.Index()] = append(index[t.Index()], i)
			}
		}
	}
	return index
}

func on(types ...Type) []Type { return types }

// Kind is the type of a field's value.
type Kind uint8

// The kinds. Times are text in JSON and microseconds plus a remainder in Parquet;
// Nested is any JSON value, kept as its text.
const (
	Int Kind = iota
	Float
	Bool
	String
	Strings
	Instant
	Nested
)

// Field describes one field of a capture record.
type Field struct {
	// Name is the JSON member and Parquet column, with its unit last.
	Name string
	// Kind is the type of the value; exactly the accessor of that kind works.
	Kind Kind
	// On lists the record types that carry the field. A reader accepts it on any.
	On []Type
	// Required says that each record of the types in On has it.
	Required bool
	// Doc says what it means, for the format text and the schema.
	Doc string

	value accessor
}

// accessor points into a record; exactly one is set, by Kind.
type accessor struct {
	ints    func(*Record) *Opt[int64]
	floats  func(*Record) *Opt[float64]
	bools   func(*Record) *Opt[bool]
	texts   func(*Record) *Opt[string]
	lists   func(*Record) *Opt[[]string]
	times   func(*Record) *Opt[Time]
	nesteds func(*Record) *Opt[JSON]
}

// Fields returns the field table in its order. The caller must not change it.
func Fields() []Field { return fieldTable[:] }

// Int returns the field's place in r. It panics unless Kind is Int.
func (f *Field) Int(r *Record) *Opt[int64] { return f.value.ints(r) }

// Float returns the field's place in r. It panics unless Kind is Float.
func (f *Field) Float(r *Record) *Opt[float64] { return f.value.floats(r) }

// Bool returns the field's place in r. It panics unless Kind is Bool.
func (f *Field) Bool(r *Record) *Opt[bool] { return f.value.bools(r) }

// Text returns the field's place in r. It panics unless Kind is String.
func (f *Field) Text(r *Record) *Opt[string] { return f.value.texts(r) }

// List returns the field's place in r. It panics unless Kind is Strings.
func (f *Field) List(r *Record) *Opt[[]string] { return f.value.lists(r) }

// Time returns the field's place in r. It panics unless Kind is Instant.
func (f *Field) Time(r *Record) *Opt[Time] { return f.value.times(r) }

// Nested returns the field's place in r. It panics unless Kind is Nested.
func (f *Field) Nested(r *Record) *Opt[JSON] { return f.value.nesteds(r) }

// Present says whether r has the field. What JSON cannot hold is no value: a float
// that is no finite number, a nested value that is empty or null.
func (f *Field) Present(r *Record) bool {
	switch f.Kind {
	case Int:
		return f.value.ints(r).OK
	case Float:
		v := f.value.floats(r)
		return v.OK && !math.IsNaN(v.V) && !math.IsInf(v.V, 0)
	case Bool:
		return f.value.bools(r).OK
	case String:
		return f.value.texts(r).OK
	case Strings:
		return f.value.lists(r).OK
	case Instant:
		return f.value.times(r).OK
	default:
		v := f.value.nesteds(r)
		return v.OK && v.V != "" && v.V != "null"
	}
}

// flag returns the OK of the field's place in r.
func (f *Field) flag(r *Record) *bool {
	switch f.Kind {
	case Int:
		return &f.value.ints(r).OK
	case Float:
		return &f.value.floats(r).OK
	case Bool:
		return &f.value.bools(r).OK
	case String:
		return &f.value.texts(r).OK
	case Strings:
		return &f.value.lists(r).OK
	case Instant:
		return &f.value.times(r).OK
	default:
		return &f.value.nesteds(r).OK
	}
}

func (f Field) must() Field {
	f.Required = true
	return f
}

func intField(name string, on []Type, at func(*Record) *Opt[int64], doc string) Field {
	return Field{Name: name, Kind: Int, On: on, Doc: doc, value: accessor{ints: at}}
}

func floatField(name string, on []Type, at func(*Record) *Opt[float64], doc string) Field {
	return Field{Name: name, Kind: Float, On: on, Doc: doc, value: accessor{floats: at}}
}

func boolField(name string, on []Type, at func(*Record) *Opt[bool], doc string) Field {
	return Field{Name: name, Kind: Bool, On: on, Doc: doc, value: accessor{bools: at}}
}

func stringField(name string, on []Type, at func(*Record) *Opt[string], doc string) Field {
	return Field{Name: name, Kind: String, On: on, Doc: doc, value: accessor{texts: at}}
}

func stringsField(name string, on []Type, at func(*Record) *Opt[[]string], doc string) Field {
	return Field{Name: name, Kind: Strings, On: on, Doc: doc, value: accessor{lists: at}}
}

func timeField(name string, on []Type, at func(*Record) *Opt[Time], doc string) Field {
	return Field{Name: name, Kind: Instant, On: on, Doc: doc, value: accessor{times: at}}
}

func nestedField(name string, on []Type, at func(*Record) *Opt[JSON], doc string) Field {
	return Field{Name: name, Kind: Nested, On: on, Doc: doc, value: accessor{nesteds: at}}
}
