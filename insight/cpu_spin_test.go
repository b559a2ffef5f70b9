package insight

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// work is what a process does each second while it is sampled.
type work struct {
	cpu                       time.Duration
	ioBytes, faults, switches int64
}

// run lets a process work from one offset to another, sampled each second from the
// first on.
func (s *scenario) run(pid int64, from, to time.Duration, w work) {
	for at := from; at <= to; at += sec {
		total := s.totals[pid]
		if at > from {
			total.ioBytes += w.ioBytes
			total.faults += w.faults
			total.switches += w.switches
			s.totals[pid] = total
			s.Burn(pid, w.cpu)
			s.busy += w.cpu
		}
		s.to(at - ms).At(at)
		s.sample(pid, total)
		s.to(at)
	}
}

func (s *scenario) sample(pid int64, total work) {
	r := s.Sample(pid, "R", 1<<20)
	r.ReadBytes, r.WriteBytes = schema.Some(total.ioBytes), schema.Some[int64](0)
	r.MinFaults, r.MajFaults = schema.Some(total.faults), schema.Some[int64](0)
	r.VoluntarySwitches = schema.Some(total.switches)
}

func TestCPUSpinThresholds(t *testing.T) {
	full := work{cpu: sec}
	tests := []struct {
		name string
		w    work
		last time.Duration
		want schema.Class
	}{
		{"cpu below", work{cpu: 950*ms - 1}, 15 * sec, schema.ClassNormal},
		{"cpu at", work{cpu: 950 * ms}, 15 * sec, schema.ClassCPUSpin},
		{"cpu above", work{cpu: 950*ms + 1}, 15 * sec, schema.ClassCPUSpin},
		{"io at", work{cpu: sec, ioBytes: spinIOBytes}, 15 * sec, schema.ClassCPUSpin},
		{"io above", work{cpu: sec, ioBytes: spinIOBytes + 1}, 15 * sec, schema.ClassNormal},
		{"faults at", work{cpu: sec, faults: spinFaults}, 15 * sec, schema.ClassCPUSpin},
		{"faults above", work{cpu: sec, faults: spinFaults + 1}, 15 * sec, schema.ClassNormal},
		{"switches at", work{cpu: sec, switches: spinVoluntary}, 15 * sec, schema.ClassCPUSpin},
		{"switches above", work{cpu: sec, switches: spinVoluntary + 1}, 15 * sec, schema.ClassNormal},
		{"9 s, then rest", full, 12 * sec, schema.ClassNormal},
		{"10 s, then rest", full, 13 * sec, schema.ClassCPUSpin},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			pid := s.fork(3*sec, shell)
			s.run(pid, 3*sec, tt.last, tt.w)
			if got := s.end(30 * sec).only(t); got.Insight.Class != tt.want {
				t.Errorf("class %s, want %s: %s", got.Insight.Class, tt.want, got.Insight.Why)
			}
		})
	}
}

// TestCPUSpinAtEdge holds that a spin which the end of the capture cuts off is found
// after 5 s, with less confidence and whatever the pressure as no more than info, and
// one that ended by itself is not.
func TestCPUSpinAtEdge(t *testing.T) {
	tests := []struct {
		name     string
		from, to time.Duration
		end      time.Duration
		exits    bool
		want     schema.Class
	}{
		{"whole capture of 6 s", 0, 6 * sec, 6 * sec, false, schema.ClassCPUSpin},
		{"last 6 s", 20 * sec, 26 * sec, 26 * sec, false, schema.ClassCPUSpin},
		{"last 5 s", 20 * sec, 25 * sec, 25 * sec, false, schema.ClassCPUSpin},
		{"last 4 s", 20 * sec, 24 * sec, 24 * sec, false, schema.ClassNormal},
		{"ends with the capture", 1 * sec, 7 * sec, 7*sec + 100*ms, true, schema.ClassCPUSpin},
		{"a job of 6 s", 1 * sec, 7 * sec, 15 * sec, true, schema.ClassNormal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			s.system = func(*schema.Record) { s.stalled += sec / 2 }
			pid := s.fork(tt.from, shell)
			s.run(pid, tt.from, tt.to, work{cpu: sec})
			if tt.exits {
				s.Exit(pid)
			}
			r := s.end(tt.end).only(t)
			if r.Insight.Class != tt.want {
				t.Fatalf("class %s, want %s: %s", r.Insight.Class, tt.want, r.Insight.Why)
			}
			if tt.want == schema.ClassCPUSpin && (r.Insight.Confidence > capShort || len(r.Context.Incident.UnknownInputs) != 1) {
				t.Errorf("confidence %v with unknown %q, want at most %v", r.Insight.Confidence, r.Context.Incident.UnknownInputs, capShort)
			}
			if got := r.Context.Incident.Severity; got != schema.SeverityInfo {
				t.Errorf("severity %s under pressure, want info", got)
			}
		})
	}
}

