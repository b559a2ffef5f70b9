package capture_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// die writes records as a recorder that dies after the last of them was flushed.
func die(t *testing.T, name string, opts capture.CreateOptions, records []schema.Record) {
	t.Helper()
	file := create(t, name, opts)
	writeAll(t, file, records)
	if err := file.Abandon(); err != nil {
		t.Fatal(err)
	}
}

func recoverFile(name string, force bool) (*capture.Recovered, error) {
	return capture.Recover(context.Background(), name, capture.RecoverOptions{Force: force})
}

// diedReason says that a reader gave the reason of a recorder that died after a flush;
// compressed text has no end then.
func diedReason(reason string) bool {
	return reason == "no end record: the recorder died" || reason == "the compressed data are cut"
}

// recoveredLines are the lines of a capture of which these records were left.
func recoveredLines(records []schema.Record) []byte {
	last := &records[len(records)-1]
	end := schema.Record{Type: schema.TypeEnd, Time: last.Time, Seq: last.Seq + 1}
	end.StopReason.Set(schema.StopRecovered)
	return summedLines(append(records[:len(records):len(records)], end))
}

// TestRecover holds that what was left becomes a finished capture, of the same bytes as
// an undisturbed one of the same records, and that a second time changes nothing.
func TestRecover(t *testing.T) {
	records := summed(storm(1<<16 + 300))
	for _, f := range formats {
		sizes := []int{1, 100}
		if f == capture.Parquet {
			sizes = append(sizes, 1<<16, 1<<16+200)
		}
		for _, n := range sizes {
			name := filepath.Join(t.TempDir(), "x"+f.Extension())
			die(t, name, recording, records[:n])
			found, err := recoverFile(name, false)
			if err != nil || found.Finished || found.Records != int64(n) || !diedReason(found.Reason) {
				t.Fatalf("%s: %+v, %v", f, found, err)
			}
			got, status, err := readFile(name)
			if err != nil || !status.Complete {
				t.Fatalf("%s: %+v, %v", f, status, err)
			}
			compareLines(t, got, recoveredLines(records[:n]))
			wantFiles(t, filepath.Dir(name), filepath.Base(name))
			wantFinished(t, name)
		}
	}
}

// wantFinished recovers a finished capture, which changes nothing.
func wantFinished(t *testing.T, name string) {
	t.Helper()
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(name)
	found, err := recoverFile(name, false)
	if err != nil || !found.Finished {
		t.Errorf("%s: %+v, %v, want finished", name, found, err)
	}
	after, _ := os.ReadFile(name)
	if again, _ := os.Stat(name); !bytes.Equal(before, after) || !os.SameFile(info, again) {
		t.Errorf("%s: changed", name)
	}
	wantFiles(t, filepath.Dir(name), filepath.Base(name))
}

// TestRecoverAgain holds that whatever a run left that did not come to its end, the
// next one completes.
func TestRecoverAgain(t *testing.T) {
	records := summed(storm(300))[:200]
	for _, f := range formats {
		dir := t.TempDir()
		name := filepath.Join(dir, "x"+f.Extension())
		// It was killed while it wrote.
		die(t, name, recording, records)
		writeFile(t, name+".recovering", []byte("half"))
		if _, err := recoverFile(name, false); err != nil {
			t.Fatal(err)
		}
		wantFinished(t, name)
		got, _, err := readFile(name)
		if err != nil {
			t.Fatal(err)
		}
		compareLines(t, got, recoveredLines(records))
	}
	// It was killed between giving the name and removing the folder.
	dir := t.TempDir()
	name, copied := filepath.Join(dir, "x.parquet"), filepath.Join(t.TempDir(), "left")
	die(t, name, recording, records)
	copyFolder(t, name+".partial", copied)
	if _, err := recoverFile(name, false); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, copied, name+".partial")
	wantUnfinished(t, name, records, "no end record: the recorder died")
	if _, err := recoverFile(name, false); err != nil {
		t.Fatal(err)
	}
	wantFinished(t, name)
}

