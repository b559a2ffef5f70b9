package expect

import (
	"errors"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// Expectation is the exact set of alerts that a replay must raise.
type Expectation struct {
	// File and Line are where it stands, and AlertsLine where its alerts do.
	File             string
	Line, AlertsLine int
	// Tolerance is how far from its time an alert may lie, unless it has its own.
	Tolerance time.Duration
	// Rules must have been evaluated on at least one event, and could be told.
	Rules []NamedRule
	// Unknown are the rules that could not be told, for events that they look at were
	// lost. Any other such rule that has not fired fails the comparison.
	Unknown []NamedRule
	// None says that nothing may be raised; Alerts is then empty, and Rules is not.
	None   bool
	Alerts []Alert
}

// NamedRule is the name of a rule, with its place.
type NamedRule struct {
	Name string
	Line int
}

// Alert is one expected alert. A field that is absent is not compared; the last three
// before Host always are.
type Alert struct {
	Line      int
	Rule      string
	State     schema.AlertState
	Time      replay.Bound
	Tolerance schema.Opt[time.Duration]
	Severity  schema.Opt[schema.AlertSeverity]
	Subject   schema.Opt[Subject]
	Value     schema.Opt[float64]
	Threshold schema.Opt[float64]
	WindowNs  schema.Opt[int64]

	Suppressed int64
	Incomplete bool
	// OpenAtEnd: the condition still holds at the end of the capture.
	OpenAtEnd bool

	Host schema.Opt[string]
}

// Subject is what an expected alert is about. What is absent is not compared.
type Subject struct {
	Kind      schema.SubjectKind
	PID       schema.Opt[int64]
	StartTime replay.Bound
	Comm      schema.Opt[string]
}

// The kinds of problem that only expectations have, beside those of every document.
const (
	CodeNothingExpected document.Code = "nothing_expected"
	CodeUnknownRule     document.Code = "unknown_rule"
	CodeUnknownWord     document.Code = "unknown_word"
	CodeBadTime         document.Code = "bad_time"
	CodeDuplicateName   document.Code = "duplicate_name"
)

// Load reads an expectation file, YAML or TOML by its name. The rules are the names of
// those that will be replayed: an expectation of any other is an error. The error is
// [document.Problems] with everything that is wrong; see [NothingExpected].
func Load(name string, data []byte, rules []string) (*Expectation, error) {
	f, root := document.Parse(name, data)
	if root == nil {
		return nil, parseError(f)
	}
	e := Read(f, root, rules)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return e, nil
}

// NothingExpected says that an error of [Load] is no other than that the expectation
// expects nothing: it would pass whatever happens.
func NothingExpected(err error) bool {
	var problems document.Problems
	if !errors.As(err, &problems) {
		return false
	}
	for _, p := range problems {
		if p.Code != CodeNothingExpected {
			return false
		}
	}
	return len(problems) > 0
}
