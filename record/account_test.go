package record

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// churn starts short processes until the context is done: at most limit of them.
func churn(ctx context.Context, limit int) (started int) {
	for started < limit && ctx.Err() == nil {
		if err := exec.Command("/bin/true").Run(); err != nil {
			return started
		}
		started++
	}
	return started
}

// TestEveryProcessOnce holds that, while processes come and go during start and stop,
// each is introduced once, by a task or a fork, and ends once, by an exit or a task.
func TestEveryProcessOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	const churners = 3
	done := make(chan int, churners)
	for range churners {
		go func() { done <- churn(ctx, 20000) }()
	}
	const rounds = 5
	for range rounds {
		m, sum := recordLive(t, Options{Duration: 700 * time.Millisecond, Interval: 20 * time.Millisecond}, func() { <-ctx.Done() })
		checkAccount(t, m, sum)
		checkIntroduced(t, m)
	}
	cancel()
	for range churners {
		if <-done == 0 {
			t.Error("nothing was started")
		}
	}
}

func checkIntroduced(t *testing.T, m *memory) {
	t.Helper()
	type lifespan struct {
		begins, ends int
		zombie       bool // found dead: its exit may have come before the capture
	}
	seen := make(map[[2]int64]*lifespan)
	attached := m.of(schema.TypeTask)[0].Time
	for _, r := range m.records {
		if !r.PID.OK {
			continue
		}
		key := [2]int64{r.PID.V, int64(r.StartTime.V)}
		l := seen[key]
		if l == nil {
			l = &lifespan{}
			seen[key] = l
			older := r.StartTime.V < attached
			if r.Type != schema.TypeTask && r.Type != schema.TypeFork && !older {
				t.Errorf("process %d first shows in a record of type %s", r.PID.V, r.Type)
			}
		}
		switch {
		case r.Type == schema.TypeFork, r.Type == schema.TypeTask && r.Phase.V == schema.PhaseBegin:
			l.begins++
			l.zombie = r.State.V == "Z"
		case r.Type == schema.TypeExit, r.Type == schema.TypeTask && r.Phase.V == schema.PhaseEnd:
			l.ends++
		}
	}
	for key, l := range seen {
		if l.begins > 1 || l.ends != 1 && !l.zombie || l.ends > 1 {
			t.Errorf("process %d: introduced %d times, ended %d times", key[0], l.begins, l.ends)
		}
	}
}

// TestOrder holds the order that a capture promises.
func TestOrder(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m, _ := recordLive(t, Options{Duration: 1500 * time.Millisecond, Interval: 300 * time.Millisecond}, func() { churn(ctx, 30); <-ctx.Done() })
	checkSchema(t, m)
	first, last := m.records[0], m.records[len(m.records)-1]
	if first.Type != schema.TypeMeta || last.Type != schema.TypeEnd {
		t.Fatalf("first record is %s, last is %s", first.Type, last.Type)
	}
	if got := m.records[len(m.records)-2].Type; got != schema.TypeSystem {
		t.Errorf("before the end stands %s, want system", got)
	}
	if n := len(m.of(schema.TypeSystem)); n < 3 { // at a busy time some are missed
		t.Errorf("%d system records in 1.5 s at every 300 ms", n)
	}
	phase := 0 // begin tasks, then anything but tasks, then end tasks
	for i, r := range m.records {
		if r.Seq != int64(i) {
			t.Fatalf("record %d has seq %d", i, r.Seq)
		}
		switch {
		case r.Type == schema.TypeMeta:
		case r.Type == schema.TypeTask && r.Phase.V == schema.PhaseBegin && phase == 0:
		case r.Type == schema.TypeTask && r.Phase.V == schema.PhaseEnd:
			phase = 2
		case r.Type == schema.TypeTask, phase == 2 && r.Type != schema.TypeSystem && r.Type != schema.TypeEnd:
			t.Fatalf("record %d (%s %s) is out of place", i, r.Type, r.Phase.V)
		default:
			phase = max(phase, 1)
		}
	}
}

