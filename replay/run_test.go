package replay_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// trace notes what a handler sees, with times as offsets.
func trace(got *lines) func(*replay.Host) []replay.Handler {
	since := func(h *replay.Host) time.Duration { return h.Now().Sub(replaytest.Start) }
	return probe{
		record: func(h *replay.Host, r *schema.Record) { got.add("%s %s", since(h), r.Type) },
		tick:   func(h *replay.Host) { got.add("%s tick", since(h)) },
		end:    func(h *replay.Host) { got.add("%s over", since(h)) },
	}.handlers
}

func TestTicksComeBetweenRecords(t *testing.T) {
	c := replaytest.New("boot")
	c.Records = c.Records[:1]
	c.At(time.Second).System(0)
	c.At(time.Second).System(0)
	c.At(3*time.Second + 1).System(0)
	c.At(4 * time.Second).End()
	var got lines
	replaytest.Run(t, trace(&got), c.Source())
	got.check(t, `0s meta
		1s system
		1s system
		1s tick
		2s tick
		3s tick
		3.000000001s system
		4s end
		4s tick
		4s over`)
}

func TestFromAndToBoundWhatHandlersSee(t *testing.T) {
	c := replaytest.New("boot")
	c.Records = c.Records[:1]
	for i := range 6 {
		c.At(time.Duration(i) * 1500 * time.Millisecond).System(0)
	}
	var got lines
	summary, err := replay.Run(context.Background(), []replay.Source{c.Source()}, replay.Options{
		From: replay.After(2 * time.Second),
		To:   replay.After(4500 * time.Millisecond),
	}, trace(&got))
	if err != nil {
		t.Fatal(err)
	}
	got.check(t, `2s tick
		3s system
		3s tick
		4s tick
		4.5s system
		4.5s over`)
	if summary.Records != 2 || summary.Counts.Of(schema.TypeSystem) != 2 {
		t.Errorf("%d records counted, want 2", summary.Records)
	}
	if summary.Start != replaytest.Start || summary.From != replaytest.Start.Add(3*time.Second) {
		t.Errorf("start %s and from %s, want the time of the first record, and that of the first seen", summary.Start, summary.From)
	}
}

func TestMergeKeepsEachCapturesOrder(t *testing.T) {
	a, b := replaytest.New("boot"), replaytest.New("other")
	a.Records, b.Records = a.Records[:1], b.Records[:1]
	a.At(2).Lost(schema.TypeFork, 1, 0, 0)
	a.At(1).System(0)
	b.At(1).System(0)
	b.At(2).End()
	var got lines
	note := func(h *replay.Host) []replay.Handler {
		return []replay.Handler{probe{record: func(h *replay.Host, r *schema.Record) {
			got.add("%s %s", h.Meta().BootID.V, r.Type)
		}}}
	}
	replaytest.Run(t, note, a.Source(), b.Source())
	got.check(t, `boot meta
		other meta
		other system
		boot lost
		boot system
		other end`)
}

func TestLateRecordsAreCounted(t *testing.T) {
	for _, test := range []struct {
		behind time.Duration
		want   int64
	}{{time.Second - 1, 0}, {time.Second, 0}, {time.Second + 1, 1}} {
		c := replaytest.New("boot")
		c.At(5 * time.Second).System(0)
		c.At(5*time.Second - test.behind).System(0)
		summary := replaytest.Run(t, probe{}.handlers, c.Source())
		if summary.Late != test.want {
			t.Errorf("%s behind: %d late, want %d", test.behind, summary.Late, test.want)
		}
	}
}

func TestEventsOfOverlappingCapturesCountOnce(t *testing.T) {
	c := replaytest.New("boot")
	c.Fork(1, 10)
	c.Exec(10, "true")
	c.Exit(10)
	var events int
	summary := replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
		if r.Type == schema.TypeFork || r.Type == schema.TypeExec || r.Type == schema.TypeExit {
			events++
		}
	}}.handlers, c.Source(), c.Source())
	if events != 3 || summary.Duplicates != 3 || summary.Events() != 3 {
		t.Errorf("%d events, %d duplicates, summary %d; want 3 each", events, summary.Duplicates, summary.Events())
	}
}

// TestKillsOfOverlappingCapturesCountOnce replays two kills of one process, at two
// times, and one of another at the time of the second, from two captures.
func TestKillsOfOverlappingCapturesCountOnce(t *testing.T) {
	c := replaytest.New("boot")
	c.Fork(1, 10)
	c.Fork(1, 11)
	c.At(time.Second).OOM(10, 0)
	c.At(time.Second+1).OOM(10, 0)
	c.OOM(11, 0)
	var got lines
	summary := replaytest.Run(t, probe{record: func(h *replay.Host, r *schema.Record) {
		if r.Type == schema.TypeOOM {
			got.add("%s %d", h.Now().Sub(replaytest.Start), r.PID.V)
		}
	}}.handlers, c.Source(), c.Source())
	got.check(t, `1s 10
		1.000000001s 10
		1.000000001s 11`)
	if want := int64(2 + 3); summary.Duplicates != want {
		t.Errorf("%d duplicates, want %d", summary.Duplicates, want)
	}
}

