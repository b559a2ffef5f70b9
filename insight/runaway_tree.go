package insight

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// A runaway tree is births that stay, too slow for a storm, yet without an end: workers
// that are started for every request, say, or a loop that forgets to wait. A pool fills
// up and stays, a build's processes come and go.
const (
	// runawayLiving is how many living descendants more than before it must have had a
	// window ago: it goes on beyond what a pool of this size would have.
	runawayLiving = 64
	// runawayStep is by how many it must grow in each of three successive windows of 5 s
	// (3.2/s): a quarter of the least tree, by the growth ratio of oomd.
	runawayStep = runawayLiving * (runawayPercent - 100) / 100
	// runawayBurst is how many times the least of these increases the largest may be, and
	// the mean rate that of a second: the start of a service is a burst, and what follows
	// it begins behind it.
	runawayBurst = 4
	// runawayPercent is oomd's growth ratio of 1.25: by so much of what there was before
	// the tree must have grown.
	runawayPercent = 125
	// runawaySoon is how near the end of the pids may be before it is critical; earlyoom
	// and others warn when it is a matter of minutes.
	runawaySoon = 10 * time.Minute
)

// judgeRunawayTree returns a verdict for each tree in which the descendants of one
// process run away, unless the tree is a fork storm.
func judgeRunawayTree(f *features) []verdict {
	if f.Last {
		return nil // the latest whole second was judged in its turn
	}
	var verdicts []verdict
	for i := range f.Growing {
		g := &f.Growing[i]
		if isRunaway(g) && !stormIn(f, g.Process) {
			verdicts = append(verdicts, runawayTree(f, g))
		}
	}
	return verdicts
}

func isRunaway(g *growth) bool {
	before := g.Counts[growthWindows-1] - g.Base
	return g.Since != 0 && before >= runawayLiving && 100*g.Now() >= runawayPercent*g.Base
}

// stormIn says that the process is in a fork storm of this window, or above one.
func stormIn(f *features, p *replay.Process) bool {
	return slices.ContainsFunc(f.stormTrees(), func(t birthTree) bool { return p.Within(t.Top) || t.Top.Within(p) })
}

func runawayTree(f *features, found *growth) verdict {
	s := newStayed(f, found)
	list, g := runawayCandidates(f, s, found)
	onset, end := s.span(g.Process)
	v := verdict{
		class: schema.ClassRunawayTree, tree: g.Process, primary: g.Process, candidates: list,
		onset: onset, end: end, strength: float64(g.Now() - g.Base), severity: schema.SeverityWarning,
	}
	v.why = fmt.Sprintf("pid %d has %d living descendants, %d more than %s ago, and they grow without a pause",
		g.Process.Key.PID, g.Now(), g.Now()-g.Counts[0], seconds(growthWindows*growthWindow))
	if left := untilPIDsEnd(f, &g); left.OK && left.V <= runawaySoon {
		v.severity = schema.SeverityCritical
	}
	least, largest := g.Range()
	ratios := []float64{
		float64(least) / runawayStep,
		float64(g.Counts[growthWindows-1]-g.Base) / runawayLiving,
		room(runawayBurst*float64(least), float64(largest)),
	}
	if g.Base > 0 {
		ratios = append(ratios, 100*float64(g.Now())/(runawayPercent*float64(g.Base)))
	}
	v.judgeAt(margin(ratios...))
	if f.Host.LostSince(g.Since) {
		v.confidence.capFor(capLoss, "events lost since it began: some of those counted may have ended")
	}
	v.runawayFacts(f, &g)
	return v
}

// newStayed gathers what was born below the process since its growth began, and stayed.
func newStayed(f *features, g *growth) *storm {
	s := &storm{f: f, tree: birthTree{Top: g.Process}, born: map[*replay.Process]bool{}}
	counts := map[*replay.Process]int{}
	for p := range g.Process.Subtree() {
		if p == g.Process || !p.Alive() || p.StartTime <= g.Since {
			continue
		}
		s.born[p] = true
		s.tree.Alive++
		s.countForker(counts, p.Parent())
	}
	for i := range s.forkers {
		s.forkers[i].share /= float64(max(s.tree.Alive, 1))
	}
	sortCandidates(s.forkers)
	return s
}

