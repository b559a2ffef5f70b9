package rules

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// kind is one detector: what it is called, what a rule may tell it, what it looks at.
type kind struct {
	name string
	keys []key
	// subject is what its alerts are about.
	subject schema.SubjectKind
	// inputs are the record types whose loss makes its verdict incomplete.
	inputs []schema.Type
	// start makes the detector of one rule on one host.
	start func(r *runner) detector

	// gauge: the threshold is a gauge's, exceeded at > and unknown while the host is
	// blind; else a count's, met at >=.
	gauge bool
	// percent: the threshold is a percentage of a whole.
	percent bool
	// amount: the threshold is any number above 0, not only a whole one.
	amount bool
	// stays: a process's value is taken to stay as sampled until it exits.
	stays bool
	// instant: each record is a firing of its own, which neither lasts nor resolves.
	instant bool
	// durationIsWindow: the duration is the window that events are counted in.
	durationIsWindow bool
	// noWhere: it looks at the host alone, so there is nothing to narrow.
	noWhere bool
}

// kinds is the table of detectors. To add one: a file, a row.
var kinds = [...]kind{
	forksPerSec,
	forkBurst,
	runawayTree,
	shortJobFlood,
	systemPSICPU,
	systemPSIMemory,
	systemPSIIO,
	oomKill,
	subtreeCPUPct,
	subtreeRSSMB,
	zombieCount,
	processGrowth,
	execRate,
}

// detector measures for one rule on one host.
type detector interface {
	// take counts a record of one of the kind's inputs.
	take(h *replay.Host, r *schema.Record)
	// look judges every subject that may have changed (see runner.judge). It is called
	// after each record and on each tick.
	look(h *replay.Host)
	// measure says for an alert what a subject's value is and what it rests on.
	measure(h *replay.Host, e *episode) measurement
}

// measurement is a subject's value at one moment.
type measurement struct {
	value float64
	// window is the time over which it was measured, where that is not the rule's.
	window   time.Duration
	message  string
	evidence schema.Evidence
	// terms are the parts of the condition; none for the value against the threshold.
	terms []term
	// looked is how many processes were looked at to find a subject, for a trace.
	looked int64
}

// DetectorNames lists the detectors a rule may name.
func DetectorNames() []string {
	names := make([]string, len(kinds))
	for i := range kinds {
		names[i] = kinds[i].name
	}
	return names
}

func kindOf(name string) *kind {
	for i := range kinds {
		if kinds[i].name == name {
			return &kinds[i]
		}
	}
	return nil
}

// isDetectorKey says whether any detector has the key.
func isDetectorKey(name string) bool {
	for i := range kinds {
		for _, k := range kinds[i].keys {
			if k.name == name {
				return true
			}
		}
	}
	return false
}
