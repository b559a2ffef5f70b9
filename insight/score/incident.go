package score

import (
	"time"

	"github.com/linnix-os/linnix/schema"
)

// Incident is one that is labelled or found.
type Incident struct {
	Class      schema.Class
	Onset, End schema.Time
	// Processes are those behind it, the likeliest first; a label has at most one.
	Processes []Process
	// Confidence and Why are the predictor's, and empty in a label.
	Confidence float64
	Why        string
}

// Process is one process of a capture.
type Process struct {
	PID int64
	// Start tells successive owners of the pid apart, where it is known.
	Start schema.Opt[schema.Time]
	// Comm is for people.
	Comm string
}

// is says that the two are one process, as far as can be known.
func (p Process) is(q Process) bool {
	return p.PID == q.PID && (!p.Start.OK || !q.Start.OK || p.Start.V == q.Start.V)
}

// Prediction is what one predictor says of a capture.
type Prediction struct {
	// Incidents are in the order in which they were found.
	Incidents []Incident
	// Confidence and Why are about the capture being normal, which is said where there
	// is no incident.
	Confidence float64
	Why        string
}

// Outcome is one labelled capture with what each predictor says of it.
type Outcome struct {
	// Name is what the score calls the capture.
	Name string
	// Start is the time of the first record, and Span how long the capture is.
	Start schema.Time
	Span  time.Duration
	// Labels are empty for a normal capture.
	Labels []Incident
	// Predictions are in the order of [Predictors].
	Predictions []Prediction
}

// normal says that the label knows of no incident.
func (o *Outcome) normal() bool { return len(o.Labels) == 0 }
