package rules

import (
	"fmt"
	"math"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// subtreeCPUPct fires when the CPU use of one birth tree, in percent of one core, >
// threshold for the duration. A process counts with the CPU time between its last two
// records (see [replay.Host.CPUPercent]): what lives for less than an interval does not.
var subtreeCPUPct = kind{
	name:    "subtree_cpu_pct",
	keys:    []key{thresholdKey, durationKey},
	subject: schema.SubjectTreeRoot,
	inputs:  treeGaugeInputs[:],
	start: func(r *runner) detector {
		return newTreeGauges(r, gauge{
			of: cpuMicroPercent, fades: true, perUnit: microPerUnit,
			words: func(v float64) string { return fmt.Sprintf("%.1f %% of a core", v) },
		})
	},
	gauge:  true,
	amount: true,
}

const (
	// microPerUnit makes of a percentage a whole number, so that sums are exact.
	microPerUnit = 1e6
	// maxPercent (ten thousand cores) is the largest use of one process that is believed.
	maxPercent = 1e6
)

func cpuMicroPercent(h *replay.Host, p *replay.Process) schema.Opt[int64] {
	percent := h.CPUPercent(p)
	if !percent.OK {
		return schema.Opt[int64]{}
	}
	return schema.Some(int64(math.Round(min(percent.V, maxPercent) * microPerUnit)))
}
