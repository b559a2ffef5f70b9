package replay

import (
	"container/heap"
	"errors"
	"io"

	"github.com/linnix-os/linnix/schema"
)

// head is one source with its next record.
type head struct {
	source Source
	index  int
	record *schema.Record
	player *player
	feed   feed
}

// heads merges sources: the smallest (time, argument order) comes first.
type heads struct {
	order headHeap
}

type headHeap []*head

func (q headHeap) Len() int { return len(q) }

func (q headHeap) Less(i, j int) bool {
	if q[i].record.Time != q[j].record.Time {
		return q[i].record.Time < q[j].record.Time
	}
	return q[i].index < q[j].index
}

func (q headHeap) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *headHeap) Push(x any) { *q = append(*q, x.(*head)) }

func (q *headHeap) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func openHeads(sources []Source) (*heads, error) {
	h := &heads{}
	for i, s := range sources {
		r, err := readNext(s)
		if err != nil {
			return nil, err
		}
		if r != nil {
			h.order = append(h.order, &head{source: s, index: i, record: r})
		}
	}
	heap.Init(&h.order)
	return h, nil
}

func (h *heads) first() *head { return h.order[0] }

// advance reads on in the first source.
func (h *heads) advance() error {
	first := h.order[0]
	r, err := readNext(first.source)
	if err != nil {
		return err
	}
	if r == nil {
		h.drop()
		return nil
	}
	first.record = r
	if len(h.order) > 1 {
		heap.Fix(&h.order, 0)
	}
	return nil
}

// drop gives the first source up.
func (h *heads) drop() { heap.Pop(&h.order) }

// readNext reads a source's next record; nil at its end.
func readNext(s Source) (*schema.Record, error) {
	r, err := s.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return r, err
}
