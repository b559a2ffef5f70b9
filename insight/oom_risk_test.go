package insight

import (
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

const mebi = 1 << 20

// level says how much there is at an offset.
type level func(at time.Duration) int64

// still is an amount that does not change, rising one that grows evenly from an offset
// on up to a limit.
func still(bytes int64) level { return func(time.Duration) int64 { return bytes } }

func rising(base, perSecond int64, from time.Duration, most int64) level {
	return func(at time.Duration) int64 {
		return min(base+int64(float64(perSecond)*max(0, at-from).Seconds()), most)
	}
}

// box is a cgroup with a limit of 100 MiB, its page cache, and the processes in it.
type box struct {
	path  string
	cache level
	procs map[int64]level
}

// hold plays boxes from the start to an offset: samples, cgroup, system, each second.
func (s *scenario) hold(to time.Duration, boxes ...*box) {
	for at := s.sampled + sec; at <= to; at += sec {
		s.to(at - ms).At(at)
		for _, b := range boxes {
			current := b.cache(at)
			for pid := int64(300); pid < 320; pid++ {
				rss, ok := b.procs[pid]
				if !ok {
					continue
				}
				current += rss(at)
				s.Sample(pid, "S", rss(at)).Process.Cgroup = schema.Some(b.path)
			}
			r := s.Cgroup(b.path)
			r.MemoryCurrentBytes, r.MemoryMaxBytes = schema.Some(min(current, 100*mebi)), schema.Some[int64](100*mebi)
			r.System.PSI.MemorySomeUs = schema.Some((at / 40).Microseconds())
		}
		s.to(at)
	}
}

// newBox makes a scenario with processes that have lived in a cgroup.
func newBox(cache level, procs map[int64]level) (*scenario, *box) {
	s := newScenario()
	b := &box{"/box", cache, procs}
	for pid := int64(300); pid < 320; pid++ {
		if rss, ok := procs[pid]; ok {
			s.inCgroup(pid, b.path, rss(0))
		}
	}
	return s, b
}

// TestCgroupGrowth works through growth up to a limit at which the process then stays.
func TestCgroupGrowth(t *testing.T) {
	s, b := newBox(still(5*mebi), map[int64]level{
		300: rising(22*mebi, 5*mebi, 4*sec, 72*mebi), // 95 MiB in all at 13.6 s
		301: still(20 * mebi),
	})
	s.hold(30*sec, b)
	r := s.end(40 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassOOMRisk || in.Primary.PID != 300 || len(in.UnknownInputs) != 0 {
		t.Fatalf("%s, primary %+v, unknown %q: %s", r.Insight.Class, in.Primary, in.UnknownInputs, r.Insight.Why)
	}
	if got := offset(in.Onset).Round(ms); got != 13600*ms {
		t.Errorf("onset %s, want when 95 %% were crossed, at 13.6 s", got)
	}
	if got := offset(in.End); got < 20*sec || got > 25*sec {
		t.Errorf("end %s, want when it had not grown for a window", got)
	}
	if strings.Contains(r.Insight.Why, "leak") || !strings.Contains(r.Insight.Why, "growing") {
		t.Errorf("why %q", r.Insight.Why)
	}
	wantFacts(t, &r, "of its limit", "its processes hold", "the limit is 100.0 MiB", "pid 300 grew by", "at this rate they hold all of it in", "of the cgroup was 2.5 %")
}

func wantFacts(t *testing.T, r *schema.DatasetRecord, texts ...string) {
	t.Helper()
	for _, text := range texts {
		found := false
		for _, f := range r.Context.Facts {
			found = found || strings.Contains(f.Text, text)
		}
		if !found {
			t.Errorf("no fact says %q: %+v", text, r.Context.Facts)
		}
	}
}

// TestCgroupThresholds holds each threshold of a cgroup to the byte. What grows, grows
// to a level that it has at 20 s.
func TestCgroupThresholds(t *testing.T) {
	tests := []struct {
		name        string
		cache, held int64 // at 20 s
		grown       int64 // within the 10 s before
		want        schema.Class
	}{
		{"full below", 5 * mebi, 90*mebi - 1, 10 * mebi, schema.ClassNormal},
		{"full at", 5 * mebi, 90 * mebi, 10 * mebi, schema.ClassOOMRisk},
		{"full above", 5 * mebi, 90*mebi + 1, 10 * mebi, schema.ClassOOMRisk},
		{"held below", 30 * mebi, 75*mebi - 1, 10 * mebi, schema.ClassNormal},
		{"held at", 30 * mebi, 75 * mebi, 10 * mebi, schema.ClassOOMRisk},
		{"held above", 30 * mebi, 75*mebi + 1, 10 * mebi, schema.ClassOOMRisk},
		{"grown below", 5 * mebi, 95 * mebi, mebi - 1, schema.ClassNormal},
		{"grown at", 5 * mebi, 95 * mebi, mebi, schema.ClassOOMRisk},
		{"grown above", 5 * mebi, 95 * mebi, mebi + 1, schema.ClassOOMRisk},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			grows := func(at time.Duration) int64 {
				part := min(max(0, at-10*sec), 10*sec)
				return tt.held - tt.grown + int64(float64(tt.grown)*part.Seconds()/10)
			}
			s, b := newBox(still(tt.cache), map[int64]level{300: grows})
			s.hold(20*sec, b)
			if r := s.end(20 * sec).only(t); r.Insight.Class != tt.want {
				t.Errorf("class %s, want %s: %s", r.Insight.Class, tt.want, r.Insight.Why)
			}
		})
	}
}

