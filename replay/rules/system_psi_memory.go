package rules

import (
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// systemPSIMemory fires when the part of the last 10 s in which every task that was not
// idle waited for memory (the kernel's full) > threshold_pct, for the duration.
var systemPSIMemory = kind{
	name:    "system_psi_memory",
	keys:    []key{percentKey, durationKey},
	subject: schema.SubjectHost,
	inputs:  []schema.Type{schema.TypeSystem},
	start: func(r *runner) detector {
		return &pressure{runner: r, stall: replay.MemoryFull, words: "all tasks waited for memory"}
	},
	gauge:   true,
	percent: true,
	noWhere: true,
}
