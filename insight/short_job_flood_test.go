package insight

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// floodOf plays a flood in a shell of its own.
func floodOf(s *scenario, fl flood, more ...func(m *moments, parent *int64)) int64 {
	var parent int64
	var m moments
	m.add(fl.from-500*ms, func() {
		parent = s.fork(fl.from-500*ms, shell)
		s.Exec(parent, "loop", "--rate", "many")
	})
	m.flood(s, &parent, fl)
	for _, add := range more {
		add(&m, &parent)
	}
	s.play(m)
	return parent
}

// TestShortJobFloodThresholds works each threshold through at −1, 0 and +1.
func TestShortJobFloodThresholds(t *testing.T) {
	usual := func(change func(fl *flood)) flood {
		fl := flood{from: 3 * sec, to: 14 * sec, rate: 100, cpu: ms}
		change(&fl)
		return fl
	}
	tests := []struct {
		name string
		flood
		stay int
		want schema.Class
		// why stands in the reason against the class.
		why string
	}{
		{"rate below", usual(func(fl *flood) { fl.rate = floodJobs - 1 }), 0, schema.ClassNormal, "49 in the slowest second"},
		{"rate at", usual(func(fl *flood) { fl.rate = floodJobs }), 0, schema.ClassShortJobFlood, ""},
		{"rate above", usual(func(fl *flood) { fl.rate = floodJobs + 1 }), 0, schema.ClassShortJobFlood, ""},
		{"nine seconds", usual(func(fl *flood) { fl.to = 12 * sec }), 0, schema.ClassNormal, "0 in the slowest second"},
		{"ten seconds", usual(func(fl *flood) { fl.to = 13 * sec }), 0, schema.ClassShortJobFlood, ""},
		{"lifetime below", usual(func(fl *flood) { fl.life = shortJob - 1 }), 0, schema.ClassShortJobFlood, ""},
		{"lifetime at", usual(func(fl *flood) { fl.life = shortJob }), 0, schema.ClassShortJobFlood, ""},
		{"lifetime above", usual(func(fl *flood) { fl.life = shortJob + 1 }), 0, schema.ClassNormal, "0 short jobs"},
		{"share below", usual(func(fl *flood) { fl.rate, fl.nested = 79, 21 }), 0, schema.ClassNormal, "only 79 %"},
		{"share at", usual(func(fl *flood) { fl.rate, fl.nested = 80, 20 }), 0, schema.ClassShortJobFlood, ""},
		{"share above", usual(func(fl *flood) { fl.rate, fl.nested = 81, 19 }), 0, schema.ClassShortJobFlood, ""},
		{"cpu below", usual(func(fl *flood) { fl.cpu = floodCPU - 1 }), 0, schema.ClassShortJobFlood, ""},
		{"cpu at", usual(func(fl *flood) { fl.cpu = floodCPU }), 0, schema.ClassShortJobFlood, ""},
		{"cpu above", usual(func(fl *flood) { fl.cpu = floodCPU + 1 }), 0, schema.ClassNormal, "in the mean"},
		{"a tenth stays, below", usual(func(fl *flood) { fl.to = 13 * sec }), 99, schema.ClassShortJobFlood, ""},
		{"a tenth stays", usual(func(fl *flood) { fl.to = 13 * sec }), 100, schema.ClassShortJobFlood, ""},
		{"a tenth stays, above", usual(func(fl *flood) { fl.to = 13 * sec }), 101, schema.ClassNormal, "it grows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			floodOf(s, tt.flood, func(m *moments, parent *int64) {
				m.add(3500*ms, func() {
					for range tt.stay {
						s.fork(3500*ms, *parent)
					}
				})
			})
			r := s.end(tt.to).only(t)
			if r.Insight.Class != tt.want {
				t.Fatalf("class %s, want %s: %s", r.Insight.Class, tt.want, r.Insight.Why)
			}
			reasons := s.whyNots(t, whyNotShortJobFlood)
			if !slices.ContainsFunc(reasons, func(r string) bool { return strings.Contains(r, tt.why) }) {
				t.Errorf("not a flood because %q, want %q", reasons, tt.why)
			}
		})
	}
}

