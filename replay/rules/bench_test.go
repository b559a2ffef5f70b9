package rules

import (
	"context"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// BenchmarkEngine measures a record with the host alone and with rules. Records come
// from a compact form into one record that is used again, as from a real reader, so
// that reading memory is no part of the figure; "source" is what that costs.
func BenchmarkEngine(b *testing.B) {
	c := replaytest.Workload(rand.New(rand.NewPCG(1, 1)), 5*time.Minute)
	records := compactOf(c.Records)
	b.Run("source", func(b *testing.B) {
		for b.Loop() {
			for s := (&compactSource{records: records}); ; {
				if _, err := s.Read(); err != nil {
					break
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
	})
	for _, bench := range []struct {
		name  string
		rules []Rule
	}{{"host", nil}, {"default", Default()}, {"many", mustLoad(b, many)}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := replay.Run(context.Background(), []replay.Source{&compactSource{records: records}},
					replay.Options{}, func(*replay.Host) []replay.Handler {
						return []replay.Handler{NewEngine(bench.rules, func(*schema.Alert) {})}
					})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
		})
	}
}

// compact is what a workload uses of a record.
type compact struct {
	kind               schema.Type
	time               schema.Time
	seq                int64
	pid, ppid          schema.Opt[int64]
	start, parentStart schema.Opt[schema.Time]
	comm, state        schema.Opt[string]
	argv               schema.Opt[[]string]
	cpu, rss, interval schema.Opt[int64]
	psi                schema.Pressure
}

func compactOf(records []schema.Record) []compact {
	list := make([]compact, len(records))
	for i := range records {
		r := &records[i]
		list[i] = compact{
			r.Type, r.Time, r.Seq, r.PID, r.PPID, r.StartTime, r.ParentStartTime, r.Comm, r.State,
			r.Argv, r.CPUNs, r.RSSBytes, r.IntervalNs, r.System.PSI,
		}
	}
	return list
}

type compactSource struct {
	records []compact
	record  schema.Record
}

func (s *compactSource) Read() (*schema.Record, error) {
	if len(s.records) == 0 {
		return nil, io.EOF
	}
	c, r := &s.records[0], &s.record
	s.records = s.records[1:]
	r.Type, r.Time, r.Seq, r.PID, r.PPID = c.kind, c.time, c.seq, c.pid, c.ppid
	r.StartTime, r.ParentStartTime, r.Comm, r.State = c.start, c.parentStart, c.comm, c.state
	r.Argv, r.CPUNs, r.RSSBytes, r.IntervalNs, r.System.PSI = c.argv, c.cpu, c.rss, c.interval, c.psi
	return r, nil
}
