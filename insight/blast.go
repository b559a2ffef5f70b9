package insight

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	// victimPercent of the window is how long a process outside the tree must have
	// waited to be called a victim.
	victimPercent = 10
	// minWait is the shortest wait that is booked: a victim has longer ones.
	minWait = 10 * time.Millisecond
)

// blast is the account of what suffered in a window.
type blast struct {
	f *features
	// members are the processes of the incident's tree; nil for that of the whole host.
	members map[*replay.Process]bool
	alive   int64
	rss     int64
	// cgroups are those of the living members, with how many lived in each; places says
	// where in the list each is.
	cgroups []cgroupCount
	places  map[string]int
}

type cgroupCount struct {
	path string
	n    int
}

// blastRadius describes what suffered by a verdict's window: the primary's subtree, or
// the birth tree of a primary that has exited, and who waited outside it. What is normal
// has none.
func blastRadius(f *features, v *verdict, uses []cpuUse) *schema.BlastRadius {
	if v.class == schema.ClassNormal {
		return nil
	}
	b := &blast{f: f, places: map[string]int{}}
	b.count(rootOf(v))
	victims := b.victims()
	radius := &schema.BlastRadius{Processes: b.alive, Cgroups: b.paths(), Victims: []schema.ProcessRef{}}
	for _, w := range victims[:min(len(victims), schema.MaxVictims)] {
		victim := *reference(w.process)
		victim.Argv = nil // argvs are long, and who waited is not at fault
		radius.Victims = append(radius.Victims, victim)
	}
	radius.Text = b.text(uses, len(victims))
	return radius
}

// rootOf returns the process whose subtree the incident is; nil for the whole host.
func rootOf(v *verdict) *replay.Process {
	root := v.primary
	if root == nil || root.Place() != root {
		root = v.tree
	}
	if root == nil || root.Place() != root {
		return nil
	}
	return root
}

func (b *blast) count(root *replay.Process) {
	if root == nil {
		for _, p := range b.f.Host.Processes() {
			b.add(p)
		}
	} else {
		b.members = map[*replay.Process]bool{}
		for p := range root.Subtree() {
			b.members[p] = true
			if p.Alive() {
				b.add(p)
			}
		}
	}
	// Ties stay in the order of the processes: names decide nothing.
	slices.SortStableFunc(b.cgroups, func(x, y cgroupCount) int { return -cmp.Compare(x.n, y.n) })
}

func (b *blast) add(p *replay.Process) {
	b.alive++
	b.rss += max(0, min(p.RSSBytes.V, 1<<50))
	if p.Cgroup == "" {
		return
	}
	at, known := b.places[p.Cgroup]
	if !known {
		at = len(b.cgroups)
		b.places[p.Cgroup] = at
		b.cgroups = append(b.cgroups, cgroupCount{path: p.Cgroup})
	}
	b.cgroups[at].n++
}

func (b *blast) paths() []string {
	paths := []string{}
	for _, c := range b.cgroups[:min(len(b.cgroups), schema.MaxCgroups)] {
		paths = append(paths, c.path)
	}
	return paths
}

// within says that the process is of the tree: what has exited was where it folded into.
func (b *blast) within(p *replay.Process) bool { return b.members == nil || b.members[p.Place()] }

// text says in figures what the incident took.
func (b *blast) text(uses []cpuUse, victims int) string {
	living := int64(b.f.Host.Living())
	parts := []string{fmt.Sprintf("%d of %d live processes", b.alive, living)}
	if b.members == nil {
		parts[0] = fmt.Sprintf("the whole host with its %d live processes", living)
	}
	mine, all := int64(0), int64(0)
	for _, u := range uses {
		all += u.UsedNs
		if b.within(u.Process) {
			mine += u.UsedNs
		}
	}
	if all > 0 && b.members != nil {
		parts = append(parts, fmt.Sprintf("%.0f %% of the CPU time that was used", percent(float64(mine), float64(all))))
	}
	if b.rss > 0 {
		parts = append(parts, fmt.Sprintf("%.0f MiB of memory", float64(b.rss)/(1<<20)))
	}
	for _, p := range [...]struct {
		name  string
		value schema.Opt[float64]
	}{{"cpu", b.f.CPUSome}, {"memory", b.f.MemorySome}, {"io", b.f.IOSome}} {
		if p.value.V >= 1 {
			parts = append(parts, fmt.Sprintf("%s pressure %.0f %%", p.name, p.value.V))
		}
	}
	if victims > 0 {
		parts = append(parts, fmt.Sprintf("%d outside waited %d %% of the time or more", victims, victimPercent))
	}
	return strings.Join(parts, ", ")
}
