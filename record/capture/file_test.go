package capture_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

func TestCreate(t *testing.T) {
	records := storm(5)
	for _, f := range formats {
		name := filepath.Join(t.TempDir(), "x"+f.Extension())
		file := create(t, name, capture.CreateOptions{})
		if file.Name() != name || file.Format() != f {
			t.Errorf("%s: created as %s %s", name, file.Name(), file.Format())
		}
		for i := range records {
			if err := file.Write(&records[i]); err != nil {
				t.Fatal(err)
			}
		}
		_, err := os.Stat(name)
		if unfinished := errors.Is(err, fs.ErrNotExist); unfinished != (f == capture.Parquet) {
			t.Errorf("%s: before Close: %v", f, err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		if err := file.Abandon(); err != nil {
			t.Errorf("%s: Abandon after Close: %v", f, err)
		}
		if err := file.Close(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s: second Close: %v", f, err)
		}
		got, _, err := readFile(name)
		if err != nil {
			t.Fatal(err)
		}
		compareLines(t, got, lines(records))
		wantFiles(t, filepath.Dir(name), filepath.Base(name))
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want mode 0600", f, info.Mode(), err)
		}
	}
}

func create(t *testing.T, name string, opts capture.CreateOptions) *capture.File {
	t.Helper()
	file, err := capture.Create(name, opts)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("files %q, want %q", got, want)
	}
}

func TestCreateExisting(t *testing.T) {
	for _, f := range formats {
		taken := []string{"x" + f.Extension()}
		if f == capture.Parquet {
			taken = append(taken, "x.parquet.partial")
		}
		for _, existing := range taken {
			dir := t.TempDir()
			name := filepath.Join(dir, "x"+f.Extension())
			writeFile(t, filepath.Join(dir, existing), []byte("old"))
			_, err := capture.Create(name, capture.CreateOptions{})
			if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "--force") {
				t.Errorf("%s over %s: %v, want ErrExist", f, existing, err)
			}
			old, err := os.ReadFile(filepath.Join(dir, existing))
			if err != nil || string(old) != "old" {
				t.Errorf("%s: refused, but changed: %q, %v", f, old, err)
			}
			file := create(t, name, capture.CreateOptions{Force: true})
			if err := file.Write(metaRecord()); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			wantFiles(t, dir, filepath.Base(name))
			if _, _, err := readFile(name); err != nil {
				t.Errorf("%s over %s: %v", f, existing, err)
			}
		}
	}
}

// TestReplaceWhileReading holds that --force over the very capture that is being
// read loses nothing.
func TestReplaceWhileReading(t *testing.T) {
	records := storm(2000)
	for _, f := range formats {
		name := filepath.Join(t.TempDir(), "x"+f.Extension())
		writeFile(t, name, encode(t, f, records))
		src, err := capture.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		dst := create(t, name, capture.CreateOptions{Force: true})
		if _, err := capture.Copy(dst, src); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(dst.Close(), src.Close()); err != nil {
			t.Fatal(err)
		}
		got, _, err := readFile(name)
		if err != nil {
			t.Fatal(err)
		}
		compareLines(t, got, lines(records))
	}
}

func TestAbandon(t *testing.T) {
	for _, f := range formats {
		dir := t.TempDir()
		file := create(t, filepath.Join(dir, "x"+f.Extension()), capture.CreateOptions{})
		if err := file.Abandon(); err != nil {
			t.Fatal(err)
		}
		if f == capture.Parquet {
			wantFiles(t, dir)
		} else {
			wantFiles(t, dir, "x"+f.Extension())
		}
	}
}

// TestTakenMeanwhile holds that Close does not replace a file that came after Create.
func TestTakenMeanwhile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.parquet")
	file := create(t, name, capture.CreateOptions{})
	if err := file.Write(metaRecord()); err != nil {
		t.Fatal(err)
	}
	writeFile(t, name, []byte("other"))
	if err := file.Close(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, want ErrExist", err)
	}
	if data, _ := os.ReadFile(name); string(data) != "other" {
		t.Errorf("replaced by %q", data)
	}
}

// TestDiskFull writes to a device that is always full.
func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	file := create(t, "/dev/full", capture.CreateOptions{})
	if err := file.Write(metaRecord()); err != nil {
		t.Fatal(err)
	}
	if err := file.Flush(); err == nil {
		t.Error("no error from a full device")
	}
	if err := file.Close(); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("Close: %v, want the error and the name", err)
	}
}

func TestCreateErrors(t *testing.T) {
	dir := t.TempDir()
	cases := map[string]string{
		filepath.Join(dir, "x.csv"):      "use .jsonl, .jsonl.gz, .jsonl.zst or .parquet",
		dir:                              "is a folder",
		filepath.Join(dir, "no/x.jsonl"): "no such file",
	}
	for name, want := range cases {
		if _, err := capture.Create(name, capture.CreateOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	file := create(t, os.DevNull, capture.CreateOptions{})
	if err := errors.Join(file.Write(metaRecord()), file.Close()); err != nil || file.Format() != capture.JSONL {
		t.Errorf("%s: %v as %s", os.DevNull, err, file.Format())
	}
}

// TestRefused holds that what could not be read back is not written.
func TestRefused(t *testing.T) {
	refused := map[string]*schema.Record{
		"fork record lacks pid, start_time": {Type: schema.TypeFork},
		"empty type":                        {},
		"seq: want 0 or more":               {Type: schema.TypeSystem, Seq: -1},
		"at most 4194304 can be read back":  long(strings.Repeat("\x01", capture.MaxLineBytes/6)),
		"at most 4194304":                   long(make([]string, capture.MaxLineBytes/3)...),
	}
	for _, f := range formats {
		for want, r := range refused {
			w, err := capture.NewWriter(new(bytes.Buffer), f)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(r); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", f, err, want)
			}
		}
	}
}

// long makes a record whose line is only just too long.
func long(argv ...string) *schema.Record {
	r := metaRecord()
	r.Argv.Set(argv)
	return r
}
