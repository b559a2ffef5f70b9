package snapshot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// orders has one row for each thing that a table can be sorted by, the first by default.
var orders = [...]struct {
	name  string
	value func(p *schema.ProcessView) schema.Opt[float64]
}{
	{"cpu", func(p *schema.ProcessView) schema.Opt[float64] { return p.CPUPercent }},
	{"mem", func(p *schema.ProcessView) schema.Opt[float64] {
		return schema.Opt[float64]{V: float64(p.RSSBytes.V), OK: p.RSSBytes.OK}
	}},
	{"io", func(p *schema.ProcessView) schema.Opt[float64] {
		return schema.Opt[float64]{V: p.ReadPerSec.V + p.WritePerSec.V, OK: p.ReadPerSec.OK || p.WritePerSec.OK}
	}},
	{"faults", func(p *schema.ProcessView) schema.Opt[float64] { return p.FaultsPerSec }},
	{"delay", func(p *schema.ProcessView) schema.Opt[float64] { return p.DelayPercent }},
}

// Orders returns the names that [View.Top] takes, the usual one first.
func Orders() []string {
	names := make([]string, 0, len(orders))
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

// Top returns the n processes with the most of what the order names; those of which it
// is unknown come last, and ties go by start time, then pid. An n of 0 is all. The error
// names the orders if there is no such one.
func (v *View) Top(order string, n int) ([]*schema.ProcessView, error) {
	for _, o := range orders {
		if o.name != order {
			continue
		}
		list := make([]*schema.ProcessView, len(v.Processes))
		for i := range v.Processes {
			list[i] = &v.Processes[i]
		}
		key := func(p *schema.ProcessView) float64 {
			if value := o.value(p); value.OK {
				return value.V
			}
			return -1
		}
		slices.SortStableFunc(list, func(a, b *schema.ProcessView) int { return cmp.Compare(key(b), key(a)) })
		if n > 0 {
			list = list[:min(n, len(list))]
		}
		return list, nil
	}
	return nil, fmt.Errorf("unknown order %q: use %s", schema.Clip(order, 20), strings.Join(Orders(), ", "))
}
