package insight

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// storageLoad is a second of a disk's work.
type storageLoad struct {
	busy, some, full time.Duration
	bytes            int64
}

// saturating is a disk that is busy all the time, and somebody waits half of it.
var saturating = storageLoad{busy: sec, some: 500 * ms, full: 100 * ms, bytes: 100 << 20}

// actor is a process that uses storage each second and is sampled in a state.
type actor struct {
	pid         int64
	read, write int64
	// waits says in which of its samples, by number, it is in state D.
	waits func(n int) bool
}

func always(int) bool { return true }
func never(int) bool  { return false }

// store plays a load and its actors from one offset to another.
func (s *scenario) store(from, to time.Duration, load storageLoad, actors ...actor) {
	s.to(from)
	s.load = load
	n := 0
	for at := from + sec; at <= to; at += sec {
		s.to(at - ms).At(at)
		for _, a := range actors {
			total := s.storage[a.pid]
			total[0] += a.read
			total[1] += a.write
			s.storage[a.pid] = total
			state := "S"
			if a.waits(n) {
				state = "D"
			}
			r := s.Sample(a.pid, state, 1<<20)
			r.ReadBytes, r.WriteBytes = schema.Some(total[0]), schema.Some(total[1])
		}
		s.to(at)
		n++
	}
	s.load = storageLoad{}
}

// newStorage makes a scenario with a database (200), a backup (300) and a kernel thread
// (50), each a tree of its own.
func newStorage() *scenario {
	s := newScenario()
	var total struct {
		busy, some, full time.Duration
		bytes            int64
	}
	s.system = func(r *schema.Record) {
		total.busy += s.load.busy
		total.some += s.load.some
		total.full += s.load.full
		total.bytes += s.load.bytes
		r.DiskBusyNs, r.DiskQueueNs = schema.Some(int64(total.busy)), schema.Some(int64(3*total.busy))
		r.DiskReadBytes, r.DiskWriteBytes = schema.Some(total.bytes), schema.Some[int64](0)
		r.System.PSI.IOSomeUs = schema.Some(total.some.Microseconds())
		r.System.PSI.IOFullUs = schema.Some(total.full.Microseconds())
	}
	s.system(s.Last()) // of the record at the start
	for pid, parent := range map[int64]int64{50: 2, 200: 1, 300: 1} {
		r := s.Task(pid, parent, "service")
		r.ReadBytes, r.WriteBytes = schema.Some[int64](0), schema.Some[int64](0)
	}
	return s
}

func backup(mib int64) actor { return actor{pid: 300, read: mib << 20, waits: always} }

func database(waits func(int) bool) actor {
	return actor{pid: 200, read: 64 << 10, write: 64 << 10, waits: waits}
}

func TestIOSaturationThresholds(t *testing.T) {
	every := func(n int) func(int) bool { return func(i int) bool { return i%n == 0 } }
	with := func(change func(*storageLoad)) storageLoad {
		load := saturating
		change(&load)
		return load
	}
	tests := []struct {
		name   string
		load   storageLoad
		waits  func(int) bool
		want   schema.Class
		whyNot string
	}{
		{"all of it", saturating, always, schema.ClassIOSaturation, ""},
		{"busy below", with(func(l *storageLoad) { l.busy = 950*ms - 1 }), always, schema.ClassNormal, "95 % busy, saturation is"},
		{"busy at", with(func(l *storageLoad) { l.busy = 950 * ms }), always, schema.ClassIOSaturation, ""},
		{"pressure below", with(func(l *storageLoad) { l.some = 200*ms - time.Microsecond }), always, schema.ClassNormal, "io pressure was only"},
		{"pressure at", with(func(l *storageLoad) { l.some = 200 * ms }), always, schema.ClassIOSaturation, ""},
		{"no pressure", with(func(l *storageLoad) { l.some = 0 }), always, schema.ClassNormal, "50 % busy"},
		{"waits in half", saturating, every(2), schema.ClassIOSaturation, ""},
		{"waits in a third", saturating, every(3), schema.ClassNormal, "nobody else waited"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStorage()
			s.store(5*sec, 25*sec, tt.load, backup(100), database(tt.waits))
			r := s.end(30 * sec).only(t)
			if r.Insight.Class != tt.want {
				t.Fatalf("class %s, want %s: %s", r.Insight.Class, tt.want, r.Insight.Why)
			}
			if tt.want == schema.ClassIOSaturation && r.Context.Incident.Primary.PID != 300 {
				t.Errorf("pid %d, want 300", r.Context.Incident.Primary.PID)
			}
			for _, a := range r.Context.Incident.Alternatives {
				if a.Class == schema.ClassIOSaturation && tt.load != saturating && !strings.Contains(a.WhyNot, tt.whyNot) {
					t.Errorf("why not %q, want %q", a.WhyNot, tt.whyNot)
				}
			}
		})
	}
}

