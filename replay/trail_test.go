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
