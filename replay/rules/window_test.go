package rules

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

func TestWindowOfEventsOutOfOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 5))
	w := window{width: 100}
	var group counter
	var want []schema.Time
	now := schema.Time(1000)
	for i := range 2000 {
		now += schema.Time(rnd.IntN(3))
		at := now - schema.Time(rnd.IntN(120))
		if counted := w.add(now, event{at: at, seq: int64(i), group: &group}); counted != (at > now-100) {
			t.Fatalf("event at %d, now %d: counted %t", at, now, counted)
		}
		w.expire(now)
		want = slices.DeleteFunc(append(want, at), func(at schema.Time) bool { return at <= now-100 })
		slices.Sort(want)
		var got []schema.Time
		for e := range w.of(&group) {
			got = append(got, e.at)
		}
		if !slices.Equal(got, want) || w.len() != int64(len(want)) || group.n != w.len() {
			t.Fatalf("now %d: %v, counted %d and %d; want %v", now, got, w.len(), group.n, want)
		}
	}
}

// TestReversedRecords has so many that a window which moved its events would not end.
func TestReversedRecords(t *testing.T) {
	const n = 300_000
	w := window{width: time.Hour}
	for i := range n {
		w.add(n, event{at: schema.Time(n - i), seq: int64(i)})
	}
	if got := w.evidence(nil); got.Count != n || got.FirstSeq.V != 0 || got.LastSeq.V != n-1 {
		t.Errorf("%d events from %d to %d", got.Count, got.FirstSeq.V, got.LastSeq.V)
	}
}

// TestContributorsWithOneKeyAreOne enters one parent twice, as a late fork does that
// names a parent which has been forgotten.
func TestContributorsWithOneKeyAreOne(t *testing.T) {
	key := func(p *replay.Process) replay.Key { return p.Key }
	for range 20 { // map order would show
		w := window{width: time.Hour}
		for i, comm := range []string{"a", "", "b", "", "c", "", "d", ""} {
			p := &replay.Process{Key: replay.Key{PID: int64(i / 2 % 2)}, Comm: comm}
			w.add(1000, event{at: schema.Time(i + 1), by: p})
		}
		got := top(w.of(nil), key)
		if len(got) != 2 || got[0].Count != 4 || got[1].Count != 4 || got[0].PID != 0 || got[1].PID != 1 {
			t.Fatalf("got %+v, want two of 4 each", got)
		}
	}
}

func TestLateForkOfAForgottenParent(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(5, 1, "sh")
	c.At(0).Fork(5, 6)
	forks(c, 6, 100, 6, ms, ms)
	c.At(10 * ms).Exit(6)
	c.At(3 * time.Second).System(0)
	forks(c, 6, 200, 6, 20*ms, ms) // names pid 6, forgotten since
	c.At(3 * time.Second)
	c.Fork(5, 300)
	rule := "- {name: r, detector: fork_burst, threshold: 14, window_seconds: 10}"
	var first []string
	for range 20 {
		alerts, _ := play(t, mustLoad(t, rule), c.Source())
		got := texts(t, alerts)
		if first == nil {
			first = got
		}
		if len(got) != 1 || !slices.Equal(got, first) {
			t.Fatalf("got %v, want one alert, and the same in each run: %v", got, first)
		}
		if list := alerts[0].Evidence.Top; len(list) != 2 || list[0].PID != 6 || list[0].Count != 12 {
			t.Fatalf("top %+v, want pid 6 once, with 12", list)
		}
	}
}
