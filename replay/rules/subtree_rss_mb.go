package rules

import (
	"fmt"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// subtreeRSSMB fires when the resident memory of one birth tree, in MiB, > threshold for
// the duration. Memory that processes share counts for each of them.
var subtreeRSSMB = kind{
	name:    "subtree_rss_mb",
	keys:    []key{thresholdKey, durationKey},
	subject: schema.SubjectTreeRoot,
	inputs:  treeGaugeInputs[:],
	start: func(r *runner) detector {
		return newTreeGauges(r, gauge{
			of: rssBytes, perUnit: bytesPerMiB,
			words: func(v float64) string { return fmt.Sprintf("%.1f MiB resident", v) },
		})
	},
	gauge:  true,
	stays:  true,
	amount: true,
}

const (
	bytesPerMiB = 1 << 20
	// maxRSS (4 TiB) is the largest process that is believed.
	maxRSS = 1 << 42
)

func rssBytes(_ *replay.Host, p *replay.Process) schema.Opt[int64] {
	if !p.RSSBytes.OK || p.Zombie() {
		return schema.Opt[int64]{OK: p.RSSBytes.OK}
	}
	return schema.Some(min(p.RSSBytes.V, maxRSS))
}
