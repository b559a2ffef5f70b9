package snapshot

import (
	"fmt"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// TestTablesHoldFiveAndBreakTies has 4, 5 and 6 processes alike; those that started
// earlier stand first, and of one start the smaller pid.
func TestTablesHoldFiveAndBreakTies(t *testing.T) {
	for n, want := range map[int64]string{
		4: "33 32 31 30",
		5: "34 33 32 31 30",
		6: "35 34 33 32 31",
	} {
		c := replaytest.New("boot")
		c.Task(10, 1, "shell")
		c.System(0)
		for i := range n {
			// The larger pid is the older.
			c.At(time.Duration(n-i)*time.Millisecond).Fork(10, 30+i)
		}
		sortByTime(c)
		for i := range n {
			c.At(time.Second).Burn(30+i, 100*time.Millisecond).Sample(30+i, "R", 1<<20)
		}
		c.System(0)
		s := take(t, 5*time.Second, c.At(2*time.Second).End())[0]
		for name, list := range map[string][]schema.ProcessRow{"top_cpu": s.TopCPU, "top_memory": s.TopMemory} {
			if got := pids(list); got != want {
				t.Errorf("%d processes: %s %s, want %s", n, name, got, want)
			}
		}
	}
}

func pids(list []schema.ProcessRow) string {
	text := ""
	for i, r := range list {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprint(r.PID)
	}
	return text
}

// TestEachCounterAndPressureHasItsOwnField gives every figure a value of its own.
func TestEachCounterAndPressureHasItsOwnField(t *testing.T) {
	c := replaytest.New("boot")
	for at := range int64(3) {
		r := c.At(time.Duration(at) * time.Second).System(0)
		r.DiskReadBytes, r.DiskWriteBytes = schema.Some(1000+at), schema.Some(2000+10*at)
		r.NetRxBytes, r.NetTxBytes = schema.Some(3000+100*at), schema.Some(4000+1000*at)
		r.PSICPUSomeAvg10, r.PSIMemorySomeAvg10, r.PSIMemoryFullAvg10 = schema.Some(1.0), schema.Some(2.0), schema.Some(3.0)
		r.PSIIOSomeAvg10, r.PSIIOFullAvg10 = schema.Some(4.0), schema.Some(5.0)
	}
	s := take(t, 5*time.Second, c.End())[0]
	counters := []schema.Opt[int64]{s.DiskReadBytes, s.DiskWriteBytes, s.NetRxBytes, s.NetTxBytes}
	for i, want := range []int64{2, 20, 200, 2000} {
		if counters[i] != schema.Some(want) {
			t.Errorf("counter %d is %v, want %d within the window", i, counters[i], want)
		}
	}
	pressures := []schema.Opt[float64]{s.PSICPUSomeAvg10, s.PSIMemorySomeAvg10, s.PSIMemoryFullAvg10, s.PSIIOSomeAvg10, s.PSIIOFullAvg10}
	for i, got := range pressures {
		if got != schema.Some(float64(i+1)) {
			t.Errorf("pressure %d is %v, want %d", i, got, i+1)
		}
	}
}

// TestACounterThatFellIsUnknown covers −1, 0 and +1.
func TestACounterThatFellIsUnknown(t *testing.T) {
	for by, want := range map[int64]schema.Opt[int64]{-1: {}, 0: schema.Some[int64](0), 1: schema.Some[int64](1)} {
		c := replaytest.New("boot")
		c.System(0).DiskReadBytes = schema.Some[int64](100)
		c.At(time.Second).System(0).DiskReadBytes = schema.Some(100 + by)
		if s := take(t, 5*time.Second, c.End())[0]; s.DiskReadBytes != want {
			t.Errorf("%+d: got %v, want %v", by, s.DiskReadBytes, want)
		}
	}
}

// TestZombiesAreNoProcesses counts each on its own.
func TestZombiesAreNoProcesses(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "shell")
	c.System(0)
	before := take(t, 5*time.Second, c.At(time.Second).End())[0]
	c = replaytest.New("boot")
	c.Task(10, 1, "shell")
	c.System(0)
	c.At(500*time.Millisecond).Fork(10, 20)
	c.At(600 * time.Millisecond).Exit(20)
	c.At(time.Second).Sample(20, "Z", 0)
	c.System(0)
	after := take(t, 5*time.Second, c.End())[0]
	if after.Zombies != 1 || after.Processes != before.Processes {
		t.Errorf("%d zombies and %d processes, want 1 and %d", after.Zombies, after.Processes, before.Processes)
	}
}

// TestFromOpensTheFirstWindow leaves out what came before it, by a nanosecond too.
func TestFromOpensTheFirstWindow(t *testing.T) {
	for after, want := range map[time.Duration]int64{-1: 2, 0: 2, 1: 1} {
		c := replaytest.New("boot")
		c.Task(10, 1, "shell")
		c.At(2*time.Second).Fork(10, 20)
		c.At(3*time.Second).Fork(10, 21)
		c.At(6 * time.Second).End()
		from := replaytest.Start.Add(2*time.Second + after)
		var list []*schema.Snapshot
		_, err := replay.Run(t.Context(), []replay.Source{c.Source()}, replay.Options{From: func(schema.Time) schema.Time { return from }},
			func(*replay.Host) []replay.Handler {
				b, err := New(5*time.Second, func(s *schema.Snapshot) { list = append(list, s) })
				if err != nil {
					t.Fatal(err)
				}
				return []replay.Handler{b}
			})
		if err != nil || len(list) != 2 {
			t.Fatalf("%d snapshots, %v; want two", len(list), err)
		}
		if got := list[0].Events.Fork; got != want {
			t.Errorf("from %s: %d forks, want %d", from, got, want)
		}
		if got := list[0].Time.Sub(replaytest.Start); got != 5*time.Second {
			t.Errorf("the first snapshot is at %s, want 5s: boundaries count from the capture's start", got)
		}
	}
}
