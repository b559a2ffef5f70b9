package capture_test

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// Records of a batch, and those from which on batches are decoded ahead.
const (
	batchRecords = 256
	aheadRecords = 4 * batchRecords
)

// TestAhead reads files that end around the edges of batches, before and after batches
// are decoded ahead.
func TestAhead(t *testing.T) {
	for _, n := range []int{1, batchRecords - 1, batchRecords, batchRecords + 1,
		aheadRecords - 1, aheadRecords, aheadRecords + 1, aheadRecords + batchRecords, 10*batchRecords + 7, 70_000} {
		records := storm(n - 2)
		if n == 1 {
			records = records[:1]
		}
		for _, f := range formats {
			name := filepath.Join(t.TempDir(), "x"+f.Extension())
			writeFile(t, name, encode(t, f, records))
			got, status, err := readFile(name)
			if err != nil || !status.AtEnd || status.Records != int64(len(records)) {
				t.Errorf("%s of %d records: %+v, %v", f, n, status, err)
			}
			compareLines(t, got, lines(records))
		}
	}
}

// TestAheadRandom reads records of any kind that share the batches one after another:
// nothing of a record may stay in the one that takes its place.
func TestAheadRandom(t *testing.T) {
	records := randomCapture(7, 12*batchRecords, 0.3)
	for _, f := range formats {
		name := filepath.Join(t.TempDir(), "x"+f.Extension())
		writeFile(t, name, encode(t, f, records))
		got, _, err := readFile(name)
		if err != nil {
			t.Errorf("%s: %v", f, err)
		}
		compareLines(t, got, lines(records))
	}
}

// TestAheadDamage damages a line that is decoded ahead: what stands before it is read,
// and the error names the line.
func TestAheadDamage(t *testing.T) {
	records := storm(20 * batchRecords)
	for _, damaged := range []int{aheadRecords - 1, aheadRecords, aheadRecords + 1, aheadRecords + batchRecords, 15*batchRecords + 3} {
		all := bytes.SplitAfter(lines(records), []byte("\n"))
		all[damaged] = []byte("{]\n")
		name := filepath.Join(t.TempDir(), "x.jsonl")
		writeFile(t, name, bytes.Join(all, nil))
		got, status, err := readFile(name)
		var corrupt *capture.CorruptError
		if !errors.As(err, &corrupt) || corrupt.Line != int64(damaged)+1 || corrupt.Records != int64(damaged) {
			t.Errorf("record %d: %v", damaged, err)
		}
		if status.Records != int64(damaged) {
			t.Errorf("record %d: read %d records", damaged, status.Records)
		}
		compareLines(t, got, lines(records[:damaged]))
	}
}

// TestAheadClosed closes captures in the middle, and looks for goroutines that stay.
func TestAheadClosed(t *testing.T) {
	before := runtime.NumGoroutine()
	records := storm(100_000)
	for _, f := range formats {
		name := filepath.Join(t.TempDir(), "x"+f.Extension())
		writeFile(t, name, encode(t, f, records))
		for _, n := range []int{0, 1, aheadRecords, aheadRecords + 1, 3 * aheadRecords} {
			readSome(t, name, n)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond) // they are done, but may not be gone
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// readSome reads the first n records of a capture and closes it.
func readSome(t *testing.T, name string, n int) {
	t.Helper()
	source, err := capture.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := source.Read(); err != nil {
			t.Fatal(err)
		}
	}
	if err := source.Close(); err != nil {
		t.Errorf("%s after %d records: %v", name, n, err)
	}
	if _, err := source.Read(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("%s: read after it was closed: %v", name, err)
	}
}

// TestReadAllocates holds reading to what must be new in a record: lists of texts. Texts
// themselves are shared.
func TestReadAllocates(t *testing.T) {
	const many = 50_000
	records := storm(many)
	for _, f := range []capture.Format{capture.Parquet, capture.JSONL} {
		name := filepath.Join(t.TempDir(), "x"+f.Extension())
		writeFile(t, name, encode(t, f, withoutLists(records)))
		source, err := capture.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		allocs := testing.AllocsPerRun(1, func() {
			for range many / 3 {
				if _, err := source.Read(); err != nil {
					t.Fatal(err)
				}
			}
		})
		if perRecord := allocs / (many / 3); perRecord > 0.05 {
			t.Errorf("%s: %.3f allocations a record", f, perRecord)
		}
	}
}

// TestAheadMemory reads long arguments: a batch must not hold hundreds of them, be it
// because it ends with its bytes only, or because it keeps those of batches before. The
// records between make the long one that fills a batch come at another place each time.
func TestAheadMemory(t *testing.T) {
	const maxHeldBytes = 24 << 20
	longArg := strings.Repeat("a", 1<<20)
	for _, between := range []int{0, 1} {
		records := []schema.Record{*metaRecord()}
		for i := range 100 {
			for range (99 - i) % 60 * between {
				records = append(records, execOf(int64(len(records)), "short"))
			}
			records = append(records, execOf(int64(len(records)), longArg))
		}
		name := filepath.Join(t.TempDir(), "x.jsonl.zst")
		writeFile(t, name, encode(t, capture.JSONLZstd, records))
		source, err := capture.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		before := heapBytes()
		for n := range records {
			if _, err := source.Read(); err != nil {
				t.Fatal(err)
			}
			if n%(len(records)/10) != 0 {
				continue
			}
			if held := heapBytes() - before; held > maxHeldBytes {
				t.Fatalf("after %d records of %d the reader holds %d MiB", n, len(records), held>>20)
			}
		}
	}
}

func execOf(seq int64, arg string) schema.Record {
	r := schema.Record{Type: schema.TypeExec, Time: start + schema.Time(seq), Seq: seq}
	r.PID.Set(seq)
	r.StartTime.Set(start)
	r.Argv.Set([]string{arg})
	return r
}

func withoutLists(records []schema.Record) []schema.Record {
	for i := range records {
		records[i].Argv = schema.Opt[[]string]{}
	}
	return records
}