// TestRecoverOver holds that an older capture in the way is replaced only by force.
func TestRecoverOver(t *testing.T) {
	records := summed(storm(300))[:200]
	dir := t.TempDir()
	name := filepath.Join(dir, "x.parquet")
	old := encode(t, capture.Parquet, storm(3))
	writeFile(t, name, old)
	die(t, name, capture.CreateOptions{Journal: true, Force: true}, records)
	if _, err := recoverFile(name, false); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "--force") {
		t.Errorf("over an older capture: %v", err)
	}
	if data, _ := os.ReadFile(name); !bytes.Equal(data, old) {
		t.Error("the older capture has changed")
	}
	wantFiles(t, dir, "x.parquet", "x.parquet.partial")
	if _, err := recoverFile(name, true); err != nil {
		t.Fatal(err)
	}
	got, _, err := readFile(name)
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, got, recoveredLines(records))
	wantFiles(t, dir, "x.parquet")
}

// TestRecoverComplete finishes a recording that lacked only its name.
func TestRecoverComplete(t *testing.T) {
	records := summed(storm(300))
	name := filepath.Join(t.TempDir(), "x.parquet")
	die(t, name, recording, records)
	if found, err := recoverFile(name, false); err != nil || found.Finished {
		t.Fatalf("%+v, %v", found, err)
	}
	got, err := os.ReadFile(name)
	if want := encode(t, capture.Parquet, records); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, or other bytes than of an undisturbed recording", err)
	}
	wantFinished(t, name)
}

func TestRecoverRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := recoverFile(filepath.Join(dir, "no.parquet"), false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := recoverFile(dir, false); !errors.Is(err, capture.ErrParts) {
		t.Errorf("a folder: %v", err)
	}
	for _, f := range formats {
		name := filepath.Join(dir, "busy"+f.Extension())
		file := create(t, name, recording)
		writeAll(t, file, summed(storm(3))[:2])
		if err := file.Flush(); err != nil {
			t.Fatal(err)
		}
		if _, err := recoverFile(name, true); !errors.Is(err, capture.ErrBusy) {
			t.Errorf("%s: while it is recorded: %v", f, err)
		}
		if err := file.Abandon(); err != nil {
			t.Fatal(err)
		}
	}
	// Damage before the end stays for whoever can mend it.
	name := filepath.Join(dir, "damaged.jsonl")
	writeFile(t, name, []byte(metaLine+"?\n"+forkLine))
	var corrupt *capture.CorruptError
	if _, err := recoverFile(name, false); !errors.As(err, &corrupt) {
		t.Errorf("damaged: %v", err)
	}
	if _, err := os.Stat(name + ".recovering"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("damaged: %v, want nothing left", err)
	}
}

// dieVoid leaves the journal of a recorder that died before its first flush.
func dieVoid(t *testing.T, name string, opts capture.CreateOptions) {
	t.Helper()
	opts.Journal = true
	file := create(t, name, opts)
	writeAll(t, file, summed(storm(3))[:2])
	left := filepath.Join(t.TempDir(), "left")
	copyFolder(t, name+".partial", left)
	if err := file.Abandon(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(name + ".partial"); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, left, name+".partial")
}

// TestVoid holds that what a recorder left that had recorded nothing hides no finished
// capture and is in the way of no new one.
func TestVoid(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.parquet")
	dieVoid(t, name, recording)
	if _, _, err := readFile(name); !errors.Is(err, capture.ErrEmpty) || !strings.Contains(err.Error(), "nothing had been recorded") {
		t.Errorf("read: %v", err)
	}
	if _, err := recoverFile(name, false); !errors.Is(err, capture.ErrEmpty) || !strings.Contains(err.Error(), "nothing had been recorded") {
		t.Errorf("recovered: %v", err)
	}
	wantFiles(t, filepath.Dir(name))

	dieVoid(t, name, recording)
	old := summed(storm(30))
	file := create(t, name, recording)
	if _, _, err := readFile(name); !errors.Is(err, capture.ErrEmpty) || strings.Contains(err.Error(), "died") {
		t.Errorf("read while it is recorded: %v", err)
	}
	writeAll(t, file, old)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	wantFinished(t, name)

	dieVoid(t, name, capture.CreateOptions{Force: true})
	got, status, err := readFile(name)
	if err != nil || !status.Complete {
		t.Fatalf("%+v, %v", status, err)
	}
	compareLines(t, got, summedLines(old))
	wantFinished(t, name)

	// A torn first line is no record either; a whole one is.
	dieVoid(t, name, capture.CreateOptions{Force: true})
	tail := filepath.Join(name+".partial", "tail-0.jsonl")
	writeFile(t, tail, summedLines(old[:1])[:50])
	checkStep(t, name, old, len(old), "")
	writeFile(t, tail, summedLines(old[:1]))
	checkStep(t, name, old, 1, "no end record: the recorder died")
	if _, err := capture.Create(name, recording); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created over a record: %v", err)
	}
}