// checkSchema holds that the capture schema accepts every record.
func checkSchema(t *testing.T, m *memory) {
	t.Helper()
	for _, r := range m.records {
		line := schema.AppendJSON(nil, r)
		problems, err := schema.Validate(schema.DocumentCaptureRecord, line)
		if err != nil || problems != nil {
			t.Errorf("%s: %v %v", line, problems, err)
		}
	}
}

// TestStopBeforeReady holds that a recording which is over before it began calls nobody,
// and is complete.
func TestStopBeforeReady(t *testing.T) {
	recordLive(t, Options{Duration: time.Millisecond}, func() {}) // skips where it cannot work
	ctx, stop := context.WithCancelCause(t.Context())
	stop(StopSignal)
	var m memory
	sum, err := Record(ctx, &m, Options{Ready: func() error {
		t.Error("Ready was called")
		return nil
	}})
	if err != nil || sum.StopReason != StopSignal || len(m.of(schema.TypeEnd)) != 1 {
		t.Errorf("error %v, summary %+v", err, sum)
	}
}

// stalled is a Writer that stops once for a while, as a disk does.
type stalled struct {
	memory
	after int
	pause time.Duration
}

func (s *stalled) Write(r *schema.Record) error {
	if len(s.records) == s.after {
		time.Sleep(s.pause)
	}
	return s.memory.Write(r)
}

// TestLossIsTold holds that with a small ring and a stalled output every loss is told:
// how many of which type, and when.
func TestLossIsTold(t *testing.T) {
	recordLive(t, Options{Duration: time.Millisecond}, func() {}) // skips where it cannot work
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	w := &stalled{pause: 1500 * time.Millisecond}
	opts := Options{RingBytes: MinRingBytes}
	began := time.Now()
	opts.Ready = func() error {
		w.after = len(w.records) + 50
		go churn(ctx, 20000)
		go churn(ctx, 20000)
		return nil
	}
	sum, err := Record(ctx, w, opts)
	if err != nil {
		t.Fatal(err)
	}
	checkAccount(t, &w.memory, sum)
	if sum.Lost() == 0 {
		t.Fatal("a stall of 1.5 s with a ring of 64 KiB lost nothing: the test shows nothing")
	}
	if c := sum.Counts[schema.TypeExit]; c.Lost > sum.Counts[schema.TypeFork].Lost {
		t.Errorf("%d exits were lost, more than forks (%d): the headroom failed", c.Lost, sum.Counts[schema.TypeFork].Lost)
	}
	for _, r := range w.of(schema.TypeLost) {
		if r.Reason.V != reasonRingFull || r.From.V >= r.To.V || r.From.V.Std().Before(began.Add(-time.Second)) || r.To.V > r.Time {
			t.Errorf("lost record: reason %q, from %v to %v, at %v", r.Reason.V, r.From.V, r.To.V, r.Time)
		}
	}
}

// TestFindsEveryProcess compares the tasks found at the start with /proc.
func TestFindsEveryProcess(t *testing.T) {
	before := pidsOfProc(t)
	m, _ := recordLive(t, Options{Duration: 200 * time.Millisecond}, func() { <-t.Context().Done() })
	after := pidsOfProc(t)
	found := make(map[int64]bool)
	for _, r := range m.of(schema.TypeTask) {
		found[r.PID.V] = true
	}
	for pid := range before {
		if after[pid] && !found[pid] {
			t.Errorf("process %d is in /proc but not in the capture", pid)
		}
	}
}

func pidsOfProc(t *testing.T) map[int64]bool {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	pids := make(map[int64]bool)
	for _, entry := range entries {
		if pid, err := strconv.ParseInt(entry.Name(), 10, 64); err == nil {
			pids[pid] = true
		}
	}
	return pids
}
