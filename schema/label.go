package schema

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// Label is label.json beside a capture: what the capture shows, by whoever made it and
// never by an analyst. Times and pids come from the workload itself.
type Label struct {
	// Scenario, Variant and Seed say how the workload can be made anew.
	Scenario string     `json:"scenario,omitzero"`
	Variant  string     `json:"variant,omitzero"`
	Seed     Opt[int64] `json:"seed,omitzero"`
	// Incidents are empty, not nil, for a capture that is normal.
	Incidents []LabelledIncident `json:"incidents"`
}

// LabelledIncident is one incident that is known to be in a capture.
type LabelledIncident struct {
	Class Class `json:"class"`
	// Onset and End count from the capture's first record. Without End it goes on to
	// the end of the capture.
	Onset Offset      `json:"onset"`
	End   Opt[Offset] `json:"end,omitzero"`
	// Primary is the process behind it, or nil where it is the host as a whole.
	Primary *LabelledProcess `json:"primary,omitzero"`
}

// LabelledProcess names a process: PID is that of one alive at the onset, Comm is for
// people.
type LabelledProcess struct {
	PID  int64  `json:"pid"`
	Comm string `json:"comm,omitzero"`
}

// Offset is a time after the first record of a capture, written as a Go duration such
// as "2.134s".
type Offset time.Duration

// Std converts to a time.Duration.
func (o Offset) Std() time.Duration { return time.Duration(o) }

// MarshalText implements encoding.TextMarshaler.
func (o Offset) MarshalText() ([]byte, error) { return []byte(o.Std().String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler with [time.ParseDuration].
func (o *Offset) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return err
	}
	*o = Offset(d)
	return nil
}

// AppendJSON appends l to b as one compact JSON object without a newline.
func (l *Label) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, l) }

// ParseLabel reads a label. The error is the first thing that is wrong, with its place:
// members that are unknown, doubled or missing, values that are not allowed, and an
// incident that ends before it begins.
func ParseLabel(text []byte) (*Label, error) {
	problems, err := Validate(DocumentLabel, text)
	if err != nil {
		return nil, fmt.Errorf("read label: %w", err)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("read label: %s", problems[0])
	}
	label := new(Label)
	if err := json.Unmarshal(text, label); err != nil {
		return nil, fmt.Errorf("read label: %w", err)
	}
	for i, in := range label.Incidents {
		if in.End.OK && in.End.V < in.Onset {
			return nil, fmt.Errorf("read label: /incidents/%d/end: found %s, want at least the onset %s", i, in.End.V.Std(), in.Onset.Std())
		}
	}
	return label, nil
}
