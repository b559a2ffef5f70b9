package insight

import "github.com/linnix-os/linnix/schema"

// confidence is how sure a verdict is, from 0 to 1, with the inputs that limit it.
//
// It means: of a hundred verdicts with evidence as good as this, how many are of the
// class that the workload was made to show; see calibration. An input that is unknown,
// or a window that is cut short, puts a cap on it and is named. The caps are set by
// judgement: the corpus has no captures without their inputs.
type confidence struct {
	value float64
	// unknown names the inputs that are missing or incomplete.
	unknown []string
}

// The caps.
const (
	capLoss    = 0.6 // events were lost: counts are lower bounds
	capUnknown = 0.5 // an input that the class rests on is not known
	capShort   = 0.5 // the state was not seen for as long as the class asks
	capUnnamed = 0.8 // no process stands out

	// capHarmless is for a busy process beside which nobody waits: it cannot be told from
	// a computation that is meant to run.
	capHarmless = 0.6
)

// cap limits the confidence.
func (c *confidence) cap(limit float64) { c.value = min(c.value, limit) }

// capFor limits the confidence for an input that is missing or incomplete.
func (c *confidence) capFor(limit float64, input string) {
	c.cap(limit)
	c.unknown = append(c.unknown, input)
}

// capLost limits the confidence if events were lost in the window.
func (c *confidence) capLost(f *features) {
	if f.Lost {
		c.capFor(capLoss, "events lost in the window: counts are lower bounds")
	}
}

// capAbsent limits the confidence if the value of an input is unknown.
func capAbsent[T any](c *confidence, value schema.Opt[T], name string) {
	if !value.OK {
		c.capFor(capUnknown, name)
	}
}
