package insight

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// Growth is looked at in successive windows that do not overlap. Three windows of a
// whole [Window] would take half a minute, and three that end a second apart say one
// thing thrice: a pool that fills up within a second "grows" in ten of them.
const (
	growthWindow  = 5 * time.Second
	growthWindows = 3
	// growthSeconds is how many seconds back the counts of a subtree are kept: what the
	// windows need, and as much again to find where it began.
	growthSeconds = 32
)

// growth is how the living descendants of a process increased.
type growth struct {
	Process *replay.Process
	// Counts are those at the edges of the windows, the oldest first.
	Counts [growthWindows + 1]int64
	// Since is the whole second before it began, and Base the count then; Since is 0 for
	// what does not grow steadily.
	Since schema.Time
	Base  int64
}

// Now is the latest count.
func (g *growth) Now() int64 { return g.Counts[growthWindows] }

// Range returns the least and the largest increase within a window.
func (g *growth) Range() (least, largest int64) {
	least, largest = g.Counts[1]-g.Counts[0], g.Counts[1]-g.Counts[0]
	for i := 1; i < growthWindows; i++ {
		step := g.Counts[i+1] - g.Counts[i]
		least, largest = min(least, step), max(largest, step)
	}
	return least, largest
}

// Slowest returns the least increase within a window.
func (g *growth) Slowest() int64 {
	least, _ := g.Range()
	return least
}

// steady says that it grew enough in each window and that no window was a burst.
func (g *growth) steady() bool {
	least, largest := g.Range()
	return least >= runawayStep && largest <= runawayBurst*least
}

// outdoes says that this growth rather than another of the same tree is looked at. One
// that runs away goes first: above it the many that stay, or a burst beside it, may hide
// it. Of two it is the one with the larger least increase.
func (g *growth) outdoes(other *growth) bool {
	if other.Process == nil {
		return true
	}
	if runs := isRunaway(g); runs != isRunaway(other) {
		return runs
	}
	return g.Slowest() >= other.Slowest()
}

// PerSecond is the mean increase over the windows.
func (g *growth) PerSecond() float64 {
	return float64(g.Now()-g.Counts[0]) / (growthWindows * growthWindow).Seconds()
}

// growthTracker keeps how many living descendants each process had at each whole second,
// of the trees in which processes were born lately. A second costs a walk over those.
type growthTracker struct {
	rows  replay.Table[growthRow]
	order []*replay.Process
	// young are the living of these trees that were born in the window.
	young []*replay.Process
	// steadiest holds for each tree the growth that outdoes all others in it, at the latest
	// whole second.
	steadiest []growth
}

// growthRow is the account of one process.
type growthRow struct {
	// second is the latest that was counted, from the start of the capture; 0 is none.
	second int64
	// counts are those of the last seconds, in the place of their number modulo the size.
	counts [growthSeconds]int32
	// living and fresh are the sums of the walk under way: all, and those of this second.
	living, fresh int32
	since         schema.Time
	base          int32
}

// walk counts at the tick that ends the window.
func (t *growthTracker) walk(f *features) {
	clear(t.steadiest)
	clear(t.young)
	t.steadiest, t.young = t.steadiest[:0], t.young[:0]
	for i := range f.Trees {
		top := f.Trees[i].Top
		if top == nil || top.Place() != top {
			continue // the host's first processes, and trees that are gone
		}
		t.steadiest = append(t.steadiest, t.count(top, f.To, int64(f.To.Sub(f.Host.Start())/time.Second)))
	}
}

// count adds up the tree below top, children before parents, and returns the growth that
// outdoes all others; of equals, that of the process nearest to the top.
func (t *growthTracker) count(top *replay.Process, now schema.Time, second int64) growth {
	t.order = t.order[:0]
	for p := range top.Subtree() {
		if !p.Childless() || p == top {
			row := t.rows.At(p)
			row.living, row.fresh = 0, 0
		}
		t.order = append(t.order, p)
	}
	var steadiest growth
	for i := len(t.order) - 1; i >= 0; i-- {
		p := t.order[i]
		if p.Alive() && p.ForkTime.OK && now.Sub(p.ForkTime.V) < Window {
			t.young = append(t.young, p)
		}
		if p.Childless() && i > 0 {
			// Nothing is below it, and a count of nothing need not be kept.
			t.hand(&growthRow{}, p, now)
			continue
		}
		row := t.rows.At(p)
		row.push(second, now)
		if g := row.growth(p); g.outdoes(&steadiest) {
			steadiest = g
		}
		if i > 0 {
			t.hand(row, p, now)
		}
	}
	clear(t.order)
	return steadiest
}

// hand adds the process and its descendants to the sums of its parent.
func (t *growthTracker) hand(row *growthRow, p *replay.Process, now schema.Time) {
	living, fresh := row.living, row.fresh
	if p.Alive() {
		living++
		if now.Sub(p.StartTime) < time.Second {
			fresh++
		}
	}
	above := t.rows.At(p.Parent())
	above.living += living
	above.fresh += fresh
}

// of returns how the process's descendants increased; zeros for one that has left the
// tree.
func (t *growthTracker) of(p *replay.Process) growth { return t.rows.At(p).growth(p) }

// push enters the sums of the walk as the count of a second. In seconds without a walk
// nothing was born, so the count was that of the older ones.
func (r *growthRow) push(second int64, now schema.Time) {
	missing := second - growthSeconds + 1
	if r.second > 0 {
		missing = max(missing, r.second+1)
	}
	for ; missing < second; missing++ {
		*r.at(missing) = r.living - r.fresh
	}
	*r.at(second) = r.living
	r.second = second
	if g := r.growth(nil); !g.steady() {
		r.since, r.base = 0, 0
	} else if r.since == 0 {
		ago := r.began()
		r.since, r.base = now.Add(-time.Duration(ago)*time.Second), r.ago(ago)
	}
}

// at returns the place of a second, which may lie before the capture.
func (r *growthRow) at(second int64) *int32 { return &r.counts[uint64(second)%growthSeconds] }

// ago returns the count of so many seconds before the latest.
func (r *growthRow) ago(seconds int64) int32 { return *r.at(r.second - seconds) }

func (r *growthRow) growth(p *replay.Process) growth {
	const every = int64(growthWindow / time.Second)
	g := growth{Process: p, Since: r.since, Base: int64(r.base)}
	for i := range g.Counts {
		g.Counts[i] = int64(r.ago((growthWindows - int64(i)) * every))
	}
	return g
}

// began returns how many seconds ago the growth began: since when it has gone on, pauses
// of a second aside, at a quarter of its mean rate at least, and not with a burst. The
// second before counts if anything was born then, for growth can begin late in a second.
func (r *growthRow) began() int64 {
	const span = int64(growthWindows * growthWindow / time.Second)
	all := int64(r.ago(0) - r.ago(span))
	slow := func(from, to int64) bool { return runawayBurst*span*int64(r.ago(to)-r.ago(from)) < (from-to)*all }
	burst := func(from, to int64) bool { return span*int64(r.ago(to)-r.ago(from)) > runawayBurst*(from-to)*all }
	ago := span
	for ago+2 < growthSeconds && !slow(ago+2, ago) {
		ago++
	}
	for ago > 1 && (slow(ago, ago-1) || burst(ago, ago-1)) {
		ago--
	}
	if ago+1 < growthSeconds && r.ago(ago) > r.ago(ago+1) && !burst(ago+1, ago) {
		ago++
	}
	return ago
}
