package record

import (
	"testing"
	"time"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// TestMissIsTold holds that what the kernel passed over is lost, and the account exact.
func TestMissIsTold(t *testing.T) {
	a := &account{sinceNs: 5000}
	a.total.Attempted[bpf.TypeExec], a.total.Filtered[bpf.TypeExec], a.total.Dropped[bpf.TypeExec] = 100, 20, 3
	lost := a.miss(schema.TypeExec, 7, 1000)
	if again := a.miss(schema.TypeExec, 7, 1000); len(lost) != 1 || again != nil {
		t.Fatalf("%d lost records, and told again: %d", len(lost), len(again))
	}
	rec := lost[0]
	if rec.Type != schema.TypeLost || rec.LostType.V != "exec" || rec.Count.V != 7 || rec.Reason.V != "recursion" || rec.From.V != 1000 || rec.To.V != 5000 {
		t.Errorf("lost record: %+v", rec.Lost)
	}
	reader := schema.EventCount{Written: 74, Filtered: 2, Lost: 1}
	want := schema.EventCount{Attempted: 107, Written: 74, Filtered: 22, Lost: 11}
	if got := a.countOf(bpf.TypeExec, reader); got != want || got.Attempted != got.Written+got.Filtered+got.Lost {
		t.Errorf("account %+v, want %+v", got, want)
	}
	if got := a.countOf(bpf.TypeFork, schema.EventCount{}); got != (schema.EventCount{}) {
		t.Errorf("forks were counted too: %+v", got)
	}
}

// TestKernelUse holds that the time in the kernel grows and is told, where it can be had.
func TestKernelUse(t *testing.T) {
	m, sum := recordLive(t, Options{Interval: 50 * time.Millisecond}, func() { churn(t.Context(), 100) })
	end := m.of(schema.TypeEnd)[0]
	if !end.SelfBPFNs.OK {
		t.Skip("this kernel does not count the time of programs")
	}
	last := int64(0)
	for _, r := range append(m.of(schema.TypeSystem), end) {
		if r.SelfBPFNs.V < last {
			t.Errorf("fell from %d to %d ns", last, r.SelfBPFNs.V)
		}
		last = r.SelfBPFNs.V
	}
	perEvent, known := sum.BPFPerEvent()
	if !known || last != int64(sum.SelfBPF) || perEvent < 100*time.Nanosecond || perEvent > time.Millisecond {
		t.Errorf("%v in all, %v an event; the end says %d ns", sum.SelfBPF, perEvent, last)
	}
}