// TestCPUSpinOfTwoLengths holds that a process seen for long enough speaks for its tree,
// even if one seen for less was busier.
func TestCPUSpinOfTwoLengths(t *testing.T) {
	s := newScenario()
	s.system = func(*schema.Record) { s.stalled += sec / 2 }
	old, young := s.fork(0, shell), int64(0)
	for at := time.Duration(0); at <= 16*sec; at += sec {
		if at == 9*sec {
			young = s.fork(at, shell)
		}
		s.to(at - ms).At(at)
		s.sample(old, work{})
		s.Burn(old, 960*ms)
		if young > 0 {
			s.sample(young, work{})
			s.Burn(young, sec)
		}
		s.to(at)
	}
	r := s.end(16 * sec).only(t)
	if in := r.Context.Incident; in.Primary.PID != old || in.Severity != schema.SeverityCritical || len(in.Candidates) != 2 {
		t.Errorf("pid %d, %s, %d candidates; want pid %d, critical, 2", in.Primary.PID, in.Severity, len(in.Candidates), old)
	}
}

// TestCPUSpinOfManyInOnePool holds that a pool of any size makes one record that its
// schema allows: three processes by pid, and all of them in one figure.
func TestCPUSpinOfManyInOnePool(t *testing.T) {
	for _, size := range []int{2, 3, 4, 120} {
		s := newScenario()
		s.system = func(*schema.Record) { s.stalled += sec / 2 }
		var pids []int64
		for range size {
			pids = append(pids, s.fork(0, shell))
		}
		for at := time.Duration(0); at <= 16*sec; at += sec {
			s.to(at - ms).At(at)
			for _, pid := range pids {
				s.sample(pid, work{})
				s.Burn(pid, sec)
			}
			s.to(at)
		}
		r := s.end(16 * sec).only(t)
		in := r.Context.Incident
		if len(in.Candidates) != min(size, 3) || in.Candidates[0].Share != round(1/float64(size)) || in.Primary.PID != pids[0] {
			t.Errorf("%d processes: %d candidates, the first with %v", size, len(in.Candidates), in.Candidates[0].Share)
		}
		beside, all := 0, ""
		for _, f := range r.Context.Facts {
			beside += strings.Count(f.Text, "beside it")
			if strings.Contains(f.Text, "of one parent") {
				all = f.Text
			}
		}
		if want := fmt.Sprintf("%d processes of one parent spin, and used %d.0 %% of a core together", size, size*100); beside != min(size, 3)-1 || (all == want) != (size > 3) {
			t.Errorf("%d processes: %d facts of one beside it, and %q", size, beside, all)
		}
	}
}

func TestCPUSpinPressure(t *testing.T) {
	sure := round(calibrated(10))
	tests := []struct {
		percent    time.Duration
		severity   schema.Severity
		confidence float64
	}{
		{9, schema.SeverityInfo, capHarmless}, {10, schema.SeverityInfo, sure}, {19, schema.SeverityInfo, sure},
		{20, schema.SeverityWarning, sure}, {39, schema.SeverityWarning, sure},
		{40, schema.SeverityCritical, sure}, {41, schema.SeverityCritical, sure},
	}
	for _, tt := range tests {
		s := newScenario()
		s.system = func(*schema.Record) { s.stalled += tt.percent * sec / 100 }
		pid := s.fork(0, shell)
		s.run(pid, 0, 15*sec, work{cpu: sec})
		r := s.end(15 * sec).only(t)
		if got := r.Context.Incident.Severity; got != tt.severity || r.Insight.Confidence != tt.confidence {
			t.Errorf("at %d %%: %s, %v; want %s, %v", tt.percent, got, r.Insight.Confidence, tt.severity, tt.confidence)
		}
	}
}

