package capture_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// goldens were written by the first version of the format. They are never
// regenerated: a reader must read them for ever.
const goldens = "testdata/v1"

func TestGoldens(t *testing.T) {
	want, err := os.ReadFile(filepath.Join(goldens, "capture.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats {
		data, err := os.ReadFile(filepath.Join(goldens, "capture"+f.Extension()))
		if err != nil {
			t.Fatal(err)
		}
		got, status, err := decode(data)
		if err != nil || !status.Complete {
			t.Fatalf("%s: %v, %+v", f, err, status)
		}
		compareLines(t, got, want)
	}
}

const (
	metaLine = `{"type":"meta","time":"2026-11-22T20:30:00.123456789Z","seq":0,"format":"linnix-capture","format_version":1,"boot_id":"b","wall_offset_ns":5}` + "\n"
	forkLine = `{"type":"fork","time":"2026-11-22T20:30:01.000000000Z","seq":1,"pid":7,"start_time":"2026-11-22T20:30:01.000000000Z"}` + "\n"
	endLine  = `{"type":"end","time":"2026-11-22T20:30:02.000000000Z","seq":2}` + "\n"
)

// TestJSONL reads texts as they come from disks and pipes.
func TestJSONL(t *testing.T) {
	long := `{"type":"x","time":"2026-11-22T20:30:01Z","seq":1,"pad":"` + strings.Repeat("x", capture.MaxLineBytes) + `"}` + "\n"
	cases := []struct {
		name, text string
		records    int64
		status     string // the reason
		err        string // a part of the message
		is         error
	}{
		{name: "complete", text: metaLine + forkLine + endLine, records: 3},
		{name: "no end", text: metaLine + forkLine, records: 2, status: "no end record: the recorder died or is still running"},
		{name: "cut in a line", text: metaLine + forkLine[:40], records: 1, status: "the last line is cut"},
		{name: "last newline missing", text: metaLine + strings.TrimSuffix(endLine, "\n"), records: 2},
		{name: "CRLF", text: strings.ReplaceAll(metaLine+endLine, "\n", "\r\n"), records: 2},
		{name: "unknown", text: metaLine + `{"type":"quake","time":"2026-11-22T20:30:01Z","seq":1,"scale":{"a":1},"b":2}` + "\n" + endLine, records: 3},
		{name: "empty", text: "", err: "x: empty capture", is: capture.ErrEmpty},
		{name: "cut in the first line", text: metaLine[:50], err: "x: empty capture", is: capture.ErrEmpty},
		{name: "text", text: "hello\n", err: `it starts with "hell"`, is: capture.ErrForeign},
		{name: "other JSON", text: `{"level":"info"}` + "\n", err: "x:1:17: not a linnix capture", is: capture.ErrForeign},
		{name: "no meta", text: forkLine, err: `first record is of type "fork"`, is: capture.ErrForeign},
		{name: "other format", text: strings.Replace(metaLine, "linnix-capture", "other", 1), err: `format is "other"`, is: capture.ErrForeign},
		{name: "version 2", text: strings.Replace(metaLine, `_version":1`, `_version":2`, 1), err: "format version 2", is: capture.ErrVersion},
		{name: "damaged line", text: metaLine + "{\x00" + forkLine[2:] + endLine, records: 1, err: "x:2:2: corrupt capture at byte 143"},
		{name: "missing field", text: metaLine + `{"type":"fork","time":"2026-11-22T20:30:01Z","seq":1,"pid":3}` + "\n" + endLine, records: 1, err: "fork record lacks start_time"},
		{name: "blank lines", text: "\n\n\n\n\n" + metaLine + "\n \t\r\n" + endLine + "\n", records: 2},
		{name: "only blank lines", text: "\n\r\n   ", err: "x: empty capture", is: capture.ErrEmpty},
		{name: "damage behind blank lines", text: metaLine + "\n\n" + "?\n" + endLine, records: 1, err: "x:4:1: corrupt capture at byte 144: "},
		{name: "NULs behind the end", text: metaLine + endLine + "\x00\x00\x00", records: 2},
		{name: "byte order mark", text: "\ufeff" + metaLine + endLine, records: 2},
		{name: "no format", text: strings.Replace(metaLine, `"format":"linnix-capture","format_version":1,`, "", 1) + endLine, records: 2},
		{name: "two meta records", text: metaLine + metaLine + endLine, records: 1, err: "record 1 is another meta record", is: capture.ErrMixed},
		{name: "known name of another kind", text: metaLine + `{"signal":"SIGKILL","type":"quake","time":"2026-11-22T20:30:01Z","seq":1}` + "\n" + endLine, records: 3},
		{name: "line too long", text: metaLine + long + endLine, records: 1, err: "x:2:1: corrupt capture"},
		{name: "two captures", text: metaLine + endLine + metaLine, records: 2, err: "a meta record follows the end record", is: capture.ErrMixed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, status, err := decode([]byte(c.text))
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Fatalf("error %v, want %q", err, c.err)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v is no %v", err, c.is)
			}
			if status.Records != c.records || status.Reason != c.status || status.AtEnd != (c.err == "") {
				t.Errorf("status %+v, want %d records, reason %q", status, c.records, c.status)
			}
			if c.name == "unknown" && (status.UnknownTypes != 1 || status.UnknownFields != 2) {
				t.Errorf("status %+v, want 1 unknown type with 2 unknown fields", status)
			}
		})
	}
}

