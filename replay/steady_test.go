package replay

import (
	"context"
	"io"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// steady is a capture of n records about processes that come and go no more: samples
// and execs, and a system record now and then.
type steady struct {
	n, at  int
	record schema.Record
}

func (s *steady) Read() (*schema.Record, error) {
	if s.at == s.n {
		return nil, io.EOF
	}
	const processes = 100
	r := &s.record
	*r = schema.Record{Type: schema.TypeSample, Time: schema.Time(1_000_000 + 10_000_000*s.at), Seq: int64(s.at)}
	pid := int64(s.at % processes)
	r.PID, r.StartTime, r.Comm = schema.Some(1000+pid), schema.Some(schema.Time(1000+pid)), schema.Some("worker")
	switch {
	case s.at == 0:
		*r = schema.Record{Type: schema.TypeMeta, Time: r.Time}
	case s.at%1000 == 999:
		*r = schema.Record{Type: schema.TypeSystem, Time: r.Time, Seq: r.Seq}
	case s.at%3 == 0:
		r.Type = schema.TypeExec
	default:
		r.CPUNs, r.RSSBytes, r.State = schema.Some(int64(s.at)), schema.Some[int64](4096), schema.Some("S")
	}
	s.at++
	return r, nil
}

// TestSteadyStateAllocatesNothing replays ten times as many records about the same
// processes, which takes no memory more.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	allocations := func(n int) float64 {
		return testing.AllocsPerRun(5, func() {
			if _, err := Run(context.Background(), []Source{&steady{n: n}}, Options{}, func(*Host) []Handler { return nil }); err != nil {
				t.Fatal(err)
			}
		})
	}
	few, many := allocations(10_000), allocations(100_000)
	if many > few {
		t.Errorf("%.0f allocations for 10,000 records, %.0f for 100,000", few, many)
	}
}
