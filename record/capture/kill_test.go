package capture_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// childCapture names, in a process that this test starts, the capture to write.
const childCapture = "LINNIX_TEST_CAPTURE"

func TestMain(m *testing.M) {
	if name := os.Getenv(childCapture); name != "" {
		if err := writeUntilKilled(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Of what the child writes: a row group and a bit.
const childRecords = 1<<16 + 5000

// childFlushes says where the child flushes: often for a while, as if little came, and
// then seldom.
func childFlushes(seq int64) bool {
	if seq%10_000 < 3000 {
		return seq%43 == 0
	}
	return seq%997 == 0
}

// writeUntilKilled writes a capture and says on standard output, after each flush, how
// many records must be there from now on.
func writeUntilKilled(name string) error {
	file, err := capture.Create(name, recording)
	if err != nil {
		return err
	}
	records := summed(storm(64))
	for seq := range int64(childRecords) {
		if err := file.Write(nextOfStorm(records, seq)); err != nil {
			return err
		}
		if childFlushes(seq) {
			if err := file.Flush(); err != nil {
				return err
			}
			fmt.Println(seq + 1)
		}
	}
	if err := file.Close(); err != nil {
		return err
	}
	fmt.Println(childRecords)
	return nil
}

// TestKill kills a process that writes, at random moments: whatever it had flushed is
// read, each record once and unchanged, and can be recovered.
func TestKill(t *testing.T) {
	const kills = 3
	for _, f := range formats {
		for kill := range kills {
			name := filepath.Join(t.TempDir(), "x"+f.Extension())
			// A share of the records after which it is killed, and a bit.
			promised := killAfter(t, name, rand.Int64N(childRecords), time.Duration(rand.IntN(3000))*time.Microsecond)
			read := checkKilled(t, name, promised)
			if kill > 0 {
				continue
			}
			if _, err := recoverFile(name, false); err != nil {
				t.Fatal(err)
			}
			wantFinished(t, name)
			src, err := capture.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			sum, err := capture.Summarise(src)
			if err != nil || sum.Records != read+1 || sum.End.StopReason.V != schema.StopRecovered {
				t.Errorf("%s: recovered %d of %d records: %v", f, sum.Records, read, err)
			}
			if err := src.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// killAfter starts the child, kills it a while after it has promised so many records,
// and returns how many it had promised by then.
func killAfter(t *testing.T, name string, records int64, while time.Duration) (promised int64) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childCapture+"="+name)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	killed := false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if promised, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
		if promised >= records && !killed {
			killed = true
			time.AfterFunc(while, func() { _ = child.Process.Kill() })
		}
	}
	_ = child.Wait() // killed, or just finished
	return promised
}

// checkKilled reads what a killed child left and returns how many records that is. A
// child that had written all was killed too late: the capture then lacks its end.
func checkKilled(t *testing.T, name string, promised int64) int64 {
	t.Helper()
	src, err := capture.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	records := summed(storm(64))
	var want, got []byte
	for n := int64(0); ; n++ {
		r, err := src.Read()
		if errors.Is(err, io.EOF) {
			if n < promised {
				t.Errorf("%s: %d records, want %d: %+v", filepath.Base(name), n, promised, src.Status())
			}
			if status := src.Status(); status.Complete || status.Reason == "" {
				t.Errorf("status %+v", status)
			}
			return n
		}
		if err != nil {
			t.Fatalf("%s: record %d: %v", filepath.Base(name), n, err)
		}
		want = schema.AppendJSON(want[:0], nextOfStorm(records, n))
		got = schema.AppendJSON(got[:0], r)
		if string(got) != string(want) {
			t.Fatalf("%s: record %d:\n got %s\nwant %s", filepath.Base(name), n, got, want)
		}
	}
}