func TestCPUSpinRecord(t *testing.T) {
	s := newScenario()
	pid := s.fork(4300*ms, shell)
	s.Exec(pid, "spin", "--forever")
	s.Burn(pid, 700*ms)
	s.busy += 700 * ms
	s.to(5*sec - ms).At(5 * sec)
	s.sample(pid, work{})
	s.run(pid, 5*sec, 20*sec, work{cpu: sec})
	r := s.end(30 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassCPUSpin || in.Primary.PID != pid || len(in.Primary.Argv) != 2 {
		t.Fatalf("class %s, primary %+v", r.Insight.Class, in.Primary)
	}
	if got := offset(in.Onset); got != 4300*ms {
		t.Errorf("onset at %s, want 4.3 s", got)
	}
	if got := offset(in.End); got < 20*sec || got > 21*sec {
		t.Errorf("end at %s, want 20 s", got)
	}
	normal := ""
	for _, a := range in.Alternatives {
		if a.Class == schema.ClassNormal {
			normal = a.WhyNot
		}
	}
	if !strings.Contains(normal, "computation") {
		t.Errorf("alternative normal says %q, want that a computation looks the same", normal)
	}
}

// TestCPUSpinOnsetThroughDips holds that one short sample does not hide when it began.
func TestCPUSpinOnsetThroughDips(t *testing.T) {
	s := newScenario()
	pid := s.fork(4*sec, shell)
	for at := 5 * sec; at <= 20*sec; at += sec {
		used := sec
		if at == 9*sec || at == 14*sec {
			used = 800 * ms
		}
		s.to(at - ms).At(at)
		s.Burn(pid, used)
		s.sample(pid, work{})
	}
	r := s.end(20 * sec).only(t)
	if got := offset(r.Context.Incident.Onset); r.Insight.Class != schema.ClassCPUSpin || got < 3*sec || got > 5*sec {
		t.Errorf("%s from %s on, want cpu_spin from 4 s on", r.Insight.Class, got)
	}
}

// TestCPUSpinFullyUsedHost holds that all cores busy without pressure is normal, at the
// thresholds of both.
func TestCPUSpinFullyUsedHost(t *testing.T) {
	tests := []struct {
		name     string
		each     time.Duration // CPU time of each of four processes a second
		pressure time.Duration
		want     schema.Class
		records  int
	}{
		{"busy, calm", sec, 0, schema.ClassNormal, 1},
		{"busy, pressure at", sec, 100 * ms, schema.ClassCPUSpin, 1},
		{"busy, pressure below", sec, 99 * ms, schema.ClassNormal, 1},
		{"below busy", 949 * ms, 0, schema.ClassNormal, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			s.system = func(*schema.Record) { s.stalled += tt.pressure }
			var pids []int64
			for range 4 {
				pids = append(pids, s.fork(0, shell))
			}
			for at := time.Duration(0); at <= 20*sec; at += sec {
				for _, pid := range pids {
					s.sample(pid, work{})
					s.Burn(pid, tt.each)
				}
				s.busy += 4 * tt.each
				s.to(at + sec)
			}
			records := s.end(22 * sec).analyze(t)
			if len(records) != tt.records || records[0].Insight.Class != tt.want {
				t.Errorf("got %v, want %d of %s", classesOf(records), tt.records, tt.want)
			}
		})
	}
}

// TestCPUSpinUnknownInputs holds that what a capture does not tell is named and caps
// the confidence.
func TestCPUSpinUnknownInputs(t *testing.T) {
	s := newScenario()
	pid := s.fork(0, shell)
	for at := sec; at <= 15*sec; at += sec {
		s.to(at - ms).At(at)
		s.Burn(pid, sec)
		s.Sample(pid, "R", 1<<20)
	}
	r := s.end(15 * sec).only(t)
	if r.Insight.Class != schema.ClassCPUSpin || r.Insight.Confidence > capUnknown || len(r.Context.Incident.UnknownInputs) != 3 {
		t.Errorf("class %s, confidence %v, unknown %q", r.Insight.Class, r.Insight.Confidence, r.Context.Incident.UnknownInputs)
	}
}

