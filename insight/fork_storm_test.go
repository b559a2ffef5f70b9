package insight

import (
	"fmt"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// storm forks born children of a new process within a second from onset on, and lets
// all but alive of them end before it is over.
func (s *scenario) storm(onset time.Duration, born, alive int) int64 {
	parent := s.fork(onset-100*ms, shell)
	s.Exec(parent, "bomb", "--children", fmt.Sprint(born))
	for i := range born - 1 {
		pid := s.fork(onset+time.Duration(i)*(sec-ms)/time.Duration(born), parent)
		if i >= alive-1 {
			s.Exit(pid)
		}
	}
	return parent
}

func TestForkStormThresholds(t *testing.T) {
	tests := []struct {
		name        string
		born, alive int
		want        schema.Class
	}{
		{"born below", forkStormBorn - 1, forkStormBorn - 1, schema.ClassNormal},
		{"born at", forkStormBorn, forkStormBorn, schema.ClassForkStorm},
		{"born above", forkStormBorn + 1, forkStormBorn + 1, schema.ClassForkStorm},
		{"half below", 400, 199, schema.ClassNormal},
		{"half at", 400, 200, schema.ClassForkStorm},
		{"half above", 400, 201, schema.ClassForkStorm},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			s.storm(3*sec, tt.born, tt.alive)
			if got := s.end(15 * sec).only(t).Insight.Class; got != tt.want {
				t.Errorf("class %s, want %s", got, tt.want)
			}
		})
	}
}

// TestIsForkStorm reaches the one threshold that the two others hide: half of 300 is
// more than 100.
func TestIsForkStorm(t *testing.T) {
	for _, tt := range []struct {
		born, alive int64
		want        bool
	}{{300, 149, false}, {300, 150, true}, {299, 299, false}, {forkStormBorn, forkStormAlive, false}} {
		if got := isForkStorm(tt.born, tt.alive); got != tt.want {
			t.Errorf("isForkStorm(%d, %d) = %v", tt.born, tt.alive, got)
		}
	}
}

