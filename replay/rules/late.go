package rules

import (
	"cmp"
	"slices"
)

// lateEvents are events that came out of order: a heap whose first is the earliest, so
// that however late and many they are, each costs little.
type lateEvents []event

// Len implements heap.Interface.
func (l lateEvents) Len() int { return len(l) }

// Less implements heap.Interface.
func (l lateEvents) Less(i, j int) bool { return compareEvents(&l[i], &l[j]) < 0 }

// Swap implements heap.Interface.
func (l lateEvents) Swap(i, j int) { l[i], l[j] = l[j], l[i] }

// Push implements heap.Interface.
func (l *lateEvents) Push(x any) { *l = append(*l, x.(event)) }

// Pop implements heap.Interface.
func (l *lateEvents) Pop() any {
	last := (*l)[len(*l)-1]
	(*l)[len(*l)-1] = event{}
	*l = (*l)[:len(*l)-1]
	return last
}

// sorted lists the events by time.
func (l lateEvents) sorted() []*event {
	list := make([]*event, len(l))
	for i := range l {
		list[i] = &l[i]
	}
	slices.SortStableFunc(list, compareEvents)
	return list
}

func compareEvents(a, b *event) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
}
