package rules

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

func (d *treeGauges) measure(h *replay.Host, e *episode) measurement {
	tree := e.gauges
	m := measurement{window: h.Interval(), value: d.value(e.n)}
	if e.state == firing {
		m.value = d.value(tree.n)
	}
	m.message = fmt.Sprintf("%s below %s (pid %d)", d.gauge.words(d.value(e.n)), printable(e.process.Comm), e.process.Key.PID)
	if e.state == firing {
		if e.process != tree.top {
			m.message += fmt.Sprintf(", of %s below %s (pid %d)", d.gauge.words(m.value), printable(tree.top.Comm), tree.top.Key.PID)
		}
		m.message += fmt.Sprintf(", for %s, threshold %s", d.runner.rule.Duration, d.gauge.words(d.runner.rule.Threshold))
	}
	m.evidence = d.evidence(e)
	return m
}

// evidence tells the records that a value rests on: the whole tree's when it fires, the
// subject's when it resolves.
func (d *treeGauges) evidence(e *episode) schema.Evidence {
	var parts []*part
	for _, p := range d.held {
		if p.n != 0 && p.tree == e.gauges && (e.state == firing || p.subject == e) {
			parts = append(parts, p)
		}
	}
	slices.SortFunc(parts, func(a, b *part) int {
		return cmp.Or(cmp.Compare(b.n, a.n), replay.Compare(a.process, b.process))
	})
	ev := schema.Evidence{Count: int64(len(parts)), Top: []schema.Contributor{}}
	for i, p := range parts {
		first := p.last
		if d.gauge.fades {
			first = p.first
		}
		if i == 0 || first < ev.FirstSeq.V {
			ev.FirstSeq = schema.Some(first)
		}
		ev.LastSeq = schema.Some(max(ev.LastSeq.V, p.last))
		if i < topCount {
			ev.Top = append(ev.Top, schema.Contributor{
				PID: p.process.Key.PID, StartTime: p.process.Started(), Comm: p.process.Comm,
				Count: 1, Value: schema.Some(d.value(p.n)),
			})
		}
	}
	return ev
}