func TestShortJobFloodRecord(t *testing.T) {
	s := newScenario()
	parent := floodOf(s, flood{from: 3 * sec, to: 20 * sec, rate: 400, cpu: 800 * time.Microsecond})
	r := s.end(30 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassShortJobFlood || in.Primary == nil || in.Primary.PID != parent {
		t.Fatalf("class %s, primary %+v; want short_job_flood of pid %d", r.Insight.Class, in.Primary, parent)
	}
	if got := in.Primary.Argv; len(got) != 3 || got[0] != "loop" || *r.Insight.PrimaryProcess != "loop" {
		t.Errorf("argv %q, primary_process %q", got, *r.Insight.PrimaryProcess)
	}
	if got := offset(in.Onset); got < 2*sec || got > 4*sec {
		t.Errorf("onset at %s, want about 3 s", got)
	}
	if got := offset(in.End); got < 19*sec || got > 20*sec {
		t.Errorf("end at %s, want the last job", got)
	}
	if len(in.Candidates) != 1 || in.Candidates[0].Share != 1 {
		t.Errorf("candidates %+v, want the parent alone", in.Candidates)
	}
	if in.Severity != schema.SeverityInfo || r.Insight.Confidence != round(calibrated(10)) || len(in.UnknownInputs) > 0 {
		t.Errorf("severity %s, confidence %v with unknown %q", in.Severity, r.Insight.Confidence, in.UnknownInputs)
	}
	if want := "started 400 jobs/s that lived 1.0 s at most and used 0.8 ms of CPU each"; !strings.Contains(r.Insight.Why, want) {
		t.Errorf("why %q, want %q", r.Insight.Why, want)
	}
}

// TestShortJobFloodOfSubshells holds that a shell is named for what its subshells run.
func TestShortJobFloodOfSubshells(t *testing.T) {
	s := newScenario()
	fl := flood{from: 3 * sec, to: 16 * sec, rate: 100, nested: 100, subshell: true, cpu: ms}
	parent := floodOf(s, fl)
	r := s.end(20 * sec).only(t)
	if p := r.Context.Incident.Primary; r.Insight.Class != schema.ClassShortJobFlood || p == nil || p.PID != parent {
		t.Errorf("class %s, primary %+v; want short_job_flood of pid %d", r.Insight.Class, p, parent)
	}
}

// TestShortJobFloodOfWorker holds that a process which only forked off its parent, and
// stays, is named itself.
func TestShortJobFloodOfWorker(t *testing.T) {
	s := newScenario()
	worker := s.fork(2*sec, shell)
	var m moments
	m.flood(s, &worker, flood{from: 3 * sec, to: 16 * sec, rate: 100, cpu: ms})
	s.play(m)
	r := s.end(20 * sec).only(t)
	if p := r.Context.Incident.Primary; r.Insight.Class != schema.ClassShortJobFlood || p == nil || p.PID != worker {
		t.Errorf("class %s, primary %+v; want short_job_flood of pid %d", r.Insight.Class, p, worker)
	}
}

// TestShortJobFloodBesideBuild holds that a build of the same tree does not hide it.
func TestShortJobFloodBesideBuild(t *testing.T) {
	s := newScenario()
	loop, mk := s.fork(sec, shell), s.fork(sec, shell)
	var m moments
	m.flood(s, &loop, flood{from: 3 * sec, to: 16 * sec, rate: 70, cpu: ms})
	m.flood(s, &mk, flood{from: 3 * sec, to: 16 * sec, rate: 70, nested: 60, cpu: 9 * ms})
	s.play(m)
	r := s.end(20 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassShortJobFlood || in.Primary == nil || in.Primary.PID != loop {
		t.Fatalf("class %s, primary %+v; want short_job_flood of pid %d", r.Insight.Class, in.Primary, loop)
	}
	if len(in.Candidates) < 2 || in.Candidates[1].PID != mk {
		t.Errorf("candidates %+v, want make as the second", in.Candidates)
	}
}

// TestShortJobFloods holds that each process that floods has an incident, in one tree or
// in several.
func TestShortJobFloods(t *testing.T) {
	s := newScenario()
	s.Task(200, 1, "service")
	parents := []int64{200, s.fork(sec, shell), s.fork(sec, shell)}
	var m moments
	for i := range parents {
		m.flood(s, &parents[i], flood{from: 3 * sec, to: 16 * sec, rate: 100 + 10*i, cpu: ms})
	}
	s.play(m)
	var pids []int64
	for _, r := range s.end(20 * sec).analyze(t) {
		pids = append(pids, r.Context.Incident.Primary.PID)
	}
	if !slices.Equal(pids, parents) {
		t.Errorf("found pids %v, want %v", pids, parents)
	}
}

func TestShortJobFloodSeverity(t *testing.T) {
	tests := []struct {
		name            string
		stalled, system time.Duration // a second
		want            schema.Severity
	}{
		{"pressure below", 199 * ms, 0, schema.SeverityInfo},
		{"pressure at", 200 * ms, 0, schema.SeverityWarning},
		{"system time below", 0, 1999 * ms, schema.SeverityInfo},
		{"system time at", 0, 2 * sec, schema.SeverityWarning},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			s.system = func(r *schema.Record) {
				n := int64(r.Time-replaytest.Start) / int64(sec)
				r.System.PSI.CPUSomeUs = schema.Some(n * tt.stalled.Microseconds())
				r.CPUSystemNs = schema.Some(n * int64(tt.system))
				r.CPUIdleNs = schema.Some(n * int64(4*sec-tt.system))
			}
			floodOf(s, flood{from: 3 * sec, to: 14 * sec, rate: 100, cpu: ms})
			if got := s.end(18 * sec).only(t).Context.Incident.Severity; got != tt.want {
				t.Errorf("severity %s, want %s", got, tt.want)
			}
		})
	}
}

