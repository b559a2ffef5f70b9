package insight

import (
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

const (
	bucketLength = time.Second
	bucketCount  = int(Window / bucketLength)
)

// bucket holds what was recorded in one second (from, from + 1 s] after the start.
type bucket struct {
	forks, execs, exits, ooms int64
	births                    []birth
	// trees counts the births by birth tree; places finds a tree there.
	trees     []birthTree
	places    map[*replay.Process]int
	lifetimes []time.Duration
	uses      []measuredUse
	waits     []wait
	jobs      jobs
}

func newBucket() *bucket { return &bucket{places: map[*replay.Process]int{}} }

// birth is one fork. Parent and top are those at the fork: a parent may exit soon
// after, and its children then hang elsewhere.
type birth struct {
	time               schema.Time
	child, parent, top *replay.Process
	// place is where the child was last found in the tree: see [replay.Process.Place].
	place *replay.Process
}

// birthPlace is where the birth of a living process is counted: in which bucket, from 1,
// and at which place of its trees.
type birthPlace struct {
	bucket int64
	tree   int
}

// tree returns the place of the tree among those of the bucket.
func (b *bucket) tree(top *replay.Process) int {
	at, known := b.places[top]
	if !known {
		at = len(b.trees)
		b.places[top] = at
		b.trees = append(b.trees, birthTree{Top: top})
	}
	return at
}

// measuredUse is CPU time that was used within (from, to].
type measuredUse struct {
	process  *replay.Process
	usedNs   int64
	from, to schema.Time
}

// since returns the part that was used after t, if it was used evenly.
func (u *measuredUse) since(t schema.Time) int64 {
	if u.from >= t || u.to <= u.from {
		return u.usedNs
	}
	return int64(float64(u.usedNs) * float64(max(u.to-t, 0)) / float64(u.to-u.from))
}

// buckets is the ring of the last window's seconds, the newest last. Ticks fall on the
// edges of buckets, so counts over a window are exact.
type buckets struct {
	ring  [bucketCount]*bucket
	start schema.Time
	// newest is the number of the last bucket of the ring, counted from the start.
	newest int64
}

func newBuckets(start schema.Time) *buckets {
	b := &buckets{start: start}
	for i := range b.ring {
		b.ring[i] = newBucket()
	}
	return b
}

// number returns the bucket that holds t: bucket n ends n+1 s after the start.
func (b *buckets) number(t schema.Time) int64 {
	return max(0, int64(t-b.start-1)/int64(bucketLength))
}

// at returns the bucket of a record. One that comes later than a whole window counts in
// none.
func (b *buckets) at(t schema.Time) *bucket {
	n := b.number(t)
	b.advance(n)
	age := b.newest - n
	if age >= int64(bucketCount) {
		return newBucket()
	}
	return b.ring[bucketCount-1-int(age)]
}

// birth counts a birth in the tree, and returns where.
func (b *buckets) birth(t schema.Time, top *replay.Process) birthPlace {
	bucket := b.at(t)
	at := bucket.tree(top)
	bucket.trees[at].Born++
	bucket.trees[at].Alive++
	return birthPlace{b.number(t) + 1, at}
}

// death takes back that what was born at the place is alive, if its bucket is still there.
func (b *buckets) death(at birthPlace) {
	age := b.newest - (at.bucket - 1)
	if at.bucket > 0 && age >= 0 && age < int64(bucketCount) {
		b.ring[bucketCount-1-int(age)].trees[at.tree].Alive--
	}
}

// advance makes room up to bucket n.
func (b *buckets) advance(n int64) {
	for steps := min(n-b.newest, int64(bucketCount)); steps > 0; steps-- {
		oldest := b.ring[0]
		copy(b.ring[:], b.ring[1:])
		oldest.clear()
		b.ring[bucketCount-1] = oldest
	}
	b.newest = max(b.newest, n)
}

// clear empties the bucket and lets go of its processes, keeping its memory.
func (b *bucket) clear() {
	clear(b.births)
	clear(b.trees)
	clear(b.places)
	clear(b.uses)
	clear(b.waits)
	*b = bucket{
		births: b.births[:0], trees: b.trees[:0], places: b.places,
		lifetimes: b.lifetimes[:0], uses: b.uses[:0], waits: b.waits[:0], jobs: b.jobs.cleared(),
	}
}

// window returns the buckets of the window that ends at t, and where it begins.
func (b *buckets) window(t schema.Time) (list []*bucket, from schema.Time) {
	b.advance(b.number(t))
	return b.ring[:], b.start.Add(time.Duration(b.newest+1)*bucketLength - Window)
}
