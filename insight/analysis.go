package insight

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// Analyze replays the captures and returns their dataset records in the order of
// [Analysis.Records], and what the replay went through. Captures without a record give
// none. The error is the replay's, or [ErrEmptyRange].
func Analyze(ctx context.Context, sources []replay.Source, opts replay.Options) ([]schema.DatasetRecord, replay.Summary, error) {
	var a Analysis
	summary, err := replay.Run(ctx, sources, opts, a.Handlers)
	if err != nil {
		return nil, summary, err
	}
	if summary.Records == 0 && (opts.From != nil || opts.To != nil) {
		return nil, summary, ErrEmptyRange
	}
	return a.Records(), summary, nil
}

// ErrEmptyRange says that no record lies between the bounds of an analysis.
var ErrEmptyRange = errors.New("no record lies within the bounds")

// Analysis names the incidents of a replay that the caller runs, beside other
// handlers. Its zero value is ready; it is for one replay.
type Analysis struct {
	mergers []*merger
}

// Handlers returns the handlers for one host, for use with [replay.Run].
func (a *Analysis) Handlers(h *replay.Host) []replay.Handler {
	m := &merger{host: h}
	a.mergers = append(a.mergers, m)
	return []replay.Handler{newCollector(h, m.judge)}
}

// Records returns, once the replay is over, a record for each incident, by onset, then
// in the order of hosts; and for each host without one a record of class normal. A host
// of which the handlers saw nothing has none.
func (a *Analysis) Records() []schema.DatasetRecord {
	var records []schema.DatasetRecord
	for _, m := range a.mergers {
		for _, in := range m.settled() {
			records = append(records, m.record(in))
		}
	}
	slices.SortStableFunc(records, func(a, b schema.DatasetRecord) int {
		return cmp.Compare(a.Context.Incident.Onset, b.Context.Incident.Onset)
	})
	return records
}

// record turns a finished incident into a dataset record.
func (m *merger) record(in *incident) schema.DatasetRecord {
	v := &in.peak
	c := in.context
	c.Incident.Onset, c.Incident.End = in.onset, in.end
	c.Incident.Alternatives = prefer(in.others, c.Incident.Alternatives)
	capture := CaptureID(m.host)
	return schema.DatasetRecord{
		ID:      recordID(capture, in),
		Version: schema.RecordVersion,
		Source:  schema.Source{Type: schema.SourceRecorded, Notes: "linnix insight", Capture: capture},
		Context: c,
		Insight: schema.Insight{
			Class: v.class, Confidence: round(v.confidence.value), PrimaryProcess: primaryName(c.Incident.Primary),
			Why: schema.Clip(v.why, schema.MaxWhy-3), Actions: heuristics[in.rank].actions(v),
		},
	}
}

func primaryName(p *schema.ProcessRef) *string {
	if p == nil {
		return nil
	}
	name := schema.EscapeComm(p.Comm)
	return &name
}

// CaptureID returns the id of the recording that the host's records come from: a hash of
// its boot_id and its first moment, the same for every copy, format and split of it.
func CaptureID(h *replay.Host) string {
	return "capture-" + shortHash(h.Meta().BootID.Or(""), h.Start().String())
}

// recordID is the same whenever the same capture is analysed.
func recordID(capture string, in *incident) string {
	subject := "host" + in.peak.cgroup
	if p := in.peak.primary; p != nil {
		subject = fmt.Sprintf("%d@%s", p.Key.PID, p.StartTime)
	}
	return string(in.peak.class) + "-" + shortHash(capture, string(in.peak.class), subject, in.onset.String())
}

// shortHash is a 64-bit hash of the parts, for ids.
func shortHash(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
