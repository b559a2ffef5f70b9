package replay

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// forks is a capture of n forks, of which the one at bent has another parent; it fails
// nowhere for -1.
type forks struct {
	n, at, bent int
	record      schema.Record
}

func (f *forks) Read() (*schema.Record, error) {
	if f.at == f.n {
		return nil, io.EOF
	}
	r := &f.record
	*r = schema.Record{Type: schema.TypeFork, Time: schema.Time(1000 + f.at), Seq: int64(f.at)}
	r.PID, r.PPID, r.StartTime = schema.Some(int64(100+f.at)), schema.Some[int64](50), schema.Some(r.Time)
	if f.at == f.bent {
		r.PPID = schema.Some[int64](51)
	}
	f.at++
	return r, nil
}

func walk(t *testing.T, trail *Trail, n, bent int) *Trail {
	t.Helper()
	_, err := Run(context.Background(), []Source{&forks{n: n, bent: bent}}, Options{}, func(*Host) []Handler {
		return []Handler{trail.Follow()}
	})
	if err != nil {
		t.Fatal(err)
	}
	trail.Finish()
	return trail
}

// TestTheFirstRecordThatDiffersIsNamed bends a record of the second run at and around
// marks that lie 1 or 16 records apart; a third run is as the first.
func TestTheFirstRecordThatDiffersIsNamed(t *testing.T) {
	const n = 100
	for _, marks := range []int{maxMarks, 8} {
		for _, bent := range []int{0, 1, 14, 15, 16, 31, 32, 33, 47, 95, 96, 97, n - 1} {
			first := NewTrail()
			first.maxMarks = marks
			walk(t, first, n, -1)
			second := walk(t, first.Again(), n, bent)
			got := second.Divergence()
			if got == nil {
				t.Errorf("%d marks: record %d differs unnoticed", marks, bent)
				continue
			}
			if third := second.Retrace(); third != nil {
				if int64(bent) < got.From || int64(bent) > got.To {
					t.Errorf("%d marks: record %d is not between %d and %d", marks, bent, got.From, got.To)
				}
				got = walk(t, third, n, -1).Divergence()
			}
			want := fmt.Sprintf("record %d (seq %d, fork, %s)", bent, bent, schema.Time(1000+bent))
			if got == nil || got.String() != want {
				t.Errorf("%d marks: got %v, want %s", marks, got, want)
			}
		}
	}
}

func TestRunsOfTwoLengthsPartAtTheShorterEnd(t *testing.T) {
	for _, marks := range []int{maxMarks, 8} {
		for _, test := range []struct {
			n    int
			want int64
		}{{98, 97}, {99, 98}, {101, 100}, {102, 100}} {
			first := NewTrail()
			first.maxMarks = marks
			walk(t, first, 100, -1)
			got := walk(t, first.Again(), test.n, -1).Divergence()
			if got == nil || got.To != test.want {
				t.Errorf("%d marks, 100 and %d records: got %+v, want %d", marks, test.n, got, test.want)
			}
		}
	}
}

func TestEqualRunsDoNotPart(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 15, 16, 17, 100} {
		first := NewTrail()
		first.maxMarks = 8
		second := walk(t, walk(t, first, n, -1).Again(), n, -1)
		if got := second.Divergence(); got != nil || second.Retrace() != nil {
			t.Errorf("%d records: %s", n, got)
		}
		if len(first.marks) > 8 {
			t.Errorf("%d records: %d marks are kept, want at most 8", n, len(first.marks))
		}
	}
}

func TestAResultThatDiffersIsNoticed(t *testing.T) {
	first := NewTrail()
	walk(t, first, 10, -1)
	second := first.Again()
	second.Result([]byte("x"))
	if walk(t, second, 10, -1).Divergence() == nil {
		t.Error("a result of the second run alone goes unnoticed")
	}
	second = walk(t, first.Again(), 10, -1)
	second.Result([]byte("x")) // after the last record
	if second.Finish(); second.Divergence() == nil || !second.Divergence().AtEnd {
		t.Errorf("a result at the end goes unnoticed: %v", second.Divergence())
	}
}

// TestStateHoldsWhatIsKnownOfAProcess changes one thing that a process or its tree is
// known by: two runs that differ in it do not have one state.
func TestStateHoldsWhatIsKnownOfAProcess(t *testing.T) {
	sum := func(change func(p, top *Process)) uint64 {
		h := newHost(&schema.Record{})
		top := h.tree.add(Key{PID: 10}, 0, nil, 0)
		parent := h.tree.add(Key{PID: 11}, 0, top, 0)
		p := h.tree.add(Key{PID: 12}, 0, parent, 0)
		p.Argv = []string{"a", "b"}
		change(p, top)
		var s State
		s.addProcess(p)
		return s.Sum()
	}
	same := sum(func(p, top *Process) {})
	for name, change := range map[string]func(p, top *Process){
		"cgroup":       func(p, _ *Process) { p.Cgroup = "/a" },
		"hierarchy":    func(p, _ *Process) { p.CgroupHierarchy = schema.Some[int64](1) },
		"container":    func(p, _ *Process) { p.Container = "a" },
		"uid 0":        func(p, _ *Process) { p.UID = schema.Some[int64](0) },
		"threads":      func(p, _ *Process) { p.Threads = schema.Some[int64](1) },
		"memory of 0":  func(p, _ *Process) { p.RSSBytes = schema.Some[int64](0) },
		"top":          func(_, top *Process) { top.Key.StartNs++ },
		"parent":       func(p, _ *Process) { p.Parent().Key.StartNs++ },
		"no parent":    func(p, _ *Process) { p.parent = nil },
		"shorter argv": func(p, _ *Process) { p.Argv = p.Argv[:1] },
	} {
		if sum(change) == same {
			t.Errorf("%s: the state is the same", name)
		}
	}
}

// TestStateHoldsWhatLeaves lets one of two processes leave without a record about it.
func TestStateHoldsWhatLeaves(t *testing.T) {
	sum := func(leaving ...int64) uint64 {
		h := newHost(&schema.Record{})
		for _, pid := range []int64{10, 11} {
			h.tree.add(Key{PID: pid}, 0, nil, 0)
		}
		for _, pid := range leaving {
			h.tree.exit(h.tree.byPID(pid))
		}
		var s State
		s.addRecord(h, &schema.Record{Type: schema.TypeSystem})
		return s.Sum()
	}
	if sum(10) == sum(11) {
		t.Error("10 or 11 leaves: the state is the same")
	}
}
