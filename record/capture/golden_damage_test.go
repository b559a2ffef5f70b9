package capture_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// summedGoldens were written when lines got checksums, and journals came. Like the
// older ones they are never regenerated.
const summedGoldens = "testdata/v1_crc"

var newGoldens = flag.String("new-goldens", "", "write goldens of the format as it is now to a `folder`")

// TestNewGoldens writes new goldens if it is asked to: the records of the older ones,
// with sums, a recording that was ended in its second row group, and one with frames.
func TestNewGoldens(t *testing.T) {
	if *newGoldens == "" {
		t.Skip("only with -new-goldens FOLDER")
	}
	src, err := capture.Open(filepath.Join(goldens, "capture.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var records []schema.Record
	for r, err := src.Read(); err == nil; r, err = src.Read() {
		records = append(records, *r)
	}
	for _, f := range formats {
		writeFile(t, filepath.Join(*newGoldens, "capture"+f.Extension()), encode(t, f, summed(records)))
	}
	die(t, filepath.Join(*newGoldens, "unfinished.parquet"), recording, journalGolden())
	for _, f := range framed {
		writeFile(t, filepath.Join(*newGoldens, "framed"+f.Extension()), recordFrames(t, f, true))
		writeFile(t, filepath.Join(*newGoldens, "framed_unfinished"+f.Extension()), recordFrames(t, f, false))
	}
}

// journalGolden makes the records of the unfinished golden.
func journalGolden() []schema.Record {
	const group, tail = 1 << 16, 5
	return exits(group + tail)
}

// exits makes n records: meta, which asks for sums, and exits.
func exits(n int) []schema.Record {
	records := summed([]schema.Record{*metaRecord()})
	for seq := int64(1); seq < int64(n); seq++ {
		r := schema.Record{Type: schema.TypeExit, Time: start + schema.Time(seq*1000), Seq: seq}
		r.PID.Set(2000 + seq)
		r.StartTime.Set(r.Time)
		r.Comm.Set("true")
		records = append(records, r)
	}
	return records
}

func TestSummedGoldens(t *testing.T) {
	want, err := os.ReadFile(filepath.Join(summedGoldens, "capture.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats {
		got, status, err := readFile(filepath.Join(summedGoldens, "capture"+f.Extension()))
		if err != nil || !status.Complete {
			t.Fatalf("%s: %v, %+v", f, err, status)
		}
		compareLines(t, got, want)
	}
	got, _, err := readFile(filepath.Join(summedGoldens, "unfinished.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, got, summedLines(journalGolden()))
}

// TestDamagedGoldens flips and cuts goldens with sums: what is read is the beginning of
// what was written, record for record, and called complete only if it is all.
func TestDamagedGoldens(t *testing.T) {
	want, err := os.ReadFile(filepath.Join(summedGoldens, "capture.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats {
		data, err := os.ReadFile(filepath.Join(summedGoldens, "capture"+f.Extension()))
		if err != nil {
			t.Fatal(err)
		}
		damage(data, max(5, strideOf(f)), func(what string, at int, damaged []byte) {
			got, status, err := decodeSummed(capture.NewReader(bytes.NewReader(damaged), "x"))
			checkDamaged(t, f.String(), what, at, got, want, status, err)
		})
	}
}

// damage calls try with each way in which data can be damaged at every stride-th byte.
func damage(data []byte, stride int, try func(what string, at int, damaged []byte)) {
	for at := 0; at < len(data); at += stride {
		try("cut", at, data[:at])
		flipped := bytes.Clone(data)
		flipped[at] ^= 1 << (at / stride % 8)
		try("flip", at, flipped)
	}
}

func checkDamaged(t *testing.T, file, what string, at int, got, want []byte, status capture.Status, err error) {
	t.Helper()
	if !bytes.HasPrefix(want, got) {
		t.Fatalf("%s: %s at %d: changed records", file, what, at)
	}
	if status.Complete && !bytes.Equal(got, want) {
		t.Fatalf("%s: %s at %d: called complete", file, what, at)
	}
	if err == nil && !status.Complete && status.Reason == "" {
		t.Fatalf("%s: %s at %d: no word of what is missing", file, what, at)
	}
}

// decodeSummed reads all of a capture that was opened, as lines with sums.
func decodeSummed(src *capture.Source, err error) ([]byte, capture.Status, error) {
	if err != nil {
		return nil, capture.Status{}, err
	}
	defer src.Close()
	var out []byte
	var encoder capture.LineEncoder
	for {
		r, err := src.Read()
		if errors.Is(err, io.EOF) {
			return out, src.Status(), nil
		}
		if err != nil {
			return out, src.Status(), err
		}
		out = append(encoder.Append(out, r), '\n')
	}
}

// TestDamagedJournal does the same to each file of a journal.
func TestDamagedJournal(t *testing.T) {
	want := summedLines(journalGolden())
	name := filepath.Join(t.TempDir(), "x.parquet")
	copyFolder(t, filepath.Join(summedGoldens, "unfinished.parquet.partial"), name+".partial")
	for file, stride := range map[string]int{"data": 4999, "groups": 997, "tail-1.jsonl": 29} {
		path := filepath.Join(name+".partial", file)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damage(data, stride, func(what string, at int, damaged []byte) {
			writeFile(t, path, damaged)
			got, status, err := decodeSummed(capture.Open(name))
			checkDamaged(t, file, what, at, got, want, status, err)
			if file != "tail-1.jsonl" && err == nil && !bytes.Equal(got, want) {
				t.Fatalf("%s: %s at %d: records are missing, and no error", file, what, at)
			}
		})
		writeFile(t, path, data)
	}
}
