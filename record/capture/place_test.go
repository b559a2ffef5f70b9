package capture_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMovedFolder finishes a capture whose folder was moved meanwhile, and one whose
// disk was unmounted but for those who hold it.
func TestMovedFolder(t *testing.T) {
	records := summed(storm(300))
	for _, f := range formats {
		dir := filepath.Join(t.TempDir(), "before")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		file := create(t, filepath.Join(dir, "x"+f.Extension()), recording)
		writeAll(t, file, records)
		moved := dir + "-moved"
		if err := os.Rename(dir, moved); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, moved, "x"+f.Extension())
	}
}

func TestUnmounted(t *testing.T) {
	records := summed(storm(300))
	for _, f := range formats {
		outer := smallDisk(t, 64<<10)
		dir := filepath.Join(outer, "disk")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("linnix-test", dir, "tmpfs", 0, "size=1m"); err != nil {
			t.Fatal(err)
		}
		held, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		file := create(t, filepath.Join(dir, "x"+f.Extension()), recording)
		writeAll(t, file, records)
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, dir)
		data, err := held.ReadFile("x" + f.Extension())
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		got, status, err := decode(data)
		if err != nil || !status.Complete {
			t.Fatalf("%s: %+v, %v", f, status, err)
		}
		compareLines(t, got, lines(records))
	}
}
