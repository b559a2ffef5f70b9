package snapshot

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// take replays a capture and returns its snapshots, each checked against its schema.
func take(t *testing.T, every time.Duration, c *replaytest.Capture) []*schema.Snapshot {
	t.Helper()
	var list []*schema.Snapshot
	replaytest.Run(t, func(*replay.Host) []replay.Handler {
		b, err := New(every, func(s *schema.Snapshot) { list = append(list, s) })
		if err != nil {
			t.Fatal(err)
		}
		return []replay.Handler{b}
	}, c.Source())
	for _, s := range list {
		checkSchema(t, s)
	}
	return list
}

func checkSchema(t *testing.T, s *schema.Snapshot) {
	t.Helper()
	line, err := s.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := schema.Validate(schema.DocumentSnapshot, line)
	if err != nil || len(problems) > 0 {
		t.Fatalf("%s\nbreaks its schema: %v %v", line, problems, err)
	}
}

// rows writes a process table as pid:percent or pid:bytes.
func rows(list []schema.ProcessRow, value func(r schema.ProcessRow) any) string {
	var words []string
	for _, r := range list {
		words = append(words, fmt.Sprintf("%d:%v", r.PID, value(r)))
	}
	return strings.Join(words, " ")
}

func cpu(r schema.ProcessRow) any { return r.CPUPercent.V }
func rss(r schema.ProcessRow) any { return r.RSSBytes.V }

func TestSnapshotsComeAtEachBoundaryAndAtTheEnd(t *testing.T) {
	for _, test := range []struct {
		last time.Duration
		want string
	}{
		{0, "[0s+0s]"},
		{4 * time.Second, "[4s+4s]"},
		{5*time.Second - 1, "[4.999999999s+4.999999999s]"},
		{5 * time.Second, "[5s+5s]"},
		{5*time.Second + 1, "[5s+5s 5.000000001s+1ns]"},
		{12 * time.Second, "[5s+5s 10s+5s 12s+2s]"},
	} {
		c := replaytest.New("boot").At(test.last).End()
		var got []string
		for _, s := range take(t, 5*time.Second, c) {
			got = append(got, fmt.Sprintf("%s+%s", s.Time.Sub(replaytest.Start), time.Duration(s.WindowNs)))
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("until %s: got %v, want %s", test.last, got, test.want)
		}
	}
}

func TestProcessTables(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "busy", "busy", "--all")
	c.Task(11, 1, "idle")
	for at := range 6 {
		c.At(time.Duration(at)*time.Second + 10*time.Millisecond)
		if at > 0 {
			c.Burn(10, time.Second).Sample(10, "R", 3<<30)
			c.Burn(11, 100*time.Millisecond).Sample(11, "S", 1<<30)
		}
		c.System(0)
	}
	// A job of 0.4 s that no sample saw, and two with the same use.
	c.At(3500*time.Millisecond).Fork(11, 20)
	c.Burn(20, 400*time.Millisecond).At(3900 * time.Millisecond).Exit(20)
	for _, pid := range []int64{22, 21} {
		c.At(4*time.Second).Fork(11, pid)
		c.Burn(pid, 200*time.Millisecond).Exit(pid)
	}
	sortByTime(c)
	list := take(t, 5*time.Second, c)
	s := list[0]
	// The window is measured between the system records at 0.01 s and 4.01 s.
	if got, want := rows(s.TopCPU, cpu), "10:100 11:10 20:10 21:5 22:5"; got != want {
		t.Errorf("top_cpu %s, want %s", got, want)
	}
	if got, want := rows(s.TopMemory, rss), "10:3221225472 11:1073741824"; got != want {
		t.Errorf("top_memory %s, want %s", got, want)
	}
	if got := s.TopMemory[0]; got.MemPercent.V != 37.5 || strings.Join(got.Args, " ") != "busy --all" || got.PPID != 1 {
		t.Errorf("row %+v", got)
	}
	if s.Events != (schema.EventTotals{Fork: 3, Exit: 3}) || s.EventsPerSec != 1.2 || s.Processes != 4 {
		t.Errorf("events %+v, %v/s, %d processes", s.Events, s.EventsPerSec, s.Processes)
	}
}

