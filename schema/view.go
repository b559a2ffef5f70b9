package schema

// The kinds of line of a view.
const (
	ViewHost    = "host"
	ViewProcess = "process"
)

// HostView is a host at one moment of a capture, with what happened in the window before
// it: the first line that 'linnix capture top' and 'linnix capture tree' print of a host
// as JSON. What the capture does not tell is absent, never 0.
type HostView struct {
	Kind string `json:"kind"` // ViewHost
	Host string `json:"host"`
	Time Time   `json:"time"`
	// OffsetNs is how long after the host's first record Time is.
	OffsetNs int64 `json:"offset_ns"`
	// WindowNs is the time that rates are measured over: from the latest system record
	// that is ten seconds older than Time, or the first, to Time; less in a gap.
	WindowNs int64      `json:"window_ns"`
	CPUs     Opt[int64] `json:"cpus,omitzero"`
	// CPUPercent is of all cores. MemPercent is the memory that is not available.
	CPUPercent        Opt[float64]    `json:"cpu_percent,omitzero"`
	MemTotalBytes     Opt[int64]      `json:"mem_total_bytes,omitzero"`
	MemAvailableBytes Opt[int64]      `json:"mem_available_bytes,omitzero"`
	MemPercent        Opt[float64]    `json:"mem_percent,omitzero"`
	LoadAvg           Opt[[3]float64] `json:"load_avg,omitzero"`
	// The kernel's own running averages, as last recorded, in percent.
	PSICPUSomeAvg10    Opt[float64] `json:"psi_cpu_some_avg10,omitzero"`
	PSIMemorySomeAvg10 Opt[float64] `json:"psi_memory_some_avg10,omitzero"`
	PSIMemoryFullAvg10 Opt[float64] `json:"psi_memory_full_avg10,omitzero"`
	PSIIOSomeAvg10     Opt[float64] `json:"psi_io_some_avg10,omitzero"`
	PSIIOFullAvg10     Opt[float64] `json:"psi_io_full_avg10,omitzero"`
	DiskReadPerSec     Opt[float64] `json:"disk_read_bytes_per_sec,omitzero"`
	DiskWritePerSec    Opt[float64] `json:"disk_write_bytes_per_sec,omitzero"`
	NetRxPerSec        Opt[float64] `json:"net_rx_bytes_per_sec,omitzero"`
	NetTxPerSec        Opt[float64] `json:"net_tx_bytes_per_sec,omitzero"`
	ForksPerSec        Opt[float64] `json:"forks_per_sec,omitzero"`
	ExecsPerSec        Opt[float64] `json:"execs_per_sec,omitzero"`
	ExitsPerSec        Opt[float64] `json:"exits_per_sec,omitzero"`
	// Processes live, zombies not counted; Zombies are those not reaped yet.
	Processes int64 `json:"processes"`
	Zombies   int64 `json:"zombies"`
	// Incomplete says that events were lost within the window, or that nothing was
	// sampled for 2.5 intervals.
	Incomplete bool `json:"incomplete"`
}

// ProcessView is one process as it stood at that moment, one that ended within the window
// included. Rates are averages over the whole window, also for a process that lived for a
// part of it.
type ProcessView struct {
	Kind string `json:"kind"` // ViewProcess
	Host string `json:"host"`
	PID  int64  `json:"pid"`
	// PPID is the real parent as last recorded.
	PPID int64 `json:"ppid"`
	// StartTime is absent for a process that is known from its children alone.
	StartTime Opt[Time] `json:"start_time,omitzero"`
	// Depth is how far below its root a tree shows it; absent in a table.
	Depth Opt[int64] `json:"depth,omitzero"`
	// OrphanOf is the parent that it lost; PPID too as long as no record names the new one.
	OrphanOf Opt[int64] `json:"orphan_of,omitzero"`
	UID      Opt[int64] `json:"uid,omitzero"`
	Comm     string     `json:"comm"`
	// Args is its argv, cut to at most [MaxRowArgsBytes].
	Args []string `json:"args"`
	// State and Threads are those of the last sample.
	State   string     `json:"state,omitempty"`
	Threads Opt[int64] `json:"threads,omitzero"`
	// Zombie says that it ended and was not reaped.
	Zombie bool `json:"zombie,omitzero"`
	// AgeNs is the time since its start, and up to its end for one that ended.
	AgeNs Opt[int64] `json:"age_ns,omitzero"`
	// CPUPercent and DelayPercent (the wait for a CPU) are of one core.
	CPUPercent   Opt[float64] `json:"cpu_percent,omitzero"`
	DelayPercent Opt[float64] `json:"run_delay_percent,omitzero"`
	RSSBytes     Opt[int64]   `json:"rss_bytes,omitzero"`
	MemPercent   Opt[float64] `json:"mem_percent,omitzero"`
	ReadPerSec   Opt[float64] `json:"read_bytes_per_sec,omitzero"`
	WritePerSec  Opt[float64] `json:"write_bytes_per_sec,omitzero"`
	// FaultsPerSec counts those without I/O and those with.
	FaultsPerSec Opt[float64] `json:"faults_per_sec,omitzero"`
	Cgroup       string       `json:"cgroup,omitempty"`
	Container    string       `json:"container,omitempty"`
	// Ended is absent while the process lives.
	Ended *Ended `json:"ended,omitempty"`
}

// Ended is how a process ended. Without its exit record, which may have been lost, only
// the time at which it was known to be gone is there.
type Ended struct {
	Time        Time       `json:"time"`
	ExitCode    Opt[int64] `json:"exit_code,omitzero"`
	Signal      Opt[int64] `json:"signal,omitzero"`
	CoreDumped  bool       `json:"core_dumped,omitzero"`
	CPUNs       Opt[int64] `json:"cpu_ns,omitzero"`
	MaxRSSBytes Opt[int64] `json:"max_rss_bytes,omitzero"`
}

// AppendJSON appends v to b as one compact JSON object without a newline; see
// [Snapshot.AppendJSON].
func (v *HostView) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, v) }

// AppendJSON appends p to b as one compact JSON object without a newline; see
// [Snapshot.AppendJSON].
func (p *ProcessView) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, p) }
