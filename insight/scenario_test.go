package insight

import (
	"context"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

const (
	ms    = time.Millisecond
	sec   = time.Second
	shell = 100 // a process that lived before every scenario, child of pid 1
	first = 1000
)

// scenario makes a capture with a complete system record each second.
type scenario struct {
	*replaytest.Capture
	next    int64
	busy    time.Duration // CPU time used so far, of 4 CPUs
	stalled time.Duration
	sampled time.Duration
	totals  map[int64]work
	// load is that of the disk each second, storage what each process read and wrote.
	load    storageLoad
	storage map[int64][2]int64
	// system changes each system record.
	system func(*schema.Record)
}

func newScenario() *scenario {
	s := &scenario{Capture: replaytest.New("boot-1"), next: first, sampled: -1, totals: map[int64]work{}, storage: map[int64][2]int64{}}
	s.Task(shell, 1, "bash", "bash", "-l")
	s.to(0)
	return s
}

// to writes the system records up to the offset.
func (s *scenario) to(offset time.Duration) *scenario {
	for at := s.sampled + 1; at <= offset; at++ {
		at = at.Truncate(sec)
		if at > s.sampled && at <= offset {
			s.At(at)
			s.record(at)
			s.sampled = at
		}
		at += sec - 1
	}
	s.At(offset)
	return s
}

func (s *scenario) record(at time.Duration) {
	r := s.System(0)
	r.System.PSI = schema.Pressure{
		CPUSomeUs: schema.Some(s.stalled.Microseconds()), MemorySomeUs: schema.Some[int64](0),
		MemoryFullUs: schema.Some[int64](0), IOSomeUs: schema.Some[int64](0),
	}
	r.CPUUserNs, r.CPUSystemNs = schema.Some(int64(s.busy)), schema.Some[int64](0)
	r.CPUIdleNs = schema.Some(int64(4*at - s.busy))
	r.MemAvailableBytes, r.ProcsRunning = schema.Some[int64](6<<30), schema.Some[int64](1)
	if s.system != nil {
		s.system(r)
	}
}

// fork starts a child at the offset and returns its pid.
func (s *scenario) fork(at time.Duration, parent int64) int64 {
	s.to(at)
	s.next++
	s.Fork(parent, s.next)
	return s.next
}

// end closes the capture at the offset.
func (s *scenario) end(at time.Duration) *scenario {
	s.to(at)
	s.End()
	return s
}

// analyze returns the scenario's records, after holding them against their schema and
// the rules beyond it.
func (s *scenario) analyze(t testing.TB) []schema.DatasetRecord {
	t.Helper()
	records, _, err := Analyze(context.Background(), []replay.Source{s.Source()}, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		text, err := records[i].AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		problems, err := schema.Validate(schema.DocumentDatasetRecord, text)
		if err != nil || len(problems) > 0 {
			t.Fatalf("record %s: %v %v\n%s", records[i].ID, problems, err, text)
		}
		for _, f := range checkRecord(text, nil) {
			t.Fatalf("record %s: %s\n%s", records[i].ID, f, text)
		}
		if !agree(t, text) {
			t.Errorf("record %s is not recognised, and so slow to validate\n%s", records[i].ID, text)
		}
		if missing := missingMembers(t, text); len(missing) > 0 {
			t.Fatalf("record %s lacks %q\n%s", records[i].ID, missing, text)
		}
	}
	return records
}

// only returns the single record of the scenario.
func (s *scenario) only(t testing.TB) schema.DatasetRecord {
	t.Helper()
	records := s.analyze(t)
	if len(records) != 1 {
		t.Fatalf("got %d records, want one: %v", len(records), classesOf(records))
	}
	return records[0]
}

func classesOf(records []schema.DatasetRecord) []schema.Class {
	classes := []schema.Class{}
	for _, r := range records {
		classes = append(classes, r.Insight.Class)
	}
	return classes
}

func offset(t schema.Time) time.Duration { return t.Sub(replaytest.Start) }
