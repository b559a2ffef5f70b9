package insight

import (
	"math/rand/v2"
	"testing"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// TestKin holds kin against the climb of every process to every other, for trees in which
// some have exited.
func TestKin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 20 {
		s := newScenario()
		pids := []int64{shell}
		for i := range 60 {
			pids = append(pids, s.fork(sec, pids[rnd.IntN(len(pids))]))
			if i%9 == 0 {
				s.Exit(pids[len(pids)-1])
			}
		}
		s.end(2 * sec)
		var all []*replay.Process
		replaytest.Run(t, func(*replay.Host) []replay.Handler { return []replay.Handler{(*gather)(&all)} }, s.Source())
		some := []*replay.Process{all[rnd.IntN(len(all))], all[rnd.IntN(len(all))], all[rnd.IntN(len(all))]}
		k := kinOf(some...)
		for _, p := range all {
			below, above := false, false
			for _, q := range some {
				below, above = below || p.Within(q), above || q.Within(p)
			}
			if k.below(p) != below || k.related(p) != (below || above) {
				t.Fatalf("pid %d: below %v, related %v; want %v, %v", p.Key.PID, k.below(p), k.related(p), below, below || above)
			}
		}
	}
}

// gather is a replay.Handler that keeps the processes that were born.
type gather []*replay.Process

// Record implements replay.Handler.
func (g *gather) Record(h *replay.Host, r *schema.Record) {
	if r.Type == schema.TypeFork {
		*g = append(*g, h.Current())
	}
}

// Tick implements replay.Handler.
func (g *gather) Tick(*replay.Host) {}

// End implements replay.Handler.
func (g *gather) End(*replay.Host) {}