// TestDatabaseUnderBackup works through the case that the class is for.
func TestDatabaseUnderBackup(t *testing.T) {
	s := newStorage()
	s.store(0, 8*sec, storageLoad{busy: 100 * ms, bytes: 1 << 20}, database(never))
	s.store(8*sec, 25*sec, saturating, backup(100), database(always))
	r := s.end(35 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassIOSaturation || in.Primary.PID != 300 || in.Severity != schema.SeverityWarning {
		t.Fatalf("%s, pid %v, %s", r.Insight.Class, in.Primary, in.Severity)
	}
	if offset(in.Onset) != 7900*ms || offset(in.End) != 25*sec {
		t.Errorf("from %s to %s, want 7.9 s to 25 s", offset(in.Onset), offset(in.End))
	}
	if r.Insight.Confidence != round(calibrated(2)) || len(in.UnknownInputs) != 0 {
		t.Errorf("confidence %v, unknown %q", r.Insight.Confidence, in.UnknownInputs)
	}
	want := []string{"busy for 100.0 %", "io pressure (some) was 50.0 %", "io pressure (full) was 10.0 %", "3.0 requests", "pid 300 read", "100 % of what", "pid 200, which is no part of it"}
	for _, text := range want {
		if !slices.ContainsFunc(r.Context.Facts, func(f schema.Fact) bool { return strings.Contains(f.Text, text) }) {
			t.Errorf("no fact says %q: %+v", text, r.Context.Facts)
		}
	}
}

// TestNobodySuffers works through busy disks that are no incident.
func TestNobodySuffers(t *testing.T) {
	tests := []struct {
		name string
		play func(s *scenario)
	}{
		{"a backup alone", func(s *scenario) { s.store(5*sec, 25*sec, saturating, backup(100)) }},
		{"three readers of one size", func(s *scenario) {
			for _, pid := range []int64{301, 302} {
				s.Task(pid, 1, "reader")
			}
			s.store(5*sec, 25*sec, saturating, backup(40), actor{301, 30 << 20, 0, always}, actor{302, 20 << 20, 0, always})
		}},
		{"a helper of the backup", func(s *scenario) {
			s.store(5*sec, 6*sec, saturating, backup(100))
			s.next = 400
			helper := s.fork(7*sec, 300)
			s.store(7*sec, 25*sec, saturating, backup(100), actor{helper, 0, 4096, always})
		}},
		{"the shell that waits for it", func(s *scenario) {
			s.next = 400
			child := s.fork(5*sec, 300)
			s.store(5*sec, 25*sec, saturating, actor{child, 100 << 20, 0, always}, actor{300, 4096, 0, always})
		}},
		{"a kernel thread waits", func(s *scenario) {
			s.store(5*sec, 25*sec, saturating, backup(100), actor{50, 4096, 0, always})
		}},
		{"the recorder waits", func(s *scenario) {
			s.Records[0].SelfPID = schema.Some[int64](200)
			s.store(5*sec, 25*sec, saturating, backup(100), database(always))
		}},
		{"one waits for something else", func(s *scenario) {
			s.store(5*sec, 45*sec, saturating, backup(100), actor{200, 0, 0, always})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStorage()
			tt.play(s)
			if r := s.end(50 * sec).only(t); r.Insight.Class != schema.ClassNormal {
				t.Errorf("class %s, want normal: %s, %+v", r.Insight.Class, r.Insight.Why, r.Context.Facts)
			}
		})
	}
}

// TestIOVictimUnsampled holds that a process which waits and so is not sampled counts as
// waiting until it is.
func TestIOVictimUnsampled(t *testing.T) {
	s := newStorage()
	s.store(4*sec, 5*sec, saturating, backup(100), database(always))
	s.store(5*sec, 20*sec, saturating, backup(100))
	r := s.end(25 * sec).only(t)
	if r.Insight.Class != schema.ClassIOSaturation || !strings.Contains(r.Insight.Why, "pid 200 waited in 10 of 10 samples") {
		t.Errorf("class %s: %s", r.Insight.Class, r.Insight.Why)
	}
}

// TestIOVictimComesLate holds that the onset is when somebody came to suffer.
func TestIOVictimComesLate(t *testing.T) {
	s := newStorage()
	s.store(2*sec, 20*sec, saturating, backup(100), database(never))
	s.store(20*sec, 35*sec, saturating, backup(100), database(always))
	if r := s.end(40 * sec).only(t); r.Insight.Class != schema.ClassIOSaturation || offset(r.Context.Incident.Onset) != 21*sec {
		t.Errorf("class %s from %s, want io_saturation from 21 s", r.Insight.Class, offset(r.Context.Incident.Onset))
	}
}

// TestIOOnsetWithinInterval holds that the busy part of the first interval counts.
func TestIOOnsetWithinInterval(t *testing.T) {
	s := newStorage()
	first := saturating
	first.busy = 400 * ms
	s.store(3*sec, 4*sec, first, backup(40), database(always))
	s.store(4*sec, 20*sec, saturating, backup(100), database(always))
	if r := s.end(25 * sec).only(t); offset(r.Context.Incident.Onset) != 3600*ms {
		t.Errorf("%s from %s, want 3.6 s", r.Insight.Class, offset(r.Context.Incident.Onset))
	}
}

// TestDirtyPages holds that pages which the kernel writes later are charged to who
// dirtied them.
func TestDirtyPages(t *testing.T) {
	s := newStorage()
	s.store(2*sec, 4*sec, storageLoad{busy: 100 * ms}, actor{300, 0, 1 << 30, never}, database(never))
	s.store(12*sec, 26*sec, saturating, actor{50, 0, 100 << 20, always}, database(always))
	r := s.end(40 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassIOSaturation || in.Primary == nil || in.Primary.PID != 300 {
		t.Errorf("%s, primary %+v, want pid 300", r.Insight.Class, in.Primary)
	}
}

// TestKernelUsesTheDisk holds that where no process accounts for what disks do, none is
// named, and the confidence is capped.
func TestKernelUsesTheDisk(t *testing.T) {
	s := newStorage()
	s.store(2*sec, 20*sec, saturating, actor{50, 100 << 20, 0, always}, database(always))
	r := s.end(25 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassIOSaturation || in.Primary != nil || r.Insight.Confidence > capUnnamed || len(in.UnknownInputs) != 1 {
		t.Errorf("%s, primary %+v, confidence %v, unknown %q", r.Insight.Class, in.Primary, r.Insight.Confidence, in.UnknownInputs)
	}
}

// TestRunOfShortReaders holds that of short readers, which no sample need have seen, who
// started them is named.
func TestRunOfShortReaders(t *testing.T) {
	s := newStorage()
	s.next = 400
	for at := 4 * sec; at < 24*sec; at += 2 * sec {
		reader := s.fork(at, 300)
		s.store(at, at+2*sec-10*ms, saturating, database(always))
		s.At(at + 2*sec - 5*ms)
		s.load = saturating
		s.Exit(reader).ReadBytes = schema.Some[int64](200 << 20)
	}
	r := s.end(26 * sec).only(t)
	in := r.Context.Incident
	if r.Insight.Class != schema.ClassIOSaturation || in.Primary.PID != 300 || len(in.Candidates) != maxCandidates {
		t.Errorf("%s, primary %+v, candidates %+v; want pid 300", r.Insight.Class, in.Primary, in.Candidates)
	}
}

// TestReadersOfOneTree holds that of several in the tree that uses most the largest is
// named, though another process uses more than it.
func TestReadersOfOneTree(t *testing.T) {
	s := newStorage()
	s.Task(400, 1, "other")
	for _, pid := range []int64{301, 302, 303, 304} {
		s.Task(pid, 300, "reader").ReadBytes = schema.Some[int64](0)
	}
	s.store(5*sec, 25*sec, saturating, actor{301, 23 << 20, 0, always}, actor{302, 32 << 20, 0, always}, actor{303, 3 << 20, 0, always},
		actor{304, 9 << 20, 0, always}, actor{400, 33 << 20, 0, always}, database(always))
	in := s.end(30 * sec).only(t).Context.Incident
	if in.Primary == nil || in.Primary.PID != 302 || len(in.Candidates) != 3 || in.Candidates[0].Share < 0.31 || in.Candidates[0].Share > 0.33 || in.Candidates[1].PID != 301 {
		t.Errorf("primary %+v, candidates %+v; want 302 with 32 %%, then 301", in.Primary, in.Candidates)
	}
}

// TestIOBeforeTheCapture holds that what a process used before it was seen does not
// count.
func TestIOBeforeTheCapture(t *testing.T) {
	s := newStorage()
	s.Task(400, 1, "service").ReadBytes = schema.Some[int64](1 << 50)
	s.store(0, 11*sec, saturating, backup(100), database(always))
	if in := s.end(11 * sec).only(t).Context.Incident; in.Primary == nil || in.Primary.PID != 300 || len(in.Candidates) != 1 {
		t.Errorf("primary %+v, candidates %+v; want pid 300 alone", in.Primary, in.Candidates)
	}
}

// TestYoungVictim holds that a victim need not have lived for all of the window.
func TestYoungVictim(t *testing.T) {
	for lived, want := range map[time.Duration]schema.Class{3 * sec: schema.ClassNormal, 4 * sec: schema.ClassIOSaturation} {
		s := newStorage()
		s.next = 400
		s.store(2*sec, 20*sec, saturating, backup(100))
		victim := s.fork(20*sec+100*ms, 200)
		s.store(20*sec, 20*sec+lived, saturating, backup(100), actor{victim, 4096, 0, always})
		if r := s.end(20*sec + lived).only(t); r.Insight.Class != want {
			t.Errorf("of %s: class %s, want %s", lived, r.Insight.Class, want)
		}
	}
}

// TestIOSaturationAtEdge holds that a short capture gives no more than a hint.
func TestIOSaturationAtEdge(t *testing.T) {
	for length, want := range map[time.Duration]schema.Class{4 * sec: schema.ClassNormal, 5 * sec: schema.ClassIOSaturation, 9 * sec: schema.ClassIOSaturation} {
		s := newStorage()
		s.store(0, length, saturating, backup(100), database(always))
		r := s.end(length).only(t)
		if r.Insight.Class != want || want == schema.ClassIOSaturation && (r.Insight.Confidence > capShort || r.Context.Incident.Severity != schema.SeverityInfo) {
			t.Errorf("of %s: %s at %v, want %s", length, r.Insight.Class, r.Insight.Confidence, want)
		}
	}
}

// TestIOUnknown holds that nothing is said where the records do not tell.
func TestIOUnknown(t *testing.T) {
	for name, change := range map[string]func(r *schema.Record){
		"busy":     func(r *schema.Record) { r.DiskBusyNs.Clear() },
		"pressure": func(r *schema.Record) { r.System.PSI.IOSomeUs.Clear() },
	} {
		s := newStorage()
		fill := s.system
		s.system = func(r *schema.Record) { fill(r); change(r) }
		s.store(5*sec, 20*sec, saturating, backup(100), database(always))
		r := s.end(25 * sec).only(t)
		if r.Insight.Class != schema.ClassNormal {
			t.Errorf("%s: class %s", name, r.Insight.Class)
		}
		at := slices.IndexFunc(r.Context.Incident.Alternatives, func(a schema.Alternative) bool { return a.Class == schema.ClassIOSaturation })
		if why := r.Context.Incident.Alternatives[at].WhyNot; name == "busy" && !strings.Contains(why, "not known") {
			t.Errorf("%s: why not %q", name, why)
		}
	}
}

// TestIOVictimSeenLate holds that a victim which chance shows in D only after some
// samples has waited since the disk became busy.
func TestIOVictimSeenLate(t *testing.T) {
	s := newStorage()
	s.store(4*sec, 25*sec, saturating, backup(100), database(func(n int) bool { return n > 4 }))
	if r := s.end(40 * sec).only(t); r.Insight.Class != schema.ClassIOSaturation || offset(r.Context.Incident.Onset) > 6*sec {
		t.Errorf("class %s from %s, want io_saturation from about 4 s", r.Insight.Class, offset(r.Context.Incident.Onset))
	}
}
