package replay

// Queue is a first-in first-out queue in a ring that grows as needed, for windows of
// events: adding and removing take constant time and, once grown, no memory. The zero
// value is empty.
type Queue[T any] struct {
	ring []T // length 0 or a power of two
	head int
	size int
}

// Len returns the number of elements.
func (q *Queue[T]) Len() int { return q.size }

// At returns the i-th element from the front, to read or to change; i must be less than
// Len. It is valid until the next Push.
func (q *Queue[T]) At(i int) *T { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

// Front returns the first element of a queue that is not empty.
func (q *Queue[T]) Front() *T { return q.At(0) }

// Push adds an element at the back.
func (q *Queue[T]) Push(v T) {
	if q.size == len(q.ring) {
		q.grow()
	}
	q.size++
	*q.At(q.size - 1) = v
}

// Pop removes and returns the first element of a queue that is not empty.
func (q *Queue[T]) Pop() T {
	v := *q.Front()
	var zero T
	*q.Front() = zero
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.size--
	return v
}

func (q *Queue[T]) grow() {
	const least = 16
	ring := make([]T, max(least, 2*len(q.ring)))
	for i := range q.size {
		ring[i] = *q.At(i)
	}
	q.ring, q.head = ring, 0
}
