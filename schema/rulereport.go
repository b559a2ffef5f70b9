package schema

// RuleCoverage tells of one rule in how many captures it came to what.
type RuleCoverage struct {
	Rule     string `json:"rule"`
	Detector string `json:"detector"`
	// Captures is how many there are; Fired, NotFired, Unknown and NeverEvaluated split
	// them by the rule's verdict.
	Captures       int64 `json:"captures"`
	Fired          int64 `json:"fired"`
	NotFired       int64 `json:"not_fired"`
	Unknown        int64 `json:"unknown"`
	NeverEvaluated int64 `json:"never_evaluated"`
	// Resolved, Suppressed and OpenAtEnd count the captures with at least one such.
	Resolved   int64 `json:"resolved"`
	Suppressed int64 `json:"suppressed"`
	OpenAtEnd  int64 `json:"open_at_end"`
	// Remark is CoverageNeverFired or CoverageNeverEvaluated for a rule of which no
	// capture shows that it works.
	Remark string `json:"remark,omitempty"`
}

// The remarks on a rule: it fired in no capture, or was evaluated in none.
const (
	CoverageNeverFired     = "never_fired"
	CoverageNeverEvaluated = "never_evaluated"
)

// AppendJSON appends c to b as one compact JSON object without a newline.
func (c *RuleCoverage) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, c) }

// DifferenceKind says what became of an alert when its rules changed.
type DifferenceKind string

// The kinds: only the new rules raise it, only the old ones do, they raise it at another
// time, or at the same time with something else in it.
const (
	AlertAdded   DifferenceKind = "added"
	AlertRemoved DifferenceKind = "removed"
	AlertMoved   DifferenceKind = "moved"
	AlertChanged DifferenceKind = "changed"
)

// AlertDifference is one episode of alerts that two sets of rules tell differently.
type AlertDifference struct {
	Kind DifferenceKind `json:"kind"`
	// Capture is the capture's place, from 1, and CaptureID what it is known by, from its
	// boot id and start.
	Capture   int64   `json:"capture"`
	CaptureID string  `json:"capture_id"`
	Host      string  `json:"host"`
	Rule      string  `json:"rule"`
	Subject   Subject `json:"subject"`
	// Old and New are what the two sets tell; one of them is absent for an alert that is
	// added or removed.
	Old *AlertEpisode `json:"old,omitempty"`
	New *AlertEpisode `json:"new,omitempty"`
}

// AlertEpisode is a firing with its resolve, if there was one.
type AlertEpisode struct {
	Time       Time          `json:"time"`
	Resolved   Opt[Time]     `json:"resolved,omitzero"`
	Severity   AlertSeverity `json:"severity"`
	Value      float64       `json:"value"`
	Threshold  float64       `json:"threshold"`
	WindowNs   int64         `json:"window_ns"`
	Suppressed int64         `json:"suppressed"`
	Incomplete bool          `json:"incomplete"`
}

// AppendJSON appends d to b as one compact JSON object without a newline. It fails only
// on a number that JSON cannot hold.
func (d *AlertDifference) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, d) }
