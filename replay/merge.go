package replay

import (
	"container/heap"
	"errors"
	"io"

	"github.com/linnix-os/linnix/schema"
)

// head is one source with its next record and its host.
type head struct {
	source Source
	index  int
	record *schema.Record
	player *player
	feed   feed
}

// heads merges sources: a heap whose first has the smallest (time, argument order).
type heads []*head

// Len implements heap.Interface.
func (h heads) Len() int { return len(h) }

// Less implements heap.Interface.
func (h heads) Less(i, j int) bool {
	if h[i].record.Time != h[j].record.Time {
		return h[i].record.Time < h[j].record.Time
	}
	return h[i].index < h[j].index
}

// Swap implements heap.Interface.
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *heads) Push(x any) { *h = append(*h, x.(*head)) }

// Pop implements heap.Interface.
func (h *heads) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// advance reads on in the first source, and drops it at its end.
func (h *heads) advance() error {
	first := (*h)[0]
	r, err := readNext(first.source)
	if err != nil {
		return err
	}
	if r == nil {
		heap.Pop(h)
		first.player.close()
		return nil
	}
	first.record = r
	if len(*h) > 1 {
		heap.Fix(h, 0)
	}
	return nil
}

// readNext reads a source's next record; nil at its end.
func readNext(s Source) (*schema.Record, error) {
	r, err := s.Read()
	if err != nil && errors.Is(err, io.EOF) {
		return nil, nil
	}
	return r, err
}
