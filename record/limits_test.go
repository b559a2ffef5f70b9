package record

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// sized is a Writer that takes each record for 100 bytes.
type sized struct{ memory }

func (s *sized) Size() int64 { return int64(len(s.records)) * 100 }

// recordChurn records short processes until a limit of opts ends it.
func recordChurn(t *testing.T, w Writer, opts Options) (*Summary, error) {
	t.Helper()
	recordLive(t, Options{Duration: time.Millisecond}, func() {}) // skips where it cannot work
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	opts.Ready = func() error {
		go churn(ctx, 20000)
		return nil
	}
	return Record(ctx, w, opts)
}

// TestMaxEvents holds that the capture has exactly as many events as were asked for, and
// that the rest is accounted for.
func TestMaxEvents(t *testing.T) {
	const limit = 100
	var m memory
	sum, err := recordChurn(t, &m, Options{MaxEvents: limit})
	if err != nil {
		t.Fatal(err)
	}
	checkAccount(t, &m, sum)
	if sum.Events() != limit || sum.StopReason != StopMaxEvents {
		t.Errorf("%d events, stopped by %s; want %d, %s", sum.Events(), sum.StopReason, limit, StopMaxEvents)
	}
}

// TestMaxSize holds that the capture comes near the size that was asked for, its end
// included.
func TestMaxSize(t *testing.T) {
	const limit = 100_000
	var s sized
	sum, err := recordChurn(t, &s, Options{MaxSizeBytes: limit})
	if err != nil {
		t.Fatal(err)
	}
	checkAccount(t, &s.memory, sum)
	// What the end takes is estimated.
	if got := s.Size(); got < limit/2 || got > limit+limit/5 || sum.StopReason != StopMaxSize {
		t.Errorf("%d bytes, stopped by %s; want about %d, %s", got, sum.StopReason, limit, StopMaxSize)
	}
}

// TestFirstLimitWins holds that of several limits the first to be reached ends the
// recording and stands in its end.
func TestFirstLimitWins(t *testing.T) {
	for want, opts := range map[StopReason]Options{
		StopDuration:  {Duration: 300 * time.Millisecond, MaxEvents: 1 << 40, MaxSizeBytes: 1 << 40},
		StopMaxEvents: {Duration: time.Minute, MaxEvents: 10, MaxSizeBytes: 1 << 40},
		StopMaxSize:   {Duration: time.Minute, MaxEvents: 1 << 40, MaxSizeBytes: 1},
	} {
		var s sized
		sum, err := recordChurn(t, &s, opts)
		if err != nil {
			t.Fatal(err)
		}
		end := s.records[len(s.records)-1]
		if sum.StopReason != want || end.StopReason.V != string(want) {
			t.Errorf("stopped by %s, the end says %q; want %s", sum.StopReason, end.StopReason.V, want)
		}
	}
}

// filling is a Writer whose disk is full after some records, but for the end.
type filling struct {
	memory
	room int
	full bool
}

func (f *filling) Write(r *schema.Record) error {
	if !f.full && len(f.records) == f.room {
		f.full = true
		return fmt.Errorf("write x: %w: %w", capture.ErrFull, syscall.ENOSPC)
	}
	return f.memory.Write(r)
}

// TestFullDisk holds that a full disk ends the capture, wherever in it that happens, and
// that every event is accounted for.
func TestFullDisk(t *testing.T) {
	for name, room := range map[string]int{"in the events": 2000, "in the first tasks": 3} {
		t.Run(name, func(t *testing.T) {
			f := &filling{room: room}
			sum, err := recordChurn(t, f, Options{Interval: 50 * time.Millisecond})
			if !errors.Is(err, ErrOutput) || !errors.Is(err, capture.ErrFull) || sum == nil {
				t.Fatalf("summary %v, error %v", sum, err)
			}
			checkAccount(t, &f.memory, sum)
			end := f.records[len(f.records)-1]
			if end.Type != schema.TypeEnd || end.StopReason.V != string(StopOutputError) {
				t.Errorf("the last record is %s, stop reason %q", end.Type, end.StopReason.V)
			}
			if room < 100 {
				return
			}
			lost := f.of(schema.TypeLost)
			if len(lost) == 0 || sum.Lost() == 0 {
				t.Errorf("%d lost records, %d events lost", len(lost), sum.Lost())
			}
			for _, r := range lost {
				if r.Reason.V != reasonOutput || r.From.V > r.To.V {
					t.Errorf("lost record: reason %q, from %v to %v", r.Reason.V, r.From.V, r.To.V)
				}
			}
		})
	}
}

// stalling is a Writer that stalls once, long enough for a small ring to overflow, and whose
// disk is full when it is to tell of that.
type stalling struct {
	memory
	stalled, full bool
}

func (s *stalling) Write(r *schema.Record) error {
	if !s.stalled && isEvent(r.Type) {
		s.stalled = true
		time.Sleep(time.Second)
	}
	if !s.full && r.Type == schema.TypeLost {
		s.full = true
		return fmt.Errorf("write x: %w: %w", capture.ErrFull, syscall.ENOSPC)
	}
	return s.memory.Write(r)
}

// TestFullDiskTellsOfTheRing holds that a full disk hides no loss that came before it.
func TestFullDiskTellsOfTheRing(t *testing.T) {
	s := &stalling{}
	sum, err := recordChurn(t, s, Options{RingBytes: MinRingBytes})
	if !errors.Is(err, capture.ErrFull) || sum == nil {
		t.Fatalf("summary %v, error %v", sum, err)
	}
	checkAccount(t, &s.memory, sum)
	reasons := make(map[string]bool)
	for _, r := range s.of(schema.TypeLost) {
		reasons[r.Reason.V] = true
	}
	if !reasons[reasonRingFull] {
		t.Errorf("the ring did not overflow: lost for %v", reasons)
	}
}

// shrinking is a Writer whose size is an estimate that falls with each flush.
type shrinking struct {
	sized
	flushed int
}

func (s *shrinking) Flush() error { s.flushed = len(s.records); return nil }

func (s *shrinking) Size() int64 { return int64(s.flushed)*50 + int64(len(s.records)-s.flushed)*100 }

// TestLimitHolds holds that after a limit nothing is left out and later taken in again.
func TestLimitHolds(t *testing.T) {
	for kib := range 8 {
		var s shrinking
		sum, err := recordChurn(t, &s, Options{MaxSizeBytes: int64(100+8*kib) << 10})
		if err != nil {
			t.Fatal(err)
		}
		checkAccount(t, &s.memory, sum)
		born := make(map[[2]int64]bool)
		attached := s.of(schema.TypeTask)[0].Time
		for _, r := range s.records {
			key := [2]int64{r.PID.V, int64(r.StartTime.V)}
			switch {
			case r.Type == schema.TypeFork, r.Type == schema.TypeTask:
				born[key] = true
			case isEvent(r.Type) && !born[key] && r.StartTime.V > attached:
				t.Errorf("%s of process %d, whose fork was left out", r.Type, r.PID.V)
			}
		}
	}
}