// TestSpinInsideStorm holds that one tree gives one class at one time.
func TestSpinInsideStorm(t *testing.T) {
	s := newScenario()
	pid := s.storm(3*sec, 400, 400)
	spinner := s.fork(4*sec, pid)
	s.run(spinner, 4*sec, 20*sec, work{cpu: sec})
	r := s.end(20 * sec).only(t)
	if r.Insight.Class != schema.ClassForkStorm {
		t.Fatalf("class %s, want fork_storm", r.Insight.Class)
	}
	found := false
	for _, a := range r.Context.Incident.Alternatives {
		found = found || a.Class == schema.ClassCPUSpin && strings.Contains(a.WhyNot, "same tree")
	}
	if !found {
		t.Errorf("alternatives %+v do not tell of the spin", r.Context.Incident.Alternatives)
	}
}

// TestSpinBesideStorm holds that two trees give two incidents.
func TestSpinBesideStorm(t *testing.T) {
	s := newScenario()
	s.Task(200, 1, "service")
	s.storm(3*sec, 400, 400)
	s.run(200, 4*sec, 20*sec, work{cpu: sec})
	records := s.end(20 * sec).analyze(t)
	if len(records) != 2 || records[0].Insight.Class != schema.ClassForkStorm || records[1].Insight.Class != schema.ClassCPUSpin {
		t.Errorf("got %v, want fork_storm and cpu_spin", classesOf(records))
	}
}

// TestSpinVictims holds that the waits of others are told, and not the spin's own.
func TestSpinVictims(t *testing.T) {
	s := newScenario()
	pid, other := s.fork(0, shell), s.fork(0, shell)
	for at := sec; at <= 15*sec; at += sec {
		s.run(pid, at, at, work{})
		s.Last().RunDelayNs = schema.Some(int64(at))
		s.Burn(pid, sec)
		s.run(other, at, at, work{})
		s.Last().RunDelayNs = schema.Some(int64(at / 5))
	}
	facts := s.end(15 * sec).only(t).Context.Facts
	for _, f := range facts {
		if f.Text == "other processes waited 2.0 s for a CPU, all together" && f.Value == 2.0 && f.Unit == "s" {
			return
		}
	}
	t.Errorf("facts %+v do not tell of the 2 s that another process waited", facts)
}

// TestThrottledSpin holds that a spin is found below one core where a CPU quota holds
// it, and that neither half of its quota nor a quota that holds nobody is one.
func TestThrottledSpin(t *testing.T) {
	tests := []struct {
		name             string
		used, throttled  time.Duration // a second
		quota            time.Duration // of 100 ms
		switches, faults int64
		want             schema.Class
	}{
		{"all of 0.4 cores", 400 * ms, 600 * ms, 40 * ms, 0, 0, schema.ClassCPUSpin},
		{"90 % of 0.4 cores", 360 * ms, 600 * ms, 40 * ms, 0, 0, schema.ClassCPUSpin},
		{"less than 90 % of 0.4 cores", 360*ms - 1, 600 * ms, 40 * ms, 0, 0, schema.ClassNormal},
		{"throttled for 10 %", 400 * ms, 100 * ms, 40 * ms, 0, 0, schema.ClassCPUSpin},
		{"throttled for less", 400 * ms, 100*ms - 1, 40 * ms, 0, 0, schema.ClassNormal},
		{"no quota", 400 * ms, 0, 0, 0, 0, schema.ClassNormal},
		{"waits by choice", 400 * ms, 600 * ms, 40 * ms, spinVoluntary + 1, 0, schema.ClassNormal},
		{"new memory", 400 * ms, 600 * ms, 40 * ms, 0, spinFaults + 1, schema.ClassNormal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			pid := s.fork(3*sec, shell)
			s.Last().Process.Cgroup = schema.Some("/limited")
			for at := 3 * sec; at <= 20*sec; at += sec {
				s.to(at - ms).At(at - ms)
				c := s.Cgroup("/limited")
				c.CPUThrottledNs = schema.Some(int64(tt.throttled * (at - 3*sec) / sec))
				c.CPUUsageNs = schema.Some(int64(tt.used * (at - 3*sec) / sec))
				if tt.quota > 0 {
					c.CPUQuotaNs = schema.Some(int64(tt.quota))
				}
				n := int64((at - 3*sec) / sec)
				s.totals[pid] = work{switches: n * tt.switches, faults: n * tt.faults}
				s.run(pid, at, at, work{})
				s.Last().Process.Cgroup = schema.Some("/limited")
				s.Burn(pid, tt.used)
			}
			r := s.end(20 * sec).only(t)
			if r.Insight.Class != tt.want {
				t.Fatalf("class %s, want %s: %s", r.Insight.Class, tt.want, r.Insight.Why)
			}
			if onset := offset(r.Context.Incident.Onset); tt.want == schema.ClassCPUSpin && (onset < 3*sec || onset > 5*sec) {
				t.Errorf("onset at %v, want about 3 s", onset)
			}
		})
	}
}

