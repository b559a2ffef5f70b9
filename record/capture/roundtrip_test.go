package capture_test

import (
	"bytes"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// TestRoundTrip holds that a format gives back what was written to it, byte for byte
// as JSONL: random records with every field, sparse ones, and more than one row group.
func TestRoundTrip(t *testing.T) {
	cases := map[string][]schema.Record{
		"two records": randomCapture(0, 0, 0),
		"all fields":  randomCapture(1, 300, 1),
		"some fields": randomCapture(2, 3000, 0.5),
		"few fields":  randomCapture(3, 3000, 0.02),
		"no fields":   randomCapture(4, 300, 0),
		"storm":       storm(3000),
	}
	for name, records := range cases {
		for _, f := range formats {
			t.Run(name+"/"+f.String(), func(t *testing.T) { roundTrip(t, f, records) })
		}
	}
}

// TestRowGroups cuts row groups around their limit.
func TestRowGroups(t *testing.T) {
	for _, events := range []int{1<<16 - 2, 1<<16 + 300} {
		roundTrip(t, capture.Parquet, storm(events))
	}
}

func roundTrip(t *testing.T, f capture.Format, records []schema.Record) {
	t.Helper()
	data := encode(t, f, records)
	got, status, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, got, lines(records))
	if !status.Complete || status.Records != int64(len(records)) {
		t.Errorf("status %+v, want complete with %d records", status, len(records))
	}
	if again := encode(t, f, records); !bytes.Equal(again, data) {
		t.Error("the same records gave other bytes")
	}
}

// TestCopyBetweenFormats converts JSONL to Parquet and back through the public API.
func TestCopyBetweenFormats(t *testing.T) {
	records := randomCapture(5, 2000, 0.3)
	want := lines(records)
	for _, middle := range formats {
		data := convert(t, want, middle)
		if direct := encode(t, middle, records); !bytes.Equal(data, direct) {
			t.Errorf("%s: converted and written bytes differ", middle)
		}
		compareLines(t, convert(t, data, capture.JSONL), want)
	}
}

func convert(t *testing.T, data []byte, to capture.Format) []byte {
	t.Helper()
	src, err := capture.NewReader(bytes.NewReader(data), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var out bytes.Buffer
	dst, err := capture.NewWriter(&out, to)
	if err != nil {
		t.Fatal(err)
	}
	n, err := capture.Copy(dst, src)
	if err != nil {
		t.Fatal(err)
	}
	if n != src.Status().Records {
		t.Errorf("Copy counted %d records, the source %d", n, src.Status().Records)
	}
	if err := dst.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// compareLines reports the first line that differs.
func compareLines(t *testing.T, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	g, w := bytes.SplitAfter(got, []byte("\n")), bytes.SplitAfter(want, []byte("\n"))
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			t.Fatalf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	t.Fatalf("got %d lines, want %d", len(g), len(w))
}