// TestFullIsNoRisk works through memory that is full and meant to be.
func TestFullIsNoRisk(t *testing.T) {
	waves := func(at time.Duration) int64 { return 97*mebi + int64(at/sec%3)*mebi/4 }
	tests := []struct {
		name   string
		cache  level
		procs  map[int64]level
		whyNot string
	}{
		{"steady heap at 92 %", still(0), map[int64]level{300: still(92 * mebi)}, "available"},
		{"steady heap at 99 %", still(0), map[int64]level{300: still(99 * mebi)}, "do not grow"},
		{"heap of waves", still(0), map[int64]level{300: waves}, "do not grow"},
		{"page cache full", rising(0, 20*mebi, 2*sec, 200*mebi), map[int64]level{300: still(10 * mebi)}, ""},
		{"growth beside page cache", still(90 * mebi), map[int64]level{300: rising(10*mebi, 2*mebi, 2*sec, 70*mebi)}, "the rest can be taken back"},
		{"JVM warm-up", still(5 * mebi), map[int64]level{300: rising(mebi, 10*mebi, 2*sec, 85*mebi)}, ""},
		{"restart", still(0), map[int64]level{
			300: func(at time.Duration) int64 { return max(0, 96*mebi-rising(0, 32*mebi, 10*sec, 96*mebi)(at)) },
			301: rising(0, 32*mebi, 10*sec, 96*mebi),
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, b := newBox(tt.cache, tt.procs)
			s.hold(30*sec, b)
			r := s.end(40 * sec).only(t)
			if r.Insight.Class != schema.ClassNormal {
				t.Fatalf("class %s: %s", r.Insight.Class, r.Insight.Why)
			}
			for _, a := range r.Context.Incident.Alternatives {
				if a.Class == schema.ClassOOMRisk && !strings.Contains(a.WhyNot, tt.whyNot) {
					t.Errorf("why not %q, want %q", a.WhyNot, tt.whyNot)
				}
			}
		})
	}
}

