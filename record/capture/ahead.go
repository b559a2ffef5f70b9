package capture

import "github.com/linnix-os/linnix/schema"

const (
	// soloBatches are decoded by who reads them: a small capture is over by then.
	soloBatches = 4
	// batchesAhead is how many batches are decoded ahead, half a MiB each.
	batchesAhead = 3
)

// aheadReader returns the records of a filler, whose next batches it has decoded in a
// goroutine of their own while the reader works with those before. Their order is that
// of the filler, and an error comes behind the records that stand before it. It is for
// files, which never make the goroutine wait: Close waits for it.
type aheadReader struct {
	from  filler
	batch *batch
	next  int // in batch
	solo  int // batches decoded without the goroutine
	// full and free hold batches on their way from and to the goroutine, and have room
	// for all of them; nil before there is one.
	full, free chan *batch
	stop, done chan struct{}
}

func newAheadReader(from filler) *aheadReader { return &aheadReader{from: from, batch: newBatch()} }

// Read implements [Reader].
func (a *aheadReader) Read() (*schema.Record, error) {
	for a.next == a.batch.filled {
		if a.batch.err != nil {
			return nil, a.batch.err
		}
		a.turn()
	}
	record := &a.batch.records[a.next]
	a.next++
	return record, nil
}

// turn goes on to the next batch.
func (a *aheadReader) turn() {
	a.next = 0
	if a.solo < soloBatches {
		a.solo++
		a.batch.refill(a.from)
		return
	}
	if a.full == nil {
		a.start()
	}
	a.free <- a.batch
	a.batch = <-a.full
}

func (a *aheadReader) start() {
	a.full, a.free = make(chan *batch, batchesAhead+1), make(chan *batch, batchesAhead+1)
	a.stop, a.done = make(chan struct{}), make(chan struct{})
	for range batchesAhead {
		a.free <- newBatch()
	}
	go a.run()
}

// run decodes batch after batch until the last, or until the reader is closed.
func (a *aheadReader) run() {
	defer close(a.done)
	for {
		select {
		case <-a.stop:
			return
		case b := <-a.free:
			b.refill(a.from)
			a.full <- b
			if b.err != nil {
				return
			}
		}
	}
}

// Close implements [Reader].
func (a *aheadReader) Close() error {
	if a.full != nil {
		close(a.stop)
		<-a.done
		a.full = nil
	}
	return a.from.Close()
}