// TestSpinForks holds that a process which starts others is at work.
func TestSpinForks(t *testing.T) {
	for _, tt := range []struct {
		forks int // in 12 s
		want  schema.Class
	}{{12 * spinForks, schema.ClassCPUSpin}, {24 * spinForks, schema.ClassNormal}} {
		s := newScenario()
		pid := s.fork(3*sec, shell)
		s.run(pid, 3*sec, 3*sec, work{})
		for i := range 12 {
			at := 3*sec + time.Duration(i)*sec
			for range tt.forks / 12 {
				s.Exit(s.fork(at+500*ms, pid))
			}
			s.Burn(pid, sec)
			s.run(pid, at+sec, at+sec, work{})
		}
		if r := s.end(30 * sec).only(t); r.Insight.Class != tt.want {
			t.Errorf("%d forks: class %s, want %s: %s", tt.forks, r.Insight.Class, tt.want, r.Insight.Why)
		}
	}
}

// TestStarvedSpin holds that a single thread spins which is ready to run all the time and
// does not get a core, and that the waits of several threads are not added up.
func TestStarvedSpin(t *testing.T) {
	for _, tt := range []struct {
		used, waited time.Duration // a second
		threads      int64
		want         schema.Class
	}{
		{250 * ms, 700 * ms, 1, schema.ClassCPUSpin},
		{250 * ms, 700*ms - 1, 1, schema.ClassNormal},
		{250 * ms, 700 * ms, 2, schema.ClassNormal},
		{spinFollow*10*ms - 1, 850 * ms, 1, schema.ClassNormal},
	} {
		s := newScenario()
		pid := s.fork(3*sec, shell)
		for n := range time.Duration(14) {
			s.run(pid, 3*sec+n*sec, 3*sec+n*sec, work{})
			r := s.Last()
			for i := range s.Records {
				if q := &s.Records[i]; q.Type == schema.TypeSample && q.PID.V == pid {
					r = q
				}
			}
			r.RunDelayNs, r.Threads = schema.Some(int64(n*tt.waited)), schema.Some(tt.threads)
			s.Burn(pid, tt.used)
		}
		r := s.end(30 * sec).only(t)
		if r.Insight.Class != tt.want {
			t.Errorf("%+v: class %s: %s", tt, r.Insight.Class, r.Insight.Why)
		}
		if onset := offset(r.Context.Incident.Onset); tt.want == schema.ClassCPUSpin && (onset < 2*sec || onset > 4*sec) {
			t.Errorf("%+v: onset at %v, want about 3 s", tt, onset)
		}
	}
}

// TestSpinBeforePressure holds that a spin began when it began to spin, and not when
// somebody came to wait for it.
func TestSpinBeforePressure(t *testing.T) {
	s := newScenario()
	now := 0 * sec
	s.system = func(*schema.Record) {
		if now += sec; now > 30*sec {
			s.stalled += sec / 2
		}
	}
	pid := s.fork(4*sec, shell)
	s.run(pid, 4*sec, 40*sec, work{cpu: 4 * sec}) // on 4 CPUs
	r := s.end(42 * sec).only(t)
	if onset := offset(r.Context.Incident.Onset); r.Insight.Class != schema.ClassCPUSpin || onset < 3*sec || onset > 5*sec {
		t.Errorf("%s from %v, want cpu_spin from 4 s", r.Insight.Class, onset)
	}
}
