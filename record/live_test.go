package record

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// memory is a Writer that keeps every record.
type memory struct{ records []*schema.Record }

func (m *memory) Write(r *schema.Record) error {
	kept := *r
	m.records = append(m.records, &kept)
	return nil
}

func (m *memory) Flush() error { return nil }

func (m *memory) Size() int64 { return 0 }

// of returns the records of one type.
func (m *memory) of(t schema.Type) (list []*schema.Record) {
	for _, r := range m.records {
		if r.Type == t {
			list = append(list, r)
		}
	}
	return list
}

// recordLive records this host while workload runs. Where recording is not possible
// the test is skipped, unless LINNIX_REQUIRE_LIVE forbids that.
func recordLive(t *testing.T, opts Options, workload func()) (*memory, *Summary) {
	t.Helper()
	var m memory
	ctx, stop := context.WithCancelCause(t.Context())
	opts.Ready = func() error {
		go func() {
			workload()
			stop(StopCommandExit)
		}()
		return nil
	}
	summary, err := Record(ctx, &m, opts)
	if errors.Is(err, ErrUnavailable) && os.Getenv("LINNIX_REQUIRE_LIVE") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &m, summary
}

// compile builds a C program from the files of testdata that start with its name, and
// returns its path.
func compile(t *testing.T, name string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	sources, err := filepath.Glob(filepath.Join("testdata", name+"*.c"))
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-O1", "-pthread", "-o", program}, sources...)
	out, err := exec.Command("cc", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("compile %s.c: %v\n%s", name, err, out)
	}
	return program
}

// output runs a command to its end and returns what it printed.
func output(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, stderr.Bytes())
	}
	return out
}

// checkCPU holds that the CPU time of a process never falls.
func checkCPU(t *testing.T, m *memory) {
	t.Helper()
	last := make(map[[2]int64]*schema.Record)
	for _, r := range m.records {
		if !r.PID.OK || !r.CPUNs.OK {
			continue
		}
		key := [2]int64{r.PID.V, int64(r.StartTime.V)}
		if before := last[key]; before != nil && before.CPUNs.V > r.CPUNs.V {
			t.Errorf("%s (pid %d): CPU fell from %d ns (%s) to %d ns (%s)", r.Comm.V, r.PID.V, before.CPUNs.V, before.Type, r.CPUNs.V, r.Type)
		}
		last[key] = r
	}
}

// checkAccount holds that every event is accounted for.
func checkAccount(t *testing.T, m *memory, sum *Summary) {
	t.Helper()
	checkCPU(t, m)
	lost := make(map[string]int64)
	for _, r := range m.of(schema.TypeLost) {
		lost[r.LostType.V] += r.Count.V
	}
	for _, e := range eventTypes {
		c := sum.Counts[e.name]
		if c.Attempted != c.Written+c.Filtered+c.Lost {
			t.Errorf("%s: attempted %d is not written %d + filtered %d + lost %d", e.name, c.Attempted, c.Written, c.Filtered, c.Lost)
		}
		if got := int64(len(m.of(e.name))); got != c.Written {
			t.Errorf("%s: %d records, counted %d", e.name, got, c.Written)
		}
		if lost[string(e.name)] != c.Lost {
			t.Errorf("%s: lost records tell of %d, counted %d", e.name, lost[string(e.name)], c.Lost)
		}
	}
}
