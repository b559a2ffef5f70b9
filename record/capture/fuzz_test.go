package capture_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
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

// FuzzJournal reads a folder that a recorder left.
func FuzzJournal(f *testing.F) {
	golden := filepath.Join(summedGoldens, "unfinished.parquet.partial")
	var files [3][]byte
	for i, name := range journalFiles {
		var err error
		if files[i], err = os.ReadFile(filepath.Join(golden, name)); err != nil {
			f.Fatal(err)
		}
	}
	data, groups, tail := files[0], files[1], files[2]
	f.Add(data, groups, tail)
	f.Add(data[:4], []byte{}, tail)
	f.Add(data, groups[:len(groups)-1], tail)
	f.Add(data[:len(data)-1], append(bytes.Clone(groups), groups...), tail[:20])
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data, groups, tail []byte) {
		folder, err := os.MkdirTemp(dir, "*.parquet.partial")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		for i, content := range [...][]byte{data, groups, tail} {
			writeFile(t, filepath.Join(folder, journalFiles[i]), content)
		}
		first, _, _ := decodeSummed(capture.Open(folder))
		checkReadable(t, first)
	})
}

// journalFiles are the files of the golden journal.
var journalFiles = [...]string{"data", "groups", "tail-1.jsonl"}

// FuzzGroups reads a journal with any log of row groups.
func FuzzGroups(f *testing.F) {
	golden := filepath.Join(summedGoldens, "unfinished.parquet.partial")
	groups, err := os.ReadFile(filepath.Join(golden, "groups"))
	if err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(golden, "data"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(groups)
	f.Add(groups[:9])
	f.Add(append(bytes.Clone(groups), groups...))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, groups []byte) {
		folder, err := os.MkdirTemp(dir, "*.parquet.partial")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		writeFile(t, filepath.Join(folder, "data"), data)
		writeFile(t, filepath.Join(folder, "groups"), groups)
		first, _, _ := decodeSummed(capture.Open(folder))
		checkReadable(t, first)
	})
}

func fuzzReader(f *testing.F, format capture.Format) {
	for _, folder := range [...]string{goldens, summedGoldens} {
		data, err := os.ReadFile(filepath.Join(folder, "capture"+format.Extension()))
		if err != nil {
			f.Fatal(err)
		}
		flipped := bytes.Clone(data)
		flipped[len(flipped)/2] ^= 0x10
		f.Add(data)
		f.Add(data[:len(data)/2])
		f.Add(flipped)
	}
	if slices.Contains(framed[:], format) {
		f.Add(framedGolden(f, format, "capture"))
		f.Add(framedGolden(f, format, "unfinished"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, _, _ := decodeSummed(capture.NewReader(bytes.NewReader(data), "x"))
		checkReadable(t, first)
	})
}

// checkReadable reads lines that were written of what had been read.
func checkReadable(t *testing.T, first []byte) {
	if len(first) == 0 {
		return
	}
	again, _, err := decodeSummed(capture.NewReader(bytes.NewReader(first), "x"))
	if err != nil {
		t.Fatalf("what was read cannot be read again: %v\n%s", err, first)
	}
	compareLines(t, again, first)
}
