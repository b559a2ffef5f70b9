package capture_test

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// benchRecords is more than one row group of Parquet.
const benchRecords = 100_000

func BenchmarkWrite(b *testing.B) {
	for _, f := range formats {
		b.Run(f.String(), func(b *testing.B) {
			b.ReportAllocs()
			var size int
			for b.Loop() {
				size = writeStorm(b, f)
			}
			perRecord(b, benchRecords)
			b.ReportMetric(float64(size)/benchRecords, "B/record")
		})
	}
}

// writeStorm writes a few records over and over with new times, as the recorder
// does: a hundred thousand of 2 KiB would measure the memory bus.
func writeStorm(b *testing.B, f capture.Format) int {
	var out bytes.Buffer
	w, err := capture.NewWriter(&out, f)
	if err != nil {
		b.Fatal(err)
	}
	records := storm(64)
	for seq := range int64(benchRecords) {
		if err := w.Write(nextOfStorm(records, seq)); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Len()
}

// nextOfStorm makes the record of a position out of one of those.
func nextOfStorm(records []schema.Record, seq int64) *schema.Record {
	if seq == 0 {
		return &records[0]
	}
	r := &records[1+seq%int64(len(records)-2)]
	r.Seq, r.Time = seq, start+schema.Time(seq*70_001+seq*seq%9973)
	r.PID.V, r.StartTime.V = 2000+seq/3, r.Time-schema.Time(seq*seq%500_000)
	return r
}

func BenchmarkRead(b *testing.B) {
	records := storm(benchRecords)
	for _, f := range formats {
		data := encode(b, f, records)
		b.Run(f.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				readAll(b, data)
			}
			perRecord(b, len(records))
		})
	}
}

func readAll(b *testing.B, data []byte) {
	src, err := capture.NewReader(bytes.NewReader(data), "x")
	if err != nil {
		b.Fatal(err)
	}
	for {
		if _, err = src.Read(); err != nil {
			break
		}
	}
	if !errors.Is(err, io.EOF) {
		b.Fatal(err)
	}
	if err := src.Close(); err != nil {
		b.Fatal(err)
	}
}

func perRecord(b *testing.B, records int) {
	total := float64(b.N) * float64(records)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/total, "ns/record")
}

// BenchmarkJournal compares a Parquet file with a journal, which is flushed as often as
// a recorder does at 5,000 records a second, with one without.
func BenchmarkJournal(b *testing.B) {
	for name, opts := range map[string]capture.CreateOptions{"without": {}, "with": {Journal: true}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			records := summed(storm(64))
			for b.Loop() {
				file, err := capture.Create(filepath.Join(b.TempDir(), "x.parquet"), opts)
				if err != nil {
					b.Fatal(err)
				}
				for seq := range int64(benchRecords) {
					err := file.Write(nextOfStorm(records, seq))
					if err == nil && seq%2500 == 0 {
						err = file.Flush()
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				if err := file.Close(); err != nil {
					b.Fatal(err)
				}
			}
			perRecord(b, benchRecords)
		})
	}
}
