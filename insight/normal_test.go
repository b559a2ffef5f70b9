package insight

import (
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

func TestIdleIsNormal(t *testing.T) {
	r := newScenario().end(15 * sec).only(t)
	if r.Insight.Class != schema.ClassNormal || r.Insight.Confidence != round(calibratedNormal(0)) || r.Insight.PrimaryProcess != nil {
		t.Errorf("got %s at %v, process %v", r.Insight.Class, r.Insight.Confidence, r.Insight.PrimaryProcess)
	}
	if in := r.Context.Incident; offset(in.Onset) != 0 || offset(in.End) != 15*sec {
		t.Errorf("from %s to %s, want the whole capture", offset(in.Onset), offset(in.End))
	}
	if len(r.Insight.Actions) != 0 {
		t.Errorf("actions %q", r.Insight.Actions)
	}
}

// TestHardNegatives works through what looks like an incident and is none.
func TestHardNegatives(t *testing.T) {
	tests := []struct {
		name string
		play func(s *scenario)
		// whyNot must stand in the reason against the class.
		class  schema.Class
		whyNot string
	}{
		{"make -j8 of 400 small files", (*scenario).makeJ8, schema.ClassForkStorm, "still alive"},
		{"cron burst of 200 jobs in 2 s", func(s *scenario) {
			for i := range 200 {
				s.fork(3*sec+time.Duration(i)*10*ms, shell)
			}
		}, schema.ClassForkStorm, "200 forks"},
		{"vfork+exit loop without exec", func(s *scenario) {
			for i := range 5000 {
				s.Exit(s.fork(3*sec+time.Duration(i)*ms, shell))
			}
		}, schema.ClassForkStorm, "only 0 of those born"},
		{"JVM warm-up", func(s *scenario) {
			s.run(s.fork(0, shell), 0, 20*sec, work{cpu: 3 * sec, faults: 5000, switches: 400})
		}, schema.ClassCPUSpin, "page faults"},
		{"backup read", func(s *scenario) {
			s.run(s.fork(0, shell), 0, 20*sec, work{cpu: 980 * ms, ioBytes: 200 << 20})
		}, schema.ClassCPUSpin, "storage"},
		{"busy server", func(s *scenario) {
			s.run(s.fork(0, shell), 0, 20*sec, work{cpu: 980 * ms, switches: 3000})
		}, schema.ClassCPUSpin, "waited"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			tt.play(s)
			r := s.end(25 * sec).only(t)
			if r.Insight.Class != schema.ClassNormal {
				t.Fatalf("class %s: %s", r.Insight.Class, r.Insight.Why)
			}
			for _, a := range r.Context.Incident.Alternatives {
				if a.Class == tt.class && !strings.Contains(a.WhyNot, tt.whyNot) {
					t.Errorf("not %s because %q, want %q", a.Class, a.WhyNot, tt.whyNot)
				}
			}
		})
	}
}

// makeJ8 has the figures that were measured of a build: 1,257 forks in about 20 s, a
// median lifetime of 100 ms, never more than 24 processes at a time, a third of them
// children of make, the rest of those, 9 ms of CPU time each.
func (s *scenario) makeJ8() {
	mk := s.fork(1*sec, shell)
	s.Exec(mk, "make", "-j8")
	var live []int64
	for i := range 1256 {
		at := 1*sec + time.Duration(i)*16*ms
		parent := mk
		if i%3 > 0 {
			parent = live[len(live)-1]
		}
		pid := s.fork(at, parent)
		s.Exec(pid, "cc1")
		s.Burn(pid, 9*ms)
		live = append(live, pid)
		if len(live) == 24 {
			s.Exit(live[0])
			live = live[1:]
		}
		s.stalled += 15 * ms
	}
	for _, pid := range live {
		s.Exit(pid)
	}
	s.Exit(mk)
}

func TestNormalConfidence(t *testing.T) {
	tests := []struct {
		name   string
		change func(s *scenario, r *schema.Record)
		forks  int
		want   float64
		reason string
	}{
		{"calm", nil, 149, round(calibratedNormal(0)), ""},
		{"forks at 15/s", nil, 150, round(calibratedNormal(1)), "15 forks/s"},
		{"pressure at 10", func(s *scenario, _ *schema.Record) { s.stalled += 100 * ms }, 0, round(calibratedNormal(1)), "cpu pressure 10 %"},
		{"memory at 20", func(_ *scenario, r *schema.Record) { r.MemAvailableBytes = schema.Some[int64]((8 << 30) / 5) }, 0, round(calibratedNormal(1)), "20 % of memory"},
		{"no pressure files", func(_ *scenario, r *schema.Record) { r.System.PSI = schema.Pressure{} }, 0, capUnknown, "cpu pressure"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			if tt.change != nil {
				s.system = func(r *schema.Record) { tt.change(s, r) }
			}
			for i := range tt.forks {
				s.Exit(s.fork(15*sec+time.Duration(i)*9900*ms/150+ms, shell))
			}
			r := s.end(30 * sec).only(t)
			if r.Insight.Class != schema.ClassNormal || r.Insight.Confidence != tt.want {
				t.Errorf("%s at %v, want normal at %v", r.Insight.Class, r.Insight.Confidence, tt.want)
			}
			if why := r.Insight.Why; !strings.Contains(why, tt.reason) || (tt.reason == "") != strings.HasPrefix(why, "nobody waits") {
				t.Errorf("why %q, want %q", why, tt.reason)
			}
			if unknown := r.Context.Incident.UnknownInputs; (len(unknown) > 0) != (tt.want == capUnknown) {
				t.Errorf("unknown inputs %q", unknown)
			}
		})
	}
}

func TestShortCaptureIsNormalWithDoubt(t *testing.T) {
	r := newScenario().end(2 * sec).only(t)
	if r.Insight.Class != schema.ClassNormal || r.Insight.Confidence > capUnknown {
		t.Errorf("%s at %v, want normal at %v or less", r.Insight.Class, r.Insight.Confidence, capUnknown)
	}
}

// TestNormalWithGap holds that a stretch in which nothing was sampled is told, however
// calm the rest was.
func TestNormalWithGap(t *testing.T) {
	s := newScenario()
	s.to(20 * sec)
	s.sampled = 32 * sec
	r := s.end(60 * sec).only(t)
	if r.Insight.Confidence > capUnknown || len(r.Context.Incident.UnknownInputs) == 0 {
		t.Errorf("%v with unknown %q, want %v at most", r.Insight.Confidence, r.Context.Incident.UnknownInputs, capUnknown)
	}
}
