package capture_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
)

// BenchmarkReadFile reads files, which are decoded ahead, where BenchmarkRead reads
// streams. Bytes are those of the file.
func BenchmarkReadFile(b *testing.B) {
	records := storm(benchRecords)
	for _, f := range formats {
		name := filepath.Join(b.TempDir(), "x"+f.Extension())
		data := encode(b, f, records)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			b.Fatal(err)
		}
		b.Run(f.String(), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				readWholeFile(b, name)
			}
			perRecord(b, len(records))
		})
	}
}

func readWholeFile(b *testing.B, name string) {
	source, err := capture.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	for err == nil {
		_, err = source.Read()
	}
	if !errors.Is(err, io.EOF) {
		b.Fatal(err)
	}
	if err := source.Close(); err != nil {
		b.Fatal(err)
	}
}