func sortByTime(c *replaytest.Capture) {
	for i := range c.Records {
		for j := i; j > 0 && c.Records[j-1].Time > c.Records[j].Time; j-- {
			c.Records[j-1], c.Records[j] = c.Records[j], c.Records[j-1]
		}
	}
}

func TestSystemFigures(t *testing.T) {
	c := replaytest.New("boot")
	for at := range int64(7) {
		r := c.At(time.Duration(at)*time.Second + time.Millisecond).System(0)
		second := int64(time.Second)
		r.CPUUserNs, r.CPUSystemNs = schema.Some(at*second), schema.Some(at*second)
		r.CPUStealNs, r.CPUIdleNs = schema.Some(int64(0)), schema.Some(2*at*second)
		r.MemAvailableBytes = schema.Some[int64](6 << 30)
		r.DiskReadBytes, r.NetTxBytes = schema.Some(at*100), schema.Some(at*at)
		r.Load1, r.Load5, r.Load15 = schema.Some(1.5), schema.Some(2.5), schema.Some(3.5)
		r.PSICPUSomeAvg10 = schema.Some(float64(at))
	}
	list := take(t, 5*time.Second, c)
	if len(list) != 2 {
		t.Fatalf("%d snapshots, want 2", len(list))
	}
	s := list[0] // system records 0 to 4
	if s.CPUPercent.V != 50 || s.MemPercent.V != 25 || s.LoadAvg.V != [3]float64{1.5, 2.5, 3.5} {
		t.Errorf("cpu %v mem %v load %v", s.CPUPercent, s.MemPercent, s.LoadAvg)
	}
	if s.DiskReadBytes.V != 400 || s.NetTxBytes.V != 16 || s.DiskWriteBytes.OK || s.PSICPUSomeAvg10.V != 4 {
		t.Errorf("disk %v %v net %v psi %v", s.DiskReadBytes, s.DiskWriteBytes, s.NetTxBytes, s.PSICPUSomeAvg10)
	}
	if s = list[1]; s.DiskReadBytes.V != 200 || s.NetTxBytes.V != 36-16 {
		t.Errorf("second window: disk %v net %v, want what came since the first", s.DiskReadBytes, s.NetTxBytes)
	}
}

func TestWhatIsUnknownIsAbsent(t *testing.T) {
	c := replaytest.New("boot")
	c.At(time.Second).System(0)
	c.At(10 * time.Second).End() // nothing sampled since
	s := take(t, 5*time.Second, c)[1]
	if !s.Incomplete || s.CPUPercent.OK || s.MemPercent.OK || s.LoadAvg.OK || s.DiskReadBytes.OK {
		t.Errorf("a blind snapshot tells figures: %+v", s)
	}
}

func TestLossMakesItsWindowIncomplete(t *testing.T) {
	c := replaytest.New("boot")
	for at := range 16 {
		c.At(time.Duration(at) * time.Second).System(0)
		if at == 7 {
			c.Lost(schema.TypeExit, 3, 6*time.Second, 7*time.Second)
		}
	}
	var got []bool
	for _, s := range take(t, 5*time.Second, c) {
		got = append(got, s.Incomplete)
	}
	if fmt.Sprint(got) != "[false true false]" {
		t.Errorf("incomplete %v, want the second alone", got)
	}
}

func TestArgsAreCut(t *testing.T) {
	c := replaytest.New("boot")
	c.Task(10, 1, "x\xff", strings.Repeat("é", 400), strings.Repeat("b", 400), "\xff\x00")
	c.At(time.Second).Sample(10, "S", 1)
	s := take(t, 5*time.Second, c)[0]
	total := 0
	for _, arg := range s.TopMemory[0].Args {
		total += len(arg)
	}
	if total > schema.MaxRowArgsBytes+len("…") || !strings.HasSuffix(s.TopMemory[0].Args[1], "…") {
		t.Errorf("%d bytes of args: %q", total, s.TopMemory[0].Args)
	}
}

func TestEveryIsWholeSeconds(t *testing.T) {
	for _, every := range []time.Duration{0, -time.Second, time.Second - 1, 1500 * time.Millisecond, math.MinInt64} {
		if _, err := New(every, nil); err == nil {
			t.Errorf("%s is accepted", every)
		}
	}
}
