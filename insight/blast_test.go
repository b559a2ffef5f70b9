package insight

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// bystander is a process outside of the storms of these tests.
const bystander = 200

// sufferingStorm is a storm of 320 children that stay, under a script; in the fifth
// second, at the height of it, the processes outside it are sampled by last.
func sufferingStorm(last func(s *scenario)) *scenario {
	s := newScenario()
	s.Task(bystander, 1, "db", "db").Process.Cgroup = schema.Some("/db")
	s.Task(bystander+1, 2, "kworker")
	s.to(sec)
	script := s.fork(sec, shell)
	s.Last().Process.Cgroup = schema.Some("/storm")
	for i := range 320 {
		s.fork(sec+time.Duration(i+1)*10*ms, script)
		s.Last().Process.Cgroup = schema.Some(fmt.Sprintf("/storm/%d", i%7))
	}
	s.to(4 * sec)
	s.At(4*sec + 500*ms)
	s.Burn(script, 3*sec).Sample(script, "R", 64<<20)
	s.Burn(shell, sec).Sample(shell, "S", 1<<20)
	s.delay(bystander, 0)
	last(s)
	s.end(10 * sec)
	return s
}

// delay samples a process with its run-queue wait.
func (s *scenario) delay(pid int64, delay time.Duration) {
	s.Sample(pid, "R", 1<<20).RunDelayNs = schema.Some(int64(delay))
}

func TestBlastRadius(t *testing.T) {
	r := sufferingStorm(func(s *scenario) {
		s.Sample(shell, "D", 1<<20)
		s.delay(bystander, 2*sec)
		s.Sample(first+2, "Z", 0)
	}).only(t)
	if r.Insight.Class != schema.ClassForkStorm {
		t.Fatalf("class %s", r.Insight.Class)
	}
	got := r.Context.Incident.BlastRadius
	want := &schema.BlastRadius{
		Processes: 320,
		Cgroups:   []string{"/storm/1", "/storm/2", "/storm/3", "/storm/4", "/storm/5"},
		Victims: []schema.ProcessRef{
			{PID: bystander, PPID: 1, StartTime: replaytest.Start.Add(-time.Minute) + bystander, Comm: "db", Cgroup: "/db"},
			{PID: shell, PPID: 1, StartTime: replaytest.Start.Add(-time.Minute) + shell, Comm: "bash"},
		},
		Text: "320 of 325 live processes, 75 % of the CPU time that was used, 64 MiB of memory, 2 outside waited 10 % of the time or more",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("blast radius (-want +got):\n%s", diff)
	}
}

func TestVictims(t *testing.T) {
	tests := []struct {
		name string
		last func(s *scenario)
		want int
	}{
		{"nobody", func(s *scenario) {}, 0},
		{"a nanosecond short", func(s *scenario) { s.delay(bystander, sec/2-1) }, 0},
		{"just long enough", func(s *scenario) { s.delay(bystander, sec/2) }, 1},
		{"in two pieces", func(s *scenario) { s.delay(bystander, sec/4); s.delay(bystander, sec/2) }, 1},
		{"a counter that falls", func(s *scenario) { s.delay(bystander, sec/4); s.delay(bystander, 0) }, 0},
		{"unseen before", func(s *scenario) { s.delay(shell, 9*sec) }, 0},
		{"born since", func(s *scenario) { s.delay(s.fork(4*sec+600*ms, bystander), sec/2) }, 1},
		{"born since, not long enough", func(s *scenario) { s.delay(s.fork(4*sec+600*ms, bystander), sec/2-1) }, 0},
		{"uninterruptible", func(s *scenario) { s.Sample(bystander, "D", 1<<20) }, 1},
		{"a kernel thread", func(s *scenario) { s.Sample(bystander+1, "D", 0) }, 0},
		{"of the tree", func(s *scenario) { s.delay(first+2, 9*sec) }, 0},
		{"at its exit", func(s *scenario) { s.Exit(bystander).RunDelayNs = schema.Some(int64(sec / 2)) }, 1},
		{"its parent", func(s *scenario) { s.Sample(shell, "D", 1<<20) }, 1},
		{"seven", func(s *scenario) {
			for pid := range int64(7) {
				s.Task(300+pid, 1, "job")
				s.Sample(300+pid, "D", 1<<20)
			}
		}, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := sufferingStorm(tt.last).only(t).Context.Incident.BlastRadius; len(got.Victims) != tt.want {
				t.Errorf("%d victims, want %d: %+v", len(got.Victims), tt.want, got)
			}
		})
	}
}

// TestBlastRadiusOfTheExited lets the primary exit before its children: what they do is
// that of the birth tree, and a host without incident has no radius.
func TestBlastRadiusOfTheExited(t *testing.T) {
	r := sufferingStorm(func(s *scenario) { s.Exit(first + 1) }).only(t)
	if got := r.Context.Incident.BlastRadius.Processes; got != 321 {
		t.Errorf("%d processes, want the 320 children and the shell that they belong to", got)
	}
	calm := newScenario().end(12 * sec).only(t)
	if got := calm.Context.Incident.BlastRadius; got != nil {
		t.Errorf("a calm host has the radius %+v", got)
	}
}

// TestBlastRadiusOfAHost has five shells fork the storm together: no tree has half.
func TestBlastRadiusOfAHost(t *testing.T) {
	s := newScenario()
	for pid := range int64(5) {
		s.Task(300+pid, 1, "sh")
	}
	for i := range int64(320) {
		s.fork(sec+time.Duration(i+1)*10*ms, 300+i%5)
	}
	s.to(4 * sec)
	s.At(4*sec + 500*ms)
	s.Sample(first+7, "D", 1<<20)
	s.Sample(shell, "D", 1<<20)
	r := s.end(10 * sec).only(t)
	got := r.Context.Incident.BlastRadius
	if r.Context.Incident.Primary != nil || got.Processes != 328 || len(got.Victims) != 1 || got.Victims[0].PID != shell {
		t.Errorf("%+v of %+v", got, r.Context.Incident.Primary)
	}
}
