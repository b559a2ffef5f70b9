package capture_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// damageSample is small enough to flip or cut at every byte.
func damageSample() []schema.Record { return append(storm(6), randomCapture(9, 0, 0)[2:]...) }

// strideOf returns how far apart damage is done: a Parquet file has some 30 KB of
// headers and footer, each byte of which takes a millisecond.
func strideOf(f capture.Format) int {
	if f == capture.Parquet {
		return 37
	}
	return 1
}

// TestCutAnywhere holds that a cut capture gives its records up to the cut and says
// that it is unfinished, and that a cut Parquet file is corrupt.
func TestCutAnywhere(t *testing.T) {
	records := damageSample()
	want := lines(records)
	for _, f := range formats {
		data := encode(t, f, records)
		for n := 0; n < len(data); n += strideOf(f) {
			got, status, err := decode(data[:n])
			switch {
			case errors.Is(err, capture.ErrEmpty) || errors.Is(err, capture.ErrForeign):
				continue
			case f == capture.Parquet:
				var corrupt *capture.CorruptError
				if !errors.As(err, &corrupt) {
					t.Fatalf("%s cut at %d of %d: %v, want CorruptError", f, n, len(data), err)
				}
				continue
			case err != nil:
				t.Fatalf("%s cut at %d of %d: %v", f, n, len(data), err)
			}
			if !bytes.HasPrefix(want, got) {
				t.Fatalf("%s cut at %d: changed records:\n%s", f, n, got)
			}
			if status.Complete != (len(got) == len(want)) || status.Complete == (status.Reason != "") {
				t.Fatalf("%s cut at %d of %d: status %+v", f, n, len(data), status)
			}
		}
	}
}

// TestFlipAnywhere holds that one flipped bit in a format with checksums is an error
// or changes nothing, and that no damage makes any reader panic.
func TestFlipAnywhere(t *testing.T) {
	records := damageSample()
	want := lines(records)
	for _, f := range formats {
		data := encode(t, f, records)
		for i := 0; i < len(data); i += strideOf(f) {
			damaged := bytes.Clone(data)
			damaged[i] ^= 1 << (i % 8)
			got, status, err := decode(damaged)
			if f == capture.JSONL || err != nil {
				continue
			}
			// The checksums of gzip and zstd stand behind what they cover, which has
			// been passed on by then; but never as a complete capture.
			if !bytes.Equal(got, want) && (f == capture.Parquet || status.Complete) {
				t.Fatalf("%s: bit %d of byte %d of %d flipped: no error, and other records:\n%s", f, i%8, i, len(data), got)
			}
		}
	}
}
