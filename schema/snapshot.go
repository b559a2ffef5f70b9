package schema

// Snapshot is what a host looked like at one moment, and what happened in the window
// before it. A value that the capture does not give is absent, never 0.
type Snapshot struct {
	Time Time `json:"time"`
	// WindowNs is how long the window before Time is.
	WindowNs int64 `json:"window_ns"`
	// CPUPercent is of all cores: 100 means that every core was busy. MemPercent is
	// the memory that is not available.
	CPUPercent Opt[float64] `json:"cpu_percent,omitzero"`
	MemPercent Opt[float64] `json:"mem_percent,omitzero"`
	// LoadAvg is over 1, 5 and 15 minutes.
	LoadAvg Opt[[3]float64] `json:"load_avg,omitzero"`
	// The next four are what went through within the window.
	DiskReadBytes  Opt[int64] `json:"disk_read_bytes,omitzero"`
	DiskWriteBytes Opt[int64] `json:"disk_write_bytes,omitzero"`
	NetRxBytes     Opt[int64] `json:"net_rx_bytes,omitzero"`
	NetTxBytes     Opt[int64] `json:"net_tx_bytes,omitzero"`
	// The kernel's own running averages, as last recorded, in percent.
	PSICPUSomeAvg10    Opt[float64] `json:"psi_cpu_some_avg10,omitzero"`
	PSIMemorySomeAvg10 Opt[float64] `json:"psi_memory_some_avg10,omitzero"`
	PSIMemoryFullAvg10 Opt[float64] `json:"psi_memory_full_avg10,omitzero"`
	PSIIOSomeAvg10     Opt[float64] `json:"psi_io_some_avg10,omitzero"`
	PSIIOFullAvg10     Opt[float64] `json:"psi_io_full_avg10,omitzero"`
	Events             EventTotals  `json:"events"`
	EventsPerSec       float64      `json:"events_per_sec"`
	// Processes live, zombies not counted; Zombies are those not reaped yet.
	Processes int64        `json:"processes"`
	Zombies   int64        `json:"zombies"`
	TopCPU    []ProcessRow `json:"top_cpu"`
	TopMemory []ProcessRow `json:"top_memory"`
	// Incomplete says that events were lost within the window, or that nothing was
	// sampled for 2.5 intervals.
	Incomplete bool   `json:"incomplete"`
	Host       string `json:"host"`
}

// EventTotals counts the events of a window.
type EventTotals struct {
	Fork int64 `json:"fork"`
	Exec int64 `json:"exec"`
	Exit int64 `json:"exit"`
}

// ProcessRow is one process in a process table.
type ProcessRow struct {
	PID       int64  `json:"pid"`
	PPID      int64  `json:"ppid"`
	StartTime Time   `json:"start_time"`
	Comm      string `json:"comm"`
	// Args is its argv, cut to at most [MaxRowArgsBytes]: the last element then ends
	// in "…".
	Args []string `json:"args"`
	// CPUPercent is of one core: two busy threads give 200.
	CPUPercent Opt[float64] `json:"cpu_percent,omitzero"`
	RSSBytes   Opt[int64]   `json:"rss_bytes,omitzero"`
	MemPercent Opt[float64] `json:"mem_percent,omitzero"`
}

// MaxRowArgsBytes is the most that a process row holds of an argv.
const MaxRowArgsBytes = 1024

// RowArgs cuts an argv for [ProcessRow.Args]; it is never nil.
func RowArgs(argv []string) []string {
	args := make([]string, 0, min(len(argv), MaxRowArgsBytes))
	room := MaxRowArgsBytes
	for _, arg := range argv {
		if len(arg)+1 > room {
			return append(args, Clip(arg, max(room-1, 0)))
		}
		args = append(args, arg)
		room -= len(arg) + 1
	}
	return args
}

// AppendJSON appends s to b as one compact JSON object without a newline. Members
// stand in the order of the types above, so equal snapshots give equal bytes; text that
// is not UTF-8 stands with U+FFFD. It fails only on a number that JSON cannot hold.
func (s *Snapshot) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, s) }
