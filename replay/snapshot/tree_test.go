package snapshot

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// outline writes a tree as pids, each with what is below it in brackets.
func outline(nodes []*Node) string {
	var words []string
	for _, n := range nodes {
		text := fmt.Sprint(n.PID)
		if n.Ended != nil {
			text += "x"
		}
		if len(n.Children) > 0 {
			text += "(" + outline(n.Children) + ")"
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// processAt is a process of a made view; a negative pid is one that ended.
func processAt(pid, ppid int64, start schema.Time) schema.ProcessView {
	p := schema.ProcessView{PID: max(pid, -pid), PPID: ppid, StartTime: schema.Some(start)}
	if pid < 0 {
		p.Ended = &schema.Ended{Time: start + 1}
	}
	return p
}

func TestTree(t *testing.T) {
	for _, test := range []struct {
		name      string
		processes []schema.ProcessView
		want      string
	}{
		{"none", nil, ""},
		{"by start", []schema.ProcessView{processAt(1, 0, 1), processAt(9, 1, 2), processAt(3, 1, 3), processAt(4, 9, 4)}, "1(9(4) 3)"},
		{"roots", []schema.ProcessView{processAt(1, 0, 1), processAt(2, 0, 1), processAt(7, 2, 2), processAt(8, 0, 3)}, "1 2(7) 8"},
		{"parent as old, of a larger pid", []schema.ProcessView{processAt(5, 9, 1), processAt(9, 0, 1)}, "9(5)"},
		{"parent younger", []schema.ProcessView{processAt(1, 0, 1), processAt(5, 9, 2), processAt(9, 1, 3)}, "1(5 9)"},
		{"parent unknown", []schema.ProcessView{processAt(1, 0, 1), processAt(5, 77, 2)}, "1(5)"},
		{"parent unknown, no init", []schema.ProcessView{processAt(5, 77, 2)}, "5"},
		{"ended below the living", []schema.ProcessView{processAt(1, 0, 1), processAt(5, 1, 2), processAt(-6, 5, 3)}, "1(5(6x))"},
		{"ended below the ended", []schema.ProcessView{processAt(1, 0, 1), processAt(-5, 1, 2), processAt(-6, 5, 3)}, "1(5x(6x))"},
		{"living not below the ended", []schema.ProcessView{processAt(1, 0, 1), processAt(-5, 1, 2), processAt(6, 5, 3)}, "1(5x 6)"},
		{"pid used twice", []schema.ProcessView{processAt(1, 0, 1), processAt(-5, 1, 2), processAt(-6, 5, 3), processAt(5, 1, 4), processAt(7, 5, 5)}, "1(5x(6x) 5(7))"},
		{"the later of two ended", []schema.ProcessView{processAt(-5, 0, 1), processAt(-5, 0, 3), processAt(-7, 5, 4)}, "5x 5x(7x)"},
		{"own parent", []schema.ProcessView{processAt(1, 0, 1), processAt(5, 5, 2)}, "1(5)"},
		{"a ring", []schema.ProcessView{processAt(5, 7, 1), processAt(6, 5, 1), processAt(7, 6, 1)}, "7(5(6))"},
		{"init in a ring", []schema.ProcessView{processAt(1, 5, 1), processAt(5, 1, 1)}, "5(1)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := View{Processes: test.processes}
			if got := outline(v.Tree()); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// TestTreeOfDeepChains is one of a depth that no stack of a call for each would bear well.
func TestTreeOfDeepChains(t *testing.T) {
	const deep = 100_000
	var v View
	for i := int64(1); i <= deep; i++ {
		v.Processes = append(v.Processes, processAt(i, i-1, schema.Time(i)))
	}
	roots := v.Tree()
	if n := Find(roots, deep); len(roots) != 1 || n == nil || n.Depth.V != deep-1 {
		t.Errorf("%d roots, the last at %+v", len(roots), n)
	}
}

// TestFind prefers who lives, then who had the pid last.
func TestFind(t *testing.T) {
	for _, test := range []struct {
		processes []schema.ProcessView
		start     schema.Time
	}{
		{[]schema.ProcessView{processAt(-5, 0, 1), processAt(5, 0, 2)}, 2},
		{[]schema.ProcessView{processAt(5, 0, 1), processAt(-5, 0, 2)}, 1},
		{[]schema.ProcessView{processAt(-5, 0, 1), processAt(-5, 0, 2)}, 2},
	} {
		v := View{Processes: test.processes}
		if got := Find(v.Tree(), 5); got == nil || got.StartTime.V != test.start {
			t.Errorf("%v: found %v", test.processes, got)
		}
	}
	if got := Find((&View{}).Tree(), 5); got != nil {
		t.Errorf("found %v of nothing", got)
	}
}

// TestTop sorts by each order: the process of that pid comes first, what is unknown last,
// and of two alike the older.
func TestTop(t *testing.T) {
	f := schema.Some[float64]
	v := View{Processes: []schema.ProcessView{
		{PID: 1},
		{PID: 2, CPUPercent: f(9), DelayPercent: f(0)},
		{PID: 3, RSSBytes: schema.Some[int64](9), CPUPercent: f(1)},
		{PID: 4, ReadPerSec: f(2), WritePerSec: f(7), CPUPercent: f(1)},
		{PID: 5, FaultsPerSec: f(9), ReadPerSec: f(8), CPUPercent: f(0)},
		{PID: 6, DelayPercent: f(9), WritePerSec: f(8.5)},
	}}
	for order, want := range map[string]string{
		"cpu": "2 3 4 5 1 6", "mem": "3 1 2 4 5 6", "io": "4 6 5 1 2 3", "faults": "5 1 2 3 4 6", "delay": "6 2 1 3 4 5",
	} {
		for n := range 8 {
			list, err := v.Top(order, n)
			var pids []string
			for _, p := range list {
				pids = append(pids, fmt.Sprint(p.PID))
			}
			cut := min(n, 6)
			if n == 0 {
				cut = 6
			}
			if got := strings.Join(pids, " "); err != nil || got != want[:max(0, 2*cut-1)] {
				t.Errorf("%s, %d rows: %s, %v; want the first of %s", order, n, got, err, want)
			}
		}
	}
	if len(Orders()) != 5 || Orders()[0] != "cpu" {
		t.Errorf("orders %v", Orders())
	}
	if _, err := v.Top("size", 1); err == nil || err.Error() != `unknown order "size": use cpu, mem, io, faults, delay` {
		t.Errorf("error %v", err)
	}
}

// TestViewsOfNonsense takes in what no recorder writes: each line keeps to the schema, and
// each process stands in the tree once.
func TestViewsOfNonsense(t *testing.T) {
	for seed := range uint64(30) {
		records := replaytest.Random(rand.New(rand.NewPCG(seed, 3)), 2000)
		var views []*View
		_, err := replay.Run(t.Context(), []replay.Source{replaytest.Records(records)}, replay.Options{To: replay.After(time.Hour)},
			func(*replay.Host) []replay.Handler {
				return []replay.Handler{NewViewer(func(v *View) { views = append(views, v) })}
			})
		if err != nil || len(views) == 0 {
			t.Fatalf("%d views, %v", len(views), err)
		}
		for _, v := range views {
			checkView(t, v)
			count := 0
			for _, root := range v.Tree() {
				root.Walk(func(*Node, int) { count++ })
			}
			if count != len(v.Processes) {
				t.Errorf("seed %d: %d of %d processes are in the tree", seed, count, len(v.Processes))
			}
		}
	}
}
