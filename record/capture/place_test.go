package capture_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/linnix-os/linnix/record/capture"
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

// TestOtherFilesStay holds that a folder which somebody else made beside a capture keeps
// its files, whatever is created or recovered under the name and by whatever force.
func TestOtherFilesStay(t *testing.T) {
	for _, f := range formats {
		for _, opts := range []capture.CreateOptions{{}, {Force: true}, recording, {Journal: true, Force: true}} {
			name := filepath.Join(t.TempDir(), "x"+f.Extension())
			other := filepath.Join(name+".partial", "other")
			if err := os.Mkdir(name+".partial", 0o700); err != nil {
				t.Fatal(err)
			}
			writeFile(t, other, []byte("other"))
			file, err := capture.Create(name, opts)
			switch {
			case f == capture.Parquet:
				if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "holds other files, such as other; move them") {
					t.Errorf("%s: %v, want ErrExist", f, err)
				}
				writeFile(t, name, encode(t, f, storm(3)))
			case err != nil:
				t.Fatal(err)
			default:
				writeAll(t, file, summed(storm(3)))
				if err := file.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if found, err := recoverFile(name, false); err != nil || !found.Finished {
				t.Errorf("%s: %+v, %v", f, found, err)
			}
			wantFiles(t, filepath.Dir(other), "other")
		}
	}
}

// TestOtherFilesInJournal holds the same for a file that was put into a journal.
func TestOtherFilesInJournal(t *testing.T) {
	records := summed(storm(300))
	for _, finish := range []bool{true, false} {
		name := filepath.Join(t.TempDir(), "x.parquet")
		file := create(t, name, recording)
		writeAll(t, file, records[:200])
		writeFile(t, filepath.Join(name+".partial", "other"), []byte("other"))
		if finish {
			writeAll(t, file, records[200:])
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		} else {
			if err := file.Abandon(); err != nil {
				t.Fatal(err)
			}
			if _, err := capture.Create(name, capture.CreateOptions{Force: true}); !errors.Is(err, fs.ErrExist) {
				t.Errorf("created over other files: %v", err)
			}
			wantUnfinished(t, name, records[:200], "no end record: the recorder died")
			if _, err := recoverFile(name, false); err != nil {
				t.Fatal(err)
			}
		}
		wantFiles(t, name+".partial", "other")
		if _, status, err := readFile(name); err != nil || !status.Complete {
			t.Errorf("%+v, %v", status, err)
		}
	}
}
