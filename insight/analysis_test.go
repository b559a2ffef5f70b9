package insight

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// mixed holds a build, a storm and a spin.
func mixed() *scenario {
	s := newScenario()
	s.Task(200, 1, "service", "service", "--port", "80")
	s.makeJ8()
	s.storm(25*sec, 500, 450)
	s.run(200, 27*sec, 45*sec, work{cpu: sec})
	return s.end(46 * sec)
}

func TestAnalyzeIsDeterministic(t *testing.T) {
	s := mixed()
	encode := func() []byte {
		var b []byte
		for _, r := range s.analyze(t) {
			b, _ = r.AppendJSON(b)
		}
		return b
	}
	first := encode()
	for range 5 {
		if again := encode(); !bytes.Equal(first, again) {
			t.Fatalf("a second run gave\n%s\nthe first\n%s", again, first)
		}
	}
}

// TestIDs holds that ids depend on the capture's boot and start alone.
func TestIDs(t *testing.T) {
	ids := func(change func(r *schema.Record)) (record, capture string) {
		s := newScenario()
		s.storm(3*sec, 400, 400)
		s.end(10 * sec)
		change(&s.Records[0])
		r := s.only(t)
		return r.ID, r.Source.Capture
	}
	record, capture := ids(func(*schema.Record) {})
	if other, _ := ids(func(r *schema.Record) { r.Host = schema.Some("elsewhere") }); other != record {
		t.Errorf("the host's name changed the id from %s to %s", record, other)
	}
	if other, otherCapture := ids(func(r *schema.Record) { r.BootID = schema.Some("boot-2") }); other == record || otherCapture == capture {
		t.Errorf("another boot has the same ids %s, %s", other, otherCapture)
	}
}

// TestFromForgetsWhatWasBefore holds that of a process which was born, and did all that it
// did, before the part that is analysed, nothing is counted in it.
func TestFromForgetsWhatWasBefore(t *testing.T) {
	s := newScenario()
	pid := s.fork(sec, shell)
	s.Exec(pid, "job")
	for _, at := range []time.Duration{2 * sec, 21 * sec} {
		s.to(at)
		r := s.Sample(pid, "S", 1<<30)
		r.ReadBytes.Set(10 << 30)
		r.WriteBytes.Set(10 << 30)
		r.RunDelayNs.Set(int64(100 * sec))
	}
	s.end(40 * sec)
	for _, from := range []time.Duration{0, 20 * sec} {
		used, waited, grew := 0, 0, 0
		opts := replay.Options{From: replay.After(from)}
		_, err := replay.Run(context.Background(), []replay.Source{s.Source()}, opts, func(h *replay.Host) []replay.Handler {
			return []replay.Handler{newCollector(h, func(f *features) {
				used, grew = max(used, f.io.recent.Len()), max(grew, len(f.memory.growing))
				for _, b := range f.buckets {
					waited = max(waited, len(b.waits))
				}
			})}
		})
		if err != nil {
			t.Fatal(err)
		}
		want := 1
		if from > 0 {
			want = 0
		}
		if used != want || waited != want || grew != want {
			t.Errorf("from %s: %d used storage, %d waited, %d grew; want %d each", from, used, waited, grew, want)
		}
	}
}

