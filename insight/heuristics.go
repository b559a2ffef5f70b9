package insight

import (
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// heuristic recognises one class in a window. Neither function reads a name.
type heuristic struct {
	class schema.Class
	// judge returns what the window shows of the class, at most one verdict a tree.
	judge func(*features) []verdict
	// whyNot says in figures why a window that shows something else is not this class.
	whyNot func(*features) string
	// actions are the next steps for an incident of the class.
	actions func(*verdict) []string
}

// heuristics has one row for each class that can be named, in the order of precedence:
// of two that claim one tree at one time the first wins. normal comes last, for it is
// what remains. To add a class: a file, a row.
var heuristics = [...]heuristic{
	{schema.ClassForkStorm, judgeForkStorm, whyNotForkStorm, forkStormActions},
	{schema.ClassRunawayTree, judgeRunawayTree, whyNotRunawayTree, runawayTreeActions},
	{schema.ClassShortJobFlood, judgeShortJobFlood, whyNotShortJobFlood, shortJobFloodActions},
	{schema.ClassOOMRisk, judgeOOMRisk, whyNotOOMRisk, oomRiskActions},
	{schema.ClassIOSaturation, judgeIOSaturation, whyNotIOSaturation, ioSaturationActions},
	{schema.ClassCPUSpin, judgeCPUSpin, whyNotCPUSpin, cpuSpinActions},
	{schema.ClassNormal, judgeNormal, whyNotNormal, normalActions},
}

// Classes returns the classes that the heuristics can name, in the order of their
// precedence.
func Classes() []schema.Class {
	classes := make([]schema.Class, 0, len(heuristics))
	for _, h := range heuristics {
		classes = append(classes, h.class)
	}
	return classes
}

// verdict is what one window shows of one class.
type verdict struct {
	class schema.Class
	// tree is the tree that windows of one incident have in common, beside the primary
	// process; nil is the host.
	tree *replay.Process
	// cgroup is the path of the one that the verdict is about, or empty.
	cgroup string
	// cgroupBytes is the memory that the primary's cgroup uses, or 0.
	cgroupBytes int64
	// primary is the process that is named, or nil.
	primary    *replay.Process
	candidates []candidate
	// onset and end bound what the window shows of it.
	onset, end schema.Time
	// strength ranks the windows of one incident: the strongest describes it.
	strength float64
	severity schema.Severity
	// margin is how far the evidence clears the thresholds; see calibration.
	margin     float64
	confidence confidence
	why        string
	facts      []schema.Fact
	// atLimit says that the primary's cgroup is held up by a limit of its own, which the
	// class is about: its CPU quota, or its maximum of memory.
	atLimit bool
	// doubts are alternatives that the class itself cannot rule out.
	doubts []schema.Alternative
}

// judgeAt sets the margin, and the confidence that comes with it.
func (v *verdict) judgeAt(margin float64) {
	v.margin, v.confidence.value = margin, calibrated(margin)
}

// subject is the process whose subtree the verdict is about; nil is the host.
func (v *verdict) subject() *replay.Process {
	if v.primary != nil {
		return v.primary
	}
	return v.tree
}

// candidate is a process that could be the cause, with its share of the evidence.
type candidate struct {
	process *replay.Process
	share   float64
}

// fact appends a measured statement; ids are given later.
func (v *verdict) fact(text string, value float64, unit string) {
	v.facts = append(v.facts, schema.Fact{Text: text, Value: round(value), Unit: unit})
}

// percentFact appends a percentage if it is known.
func (v *verdict) percentFact(text string, value schema.Opt[float64]) {
	if value.OK {
		v.fact(text, value.V, "%")
	}
}
