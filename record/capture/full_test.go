package capture_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// requireLive is the variable that forbids tests to skip what needs rights.
const requireLive = "LINNIX_REQUIRE_LIVE"

// smallDisk mounts a file system of so many bytes.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	err := unix.Mount("linnix-test", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size))
	if errors.Is(err, unix.EPERM) && os.Getenv(requireLive) == "" {
		t.Skip("no right to mount: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestFullDisk records until a small disk is full: the record that finds it so is not
// written, those that end the recording are, and the capture is complete.
func TestFullDisk(t *testing.T) {
	long, short := summed(longArgs(4000)), summed(storm(1<<17))
	for _, kib := range []int{512, 1024, 4096} {
		for _, f := range formats {
			for kind, records := range map[string][]schema.Record{"storm": short, "long": long} {
				t.Run(fmt.Sprintf("%d KiB/%s/%s", kib, f, kind), func(t *testing.T) {
					fillDisk(t, smallDisk(t, kib<<10), f, records)
				})
			}
		}
	}
}

func fillDisk(t *testing.T, dir string, f capture.Format, records []schema.Record) {
	name := filepath.Join(dir, "x"+f.Extension())
	file := create(t, name, recording)
	n, full := writeUntilFull(t, file, records)
	if !full {
		t.Skip("the disk is large enough for all") // compressed storms
	}
	written := append(records[:n:n], *endRecord(records[n-1].Seq + 1))
	for _, r := range closingRecords(written) {
		if err := file.Write(&r); err != nil {
			t.Fatal(err)
		}
	}
	written = append(records[:n:n], closingRecords(written)...)
	size := file.Size()
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir, filepath.Base(name))
	got, status, err := readFile(name)
	if err != nil || !status.Complete {
		t.Fatalf("%+v, %v", status, err)
	}
	compareLines(t, got, summedLines(written))
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	var disk unix.Stat_t
	if err := unix.Stat(name, &disk); err != nil || disk.Blocks*512 > info.Size()+8192 {
		t.Errorf("%d bytes hold %d on the disk: %v", info.Size(), disk.Blocks*512, err)
	}
	t.Logf("%d records, %d bytes, %d estimated", n, info.Size(), size)
}

// closingRecords are what a recorder writes when the disk is full.
func closingRecords(written []schema.Record) []schema.Record {
	end := written[len(written)-1]
	var closing []schema.Record
	for i := range 20 {
		lost := schema.Record{Type: schema.TypeLost, Time: end.Time, Seq: end.Seq + int64(i)}
		lost.LostType.Set("fork")
		lost.Count.Set(7)
		lost.Reason.Set("output")
		closing = append(closing, lost)
	}
	end.Seq += 20
	return append(closing, end)
}

// writeUntilFull writes records, a flush in between, and returns how many were taken.
func writeUntilFull(t *testing.T, file *capture.File, records []schema.Record) (n int, full bool) {
	t.Helper()
	for i := range records {
		err := file.Write(&records[i])
		if err == nil && i%1000 == 0 {
			err = file.Flush()
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, capture.ErrFull) || !errors.Is(err, syscall.ENOSPC) ||
			err.Error() != "write "+file.Name()+": no space left on device" {
			t.Fatalf("record %d: %v", i, err)
		}
		return i, true
	}
	return len(records), false
}

// TestFullDiskFromTheStart asks for more room than there is.
func TestFullDiskFromTheStart(t *testing.T) {
	dir := smallDisk(t, 32<<10)
	for _, f := range formats {
		name := filepath.Join(dir, "x"+f.Extension())
		_, err := capture.Create(name, recording)
		if !errors.Is(err, capture.ErrFull) || !strings.Contains(err.Error(), "too little room to start") {
			t.Errorf("%s: %v", f, err)
		}
		wantFiles(t, dir)
	}
}

// TestFullReserve goes on writing when the reserve is used up, too: what was taken is
// there, whether or not the capture could be finished.
func TestFullReserve(t *testing.T) {
	records := summed(longArgs(2000))
	for _, f := range formats {
		name := filepath.Join(smallDisk(t, 1<<20), "x"+f.Extension())
		file := create(t, name, recording)
		var written []schema.Record
		for i := range records {
			if err := file.Write(&records[i]); err == nil {
				written = append(written, records[i])
			} else if !errors.Is(err, capture.ErrFull) {
				t.Fatalf("%s: record %d: %v", f, i, err)
			}
		}
		if len(written) == len(records) {
			t.Fatalf("%s: never full", f)
		}
		if err := file.Close(); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		got, _, err := readFile(name)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		compareLines(t, got, summedLines(written))
	}
}
