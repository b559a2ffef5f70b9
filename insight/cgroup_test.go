package insight

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// inCgroup lists a process that has lived in the cgroup before the scenario.
func (s *scenario) inCgroup(pid int64, path string, rss int64) {
	r := s.Task(pid, 1, "service")
	r.Process.Cgroup, r.RSSBytes = schema.Some(path), schema.Some(rss)
}

// eachWindow judges every window of the scenario.
func (s *scenario) eachWindow(t *testing.T, look func(f *features)) {
	t.Helper()
	replaytest.Run(t, func(h *replay.Host) []replay.Handler {
		return []replay.Handler{newCollector(h, look)}
	}, s.Source())
}

// TestThrottling holds that the use of a quota is that of the window, by the nearest
// cgroup that has one.
func TestThrottling(t *testing.T) {
	s := newScenario()
	s.inCgroup(300, "/box/inner", 1<<20)
	for at := time.Duration(0); at < 30*sec; at += sec {
		s.to(at - ms).At(at)
		r := s.Cgroup("/box")
		r.CPUQuotaNs = schema.Some(int64(30 * ms))
		// From 10 s on it wants more than it may have.
		busy := max(0, at-10*sec)
		r.CPUUsageNs, r.CPUThrottledNs = schema.Some(int64(busy*3/10)), schema.Some(int64(busy*7/10))
		s.to(at)
	}
	s.end(30 * sec)
	looked := 0
	s.eachWindow(t, func(f *features) {
		want := map[time.Duration][2]float64{12 * sec: {20, 14}, 15 * sec: {50, 35}, 25 * sec: {100, 70}}
		w, asked := want[offset(f.To)]
		if !asked {
			return
		}
		looked++
		var p *replay.Process
		for _, q := range f.Host.Processes() {
			if q.Key.PID == 300 {
				p = q
			}
		}
		u, ok := f.quota(p)
		if !ok || u.Path != "/box" || u.Span() != Window {
			t.Fatalf("at %s: %v, %+v", offset(f.To), ok, u)
		}
		if u.QuotaPercent() != schema.Some(w[0]) || u.ThrottledPercent() != schema.Some(w[1]) || u.Cores() != schema.Some(0.3) {
			t.Errorf("at %s: %v %% of the quota, throttled %v %%, %v cores; want %v", offset(f.To), u.QuotaPercent(), u.ThrottledPercent(), u.Cores(), w)
		}
		if _, ok := f.cgroup("/box/inner"); ok {
			t.Error("a cgroup without a record has figures")
		}
	})
	if looked != 3 {
		t.Errorf("looked at %d windows", looked)
	}
}

// TestCgroupMemory holds that the resident memory of a cgroup is that of the processes
// in it and below, while they are there.
func TestCgroupMemory(t *testing.T) {
	const mib = 1 << 20
	s := newScenario()
	s.inCgroup(300, "/a", 10*mib)
	s.inCgroup(301, "/a/b", 20*mib)
	s.inCgroup(302, "/ab", 40*mib)
	for _, path := range []string{"/a", "/a/b", "/ab"} {
		s.Cgroup(path).MemoryMaxBytes = schema.Some[int64](100 * mib)
	}
	s.to(3*sec).Sample(301, "S", 25*mib)
	s.to(5 * sec).Exit(300)
	s.to(6*sec+500*ms).Sample(302, "S", 41*mib).Process.Cgroup = schema.Some("/a/b")
	s.end(9 * sec)
	want := map[time.Duration][3]int64{2 * sec: {30, 20, 40}, 4 * sec: {35, 25, 40}, 6 * sec: {25, 25, 40}, 8 * sec: {66, 66, 0}}
	s.eachWindow(t, func(f *features) {
		w, asked := want[offset(f.To)]
		for i, path := range []string{"/a", "/a/b", "/ab"} {
			if u, _ := f.cgroup(path); asked && u.RSSBytes != w[i]*mib {
				t.Errorf("at %s: %s holds %d MiB, want %d", offset(f.To), path, u.RSSBytes/mib, w[i])
			}
		}
	})
}

// TestCgroupNames holds that cgroups may have any names, as long as one that lies in
// another still does.
func TestCgroupNames(t *testing.T) {
	play := func(name string) string {
		s, b := newBox(still(0), map[int64]level{300: rising(10*mebi, 5*mebi, 3*sec, 100*mebi)})
		b.path = "/" + name
		s.Task(301, 300, "inner").Process.Cgroup = schema.Some(b.path + "/" + name)
		s.hold(20*sec, b)
		s.At(20500*ms).OOM(300, 100*mebi)
		r := s.end(30 * sec).only(t)
		in := r.Context.Incident
		return fmt.Sprint(r.Insight.Class, r.Insight.Confidence, in.Onset, in.End, in.Primary.PID, r.Insight.Why)
	}
	if plain, odd := play("box"), play("%x ,;\x1b=x"); plain != odd || !strings.HasPrefix(plain, "oom_risk") {
		t.Errorf("names change the verdict from %s to %s", plain, odd)
	}
}

// TestCgroupsAreLetGo holds that what is kept is bounded by the living, however many
// cgroups come and go and however deep they are.
func TestCgroupsAreLetGo(t *testing.T) {
	s := newScenario()
	deep := ""
	for i := range 3 * maxCgroupDepth {
		deep += fmt.Sprintf("/%d", i)
	}
	for i := range 500 {
		at := time.Duration(i) * sec / 5
		pid := s.fork(at, shell)
		s.Sample(pid, "S", 1<<20).Process.Cgroup = schema.Some(fmt.Sprintf("/job%d%s", i, deep))
		s.Cgroup(fmt.Sprintf("/told%d/below", i))
		s.Exit(pid)
	}
	s.end(200 * sec)
	most, last := 0, 0
	replaytest.Run(t, func(h *replay.Host) []replay.Handler {
		var c *collector
		c = newCollector(h, func(*features) {
			last = len(c.cgroups.byPath)
			most = max(most, last)
			if len(c.cgroups.order) != last {
				t.Fatalf("%d in order, %d by path", len(c.cgroups.order), last)
			}
		})
		return []replay.Handler{c}
	}, s.Source())
	if most > 1000 || most < 500 || last != 0 {
		t.Errorf("at most %d cgroups, %d in the end; want some 600 of the last minute, then none", most, last)
	}
}

// BenchmarkSamples is what a host of 2,000 busy processes in 200 cgroups costs.
func BenchmarkSamples(b *testing.B) {
	const processes, cgroups = 2000, 200
	s := newScenario()
	path := func(i int64) string { return fmt.Sprintf("/system/service%d", i%cgroups) }
	for i := range int64(processes) {
		s.inCgroup(first+i, path(i), mebi)
	}
	for at := sec; at <= 60*sec; at += sec {
		s.to(at - ms).At(at)
		for i := range int64(processes) {
			r := s.Burn(first+i, ms).Sample(first+i, "S", mebi+int64(at/sec)<<12)
			r.Process.Cgroup = schema.Some(path(i))
			r.ReadBytes, r.WriteBytes, r.MajFaults = schema.Some(int64(at)), schema.Some[int64](0), schema.Some[int64](0)
		}
		for i := range int64(cgroups) {
			r := s.Cgroup(path(i))
			r.MemoryMaxBytes, r.MemoryCurrentBytes = schema.Some[int64](100*mebi), schema.Some(50*mebi+int64(at))
		}
		s.to(at)
	}
	s.end(61 * sec)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		replaytest.Run(b, func(h *replay.Host) []replay.Handler { return new(Analysis).Handlers(h) }, s.Source())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(s.Records)), "ns/record")
}