func TestForkStormRecord(t *testing.T) {
	s := newScenario()
	parent := s.storm(3*sec, 500, 480)
	r := s.end(15 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassForkStorm || in.Primary == nil || in.Primary.PID != parent {
		t.Fatalf("class %s, primary %+v; want fork_storm of pid %d", r.Insight.Class, in.Primary, parent)
	}
	if got := in.Primary.Argv; len(got) != 3 || got[0] != "bomb" {
		t.Errorf("argv %q", got)
	}
	if *r.Insight.PrimaryProcess != "bomb" {
		t.Errorf("primary_process %q, want bomb", *r.Insight.PrimaryProcess)
	}
	if got := offset(in.Onset); got < 2900*ms || got > 3100*ms {
		t.Errorf("onset at %s, want about 3 s", got)
	}
	if got := offset(in.End); got < 3900*ms || got > 4*sec {
		t.Errorf("end at %s, want the last fork", got)
	}
	if in.Severity != schema.SeverityCritical {
		t.Errorf("severity %s, want critical", in.Severity)
	}
	if r.Insight.Confidence != round(calibrated(500.0/forkStormBorn)) || len(in.UnknownInputs) > 0 {
		t.Errorf("confidence %v with unknown %q", r.Insight.Confidence, in.UnknownInputs)
	}
}

// TestForkStormShapes holds that the process at the bottom of it is named, whatever the
// shape of its tree.
func TestForkStormShapes(t *testing.T) {
	tests := []struct {
		name string
		grow func(s *scenario, root int64)
	}{
		{"flat", func(s *scenario, root int64) {
			for range 400 {
				s.fork(4*sec, root)
			}
		}},
		{"chain", func(s *scenario, root int64) {
			at := root
			for range 400 {
				at = s.fork(4*sec, at)
			}
		}},
		{"binary", func(s *scenario, root int64) {
			level := []int64{root}
			for len(level) < 256 {
				var next []int64
				for _, p := range level {
					next = append(next, s.fork(4*sec, p), s.fork(4*sec, p))
				}
				level = next
			}
		}},
		{"with a shell between", func(s *scenario, root int64) {
			for range 200 {
				between := s.fork(4*sec, root)
				s.Exec(s.fork(4*sec, between), "sleep", "30")
			}
		}},
		{"parent gone", func(s *scenario, root int64) {
			for range 400 {
				s.fork(4*sec, root)
			}
			s.Exit(root)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			root := s.fork(3900*ms, shell)
			s.Exec(root, "bomb")
			tt.grow(s, root)
			r := s.end(15 * sec).only(t)
			if p := r.Context.Incident.Primary; r.Insight.Class != schema.ClassForkStorm || p == nil || p.PID != root {
				t.Errorf("class %s, primary %+v; want fork_storm of pid %d", r.Insight.Class, p, root)
			}
		})
	}
}

// TestForkStormOfManyTrees holds that no process is named when none has half.
func TestForkStormOfManyTrees(t *testing.T) {
	s := newScenario()
	for service := int64(0); service < 5; service++ {
		s.Task(200+service, 1, "service")
		for range 80 {
			s.fork(4*sec, 200+service)
		}
	}
	r := s.end(15 * sec).only(t)
	if r.Insight.Class != schema.ClassForkStorm || r.Insight.PrimaryProcess != nil {
		t.Errorf("class %s, process %v; want fork_storm of nobody", r.Insight.Class, r.Insight.PrimaryProcess)
	}
	if r.Insight.Confidence > capUnnamed || len(r.Insight.Actions) == 0 {
		t.Errorf("confidence %v, actions %q", r.Insight.Confidence, r.Insight.Actions)
	}
}

// TestForkStormBesideBuild holds that a build in another tree does not hide a storm.
func TestForkStormBesideBuild(t *testing.T) {
	s := newScenario()
	s.Task(200, 1, "make")
	bomb := s.fork(2*sec, shell)
	for i := range 700 {
		at := 3*sec + time.Duration(i)*5*ms
		job := s.fork(at, 200)
		if i%2 == 0 {
			s.fork(at, bomb)
		}
		s.Exit(job)
	}
	r := s.end(15 * sec).only(t)
	if p := r.Context.Incident.Primary; r.Insight.Class != schema.ClassForkStorm || p == nil || p.PID != bomb {
		t.Errorf("class %s, primary %+v; want fork_storm of pid %d", r.Insight.Class, p, bomb)
	}
}

func TestForkStormSeverity(t *testing.T) {
	const critical = forkStormCritical * int(Window/sec)
	for born, want := range map[int]schema.Severity{
		critical - 1: schema.SeverityWarning, critical: schema.SeverityCritical, critical + 1: schema.SeverityCritical,
	} {
		s := newScenario()
		for i := range born {
			s.fork(1*sec+time.Duration(i+1)*14*ms, shell)
		}
		if got := s.end(11 * sec).only(t).Context.Incident.Severity; got != want {
			t.Errorf("%d forks are %s, want %s", born, got, want)
		}
	}
}

func TestForkStormLoss(t *testing.T) {
	s := newScenario()
	s.storm(3*sec, 900, 900)
	s.Lost(schema.TypeExit, 10, 3*sec, 3500*ms)
	r := s.end(15 * sec).only(t)
	if r.Insight.Confidence != capLoss || len(r.Context.Incident.UnknownInputs) == 0 {
		t.Errorf("confidence %v with unknown %q, want %v for the loss", r.Insight.Confidence, r.Context.Incident.UnknownInputs, capLoss)
	}
}

// TestShortForkStorm holds that a storm is found when only some seconds were recorded.
func TestShortForkStorm(t *testing.T) {
	s := newScenario()
	parent := s.storm(500*ms, 400, 400)
	r := s.end(2500 * ms).only(t)
	if p := r.Context.Incident.Primary; r.Insight.Class != schema.ClassForkStorm || p == nil || p.PID != parent {
		t.Errorf("class %s, primary %+v", r.Insight.Class, p)
	}
}

// TestTwoForkStorms holds that two storms far apart are two incidents, of one process.
func TestTwoForkStorms(t *testing.T) {
	s := newScenario()
	parent := s.fork(1*sec, shell)
	for _, at := range []time.Duration{3 * sec, 40 * sec} {
		var children []int64
		for range 400 {
			children = append(children, s.fork(at, parent))
		}
		s.to(at + 2*sec)
		for _, pid := range children {
			s.Exit(pid)
		}
	}
	records := s.end(60 * sec).analyze(t)
	if len(records) != 2 || records[0].ID == records[1].ID {
		t.Fatalf("got %v, want two incidents", classesOf(records))
	}
	for i, at := range []time.Duration{3 * sec, 40 * sec} {
		if got := offset(records[i].Context.Incident.Onset); got != at {
			t.Errorf("onset %d at %s, want %s", i, got, at)
		}
	}
}
