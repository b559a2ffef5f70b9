package capture_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// recording is a capture as a recorder writes it.
var recording = capture.CreateOptions{Journal: true}

// summed makes the records of a capture whose lines have sums.
func summed(records []schema.Record) []schema.Record {
	records[0].Checksum.Set(schema.ChecksumCRC32C)
	return records
}

func writeAll(t testing.TB, w capture.Writer, records []schema.Record) {
	t.Helper()
	for i := range records {
		if err := w.Write(&records[i]); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReadWhileRecording holds that everything flushed can be read at once, in every
// format, with the reason why it is not all; and that the finished file is as it would
// be without a journal.
func TestReadWhileRecording(t *testing.T) {
	records := summed(storm(1<<16 + 500))
	for _, f := range formats {
		name := filepath.Join(t.TempDir(), "x"+f.Extension())
		file := create(t, name, recording)
		from := 0
		steps := []int{1, 40}
		if f == capture.Parquet {
			steps = append(steps, 1<<16-1, 1<<16, 1<<16+1, 1<<16+300)
		}
		for _, n := range steps {
			writeAll(t, file, records[from:n])
			from = n
			if err := file.Flush(); err != nil {
				t.Fatal(err)
			}
			wantUnfinished(t, name, records[:n], "it is still being recorded")
		}
		if _, err := capture.Create(name, capture.CreateOptions{Force: true}); !errors.Is(err, capture.ErrBusy) {
			t.Errorf("%s: created over what is being recorded: %v", f, err)
		}
		writeAll(t, file, records[from:])
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, filepath.Dir(name), filepath.Base(name))
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if f == capture.JSONL || f == capture.Parquet { // compressed, a flush shows
			if want := encode(t, f, records); string(data) != string(want) {
				t.Errorf("%s: with a journal %d bytes, without %d, or other ones", f, len(data), len(want))
			}
		}
		if _, status, err := readFile(name); err != nil || !status.Complete {
			t.Errorf("%s: %v, %+v", f, err, status)
		}
	}
}

func wantUnfinished(t *testing.T, name string, records []schema.Record, reason string) {
	t.Helper()
	got, status, err := readFile(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if status.Complete || status.Reason != reason {
		t.Errorf("%s: status %+v, want reason %q", name, status, reason)
	}
	compareLines(t, got, summedLines(records))
}

// summedLines encodes records as their lines.
func summedLines(records []schema.Record) []byte {
	var out []byte
	var encoder capture.LineEncoder
	for i := range records {
		out = append(encoder.Append(out, &records[i]), '\n')
	}
	return out
}

// copyFolder copies a journal as it is at this moment, as if the recorder had died.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestCrashPoints makes what is on the disk after each step of a recording that ends a
// row group and the file, and reads it: each record is there once.
func TestCrashPoints(t *testing.T) {
	const group = 1 << 16
	records := summed(storm(group + 500))
	n := len(records)
	dir := filepath.Join(t.TempDir(), "no [pattern") // of names
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	live := filepath.Join(dir, "live.parquet")
	file := create(t, live, recording)
	step := func(name string) string {
		copied := filepath.Join(dir, name+".parquet")
		copyFolder(t, live+".partial", copied+".partial")
		return copied
	}
	writeAll(t, file, records[:group-1])
	if err := file.Flush(); err != nil {
		t.Fatal(err)
	}
	before := step("before")
	writeAll(t, file, records[group-1:group])
	after := step("after")
	writeAll(t, file, records[group:])
	if err := file.Flush(); err != nil {
		t.Fatal(err)
	}
	last := step("last")
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	finished, err := os.ReadFile(live)
	if err != nil {
		t.Fatal(err)
	}
	read := func(name, file string) []byte { return readPart(t, name, file) }
	data, entries := read(after, "data"), read(after, "groups")
	steps := []crashStep{
		{name: "flushed", base: before, records: group - 1},
		{name: "data half written", base: before, files: map[string][]byte{"data": data[:len(data)/2]}, records: group - 1},
		{name: "data written", base: before, files: map[string][]byte{"data": data}, records: group - 1},
		{name: "entry torn in its head", base: before, files: map[string][]byte{"data": data, "groups": entries[:5]}, records: group - 1},
		{name: "entry torn", base: before, files: map[string][]byte{"data": data, "groups": entries[:len(entries)-1]}, records: group - 1},
		{name: "entry written", base: before, files: map[string][]byte{"data": data, "groups": entries}, records: group},
		{name: "old tail removed", base: after, remove: []string{"tail-1.jsonl"}, records: group},
		{name: "new tail", base: after, records: group},
		{name: "old tail not removed", base: last, files: map[string][]byte{"tail-0.jsonl": read(before, "tail-0.jsonl")}, records: n},
		{name: "flushed again", base: last, records: n},
		{name: "tail cut", base: last, files: map[string][]byte{"tail-1.jsonl": read(last, "tail-1.jsonl")[:20000]}, records: -1, reason: "the last line is cut"},
		{name: "row group appended", base: last, files: map[string][]byte{"data": finished[:len(finished)-9000]}, records: n},
		{name: "footer appended", base: last, files: map[string][]byte{"data": finished}, records: n},
	}
	for i, c := range steps {
		t.Run(c.name, func(t *testing.T) {
			c.check(t, filepath.Join(dir, fmt.Sprintf("step%d.parquet", i)), records)
		})
	}
	checkPublished(t, last, records, finished)
}

// crashStep is a state of the disk in which a recorder may die.
type crashStep struct {
	name    string
	base    string            // the journal that it is made from
	files   map[string][]byte // what is written over that
	remove  []string
	records int // that are there; a negative number is any
	reason  string
}

// check makes the state under a name and reads it by that and by the folder.
func (c *crashStep) check(t *testing.T, name string, records []schema.Record) {
	t.Helper()
	copyFolder(t, c.base+".partial", name+".partial")
	for file, data := range c.files {
		writeFile(t, filepath.Join(name+".partial", file), data)
	}
	for _, file := range c.remove {
		if err := os.Remove(filepath.Join(name+".partial", file)); err != nil {
			t.Fatal(err)
		}
	}
	checkStep(t, name, records, c.records, c.reason)
	checkStep(t, name+".partial", records, c.records, c.reason)
}

func readPart(t *testing.T, name, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(name+".partial", file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// checkPublished reads a recording that was finished but for removing its folder, as a
// file system leaves it that renames, and one that can only link.
func checkPublished(t *testing.T, last string, records []schema.Record, finished []byte) {
	t.Helper()
	dir, n := filepath.Dir(last), len(records)
	t.Run("renamed, folder left", func(t *testing.T) {
		name := filepath.Join(dir, "renamed.parquet")
		copyFolder(t, last+".partial", name+".partial")
		writeFile(t, name, finished)
		if err := os.Remove(filepath.Join(name+".partial", "data")); err != nil {
			t.Fatal(err)
		}
		checkStep(t, name, records, n, "")
	})
	t.Run("linked, folder left", func(t *testing.T) {
		name := filepath.Join(dir, "linked.parquet")
		copyFolder(t, last+".partial", name+".partial")
		writeFile(t, name, finished)
		linked := filepath.Join(name+".partial", "data")
		if err := errors.Join(os.Remove(linked), os.Link(name, linked)); err != nil {
			t.Fatal(err)
		}
		checkStep(t, name, records, n, "")
	})
}

// checkStep reads a capture of which n records are there; a negative n is any number.
func checkStep(t *testing.T, name string, records []schema.Record, n int, reason string) {
	t.Helper()
	got, status, err := readFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n < 0 {
		n = int(status.Records)
	}
	if reason == "" && n < len(records) {
		reason = "no end record: the recorder died"
	}
	if status.Reason != reason || status.Complete != (n == len(records)) {
		t.Errorf("status %+v, want reason %q", status, reason)
	}
	compareLines(t, got, summedLines(records[:n]))
}

// TestLostEntry holds that a log which lacks entries of row groups is damage: their
// records are missing in the middle.
func TestLostEntry(t *testing.T) {
	records := summed(storm(1<<16 + 500))
	dir := t.TempDir()
	name := filepath.Join(dir, "x.parquet")
	file := create(t, name, recording)
	writeAll(t, file, records)
	if err := file.Flush(); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "y.parquet")
	copyFolder(t, name+".partial", copied+".partial")
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	groups := filepath.Join(copied+".partial", "groups")
	entries, err := os.ReadFile(groups)
	if err != nil {
		t.Fatal(err)
	}
	wantDamaged := func(what string, at int, damaged []byte) {
		writeFile(t, groups, damaged)
		_, _, err := readFile(copied)
		var corrupt *capture.CorruptError
		if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "the log of row groups is damaged") {
			t.Errorf("%s at %d: %v, want CorruptError", what, at, err)
		}
	}
	wantDamaged("cut", len(entries)-1, entries[:len(entries)-1])
	damage(entries, 9, wantDamaged)
}

// TestUnfinishedWins holds that an older capture of the same name is never taken for
// the recording that was to replace it.
func TestUnfinishedWins(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.parquet")
	writeFile(t, name, encode(t, capture.Parquet, storm(3)))
	file := create(t, name, capture.CreateOptions{Journal: true, Force: true})
	records := summed(storm(30))
	writeAll(t, file, records[:20])
	if err := file.Abandon(); err != nil {
		t.Fatal(err)
	}
	wantUnfinished(t, name, records[:20], "no end record: the recorder died")
	_, err := capture.Create(name, recording)
	if err == nil || !strings.Contains(err.Error(), "finish it with 'linnix capture recover "+name+"', or replace it with --force") {
		t.Errorf("created over an unfinished recording: %v", err)
	}
}

// TestPipeInJournal holds that nobody waits for a pipe in the place of a file.
func TestPipeInJournal(t *testing.T) {
	records := summed(storm(30))[:20]
	for _, part := range []string{"data", "groups", "tail-0.jsonl"} {
		name := filepath.Join(t.TempDir(), "x.parquet")
		die(t, name, recording, records)
		pipe := filepath.Join(name+".partial", part)
		if err := errors.Join(os.Remove(pipe), unix.Mkfifo(pipe, 0o600)); err != nil {
			t.Fatal(err)
		}
		_, _, err := readFile(name)
		_, recoverErr := recoverFile(name, false)
		for _, err := range []error{err, recoverErr} {
			if err == nil || !strings.Contains(err.Error(), part+": it is no regular file") {
				t.Errorf("%s: %v", part, err)
			}
		}
		if _, err := capture.Create(name, capture.CreateOptions{Force: true}); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: created: %v", part, err)
		}
	}
	// Nor for one in the place of a conversion.
	name := filepath.Join(t.TempDir(), "x.parquet")
	if err := unix.Mkfifo(name+".partial", 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := capture.Create(name, recording); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created over a pipe: %v", err)
	}
}
