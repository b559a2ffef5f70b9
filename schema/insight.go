package schema

// Class names what a stretch of a capture shows.
type Class string

// The classes. ClassNormal is what remains when no incident is found.
const (
	ClassForkStorm     Class = "fork_storm"
	ClassShortJobFlood Class = "short_job_flood"
	ClassRunawayTree   Class = "runaway_tree"
	ClassCPUSpin       Class = "cpu_spin"
	ClassIOSaturation  Class = "io_saturation"
	ClassOOMRisk       Class = "oom_risk"
	ClassNormal        Class = "normal"
)

// Classes lists every class, incidents first.
var Classes = [...]Class{
	ClassForkStorm, ClassShortJobFlood, ClassRunawayTree, ClassCPUSpin,
	ClassIOSaturation, ClassOOMRisk, ClassNormal,
}

// Limits of an insight, in characters; insight.schema.json holds them too.
const (
	MaxWhy            = 120
	MaxPrimaryProcess = 120
	MaxActions        = 3
	MaxAction         = 160
)

// Insight is the verdict on one stretch of a capture, as a person or a model may
// word it.
type Insight struct {
	Class Class `json:"class"`
	// Confidence is from 0 to 1.
	Confidence float64 `json:"confidence"`
	// PrimaryProcess is the comm escaped by [EscapeComm], or nil when none is named.
	PrimaryProcess *string  `json:"primary_process"`
	Why            string   `json:"why"`
	Actions        []string `json:"actions"`
}
