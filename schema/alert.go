package schema

// AlertSeverity ranks a rule's alerts, as the rule file says.
type AlertSeverity string

// The severities of an alert, lowest first.
const (
	AlertInfo   AlertSeverity = "info"
	AlertLow    AlertSeverity = "low"
	AlertMedium AlertSeverity = "medium"
	AlertHigh   AlertSeverity = "high"
)

// AlertSeverities lists every alert severity, lowest first.
var AlertSeverities = [...]AlertSeverity{AlertInfo, AlertLow, AlertMedium, AlertHigh}

// AlertState is what an alert tells.
type AlertState string

// The states: a condition came to hold, or no longer does.
const (
	AlertFiring   AlertState = "firing"
	AlertResolved AlertState = "resolved"
)

// Alert is one state change of one rule for one subject.
type Alert struct {
	// ID is a hash of host, rule, subject and first record: the same for the firing
	// and the resolve of one episode, and whenever the same capture is replayed.
	ID       string        `json:"id"`
	Rule     string        `json:"rule"`
	Detector string        `json:"detector"`
	Severity AlertSeverity `json:"severity"`
	State    AlertState    `json:"state"`
	Time     Time          `json:"time"`
	Subject  Subject       `json:"subject"`
	// Value was compared with Threshold, in the rule's own unit.
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
	// WindowNs is the time over which Value was measured.
	WindowNs int64    `json:"window_ns"`
	Message  string   `json:"message"`
	Evidence Evidence `json:"evidence"`
	// Suppressed counts the firings that the cooldown held back since the last one.
	Suppressed int64 `json:"suppressed"`
	// Incomplete says that events were lost within the window: Value is a lower bound.
	Incomplete bool   `json:"incomplete"`
	Host       string `json:"host"`
}

// SubjectKind says what an alert is about.
type SubjectKind string

// The kinds of subject.
const (
	SubjectHost     SubjectKind = "host"
	SubjectParent   SubjectKind = "parent"
	SubjectTreeRoot SubjectKind = "tree_root"
	SubjectProcess  SubjectKind = "process"
)

// Subject is what an alert is about. All but Kind is absent for a host, and StartTime,
// Comm and Argv for a process of which the capture tells no more than the pid.
type Subject struct {
	Kind      SubjectKind `json:"kind"`
	PID       Opt[int64]  `json:"pid,omitzero"`
	StartTime Opt[Time]   `json:"start_time,omitzero"`
	Comm      Opt[string] `json:"comm,omitzero"`
	Argv      []string    `json:"argv,omitempty"`
}

// Evidence says from which records an alert's value can be computed again.
type Evidence struct {
	// FirstSeq and LastSeq are the first and the last record that count; absent when
	// none does any more.
	FirstSeq Opt[int64] `json:"first_seq,omitzero"`
	LastSeq  Opt[int64] `json:"last_seq,omitzero"`
	// Count is how many records count.
	Count int64 `json:"count"`
	// Top are the processes that contributed most.
	Top []Contributor `json:"top"`
}

// Contributor is a process with its part in an alert.
type Contributor struct {
	PID       int64     `json:"pid"`
	StartTime Opt[Time] `json:"start_time,omitzero"`
	Comm      string    `json:"comm"`
	Count     int64     `json:"count"`
	// Value is the part in the alert's value, where that is a sum of gauges.
	Value Opt[float64] `json:"value,omitzero"`
}

// AppendJSON appends a to b as one compact JSON object without a newline. Members
// stand in the order of the types above, so equal alerts give equal bytes; text that is
// not UTF-8 stands with U+FFFD. It fails only on a number that JSON cannot hold.
func (a *Alert) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, a) }
