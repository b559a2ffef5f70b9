package capture_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
)

// Each reader is fuzzed from its golden, a cut and a flipped one. Whatever comes,
// there is no panic, and what was read can be written and read again unchanged.

func FuzzJSONL(f *testing.F) { fuzzReader(f, capture.JSONL) }

func FuzzGzip(f *testing.F) { fuzzReader(f, capture.JSONLGzip) }

func FuzzZstd(f *testing.F) { fuzzReader(f, capture.JSONLZstd) }

func FuzzParquet(f *testing.F) {
	// Without checksums, damage gets further than the first check.
	f.Add(foreignCapture(f))
	fuzzReader(f, capture.Parquet)
}

func fuzzReader(f *testing.F, format capture.Format) {
	data, err := os.ReadFile(filepath.Join(goldens, "capture"+format.Extension()))
	if err != nil {
		f.Fatal(err)
	}
	flipped := bytes.Clone(data)
	flipped[len(flipped)/2] ^= 0x10
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add(flipped)
	f.Fuzz(func(t *testing.T, data []byte) {
		first, _, _ := decode(data)
		if len(first) == 0 {
			return
		}
		again, _, err := decode(first)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v\n%s", err, first)
		}
		compareLines(t, again, first)
	})
}
