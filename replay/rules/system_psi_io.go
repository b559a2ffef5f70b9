package rules

import (
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// systemPSIIO fires when the part of the last 10 s in which every task that was not
// idle waited for I/O (the kernel's full) > threshold_pct, for the duration.
var systemPSIIO = kind{
	name:    "system_psi_io",
	keys:    []key{percentKey, durationKey},
	subject: schema.SubjectHost,
	inputs:  []schema.Type{schema.TypeSystem},
	start: func(r *runner) detector {
		return &pressure{runner: r, stall: replay.IOFull, words: "all tasks waited for I/O"}
	},
	gauge:   true,
	percent: true,
	noWhere: true,
}