func TestTimesThatNoCaptureHas(t *testing.T) {
	for _, at := range []schema.Time{-1, math.MinInt64, math.MaxInt64, 1<<62 + 1} {
		c := replaytest.New("boot")
		c.System(0).Time = at
		_, err := replay.Run(context.Background(), []replay.Source{c.Source()}, replay.Options{}, probe{}.handlers)
		var bad *replay.TimeError
		if !errors.As(err, &bad) || bad.Seq != 3 {
			t.Errorf("time %d: error %v, want a TimeError of record 3", at, err)
		}
	}
}

func TestAGapOfACenturyEnds(t *testing.T) {
	c := replaytest.New("boot")
	c.System(0).Time = 1 << 62
	ticks := 0
	var last schema.Time
	replaytest.Run(t, probe{tick: func(h *replay.Host) { ticks++; last = h.Now() }}.handlers, c.Source())
	if ticks > 8*24*3600 || (1<<62)-last > schema.Time(time.Second) {
		t.Errorf("%d ticks up to %s", ticks, last)
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := errors.New("stop")
	cancel(stop)
	_, err := replay.Run(ctx, []replay.Source{replaytest.New("").Source()}, replay.Options{}, probe{}.handlers)
	if !errors.Is(err, stop) {
		t.Errorf("error %v, want the cause", err)
	}
}

func TestParseBound(t *testing.T) {
	start := replaytest.Start // 2023-11-14T22:13:20Z
	tests := []struct{ text, want string }{
		{"+12.5s", "2023-11-14T22:13:32.500000000Z"},
		{"+12.5", "2023-11-14T22:13:32.500000000Z"},
		{"+1m", "2023-11-14T22:14:20.000000000Z"},
		{"22:14:00", "2023-11-14T22:14:00.000000000Z"},
		{"22:13:20", "2023-11-14T22:13:20.000000000Z"},
		{"22:13:19.5", "2023-11-15T22:13:19.500000000Z"},
		{"22:13", "2023-11-14T22:13:00.000000000Z"},
		{"22:12", "2023-11-15T22:12:00.000000000Z"},
		{"+1000000h", "2116-02-20T23:53:38.427387904Z"},
		{"2200-01-01T00:00:00Z", "2116-02-20T23:53:38.427387904Z"},
		{"+2540000h", "2116-02-20T23:53:38.427387904Z"},
		{"01:00", "2023-11-15T01:00:00.000000000Z"},
		{"2023-11-14T22:13:21Z", "2023-11-14T22:13:21.000000000Z"},
	}
	for _, test := range tests {
		bound, err := replay.ParseBound(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got := bound(start).String(); got != test.want {
			t.Errorf("%s: got %s, want %s", test.text, got, test.want)
		}
	}
	for _, text := range []string{"12.5s", "+", "+-1s", "-1s", "24:00", "yesterday", "+1e400s"} {
		if _, err := replay.ParseBound(text); err == nil {
			t.Errorf("%q is taken for a time", text)
		}
	}
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// TestRandomRecords feeds records with any field present or absent and any value.
func TestRandomRecords(t *testing.T) {
	for seed := range uint64(30) {
		records := replaytest.Random(seeded(seed), 3000)
		observe := probe{
			record: func(h *replay.Host, r *schema.Record) {
				if p := h.Current(); p != nil {
					h.CPUPercent(p)
					p.Parent()
					p.Within(p.Top())
				}
			},
			tick: func(h *replay.Host) { checkTree(t, h); checkChildren(t, h) },
		}
		replaytest.Run(t, observe.handlers, replaytest.Records(records))
	}
}

// checkTree holds the tree's invariants.
func checkTree(t *testing.T, h *replay.Host) {
	t.Helper()
	living := h.Processes()
	if len(living) != h.Living() {
		t.Fatalf("%d living, %d counted", len(living), h.Living())
	}
	for _, p := range living {
		if p.Place() != p {
			t.Fatalf("%v lives and is not in the tree", p.Key)
		}
		if top := p.Top(); top != nil && !p.Within(top) {
			t.Fatalf("%v is not below its top %v", p.Key, top.Key)
		}
	}
}

func TestOrderDoesNotDependOnTheMachine(t *testing.T) {
	records := replaytest.Random(seeded(7), 5000)
	play := func(procs int) lines {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		var got lines
		replaytest.Run(t, probe{tick: func(h *replay.Host) {
			for _, p := range h.Processes() {
				got.add("%v %v %v", h.Now(), p.Key, p.CPU)
			}
		}}.handlers, replaytest.Records(records))
		return got
	}
	one, two := play(1), play(2)
	if len(one) == 0 || len(one) != len(two) {
		t.Fatalf("%d and %d lines", len(one), len(two))
	}
	for i := range one {
		if one[i] != two[i] {
			t.Fatalf("line %d: %s and %s", i, one[i], two[i])
		}
	}
}