// TestFrom holds that a part of a capture is judged by itself.
func TestFrom(t *testing.T) {
	s := newScenario()
	for range 400 {
		s.fork(3*sec, shell)
	}
	s.end(40 * sec)
	opts := replay.Options{From: replay.After(20 * sec)}
	records, _, err := Analyze(context.Background(), []replay.Source{s.Source()}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 1 || records[0].Insight.Class != schema.ClassNormal {
		t.Fatalf("got %v, want normal", classesOf(records))
	}
	if got := offset(records[0].Context.Incident.Onset); got < 19*sec || got > 20*sec {
		t.Errorf("begins at %s, want 20 s", got)
	}
}

// TestTo holds that a part of a capture ends at its bound, though nothing is written
// there, and that a capture which ends before it ends where it ends.
func TestTo(t *testing.T) {
	tests := []struct {
		name     string
		from, to replay.Bound
		want     time.Duration
	}{
		{"between records", nil, replay.After(7300 * ms), 7300 * ms},
		{"at a record", nil, replay.After(7 * sec), 7 * sec},
		{"less than a second", nil, replay.After(400 * ms), 400 * ms},
		{"the end of the capture", nil, replay.After(20 * sec), 20 * sec},
		{"behind it", nil, replay.After(21 * sec), 20 * sec},
		{"a piece", replay.After(5 * sec), replay.After(6500 * ms), 6500 * ms},
		{"none", nil, nil, 20 * sec},
	}
	for _, tt := range tests {
		for _, boot := range []string{"boot-1", ""} {
			s := newScenario().end(20 * sec)
			s.Records[0].BootID.Clear()
			if boot != "" {
				s.Records[0].BootID.Set(boot)
			}
			records, _, err := Analyze(context.Background(), []replay.Source{s.Source()}, replay.Options{From: tt.from, To: tt.to})
			if err != nil || len(records) != 1 {
				t.Fatalf("%s: %v, %v; want one record", tt.name, classesOf(records), err)
			}
			if got := offset(records[0].Context.Incident.End); got != tt.want {
				t.Errorf("%s (boot %q): ends at %s, want %s", tt.name, boot, got, tt.want)
			}
		}
	}
}

// TestToOfTwoHosts holds that a host whose captures end early ends there.
func TestToOfTwoHosts(t *testing.T) {
	brief := replaytest.New("boot-2").At(3 * sec).End()
	long := newScenario().end(20 * sec)
	opts := replay.Options{To: replay.After(7500 * ms)}
	records, _, err := Analyze(context.Background(), []replay.Source{brief.Source(), long.Source()}, opts)
	if err != nil || len(records) != 2 {
		t.Fatalf("got %v, %v; want two records", classesOf(records), err)
	}
	for i, want := range []time.Duration{3 * sec, 7500 * ms} {
		if got := offset(records[i].Context.Incident.End); got != want {
			t.Errorf("host %d ends at %s, want %s", i+1, got, want)
		}
	}
}

// TestEmptyRange holds that bounds between which nothing lies are an error, and not a
// host at rest.
func TestEmptyRange(t *testing.T) {
	s := newScenario().end(20 * sec)
	for name, opts := range map[string]replay.Options{
		"behind the end":   {From: replay.After(100 * sec)},
		"before the start": {To: func(start schema.Time) schema.Time { return start - 1 }},
		"between records":  {From: replay.After(8*sec + 1), To: replay.After(9*sec - 1)},
	} {
		records, _, err := Analyze(context.Background(), []replay.Source{s.Source()}, opts)
		if !errors.Is(err, ErrEmptyRange) || records != nil {
			t.Errorf("%s: %v, %v; want ErrEmptyRange", name, classesOf(records), err)
		}
	}
	brief := replaytest.New("boot-2").At(3 * sec).End()
	opts := replay.Options{From: replay.After(10 * sec)}
	records, _, err := Analyze(context.Background(), []replay.Source{brief.Source(), s.Source()}, opts)
	if err != nil || len(records) != 1 {
		t.Errorf("of a host that ends before and one that does not: %v, %v; want one record", classesOf(records), err)
	}
}

// TestTwoHosts holds that each host has records of its own.
func TestTwoHosts(t *testing.T) {
	quiet := replaytest.New("boot-2").At(20 * sec).End()
	s := mixed()
	records, _, err := Analyze(context.Background(), []replay.Source{quiet.Source(), s.Source()}, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := append([]schema.Class{schema.ClassNormal}, classesOf(s.analyze(t))...)
	if diff := cmp.Diff(want, classesOf(records)); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
}

func TestNoRecords(t *testing.T) {
	records, _, err := Analyze(context.Background(), nil, replay.Options{})
	if err != nil || len(records) != 0 {
		t.Errorf("got %v, %v; want nothing", records, err)
	}
}

func TestMetaAlone(t *testing.T) {
	s := replaytest.New("boot-1")
	s.Records = s.Records[:1]
	records, _, err := Analyze(context.Background(), []replay.Source{s.Source()}, replay.Options{})
	if err != nil || len(records) != 1 || records[0].Insight.Class != schema.ClassNormal {
		t.Errorf("got %v, %v; want normal", classesOf(records), err)
	}
}

func TestHeuristicsTable(t *testing.T) {
	for i, h := range heuristics {
		if h.judge == nil || h.whyNot == nil || h.actions == nil {
			t.Errorf("%s lacks a function", h.class)
		}
		if (h.class == schema.ClassNormal) != (i == len(heuristics)-1) {
			t.Errorf("%s stands at %d: normal comes last", h.class, i)
		}
	}
}

// TestFromAmidSpin holds that what a process used before the part that is analysed
// does not count.
func TestFromAmidSpin(t *testing.T) {
	s := newScenario()
	s.run(s.fork(0, shell), 0, 40*sec, work{cpu: 600 * ms, faults: 1000})
	s.end(40 * sec)
	opts := replay.Options{From: replay.After(30 * sec)}
	records, _, err := Analyze(context.Background(), []replay.Source{s.Source()}, opts)
	if err != nil || len(records) != 1 || records[0].Insight.Class != schema.ClassNormal {
		t.Errorf("got %v, %v; want normal", classesOf(records), err)
	}
}

// TestFromBeforeSpin is the other way round: nor does it hide a spin.
func TestFromBeforeSpin(t *testing.T) {
	s := newScenario()
	pid := s.fork(0, shell)
	s.run(pid, 0, 20*sec, work{cpu: 600 * ms, faults: 5000})
	s.run(pid, 20*sec, 40*sec, work{cpu: sec})
	s.end(40 * sec)
	opts := replay.Options{From: replay.After(30500 * ms)}
	records, _, err := Analyze(context.Background(), []replay.Source{s.Source()}, opts)
	if err != nil || len(records) != 1 || records[0].Insight.Class != schema.ClassCPUSpin {
		t.Errorf("got %v, %v; want cpu_spin", classesOf(records), err)
	}
}

// BenchmarkReplay is what BenchmarkAnalyze costs without the analysis.
func BenchmarkReplay(b *testing.B) {
	benchmark(b, func(*replay.Host) []replay.Handler { return nil })
}

func BenchmarkAnalyze(b *testing.B) {
	benchmark(b, func(h *replay.Host) []replay.Handler { return new(Analysis).Handlers(h) })
}

func benchmark(b *testing.B, handlers func(*replay.Host) []replay.Handler) {
	s := newScenario()
	for i := range 50_000 {
		s.Exit(s.fork(sec+time.Duration(i)*ms, shell))
	}
	s.end(60 * sec)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		replaytest.Run(b, handlers, s.Source())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(s.Records)), "ns/record")
}
