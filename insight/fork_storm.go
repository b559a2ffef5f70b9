package insight

import (
	"fmt"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// A fork storm is many births that stay: a build forks as fast, but its children end.
// Counts are of one window, so a burst of a second is enough: a bomb reaches the pid
// limit within seconds.
const (
	// forkStormBorn is a mean of 30 forks/s: linnix raised its warning from 15 to 30, as
	// an idle agent VM showed 11–18.
	forkStormBorn = 300
	// forkStormAlive of those, and at least half, must be alive at the end of the
	// window: `make -j8` of 400 small files forks 1,257 times and leaves under 30.
	forkStormAlive = 100
	// forkStormCritical is the rate that linnix calls critical, in forks/s.
	forkStormCritical = 60
	// forkStormOnset is the rate, in forks/s, from which on it counts as begun.
	forkStormOnset = forkStormBorn / int64(Window/time.Second)
)

// judgeForkStorm returns a verdict for each subtree that is a storm by itself, else one
// for the host if all trees together are.
func judgeForkStorm(f *features) []verdict {
	var verdicts []verdict
	for _, tree := range f.stormTrees() {
		if s := newStorm(f, tree); !s.diluted() {
			verdicts = append(verdicts, forkStorm(s))
		}
	}
	if verdicts == nil && isForkStorm(f.Forks, f.BornAlive) {
		all, largest := birthTree{Born: f.Forks, Alive: f.BornAlive}, f.Trees[0]
		if 2*largest.Alive >= f.BornAlive {
			all.Top = largest.Top
		}
		if s := newStorm(f, all); !s.diluted() {
			v := forkStorm(s)
			// A window in which the tree is a storm by itself tells more.
			v.strength = float64(largest.Alive)
			verdicts = append(verdicts, v)
		}
	}
	return verdicts
}

func isForkStorm(born, alive int64) bool {
	return born >= forkStormBorn && alive >= forkStormAlive && 2*alive >= born
}

func forkStorm(s *storm) verdict {
	f, tree := s.f, s.tree
	v := verdict{
		class: schema.ClassForkStorm, tree: tree.Top, onset: s.onset, end: s.end,
		strength: float64(tree.Alive), severity: schema.SeverityWarning, candidates: s.causes,
	}
	if tree.Born >= forkStormCritical*int64(Window/time.Second) || s.peak >= forkStormBorn {
		v.severity = schema.SeverityCritical
	}
	born, alive := float64(tree.Born), float64(tree.Alive)
	v.judgeAt(margin(born/forkStormBorn, alive/forkStormAlive, 2*alive/max(born, 1)))
	v.confidence.capLost(f)
	v.why = fmt.Sprintf("%d forks in %s and %d of them still alive", tree.Born, seconds(f.Span()), tree.Alive)
	if len(v.candidates) > 0 {
		v.primary = v.candidates[0].process
		v.why += fmt.Sprintf(", %.0f %% under pid %d", v.candidates[0].share*100, v.primary.Key.PID)
	} else {
		v.confidence.cap(capUnnamed)
		v.why += ", no tree has half"
	}
	v.stormFacts(s)
	return v
}

func (v *verdict) stormFacts(s *storm) {
	f, tree := s.f, s.tree
	v.fact(fmt.Sprintf("%d processes were born in %s", tree.Born, seconds(f.Span())), float64(tree.Born), "forks")
	v.fact(fmt.Sprintf("%d of them were alive at the end of it", tree.Alive), float64(tree.Alive), "processes")
	v.fact(fmt.Sprintf("that is %.0f %% of those born", percent(float64(tree.Alive), float64(tree.Born))), percent(float64(tree.Alive), float64(tree.Born)), "%")
	v.fact(fmt.Sprintf("%d were born in the busiest second", s.peak), float64(s.peak), "forks/s")
	if v.primary != nil {
		share := v.candidates[0].share * 100
		v.fact(fmt.Sprintf("%.0f %% of those alive were born under pid %d", share, v.primary.Key.PID), share, "%")
	}
	if median := f.MedianLifetime(); median.OK {
		v.fact(fmt.Sprintf("processes that ended had lived %s (median)", milliseconds(median.V)), float64(median.V.Milliseconds()), "ms")
	}
	living := f.Host.Living()
	v.fact(fmt.Sprintf("%d processes were alive on the host", living), float64(living), "processes")
	if limit := f.Host.Meta().PIDMax; limit.OK && limit.V > 0 {
		used := percent(float64(living), float64(limit.V))
		v.fact(fmt.Sprintf("that is %.1f %% of the pids there are", used), used, "%")
	}
	v.pressureFact(f)
}

func whyNotForkStorm(f *features) string {
	switch {
	case f.Forks < forkStormBorn:
		return fmt.Sprintf("%d forks in %s, a storm has %d or more", f.Forks, seconds(f.Span()), forkStormBorn)
	case f.BornAlive < forkStormAlive:
		return fmt.Sprintf("%d forks in %s, but only %d of those born are still alive, a storm leaves %d or more",
			f.Forks, seconds(f.Span()), f.BornAlive, forkStormAlive)
	case 2*f.BornAlive < f.Forks:
		return fmt.Sprintf("%d forks in %s, but only %.0f %% of those born are still alive, a storm leaves half",
			f.Forks, seconds(f.Span()), percent(float64(f.BornAlive), float64(f.Forks)))
	}
	return "the births belong to another incident"
}