// span returns the first and the last birth below the process of those that stayed.
func (s *storm) span(p *replay.Process) (first, last schema.Time) {
	first = s.f.To
	for q := range p.Subtree() {
		if q != p && s.born[q] {
			first, last = min(first, q.StartTime), max(last, q.StartTime)
		}
	}
	return first, last
}

// runawayCandidates returns who could be the cause, first the one that is named, and its
// growth: of those that the births point at the first whose descendants run away by
// themselves.
func runawayCandidates(f *features, s *storm, found *growth) ([]candidate, growth) {
	list := s.candidates()
	for i := range list {
		if g := f.growth.of(list[i].process); isRunaway(&g) {
			first := list[i]
			return slices.Insert(slices.Delete(list, i, i+1), 0, first), g
		}
	}
	return append([]candidate{{found.Process, 1}}, list[:min(len(list), maxCandidates-1)]...), *found
}

// untilPIDsEnd is how long the pids last at the mean rate of the growth.
func untilPIDsEnd(f *features, g *growth) schema.Opt[time.Duration] {
	limit := f.Host.Meta().PIDMax
	if !limit.OK || g.PerSecond() <= 0 {
		return schema.Opt[time.Duration]{}
	}
	left := float64(max(limit.V-int64(f.Host.Living()), 0)) / g.PerSecond()
	return schema.Some(time.Duration(min(left, (24*time.Hour).Seconds()) * float64(time.Second)))
}

func (v *verdict) runawayFacts(f *features, g *growth) {
	pid := g.Process.Key.PID
	v.fact(fmt.Sprintf("pid %d had %d living descendants", pid, g.Now()), float64(g.Now()), "processes")
	v.fact(fmt.Sprintf("%d before they began to grow", g.Base), float64(g.Base), "processes")
	for i := range growthWindows {
		grown := g.Counts[i+1] - g.Counts[i]
		ago := time.Duration(growthWindows-1-i) * growthWindow
		v.fact(fmt.Sprintf("%+d in the %s that ended %s ago", grown, seconds(growthWindow), seconds(ago)), float64(grown), "processes")
	}
	v.fact(fmt.Sprintf("that is %.1f more a second", g.PerSecond()), g.PerSecond(), "processes/s")
	v.fact(fmt.Sprintf("%.0f %% of those that were born since and stayed are below pid %d", 100*v.candidates[0].share, pid), 100*v.candidates[0].share, "%")
	living := f.Host.Living()
	v.fact(fmt.Sprintf("%d processes were alive on the host", living), float64(living), "processes")
	if left := untilPIDsEnd(f, g); left.OK {
		v.fact(fmt.Sprintf("at this rate there are no pids left in %s, a day at most", left.V.Truncate(time.Second)), left.V.Seconds(), "s")
	}
	v.pressureFact(f)
}

func whyNotRunawayTree(f *features) string {
	if len(f.Growing) == 0 {
		return "no tree in which a process was born lately has any left"
	}
	g := slices.MaxFunc(f.Growing, func(a, b growth) int {
		return cmp.Or(cmp.Compare(a.Slowest(), b.Slowest()), cmp.Compare(a.Now(), b.Now()))
	})
	pid, before := g.Process.Key.PID, g.Counts[growthWindows-1]-g.Base
	switch {
	case g.Slowest() < runawayStep:
		return fmt.Sprintf("the living descendants of pid %d were %d, %d, %d, %d at the edges of three windows of %s, a runaway tree grows by %d in each",
			pid, g.Counts[0], g.Counts[1], g.Counts[2], g.Counts[3], seconds(growthWindow), runawayStep)
	case !g.steady():
		return fmt.Sprintf("the living descendants of pid %d were %d, %d, %d, %d at the edges of three windows of %s: a burst, and no steady growth",
			pid, g.Counts[0], g.Counts[1], g.Counts[2], g.Counts[3], seconds(growthWindow))
	case before < runawayLiving:
		return fmt.Sprintf("pid %d had %d more living descendants %s ago than when they began to grow, a runaway tree has %d",
			pid, before, seconds(growthWindow), runawayLiving)
	case !isRunaway(&g):
		return fmt.Sprintf("pid %d has %d living descendants, but had %d: a runaway tree grows by %d %%", pid, g.Now(), g.Base, runawayPercent-100)
	}
	return "the growth belongs to another incident"
}
