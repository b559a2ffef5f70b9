package score

import (
	"context"
	"fmt"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// LabelError says that a label does not fit its capture.
type LabelError struct {
	// Incident is the incident's place in the label, from 0.
	Incident int
	Problem  string
}

// Error implements error.
func (e *LabelError) Error() string {
	return fmt.Sprintf("/incidents/%d: %s", e.Incident, e.Problem)
}

// Replay replays one capture, once, for every predictor. The error is the replay's, or a
// [LabelError].
func Replay(ctx context.Context, name string, source replay.Source, label *schema.Label) (Outcome, error) {
	watch := &witness{label: label, seen: make([]*replay.Process, len(label.Incidents))}
	var shown replayed
	var analysis insight.Analysis
	set := rules.Default()
	summary, err := replay.Run(ctx, []replay.Source{source}, replay.Options{}, func(h *replay.Host) []replay.Handler {
		watch.begin(h)
		engine := rules.NewEngine(set, func(a *schema.Alert) { shown.alerts = append(shown.alerts, a) })
		return append(analysis.Handlers(h), engine, watch)
	})
	if err != nil {
		return Outcome{}, err
	}
	shown.records, shown.end = analysis.Records(), summary.To
	o := Outcome{Name: name, Start: summary.Start, Span: summary.To.Sub(summary.Start)}
	if o.Labels, err = watch.incidents(summary.To); err != nil {
		return Outcome{}, err
	}
	for _, p := range predictors {
		o.Predictions = append(o.Predictions, p.predict(&shown))
	}
	return o, nil
}
