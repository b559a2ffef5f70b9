package score

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// start is the first moment of the tests' captures.
const start = schema.Time(1_700_000_000_000_000_000)

// at makes an incident from and to some seconds after the start.
func at(class schema.Class, from, to float64, pids ...int64) Incident {
	after := func(s float64) schema.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	in := Incident{Class: class, Onset: after(from), End: after(to)}
	for _, pid := range pids {
		in.Processes = append(in.Processes, Process{PID: pid})
	}
	return in
}

const (
	storm = schema.ClassForkStorm
	spin  = schema.ClassCPUSpin
	oom   = schema.ClassOOMRisk
)

func TestPair(t *testing.T) {
	tests := []struct {
		name          string
		labels, found []Incident
		want          string
	}{
		{"normal", nil, nil, "normal→normal"},
		{"found", []Incident{at(storm, 2, 9)}, []Incident{at(storm, 3, 8)}, "fork_storm@2→fork_storm@3"},
		{"missed", []Incident{at(storm, 2, 9)}, nil, "fork_storm@2→normal"},
		{"false alarm", nil, []Incident{at(storm, 3, 8)}, "normal→fork_storm@3"},
		{"two false alarms", nil, []Incident{at(storm, 3, 8), at(spin, 3, 8)}, "normal→fork_storm@3 normal→cpu_spin@3"},
		{"another class", []Incident{at(storm, 2, 9)}, []Incident{at(spin, 3, 8)}, "fork_storm@2→cpu_spin@3"},
		{"too early", []Incident{at(storm, 10, 19)}, []Incident{at(storm, 3, 7)}, "fork_storm@10→normal normal→fork_storm@3"},
		{"too late", []Incident{at(storm, 2, 9)}, []Incident{at(storm, 12, 15)}, "fork_storm@2→normal normal→fork_storm@12"},
		{"its class before another that is nearer", []Incident{at(storm, 2, 9)}, []Incident{at(spin, 2, 8), at(storm, 8, 9)},
			"fork_storm@2→fork_storm@8 normal→cpu_spin@2"},
		{"found twice", []Incident{at(storm, 2, 19)}, []Incident{at(storm, 6, 8), at(storm, 3, 5)}, "fork_storm@2→fork_storm@3 normal→fork_storm@6"},
		{"found once of two", []Incident{at(storm, 2, 19), at(storm, 5, 19)}, []Incident{at(storm, 4, 19)}, "fork_storm@2→normal fork_storm@5→fork_storm@4"},
		{"equally near: the earlier label", []Incident{at(storm, 2, 19), at(storm, 6, 19)}, []Incident{at(storm, 4, 19)}, "fork_storm@2→fork_storm@4 fork_storm@6→normal"},
		{"equally near: the earlier finding", []Incident{at(storm, 4, 19)}, []Incident{at(storm, 2, 19), at(storm, 6, 19)}, "fork_storm@4→fork_storm@2 normal→fork_storm@6"},
		{"nearest first, whatever the order", []Incident{at(storm, 2, 19), at(storm, 6, 19)}, []Incident{at(storm, 7, 19), at(storm, 1, 19)},
			"fork_storm@2→fork_storm@1 fork_storm@6→fork_storm@7"},
		{"what is left is another class", []Incident{at(storm, 2, 9), at(oom, 2, 9)}, []Incident{at(spin, 3, 9), at(storm, 2, 9)},
			"fork_storm@2→fork_storm@2 oom_risk@2→cpu_spin@3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range Pair(tt.labels, tt.found) {
				got = append(got, side(p.Label)+"→"+side(p.Found))
			}
			if text := strings.Join(got, " "); text != tt.want {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}

func side(in *Incident) string {
	if in == nil {
		return "normal"
	}
	return fmt.Sprintf("%s@%g", in.Class, in.Onset.Sub(start).Seconds())
}

// TestPairSlack holds the bounds of what overlaps: two seconds, both included.
func TestPairSlack(t *testing.T) {
	label := []Incident{at(storm, 10, 20)}
	for _, tt := range []struct {
		onset, end time.Duration
		overlap    bool
	}{
		{22*time.Second - 1, 30 * time.Second, true},
		{22 * time.Second, 30 * time.Second, true},
		{22*time.Second + 1, 30 * time.Second, false},
		{time.Second, 8*time.Second - 1, false},
		{time.Second, 8 * time.Second, true},
		{time.Second, 8*time.Second + 1, true},
	} {
		found := []Incident{{Class: storm, Onset: start.Add(tt.onset), End: start.Add(tt.end)}}
		if got := len(Pair(label, found)) == 1; got != tt.overlap {
			t.Errorf("from %s to %s: overlaps %v, want %v", tt.onset, tt.end, got, tt.overlap)
		}
	}
}

// TestPairCountsEachOnce holds for many sets that each label and each finding stands in
// exactly one pair.
func TestPairCountsEachOnce(t *testing.T) {
	d := &draws{1}
	draw := func() (list []Incident) {
		for range d.below(5) {
			from := float64(d.below(30))
			list = append(list, at(schema.Classes[d.below(3)], from, from+float64(d.below(10))))
		}
		return list
	}
	for range 2000 {
		labels, found := draw(), draw()
		labelled, seen := map[*Incident]int{}, map[*Incident]int{}
		for _, p := range Pair(labels, found) {
			labelled[p.Label]++
			seen[p.Found]++
		}
		for i := range labels {
			if labelled[&labels[i]] != 1 {
				t.Fatalf("label %d of %v stands in %d pairs", i, labels, labelled[&labels[i]])
			}
		}
		for i := range found {
			if seen[&found[i]] != 1 {
				t.Fatalf("finding %d of %v stands in %d pairs", i, found, seen[&found[i]])
			}
		}
	}
}

func TestNamed(t *testing.T) {
	later := Process{PID: 7, Start: schema.Some(start + 1)}
	label := at(storm, 1, 9)
	label.Processes = []Process{{PID: 7, Start: schema.Some(start)}}
	for _, tt := range []struct {
		name  string
		found []Process
		k     int
		want  bool
	}{
		{"first", []Process{{PID: 7, Start: schema.Some(start)}}, 1, true},
		{"its start is not known", []Process{{PID: 7}}, 1, true},
		{"the next owner of the pid", []Process{later}, 1, false},
		{"another", []Process{{PID: 8, Start: schema.Some(start)}}, 1, false},
		{"second of one", []Process{{PID: 8}, {PID: 7}}, 1, false},
		{"third of three", []Process{{PID: 8}, {PID: 9}, {PID: 7}}, 3, true},
		{"fourth of three", []Process{{PID: 8}, {PID: 9}, later, {PID: 7}}, 3, false},
		{"none", nil, 3, false},
	} {
		found := at(storm, 1, 9)
		found.Processes = tt.found
		if got := (Paired{&label, &found}).Named(tt.k); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if unknown := (Process{PID: 7}); !unknown.is(later) {
		t.Error("a process of unknown start is not taken for the one with its pid")
	}
}
