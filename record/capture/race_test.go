package capture_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// TestTwoAtOnce starts two captures under one name: one of them is refused, and the
// other has all its records.
func TestTwoAtOnce(t *testing.T) {
	records := summed(storm(4))
	for _, opts := range []capture.CreateOptions{recording, {Journal: true, Force: true}, {}} {
		for range 150 {
			name := filepath.Join(t.TempDir(), "x.parquet")
			if opts.Force {
				die(t, name, recording, records[:2])
			}
			startTwo(t, name, opts, records)
			wantFiles(t, filepath.Dir(name), "x.parquet")
			got, status, err := readFile(name)
			if err != nil || !status.Complete {
				t.Fatalf("%+v: %+v, %v", opts, status, err)
			}
			compareLines(t, got, summedLines(records))
		}
	}
}

func startTwo(t *testing.T, name string, opts capture.CreateOptions, records []schema.Record) {
	t.Helper()
	var files [2]*capture.File
	var errs [2]error
	var both sync.WaitGroup
	start := make(chan struct{})
	for i := range files {
		both.Go(func() {
			<-start
			files[i], errs[i] = capture.Create(name, opts)
		})
	}
	close(start)
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("%+v: %v and %v, want one to be refused", opts, errs[0], errs[1])
	}
	for i, file := range files {
		if errs[i] != nil {
			if !errors.Is(errs[i], fs.ErrExist) {
				t.Errorf("%+v: %v, want ErrExist", opts, errs[i])
			}
			continue
		}
		writeAll(t, file, records)
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUnborn holds that what was killed before its journal was complete is in nobody's
// way, is removed in time, and never from under one that is being made.
func TestUnborn(t *testing.T) {
	for what, c := range map[string]struct {
		age   time.Duration
		other string
		locks bool
		stays bool
	}{
		"being made": {stays: true},
		"left":       {age: time.Hour},
		"other":      {age: time.Hour, other: "notes", stays: true},
		"locked":     {age: time.Hour, locks: true, stays: true},
	} {
		dir := t.TempDir()
		unborn := filepath.Join(dir, ".x.parquet.partial.0123abcd")
		if err := os.Mkdir(unborn, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"groups", "tail-0.jsonl", "data", c.other} {
			if file != "" {
				writeFile(t, filepath.Join(unborn, file), nil)
			}
		}
		if c.locks {
			data, err := os.Open(filepath.Join(unborn, "data"))
			if err == nil {
				err = unix.Flock(int(data.Fd()), unix.LOCK_EX)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer data.Close()
		}
		then := time.Now().Add(-c.age)
		if err := os.Chtimes(unborn, then, then); err != nil {
			t.Fatal(err)
		}
		file := create(t, filepath.Join(dir, "x.parquet"), recording)
		if err := file.Abandon(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(unborn); (err == nil) != c.stays {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestForceOverConversion holds that a conversion that runs is not replaced.
func TestForceOverConversion(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.parquet")
	file := create(t, name, capture.CreateOptions{})
	for _, opts := range []capture.CreateOptions{{Force: true}, {Force: true, Journal: true}} {
		if _, err := capture.Create(name, opts); !errors.Is(err, capture.ErrBusy) || !errors.Is(err, fs.ErrExist) {
			t.Errorf("%+v: %v, want ErrBusy", opts, err)
		}
	}
	writeAll(t, file, storm(3))
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, filepath.Dir(name), "x.parquet")
}

// TestReplacedMeanwhile holds that only what was written gets the name, and that what
// another program put in its place stays.
func TestReplacedMeanwhile(t *testing.T) {
	for _, opts := range []capture.CreateOptions{{}, recording} {
		for _, finish := range []bool{true, false} {
			name := filepath.Join(t.TempDir(), "x.parquet")
			file := create(t, name, opts)
			staged := name + ".partial"
			if opts.Journal {
				staged = filepath.Join(staged, "data")
			}
			if finish {
				writeAll(t, file, storm(3))
			}
			if err := os.Remove(staged); err != nil {
				t.Fatal(err)
			}
			writeFile(t, staged, []byte("other"))
			if !finish {
				if err := file.Abandon(); err != nil {
					t.Error(err)
				}
				if _, err := os.Stat(staged); err != nil && !opts.Journal {
					t.Errorf("%+v: abandoned: %v", opts, err)
				}
				continue
			}
			if err := file.Close(); err == nil || !strings.Contains(err.Error(), "replaced what was being written") {
				t.Errorf("%+v: %v", opts, err)
			}
			if other, err := os.ReadFile(staged); err != nil || string(other) != "other" {
				t.Errorf("%+v: %q, %v", opts, other, err)
			}
			wantFiles(t, filepath.Dir(name), "x.parquet.partial")
		}
	}
}
