package capture

import "github.com/linnix-os/linnix/schema"

// batchRecords is how many records are decoded at a time: enough to stay in one
// column for a while, few enough that they all stay in the CPU's cache.
const batchRecords = 256

// batchBytes is after how many bytes of lines a batch is full: few records have so long
// arguments, but a file of such ones must not fill the memory.
const batchBytes = 1 << 20

// batch is a run of records that are decoded together, used up one by one, and then
// used again.
type batch struct {
	records []schema.Record
	filled  int
	err     error // what stands behind the records: io.EOF at the end
	// set and extra say what the records hold, for clear.
	set   []span
	extra []int
}

// span is a run of records of a batch that have a column.
type span struct {
	column  *column
	row, to int
}

// filler decodes records batch by batch.
type filler interface {
	// fill decodes the next records into b. An error stands behind those that it filled.
	fill(b *batch) error
	// Close releases what the filler holds.
	Close() error
}

func newBatch() *batch { return &batch{records: make([]schema.Record, batchRecords)} }

// refill replaces the records of the batch by the next ones. It keeps nothing of those
// before that it has no use for.
func (b *batch) refill(from filler) {
	before := b.filled
	b.filled = 0
	b.err = from.fill(b)
	for i := b.filled; i < before; i++ {
		b.records[i].Reset()
	}
}

// mark notes that the records from row on have the column.
func (b *batch) mark(c *column, row, n int) {
	if last := len(b.set) - 1; last >= 0 && b.set[last].column == c && b.set[last].to == row {
		b.set[last].to += n
		return
	}
	b.set = append(b.set, span{column: c, row: row, to: row + n})
}

// clear makes absent what the columns have set, and only that: a record has some 2 KiB
// and an event sets a tenth of it.
func (b *batch) clear() {
	for _, s := range b.set {
		s.column.clearRun(b.records[s.row:s.to])
	}
	b.set = b.set[:0]
	for _, i := range b.extra {
		b.records[i].Reset()
	}
	b.extra = b.extra[:0]
}