// TestCgroupKill works through a kill in a cgroup that spares the one which grows.
func TestCgroupKill(t *testing.T) {
	s, b := newBox(still(0), map[int64]level{
		300: rising(10*mebi, 5*mebi, 3*sec, 100*mebi),
		301: still(30 * mebi),
		302: still(5 * mebi),
	})
	s.hold(14*sec, b) // 65 + 35 MiB
	s.At(14500*ms).OOM(301, 30*mebi)
	s.At(14501 * ms).Exit(301)
	delete(b.procs, 301)
	delete(b.procs, 300)
	s.hold(20*sec, b)
	r := s.end(40 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassOOMRisk || in.Severity != schema.SeverityCritical || in.Primary == nil || in.Primary.PID != 300 {
		t.Fatalf("%s, %s, primary %+v", r.Insight.Class, in.Severity, in.Primary)
	}
	if got := offset(in.Onset); got != 13*sec {
		t.Errorf("onset %s, want 13 s, when 95 %% were crossed", got)
	}
	wantFacts(t, &r, "the kernel chose pid 301", "it held 30.0 MiB", "pid 300 grew by 55.0 MiB", "may use 100.0 MiB")
	if !strings.HasPrefix(r.Insight.Why, "the kernel killed pid 301 for want of memory; pid 300 grew by 55 MiB") {
		t.Errorf("why %q", r.Insight.Why)
	}
}

// TestFastKill holds that a process which no sample saw grow is named by the kill.
func TestFastKill(t *testing.T) {
	s, b := newBox(still(0), map[int64]level{301: still(30 * mebi)})
	s.hold(5*sec, b)
	s.At(5100 * ms)
	s.Fork(301, 300)
	s.Exec(300, "grow")
	s.At(5800*ms).OOM(300, 69*mebi)
	s.At(5801 * ms).Exit(300)
	s.hold(8*sec, b)
	r := s.end(30 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassOOMRisk || in.Primary == nil || in.Primary.PID != 300 || offset(in.Onset) != 5800*ms || offset(in.End) != 5800*ms {
		t.Errorf("%s, primary %+v, from %s to %s", r.Insight.Class, in.Primary, offset(in.Onset), offset(in.End))
	}
	wantFacts(t, &r, "its cgroup may use 100.0 MiB")
}

// TestSlowKill holds that where growth was too slow for a verdict a kill is dated back
// to when it began.
func TestSlowKill(t *testing.T) {
	s, b := newBox(still(0), map[int64]level{300: still(10 * mebi), 301: rising(87*mebi, mebi/20, 10*sec, 90*mebi)})
	s.hold(20*sec, b)
	s.At(20500*ms).OOM(301, 88*mebi)
	if r := s.end(30 * sec).only(t); r.Insight.Class != schema.ClassOOMRisk || offset(r.Context.Incident.Onset) != 10*sec {
		t.Errorf("%s from %s, want oom_risk from 10 s", r.Insight.Class, offset(r.Context.Incident.Onset))
	}
}

// TestCgroupOnsetOfGrowth holds that where a cgroup has long been full the onset is when
// it began to grow, whatever it did before, and that a short pause does not count.
func TestCgroupOnsetOfGrowth(t *testing.T) {
	grows := func(at time.Duration) int64 {
		if at < 3*sec {
			return rising(50*mebi, 15*mebi, 0, 95*mebi)(at)
		}
		pause := min(max(0, at-22*sec), 2*sec)
		return rising(95*mebi, mebi/4, 20*sec, 99*mebi)(at - pause)
	}
	s, b := newBox(still(mebi), map[int64]level{300: grows})
	s.hold(32*sec, b)
	if r := s.end(35 * sec).analyze(t); len(r) != 2 || offset(r[1].Context.Incident.Onset) != 20*sec {
		t.Errorf("%v, want one as it filled up and one from 20 s", classesOf(r))
	}
}

// TestPoolGrows holds that processes of one pool that take turns are one incident.
func TestPoolGrows(t *testing.T) {
	s := newScenario()
	b := &box{"/box", still(0), map[int64]level{
		300: rising(40*mebi, 8*mebi, 2*sec, 60*mebi),
		301: rising(20*mebi, 2*mebi, 7*sec, 70*mebi),
	}}
	s.Task(290, 1, "pool")
	for _, pid := range []int64{300, 301} {
		r := s.Task(pid, 290, "worker")
		r.Process.Cgroup, r.RSSBytes = schema.Some(b.path), schema.Some(b.procs[pid](0))
	}
	s.hold(24*sec, b)
	s.end(26 * sec)
	named := map[int64]bool{}
	s.eachWindow(t, func(f *features) {
		for _, v := range judgeOOMRisk(f) {
			named[v.primary.Key.PID] = true
		}
	})
	if r := s.analyze(t); len(r) != 1 || len(named) != 2 {
		t.Errorf("got %v of %v, want one of two", classesOf(r), named)
	}
}

// TestFullCgroupStalls holds that a cgroup which its processes fill is at risk while all
// tasks wait for memory, though none grows.
func TestFullCgroupStalls(t *testing.T) {
	s, b := newBox(still(0), map[int64]level{300: still(97 * mebi)})
	stalls := time.Duration(0)
	s.system = func(r *schema.Record) {
		stalls += 100 * ms
		r.System.PSI.MemoryFullUs = schema.Some(stalls.Microseconds())
	}
	s.hold(30*sec, b)
	if r := s.end(30 * sec).only(t); r.Insight.Class != schema.ClassOOMRisk || !strings.Contains(r.Insight.Why, "stalls") {
		t.Errorf("class %s, want oom_risk: %s", r.Insight.Class, r.Insight.Why)
	}
}

// TestKillOfNoGrower holds that a kill where nobody was seen to grow names nobody, and
// says so.
func TestKillOfNoGrower(t *testing.T) {
	s, b := newBox(still(70*mebi), map[int64]level{300: still(30 * mebi)})
	s.hold(5*sec, b)
	s.At(5500*ms).OOM(300, 30*mebi)
	s.Exit(300)
	r := s.end(10 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassOOMRisk || in.Primary != nil || r.Insight.Confidence > capUnnamed || len(in.UnknownInputs) != 1 {
		t.Errorf("%s, primary %+v, confidence %v, unknown %q", r.Insight.Class, in.Primary, r.Insight.Confidence, in.UnknownInputs)
	}
}

// TestGrowthElsewhere holds that in a cgroup its own processes are looked at.
func TestGrowthElsewhere(t *testing.T) {
	s, b := newBox(still(0), map[int64]level{300: rising(60*mebi, 2*mebi, 3*sec, 99*mebi)})
	other := &box{"/other", still(0), map[int64]level{310: rising(mebi, 4*mebi, 3*sec, 90*mebi)}}
	s.inCgroup(310, "/other", mebi)
	s.hold(30*sec, b, other)
	r := s.end(40 * sec).only(t)
	if in := r.Context.Incident; r.Insight.Class != schema.ClassOOMRisk || in.Primary.PID != 300 || len(in.Candidates) != 1 {
		t.Errorf("%s, primary %+v, candidates %+v", r.Insight.Class, in.Primary, in.Candidates)
	}
}

// memory is what the host has available, of 8 GiB, and its stalls in each second.
type memory struct {
	available  level
	some, full time.Duration
}

// host plays the memory of a host, which one process (300) uses up.
func (s *scenario) host(to time.Duration, m memory) {
	var some, full time.Duration
	s.system = func(r *schema.Record) {
		at := offset(r.Time)
		r.MemAvailableBytes = schema.Some(m.available(at))
		some += m.some
		full += m.full
		r.System.PSI.MemorySomeUs, r.System.PSI.MemoryFullUs = schema.Some(some.Microseconds()), schema.Some(full.Microseconds())
	}
	s.system(s.Last()) // of the record at the start
	s.Task(300, 1, "service").RSSBytes = schema.Some(int64(8<<30) - m.available(0))
	for at := sec; at <= to; at += sec {
		s.to(at - ms).At(at)
		s.Sample(300, "S", 8<<30-m.available(at))
		s.to(at)
	}
	s.end(to)
}

// falls is what is available when it falls evenly from 8 s on, to be at a level at 20 s.
func falls(perSecond, at20 int64) level {
	return func(at time.Duration) int64 {
		return at20 - int64(float64(perSecond)*(max(at, 8*sec)-20*sec).Seconds())
	}
}

func TestHostThresholds(t *testing.T) {
	const tenth = (8 << 30) / 10
	tests := []struct {
		name string
		m    memory
		want schema.Class
	}{
		{"available above", memory{available: falls(2*mebi, tenth+1)}, schema.ClassNormal},
		{"available at", memory{available: falls(2*mebi, tenth)}, schema.ClassOOMRisk},
		{"available below", memory{available: falls(2*mebi, tenth-1)}, schema.ClassOOMRisk},
		{"runs out late", memory{available: falls(trendSlope, 601*trendSlope)}, schema.ClassNormal},
		{"runs out in time", memory{available: falls(trendSlope, 600*trendSlope)}, schema.ClassOOMRisk},
		{"falls below what is told", memory{available: falls(trendSlope-1, 100*trendSlope)}, schema.ClassNormal},
		{"little and still", memory{available: still(tenth / 2)}, schema.ClassNormal},
		{"stalls below", memory{available: still(tenth), some: 50*ms - time.Microsecond}, schema.ClassNormal},
		{"stalls at", memory{available: still(tenth), some: 50 * ms}, schema.ClassOOMRisk},
		{"stalls while there is more", memory{available: still(tenth + 1), some: 500 * ms}, schema.ClassNormal},
		{"thrashes below", memory{available: still(2*tenth - 1), full: 100*ms - time.Microsecond}, schema.ClassNormal},
		{"thrashes at", memory{available: still(2*tenth - 1), full: 100 * ms}, schema.ClassOOMRisk},
		{"thrashes while there is enough", memory{available: still(2*tenth + 1), full: 500 * ms}, schema.ClassNormal},
		{"page cache full", memory{available: still(6 << 30)}, schema.ClassNormal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScenario()
			s.host(20*sec, tt.m)
			r := s.only(t)
			if r.Insight.Class != tt.want {
				t.Fatalf("class %s, want %s: %s", r.Insight.Class, tt.want, r.Insight.Why)
			}
		})
	}
}

// TestHostRunsOut works through a host that one process fills.
func TestHostRunsOut(t *testing.T) {
	s := newScenario()
	s.host(30*sec, memory{available: falls(20*mebi, 819*mebi)})
	r := s.only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassOOMRisk || in.Primary == nil || in.Primary.PID != 300 || in.Severity != schema.SeverityWarning {
		t.Fatalf("%s, %s, primary %+v", r.Insight.Class, in.Severity, in.Primary)
	}
	if got := offset(in.Onset); got < 19500*ms || got > 20*sec {
		t.Errorf("onset %s, want when a tenth was left, at 20 s", got)
	}
	wantFacts(t, &r, "at this rate nothing is available in 3", "of the host's memory was available", "pid 300 grew by")
}

// TestOOMOnsetOfStalls holds that where memory has long been little the onset is when
// the stalls began.
func TestOOMOnsetOfStalls(t *testing.T) {
	s := newScenario()
	m := memory{available: still(400 * mebi)}
	s.host(20*sec, m)
	s.Records = s.Records[:len(s.Records)-1] // its end
	stalls := time.Duration(0)
	s.system = func(r *schema.Record) {
		stalls += 300 * ms
		r.MemAvailableBytes, r.System.PSI.MemorySomeUs = schema.Some[int64](400*mebi), schema.Some(stalls.Microseconds())
	}
	r := s.end(40 * sec).only(t)
	if got := offset(r.Context.Incident.Onset); r.Insight.Class != schema.ClassOOMRisk || got != 20*sec {
		t.Errorf("%s from %s, want oom_risk from 20 s", r.Insight.Class, got)
	}
}

// TestOOMOnsetOfFall holds that where little has long been available the onset is when it
// began to fall.
func TestOOMOnsetOfFall(t *testing.T) {
	s := newScenario()
	s.host(30*sec, memory{available: func(at time.Duration) int64 {
		return 700*mebi - rising(0, 10*mebi, 15*sec, 200*mebi)(at)
	}})
	if r := s.only(t); r.Insight.Class != schema.ClassOOMRisk || offset(r.Context.Incident.Onset) != 15*sec {
		t.Errorf("%s from %s, want oom_risk from 15 s", r.Insight.Class, offset(r.Context.Incident.Onset))
	}
}

// TestOOMAtEdge holds what a short capture tells: a trend after 4 s, and stalls after 5 s,
// as no more than a hint.
func TestOOMAtEdge(t *testing.T) {
	fall := memory{available: func(at time.Duration) int64 { return 400*mebi - int64(at.Seconds()*20)*mebi }}
	stall := memory{available: still(400 * mebi), some: 500 * ms}
	tests := []struct {
		m      memory
		length time.Duration
		want   schema.Class
		hint   bool
	}{
		{fall, 3 * sec, schema.ClassNormal, false},
		{fall, 4 * sec, schema.ClassOOMRisk, false},
		{stall, 4 * sec, schema.ClassNormal, false},
		{stall, 5 * sec, schema.ClassOOMRisk, true},
		{stall, 9 * sec, schema.ClassOOMRisk, true},
		{stall, 10 * sec, schema.ClassOOMRisk, false},
	}
	for _, tt := range tests {
		s := newScenario()
		s.host(tt.length, tt.m)
		r := s.only(t)
		in := r.Context.Incident
		if r.Insight.Class != tt.want || offset(in.Onset) != 0 || offset(in.End) != tt.length {
			t.Errorf("of %s: %s from %s to %s, want %s of all of it", tt.length, r.Insight.Class, offset(in.Onset), offset(in.End), tt.want)
		}
		if hint := in.Severity == schema.SeverityInfo && r.Insight.Class != schema.ClassNormal; hint != tt.hint || hint && r.Insight.Confidence > capShort {
			t.Errorf("of %s: %s at %v", tt.length, in.Severity, r.Insight.Confidence)
		}
	}
}

func TestTrend(t *testing.T) {
	points := func(bytes ...int64) []memoryPoint {
		var list []memoryPoint
		for i, b := range bytes {
			list = append(list, memoryPoint{schema.Time(i) * schema.Time(sec), b})
		}
		return list
	}
	const mb = trendSlope
	tests := []struct {
		name   string
		points []memoryPoint
		sure   bool
		reach  time.Duration // of 10 MB
	}{
		{"two points", points(0, mb), false, 0},
		{"three points", points(0, mb, 2*mb), true, 10 * sec},
		{"too slow", points(0, mb-1, 2*mb-2), false, 0},
		{"falls", points(4*mb, 2*mb, 0), true, 0},
		{"bad fit", points(0, 9*mb, 0, 9*mb), false, 0},
		{"flat", points(mb, mb, mb), false, 0},
		{"none", nil, false, 0},
		{"of one moment", []memoryPoint{{5, 1}, {5, 9 * mb}, {5, 3}}, false, 0},
	}
	for _, tt := range tests {
		got := fit(tt.points)
		if got.Sure() != tt.sure || got.reach(10*mb).V != tt.reach {
			t.Errorf("%s: %+v, sure %v, reaches in %v", tt.name, got, got.Sure(), got.reach(10*mb))
		}
	}
}

// TestKillsOfTwoCgroups holds that kills in two cgroups in which nobody was seen to grow
// are two incidents.
func TestKillsOfTwoCgroups(t *testing.T) {
	s := newScenario()
	a, b := &box{"/a", still(mebi), map[int64]level{300: still(90 * mebi)}}, &box{"/b", still(mebi), map[int64]level{301: still(90 * mebi)}}
	s.inCgroup(300, "/a", 90*mebi)
	s.inCgroup(301, "/b", 90*mebi)
	s.hold(12*sec, a, b)
	for _, kill := range []struct {
		pid  int64
		path string
	}{{300, "/a"}, {301, "/b"}} {
		s.OOM(kill.pid, 90*mebi).Process.Cgroup = schema.Some(kill.path)
		s.Exit(kill.pid)
	}
	records := s.end(20 * sec).analyze(t)
	if len(records) != 2 || records[0].ID == records[1].ID {
		t.Errorf("found %v, want two kills", classesOf(records))
	}
}
