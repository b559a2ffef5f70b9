package capture_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// longArgs makes a capture of n exec records, each with one argument of 6 KiB like no
// other.
func longArgs(n int) []schema.Record {
	var seed [32]byte
	rng := rand.NewChaCha8(seed)
	raw := make([]byte, 4608)
	records := []schema.Record{*metaRecord()}
	for seq := range int64(n) {
		r := schema.Record{Type: schema.TypeExec, Time: start + schema.Time(seq), Seq: seq + 1}
		r.PID.Set(seq)
		r.StartTime.Set(start)
		_, _ = rng.Read(raw) // never fails
		r.Argv.Set([]string{"sh", base64.StdEncoding.EncodeToString(raw)})
		r.Filename.Set("/bin/sh")
		records = append(records, r)
	}
	return append(records, *endRecord(int64(n + 1)))
}

// Bounds of a row group, with what one more record may bring.
const (
	maxGroupText       = 16<<20 + 8<<10
	maxDictionaryBytes = 2<<20 + 8<<10
)

// TestRowGroupText holds that text which never repeats makes no row group and no
// dictionary that grows without bound, and reads back.
func TestRowGroupText(t *testing.T) {
	const records = 6000 // 36 MiB
	capt := longArgs(records)
	data := encode(t, capture.Parquet, capt)
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(file.RowGroups()); n != 3 {
		t.Errorf("%d row groups, want 3", n)
	}
	for i, group := range file.Metadata().RowGroups {
		var text int64
		for _, column := range group.Columns {
			meta := &column.MetaData
			text += meta.SizeStatistics.UnencodedByteArrayDataBytes
			if size := meta.DataPageOffset - meta.DictionaryPageOffset; meta.DictionaryPageOffset > 0 && size > maxDictionaryBytes {
				t.Errorf("row group %d: dictionary of %v has %d bytes", i, meta.PathInSchema, size)
			}
		}
		if text > maxGroupText {
			t.Errorf("row group %d has %d bytes of text", i, text)
		}
	}
	roundTrip(t, capture.Parquet, capt)
}

// TestWriterMemory holds what the Parquet writer keeps, with text that a dictionary
// could only make larger.
func TestWriterMemory(t *testing.T) {
	const rounds, maxHeldBytes = 12, 40 << 20
	records := longArgs(1000)
	w, err := capture.NewWriter(new(discarded), capture.Parquet)
	if err != nil {
		t.Fatal(err)
	}
	before := heapBytes()
	var held int64
	for range rounds {
		for i := range records {
			// Each time another text, in the place of the last.
			if argv := records[i].Argv.V; len(argv) > 1 && i > 0 && i < len(records)-1 {
				argv[1] = argv[1][1:] + argv[1][:1]
			}
			if err := w.Write(&records[i]); err != nil {
				t.Fatal(err)
			}
		}
		held = max(held, heapBytes()-before)
	}
	if held > maxHeldBytes {
		t.Errorf("the writer holds %d MiB", held>>20)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// discarded takes bytes and forgets them.
type discarded struct{}

func (*discarded) Write(p []byte) (int, error) { return len(p), nil }

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
