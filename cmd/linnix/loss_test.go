package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
	"golang.org/x/sys/unix"
)

// TestLossIsData stops the recorder in a storm, or gives it a ring that is too small, and
// holds that each lost event is told: in the account, in lost records that say when, in
// the summary and by the exit code.
func TestLossIsData(t *testing.T) {
	requireLiveKernel(t)
	storm := compileStorm(t)
	// So small that it overflows also while the recorder runs.
	const smallRing = "64KiB"
	tests := map[string]struct {
		ring, storm string
		// stop is for how long the recorder is stopped, once the storm has begun.
		stop time.Duration
		// exitsKept says that the room that is kept for exits lasts.
		exitsKept bool
	}{
		"stopped for 5 s":          {ring: "16MiB", storm: "7 2 0 vfork", stop: 5 * time.Second},
		"small ring":               {ring: smallRing, storm: "3 2 0 vfork", stop: 300 * time.Millisecond},
		"while the headroom lasts": {ring: "1MiB", storm: "2 1 900 exec", stop: 4 * time.Second, exitsKept: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := startRecording(t, ".jsonl.zst", "--ring-size", test.ring, "--fail-on-loss")
			load := exec.CommandContext(t.Context(), storm, strings.Fields(test.storm)...)
			if err := load.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(200 * time.Millisecond)
			stopped := bootTime(t)
			r.signal(syscall.SIGSTOP)
			time.Sleep(test.stop)
			r.signal(syscall.SIGCONT)
			continued := bootTime(t)
			if err := load.Wait(); err != nil {
				t.Errorf("storm: %v", err)
			}
			r.signal(os.Interrupt)
			code := r.wait()
			a := readAccounts(t, r.output)
			checkLoss(t, a, r, code)
			if test.ring != smallRing {
				checkLossTimes(t, a, stopped, continued)
			}
			if exits := a.counts[schema.TypeExit]; test.exitsKept && exits.Lost > 0 {
				t.Errorf("%d of %d exits were lost", exits.Lost, exits.Attempted)
			}
		})
	}
}

// compileStorm builds the storm of short processes.
func compileStorm(t *testing.T) string { return compileC(t, "storm") }

// compileC builds a C program of record/testdata and returns its path.
func compileC(t *testing.T, name string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	out, err := exec.Command("cc", "-O1", "-static", "-o", program, "../../record/testdata/"+name+".c").CombinedOutput()
	if err != nil {
		t.Fatalf("compile %s.c: %v\n%s", name, err, out)
	}
	return program
}

// bootTime is CLOCK_BOOTTIME in ns.
func bootTime(t *testing.T) int64 {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		t.Fatal(err)
	}
	return ts.Nano()
}

// accounts are the accounts that a capture gives of its events.
type accounts struct {
	meta, end schema.Record
	written   map[schema.Type]int64
	counts    map[schema.Type]schema.EventCount
	lost      []schema.Record
}

// readAccounts reads a capture, which must be complete.
func readAccounts(t *testing.T, name string) *accounts {
	t.Helper()
	a := &accounts{written: make(map[schema.Type]int64)}
	status := eachRecord(t, name, func(r *schema.Record) {
		a.written[r.Type]++
		switch r.Type {
		case schema.TypeMeta:
			a.meta = *r
		case schema.TypeEnd:
			a.end = *r
		case schema.TypeLost:
			a.lost = append(a.lost, *r)
		}
	})
	if !status.Complete {
		t.Fatalf("the capture is not complete: %s", status.Reason)
	}
	if err := json.Unmarshal([]byte(a.end.Counts.V), &a.counts); err != nil {
		t.Fatal(err)
	}
	return a
}

// eachRecord shows the records of a capture one by one.
func eachRecord(t *testing.T, name string, visit func(*schema.Record)) capture.Status {
	t.Helper()
	source, err := capture.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	for {
		r, err := source.Read()
		if errors.Is(err, io.EOF) {
			return source.Status()
		}
		if err != nil {
			t.Fatal(err)
		}
		visit(r)
	}
}

// checkAccounts holds that the accounts of a capture agree, and returns how many events
// were lost.
func checkAccounts(t *testing.T, a *accounts) (total int64) {
	t.Helper()
	told := make(map[schema.Type]int64)
	for i := range a.lost {
		told[schema.Type(a.lost[i].LostType.V)] += a.lost[i].Count.V
	}
	for eventType, c := range a.counts {
		total += c.Lost
		if c.Attempted != c.Written+c.Filtered+c.Lost || c.Written != a.written[eventType] {
			t.Errorf("%s: %+v with %d records", eventType, c, a.written[eventType])
		}
		if told[eventType] != c.Lost {
			t.Errorf("%s: lost records tell of %d, the account of %d", eventType, told[eventType], c.Lost)
		}
	}
	return total
}

// checkLoss holds that something was lost, and that the capture, the summary and the exit
// code say the same of it.
func checkLoss(t *testing.T, a *accounts, r *recording, code int) {
	t.Helper()
	total := checkAccounts(t, a)
	if total == 0 {
		t.Fatal("nothing was lost: the test shows nothing")
	}
	for eventType, c := range a.counts {
		if said := fmt.Sprintf("%d of %d %ss", c.Lost, c.Attempted, eventType); c.Lost > 0 && !strings.Contains(r.stderr.String(), said) {
			t.Errorf("the summary does not say %q:\n%s", said, r.stderr.Bytes())
		}
	}
	if said := fmt.Sprintf("%d events were lost", total); code != exitIncomplete || !strings.Contains(r.stderr.String(), said) {
		t.Errorf("exit code %d, want %d and %q:\n%s", code, exitIncomplete, said, r.stderr.Bytes())
	}
}

// checkLossTimes holds that the loss is told for when it was: between two times of
// CLOCK_BOOTTIME, to within a bucket.
func checkLossTimes(t *testing.T, a *accounts, fromNs, toNs int64) {
	t.Helper()
	const slack = 300 * time.Millisecond // a bucket of 100 ms, and the time to catch up
	from := schema.Time(fromNs + a.meta.WallOffsetNs.V - int64(slack))
	to := schema.Time(toNs + a.meta.WallOffsetNs.V + int64(slack))
	for i := range a.lost {
		r := &a.lost[i]
		if r.Reason.V != "ring_full" || r.From.V < from || r.To.V > to || r.From.V >= r.To.V {
			t.Errorf("lost %s: %d, %s, from %v to %v; the recorder was stopped from %v to %v",
				r.LostType.V, r.Count.V, r.Reason.V, r.From.V, r.To.V, from, to)
		}
	}
}