// TestStatusBeforeEnd holds that a capture which was not read to its end is called
// neither complete nor unfinished.
func TestStatusBeforeEnd(t *testing.T) {
	src, err := capture.NewReader(strings.NewReader(metaLine+endLine), "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []capture.Status{{Records: 1}, {Records: 2}} {
		if _, err := src.Read(); err != nil || src.Status() != want {
			t.Errorf("%v, %+v, want %+v", err, src.Status(), want)
		}
	}
	if _, err := src.Read(); !errors.Is(err, io.EOF) || !src.Status().AtEnd || !src.Status().Complete {
		t.Errorf("%v, %+v", err, src.Status())
	}
}

// TestCorruptText holds that a message says in which bytes it counts, and promises
// only records that are there.
func TestCorruptText(t *testing.T) {
	zipped := func(text string) string {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := io.WriteString(w, text); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	flipped := []byte(zipped(metaLine + endLine))
	flipped[10] ^= 0xff // the first block
	parquet := encode(t, capture.Parquet, storm(5))
	cases := []struct{ name, data, want string }{
		{"line", metaLine + forkLine + "?\n", "x:3:1: corrupt capture at byte 260: invalid character '?' at start of value; to save what stands before the damage (records: 2): linnix capture cat --format json x > saved.jsonl"},
		{"line in gzip", zipped(metaLine + "?\n"), "x:2:1: corrupt capture at byte 142 of the uncompressed text: "},
		{"gzip", string(flipped), "; no record stands before the damage: give another copy of the file"},
		{"Parquet footer", string(parquet[:len(parquet)-9]), "; no record stands before the damage: give another copy of the file"},
	}
	for _, c := range cases {
		if _, _, err := decode([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestStreaming holds that a record is read as soon as it was flushed, while the
// writer goes on.
func TestStreaming(t *testing.T) {
	for _, f := range formats[:3] {
		testStreaming(t, f, storm(20))
		testStreaming(t, f, summed(storm(20)))
	}
}

func testStreaming(t *testing.T, f capture.Format, records []schema.Record) {
	t.Helper()
	r, w := io.Pipe()
	dst, err := capture.NewWriter(w, f)
	if err != nil {
		t.Fatal(err)
	}
	ready, done := make(chan int), make(chan error, 1)
	go func() {
		for i := range ready {
			done <- errors.Join(dst.Write(&records[i]), dst.Flush())
		}
		done <- errors.Join(dst.Close(), w.Close())
	}()
	ready <- 0
	src, err := capture.NewReader(r, "-")
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		if i > 0 {
			ready <- i
		}
		got, err := src.Read()
		if err != nil || got.Seq != records[i].Seq {
			t.Fatalf("%s: record %d: %v, %v", f, i, got, err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	close(ready)
	if _, err := src.Read(); !errors.Is(err, io.EOF) {
		t.Fatalf("%s: %v, want EOF", f, err)
	}
	if err := <-done; err != nil || !src.Status().Complete {
		t.Fatalf("%s: %v, %+v", f, err, src.Status())
	}
}

func TestParts(t *testing.T) {
	records := storm(30)
	head, middle, tail := records[:11], append(records[:1:1], records[11:20]...), records[20:]
	other := append(records[:1:1], records[11:20]...)
	other[0].WallOffsetNs.Set(1)
	unfinished := []byte(metaLine + forkLine[:20])
	cases := []struct {
		name   string
		files  map[string][]byte
		err    string
		is     error
		reason string
	}{
		{name: "JSONL", files: map[string][]byte{"a.jsonl": lines(head), "b.jsonl": lines(middle), "c.jsonl": lines(tail), "label.json": []byte("{}")}},
		{name: "Parquet", files: map[string][]byte{"1.parquet": encode(t, capture.Parquet, head), "2.parquet": encode(t, capture.Parquet, middle), "3.parquet": encode(t, capture.Parquet, tail)}},
		{name: "last part empty", files: map[string][]byte{"a.jsonl": lines(records[:31]), "b.jsonl": {}}, reason: "b.jsonl is empty"},
		{name: "other capture", files: map[string][]byte{"a.jsonl": lines(head), "b.jsonl": lines(other)}, err: "begins another capture", is: capture.ErrMixed},
		{name: "two formats", files: map[string][]byte{"a.jsonl": lines(head), "b.parquet": encode(t, capture.Parquet, tail)}, err: "JSONL and Parquet", is: capture.ErrMixed},
		{name: "cut in the middle", files: map[string][]byte{"a.jsonl": unfinished, "b.jsonl": lines(tail)}, err: "not the last"},
		{name: "nothing", files: map[string][]byte{"README": nil}, err: "no .jsonl, .jsonl.gz, .jsonl.zst or .parquet file", is: capture.ErrEmpty},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, data := range c.files {
				writeFile(t, filepath.Join(dir, name), data)
			}
			got, status, err := readFile(dir)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || c.is != nil && !errors.Is(err, c.is) {
					t.Fatalf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || !strings.HasSuffix(status.Reason, c.reason) || status.Complete != (c.reason == "") {
				t.Fatalf("%v, %+v", err, status)
			}
			compareLines(t, got, lines(records[:status.Records]))
		})
	}
}

// TestLinkedParts holds that a part may be a link to a file, but not a broken one.
func TestLinkedParts(t *testing.T) {
	records := storm(30)
	dir, store := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(dir, "a.jsonl"), lines(records[:11]))
	writeFile(t, filepath.Join(store, "b"), lines(records[11:]))
	for _, name := range []string{"b", "c"} {
		if err := os.Symlink(filepath.Join(store, name), filepath.Join(dir, name+".jsonl")); err != nil {
			t.Skip(err)
		}
		got, _, err := readFile(dir)
		if name == "c" {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("broken link: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		compareLines(t, got, lines(records))
	}
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// readFile reads a capture by name and returns its records as lines.
func readFile(name string) ([]byte, capture.Status, error) {
	src, err := capture.Open(name)
	if err != nil {
		return nil, capture.Status{}, err
	}
	defer src.Close()
	var out bytes.Buffer
	dst, err := capture.NewWriter(&out, capture.JSONL)
	if err != nil {
		return nil, capture.Status{}, err
	}
	_, err = capture.Copy(dst, src)
	err = errors.Join(err, dst.Close())
	return out.Bytes(), src.Status(), err
}

func TestOpenMissing(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.parquet")
	if _, err := capture.Open(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want ErrNotExist", err)
	}
	writeFile(t, name+".partial", nil)
	if _, err := capture.Open(name); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "a conversion to it runs still") {
		t.Errorf("%v, want a word about what is beside it", err)
	}
}

func TestSummarise(t *testing.T) {
	src, err := capture.NewReader(bytes.NewReader(encode(t, capture.JSONLZstd, storm(30))), "x")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := capture.Summarise(src)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(sum.Records, sum.Counts, sum.From, sum.Complete, sum.Meta.Host.V, sum.End.StopReason.V)
	const want = "32 map[end:1 exec:10 exit:10 fork:10 meta:1] 2026-11-22T20:30:00.123456789Z true db-7 duration\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if sum.To < start || sum.Meta.Type != schema.TypeMeta {
		t.Errorf("to %v, meta %q", sum.To, sum.Meta.Type)
	}
}
