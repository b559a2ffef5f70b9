package insight

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
)

// TestBirthCounts holds the counts of births, kept as records come, against a recount of
// every window.
func TestBirthCounts(t *testing.T) {
	windows := 0
	for seed := range uint64(20) {
		source := replaytest.Workload(rand.New(rand.NewPCG(seed, 5)), 40*time.Second).Source()
		replaytest.Run(t, func(h *replay.Host) []replay.Handler {
			return []replay.Handler{newCollector(h, func(f *features) {
				windows++
				if diff := cmp.Diff(recount(f), append([]birthTree{}, f.Trees...), cmpopts.EquateComparable(birthTree{})); diff != "" {
					t.Fatalf("seed %d, %v: the trees differ (-recounted +counted):\n%s", seed, f.To, diff)
				}
			})}
		}, source)
	}
	if windows == 0 {
		t.Fatal("no window was judged")
	}
}

func recount(f *features) []birthTree {
	counted := features{buckets: []*bucket{newBucket()}}
	for b := range f.births() {
		at := counted.buckets[0].tree(b.top)
		counted.buckets[0].trees[at].Born++
		if b.child.Alive() {
			counted.buckets[0].trees[at].Alive++
		}
	}
	counted.countBirths()
	return append([]birthTree{}, counted.Trees...)
}
