package score

import (
	"fmt"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// witness finds out which process each labelled pid is: the one that is alive at the
// onset. It is a replay.Handler.
type witness struct {
	label *schema.Label
	start schema.Opt[schema.Time]
	// seen has for each incident the latest process with the pid before the onset, or
	// else the first after it.
	seen []*replay.Process
}

// begin notes from when the label counts: the first record of the first host.
func (w *witness) begin(h *replay.Host) {
	if !w.start.OK {
		w.start.Set(h.Start())
	}
}

// Record implements replay.Handler.
func (w *witness) Record(h *replay.Host, r *schema.Record) {
	p := h.Current()
	if p == nil {
		return
	}
	for i := range w.label.Incidents {
		in := &w.label.Incidents[i]
		if in.Primary == nil || in.Primary.PID != p.Key.PID {
			continue
		}
		onset := w.onset(in)
		if w.seen[i] == nil || r.Time <= onset || goneBefore(w.seen[i], onset) {
			w.seen[i] = p
		}
	}
}

// Tick implements replay.Handler.
func (w *witness) Tick(*replay.Host) {}

// End implements replay.Handler.
func (w *witness) End(*replay.Host) {}

func (w *witness) onset(in *schema.LabelledIncident) schema.Time {
	return w.start.V.Add(in.Onset.Std())
}

func goneBefore(p *replay.Process, t schema.Time) bool { return p.ExitTime.OK && p.ExitTime.V < t }

// incidents turns the label into incidents with times and processes of the capture,
// which ended at end. The error is a [LabelError].
func (w *witness) incidents(end schema.Time) ([]Incident, error) {
	var list []Incident
	for i := range w.label.Incidents {
		in := &w.label.Incidents[i]
		labelled := Incident{Class: in.Class, Onset: w.onset(in), End: end}
		if labelled.Onset > end {
			return nil, &LabelError{i, fmt.Sprintf("onset %s lies after the end of the capture, which is %s long", in.Onset.Std(), end.Sub(w.start.V))}
		}
		if in.End.OK {
			labelled.End = w.start.V.Add(in.End.V.Std())
		}
		if in.Primary != nil {
			if problem := w.misfit(i); problem != "" {
				return nil, &LabelError{i, problem}
			}
			p := w.seen[i]
			labelled.Processes = []Process{{PID: p.Key.PID, Start: p.Started(), Comm: p.Comm}}
		}
		list = append(list, labelled)
	}
	return list, nil
}

// misfit says why no process with the labelled pid is alive at the onset, give or take
// [Slack]; it is empty if one is.
func (w *witness) misfit(i int) string {
	in, p := &w.label.Incidents[i], w.seen[i]
	onset := w.onset(in)
	switch {
	case p == nil:
		return fmt.Sprintf("no process of the capture has the pid %d", in.Primary.PID)
	case goneBefore(p, onset.Add(-Slack)):
		return fmt.Sprintf("the process with pid %d ended %s before the onset", in.Primary.PID, onset.Sub(p.ExitTime.V))
	case p.Started().Or(onset) > onset.Add(Slack):
		return fmt.Sprintf("the process with pid %d started %s after the onset", in.Primary.PID, p.StartTime.Sub(onset))
	}
	return ""
}