func TestShortJobFloodUnknown(t *testing.T) {
	tests := []struct {
		name   string
		lost   bool
		change func(r *schema.Record)
		limit  float64
	}{
		{"lost events", true, func(*schema.Record) {}, capLoss},
		{"no CPU time", false, func(r *schema.Record) { r.CPUNs.Clear() }, capUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			floodOf(s, flood{from: 3 * sec, to: 14 * sec, rate: 500, cpu: ms}, func(m *moments, _ *int64) {
				if tt.lost {
					m.add(4*sec, func() { s.Lost(schema.TypeFork, 10, 3500*ms, 4*sec) })
				}
			})
			for i := range s.Records {
				tt.change(&s.Records[i])
			}
			r := s.end(18 * sec).only(t)
			if r.Insight.Class != schema.ClassShortJobFlood || r.Insight.Confidence != tt.limit || len(r.Context.Incident.UnknownInputs) != 1 {
				t.Errorf("%s at %v with unknown %q, want %v", r.Insight.Class, r.Insight.Confidence, r.Context.Incident.UnknownInputs, tt.limit)
			}
		})
	}
}

// TestNoShortJobFlood works through what has short jobs and is no flood.
func TestNoShortJobFlood(t *testing.T) {
	tests := []struct {
		name string
		fl   flood
	}{
		{"CI shell loop", flood{from: sec, to: 24 * sec, rate: 40, nested: 20, cpu: 2 * ms}},
		{"cron burst", flood{from: 3 * sec, to: 5 * sec, rate: 100, cpu: 3 * ms}},
		{"container start", flood{from: 3 * sec, to: 6 * sec, rate: 60, nested: 30, cpu: 4 * ms}},
		{"test-suite run", flood{from: sec, to: 24 * sec, rate: 60, cpu: 12 * ms, life: 100 * ms}},
		{"a build of tiny files", flood{from: sec, to: 24 * sec, rate: 100, nested: 100, cpu: 2 * ms}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			floodOf(s, tt.fl)
			if r := s.end(25 * sec).only(t); r.Insight.Class != schema.ClassNormal {
				t.Errorf("class %s: %s", r.Insight.Class, r.Insight.Why)
			}
		})
	}
}

// TestShortJobFloodFrom holds that ten seconds must have been seen, though less would
// show enough jobs in each.
func TestShortJobFloodFrom(t *testing.T) {
	for from, want := range map[time.Duration]schema.Class{
		4 * sec: schema.ClassShortJobFlood, 4*sec + 300*ms: schema.ClassNormal,
	} {
		s := newScenario()
		floodOf(s, flood{from: 3 * sec, to: 14 * sec, rate: 200, cpu: ms})
		s.end(14 * sec)
		opts := replay.Options{From: replay.After(from)}
		records, _, err := Analyze(context.Background(), []replay.Source{s.Source()}, opts)
		if err != nil || len(records) != 1 || records[0].Insight.Class != want {
			t.Errorf("from %s: %v (error %v), want %s", from, classesOf(records), err, want)
		}
	}
}

// TestShortJobsOfTheDead holds that a build which has just ended is no flood: what was
// below make can no longer be told from what make started.
func TestShortJobsOfTheDead(t *testing.T) {
	s := newScenario()
	mk := floodOf(s, flood{from: 3 * sec, to: 13 * sec, rate: 100, nested: 100, cpu: 2 * ms})
	s.to(12990 * ms)
	s.Exit(mk)
	if r := s.end(13 * sec).only(t); r.Insight.Class != schema.ClassNormal {
		t.Errorf("class %s: %s", r.Insight.Class, r.Insight.Why)
	}
}
