package schema

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Version is the version of a dataset record's form. Others may write it as an integer,
// which is read as its digits.
type Version string

// RecordVersion is the version of the dataset record this code writes.
const RecordVersion Version = "v1.0"

// UnmarshalJSONFrom reads text or a number.
func (v *Version) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if kind := token.Kind(); kind != '"' && kind != '0' {
		return fmt.Errorf("the version is neither text nor a number, but %s", kind)
	}
	*v = Version(token.String())
	return nil
}

// DatasetRecord is one incident, or one normal capture, with all that is needed to
// judge the verdict without the capture.
type DatasetRecord struct {
	// ID is unique in a corpus and the same whenever the same capture is analysed.
	ID      string  `json:"id"`
	Version Version `json:"version"`
	Source  Source  `json:"source"`
	Context Context `json:"context"`
	Insight Insight `json:"insight"`
	LLM     *LLM    `json:"llm,omitzero"`
}

// SourceType says how a dataset record came about.
type SourceType string

// The source types.
const (
	SourceRecorded  SourceType = "recorded"
	SourceSynthetic SourceType = "synthetic"
	SourceImported  SourceType = "imported"
)

// Source says where a dataset record comes from.
type Source struct {
	Type  SourceType `json:"type"`
	Notes string     `json:"notes"`
	// Capture is the capture's id, made from its boot_id and start; never a path.
	Capture string `json:"capture,omitzero"`
	// Recipe says how the capture can be made anew.
	Recipe string `json:"recipe,omitzero"`
}

// Context is what the verdict rests on.
type Context struct {
	// TelemetrySummary is one line; see [TelemetrySummary].
	TelemetrySummary string       `json:"telemetry_summary"`
	EventsPerSec     float64      `json:"events_per_sec"`
	KBSnippets       []KBSnippet  `json:"kb_snippets"`
	Window           *Window      `json:"window,omitzero"`
	Facts            []Fact       `json:"facts"`
	ProcessTable     []ProcessRow `json:"process_table"`
	Incident         *Incident    `json:"incident,omitzero"`
}

// KBSnippet is a piece of a knowledge base that bears on the incident.
type KBSnippet struct {
	Title   string `json:"title"`
	Excerpt string `json:"excerpt"`
}

// Window is the stretch (From, To] that the summary and the facts describe.
type Window struct {
	From Time `json:"from"`
	To   Time `json:"to"`
}

// Fact is one measured statement; words about the incident cite it by ID.
type Fact struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	// Value is a float64 in what this code writes; others may give a string, a bool or
	// nil.
	Value any    `json:"value"`
	Unit  string `json:"unit"`
}

// Severity ranks an incident by the harm it does, not by its certainty.
type Severity string

// The severities of an incident.
const (
	SeverityInfo     Severity = "info"
	SeverityWarning  Severity = "warning"
	SeverityCritical Severity = "critical"
)

// Incident places the verdict in time and names the processes.
type Incident struct {
	// Host is the name of the host, or empty.
	Host          string        `json:"host,omitzero"`
	Onset         Time          `json:"onset"`
	End           Time          `json:"end"`
	Severity      Severity      `json:"severity"`
	Primary       *ProcessRef   `json:"primary"`
	Candidates    []Candidate   `json:"candidates"`
	Alternatives  []Alternative `json:"alternatives"`
	UnknownInputs []string      `json:"unknown_inputs"`
	BlastRadius   *BlastRadius  `json:"blast_radius,omitzero"`
}

// Limits of a blast radius; record.schema.json holds them too.
const (
	MaxCgroups = 5
	MaxVictims = 5
)

// BlastRadius says what suffered at the height of an incident.
type BlastRadius struct {
	// Processes of the incident's tree were alive; of the whole host if it has none.
	Processes int64 `json:"processes"`
	// Cgroups are those that these processes lived in, the one with most first.
	Cgroups []string `json:"cgroups"`
	// Victims are processes outside the tree that waited, the one that waited longest
	// first.
	Victims []ProcessRef `json:"victims"`
	// Text says it in one line for people.
	Text string `json:"text"`
}

// ProcessRef identifies a process for people. PPID is 0, Exe and Cgroup are empty and
// Argv nil when the capture does not know them.
type ProcessRef struct {
	PID       int64    `json:"pid"`
	PPID      int64    `json:"ppid,omitzero"`
	StartTime Time     `json:"start_time"`
	Comm      string   `json:"comm"`
	Exe       string   `json:"exe,omitzero"`
	Argv      []string `json:"argv,omitempty"`
	Cgroup    string   `json:"cgroup,omitzero"`
}

// Candidate is a process that could be the cause, with its share of the evidence.
type Candidate struct {
	ProcessRef
	// Share is this process's part of what the class is about, from 0 to 1.
	Share float64 `json:"share"`
}

// Alternative is a class that was considered, and why it is not the verdict.
type Alternative struct {
	Class  Class  `json:"class"`
	WhyNot string `json:"why_not"`
}

// LLM says how a language model took part in the words, if it did.
type LLM struct {
	Status       string `json:"status"`
	Model        string `json:"model,omitzero"`
	PromptSHA256 string `json:"prompt_sha256,omitzero"`
	Tokens       int64  `json:"tokens,omitzero"`
	DurationMs   int64  `json:"duration_ms,omitzero"`
	Tries        int64  `json:"tries,omitzero"`
	Dropped      int64  `json:"dropped,omitzero"`
}

// AppendJSON appends r to b as one compact JSON object without a newline. Members
// stand in the order of the types above, so equal records give equal bytes; text that
// is not UTF-8 stands with U+FFFD. It fails only on a number that JSON cannot hold.
func (r *DatasetRecord) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, r) }

// AppendJSON appends i to b; see [DatasetRecord.AppendJSON].
func (i *Insight) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, i) }

func appendDocument(b []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return b, fmt.Errorf("encode %T: %w", v, err)
	}
	return append(b, text...), nil
}

// ParseDatasetRecord reads one dataset record. What its schema leaves open may be
// absent and is then zero; members it does not know are passed over. Whether they and
// the values are allowed is for [Validate] to say.
func ParseDatasetRecord(text []byte) (*DatasetRecord, error) {
	r := new(DatasetRecord)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read dataset record: %w", memberError(err))
	}
	return r, nil
}

// MemberError says which member of a document holds what its type cannot. Pointer is its
// JSON pointer.
type MemberError struct {
	Pointer string
	Err     error
}

// Error returns the pointer and what is wrong there.
func (e *MemberError) Error() string { return e.Pointer + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *MemberError) Unwrap() error { return e.Err }

// memberError says in our terms what the decoder says of a value.
func memberError(err error) error {
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) || semantic.Err == nil {
		return err
	}
	return &MemberError{Pointer: string(semantic.JSONPointer), Err: semantic.Err}
}

// GuessDocument tells a bare insight from a dataset record by the names of its
// members. What is neither is taken for a dataset record, the usual case.
func GuessDocument(data []byte) Document {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	guess := DocumentDatasetRecord
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return guess
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			break
		}
		switch name.String() {
		case "id", "source", "context", "insight":
			return DocumentDatasetRecord
		case "class", "confidence", "primary_process", "why", "actions":
			guess = DocumentInsight
		}
		if d.SkipValue() != nil {
			break
		}
	}
	return guess
}