// TestRecoverKeepsOwner holds that a capture stays its owner's when root recovers it.
func TestRecoverKeepsOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
	}
	const uid, gid = 12345, 23456
	records := summed(storm(300))[:200]
	for _, f := range formats {
		name := filepath.Join(t.TempDir(), "x"+f.Extension())
		die(t, name, recording, records)
		left := name
		if f == capture.Parquet {
			left = filepath.Join(name+".partial", "data")
		}
		if err := os.Chown(left, uid, gid); err != nil {
			t.Fatal(err)
		}
		if _, err := recoverFile(name, false); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != uid || owner.Gid != gid || info.Mode() != 0o600 {
			t.Errorf("%s: %d:%d %v, want %d:%d", f, owner.Uid, owner.Gid, info.Mode(), uid, gid)
		}
	}
}

// TestRecoverByOtherNames gives the folder, and links: what they lead to is finished,
// under its own name, and they stay.
func TestRecoverByOtherNames(t *testing.T) {
	records := summed(storm(300))[:200]
	for _, f := range formats {
		for what, c := range map[string]struct{ link, to, give string }{
			"folder":               {give: "x.parquet.partial"},
			"folder with a slash":  {give: "x.parquet.partial/"},
			"link to the capture":  {link: "links/l" + f.Extension(), to: "../x" + f.Extension(), give: "links/l" + f.Extension()},
			"link to the folder":   {link: "links/l.parquet.partial", to: "../x.parquet.partial", give: "links/l.parquet"},
			"that link by itself":  {link: "links/l.parquet.partial", to: "../x.parquet.partial", give: "links/l.parquet.partial"},
			"link to where it is":  {link: "links/here", to: "..", give: "links/here/x" + f.Extension()},
			"the name of no other": {give: "x" + f.Extension()},
		} {
			staged := strings.Contains(c.to+c.give, ".partial")
			if (f != capture.Parquet && staged) || (f == capture.Parquet && what == "link to the capture") {
				continue
			}
			dir := t.TempDir()
			name := filepath.Join(dir, "x"+f.Extension())
			die(t, name, recording, records)
			if err := os.Mkdir(filepath.Join(dir, "links"), 0o700); err != nil {
				t.Fatal(err)
			}
			if c.link != "" {
				if err := os.Symlink(c.to, filepath.Join(dir, c.link)); err != nil {
					t.Fatal(err)
				}
			}
			if found, err := recoverFile(dir+"/"+c.give, false); err != nil || found.Finished {
				t.Errorf("%s, %s: %+v, %v", f, what, found, err)
				continue
			}
			got, status, err := readFile(name)
			if err != nil || !status.Complete {
				t.Errorf("%s, %s: %+v, %v", f, what, status, err)
			}
			compareLines(t, got, recoveredLines(records))
			wantFiles(t, dir, "links", "x"+f.Extension())
			if c.link != "" {
				if to, err := os.Readlink(filepath.Join(dir, c.link)); err != nil || to != c.to {
					t.Errorf("%s, %s: %q, %v", f, what, to, err)
				}
			}
		}
	}
}

// TestForceOverRecovering holds that what a recovery left that was ended goes with what
// it was to finish.
func TestForceOverRecovering(t *testing.T) {
	records := summed(storm(300))
	for _, f := range formats {
		name := filepath.Join(t.TempDir(), "x"+f.Extension())
		die(t, name, recording, records[:200])
		writeFile(t, name+".recovering", []byte("half"))
		file := create(t, name, capture.CreateOptions{Journal: true, Force: true})
		writeAll(t, file, records)
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, filepath.Dir(name), filepath.Base(name))
	}
}
