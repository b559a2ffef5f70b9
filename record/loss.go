package record

import (
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// eventTypes are the event types a capture accounts for, by the kernel side's number.
var eventTypes = [...]struct {
	number uint32
	name   schema.Type
}{
	{bpf.TypeFork, schema.TypeFork},
	{bpf.TypeExec, schema.TypeExec},
	{bpf.TypeExit, schema.TypeExit},
	{bpf.TypeOOM, schema.TypeOOM},
}

// Reasons of a lost record.
const (
	reasonRingFull = "ring_full" // the ring had no room
	reasonOutput   = "output"    // the disk was full
)

// account follows the kernel side's counters of attempts and drops.
type account struct {
	counts, buckets *ebpf.Map
	clock           clock
	perCPU          []bpf.Counters
	total           bpf.Counters
	missed          missed
	// reported counts the drops told so far, by type; partly those of the buckets that
	// may still grow, by bucket.
	reported [len(bpf.Counters{}.Dropped)]uint64
	partly   map[uint64][len(bpf.Counters{}.Dropped)]uint64
	sinceNs  uint64
}

func newAccount(k *bpf.Kernel, c clock) (*account, error) {
	now, err := bootNs()
	if err != nil {
		return nil, err
	}
	return &account{
		counts: k.Counts, buckets: k.DropBuckets, clock: c, sinceNs: uint64(now),
		partly: make(map[uint64][len(bpf.Counters{}.Dropped)]uint64),
	}, nil
}

// update reads the totals.
func (a *account) update() error {
	if err := a.counts.Lookup(uint32(0), &a.perCPU); err != nil {
		return fmt.Errorf("read the event counters: %w", err)
	}
	a.total = bpf.Counters{}
	for _, c := range a.perCPU {
		for i := range c.Attempted {
			a.total.Attempted[i] += c.Attempted[i]
			a.total.Filtered[i] += c.Filtered[i]
			a.total.Dropped[i] += c.Dropped[i]
		}
	}
	return nil
}

// news returns the drops since the last call as lost records without seq: one for each
// type and run of buckets.
func (a *account) news() ([]schema.Record, error) {
	if err := a.update(); err != nil {
		return nil, err
	}
	now, err := bootNs()
	if err != nil {
		return nil, err
	}
	since := a.sinceNs
	a.sinceNs = uint64(now)
	if !a.pending() {
		return nil, nil
	}
	runs, err := a.runs(since/bpf.BucketNs, a.sinceNs/bpf.BucketNs)
	if err != nil {
		return nil, err
	}
	return a.records(append(runs, a.remainder(since, a.sinceNs)...)), nil
}

func (a *account) pending() bool {
	for _, t := range eventTypes {
		if a.total.Dropped[t.number] != a.reported[t.number] {
			return true
		}
	}
	return false
}

// lostRun is a number of events of one type lost between two times.
type lostRun struct {
	eventType    int
	count        uint64
	fromNs, toNs uint64
}

// runs reads the buckets from first to last and joins neighbours. A bucket that was
// read while it could still grow is read again by the next call.
func (a *account) runs(first, last uint64) ([]lostRun, error) {
	size := uint64(a.buckets.MaxEntries())
	if last-first >= size {
		first = last - size + 1
	}
	var runs []lostRun
	open := [len(eventTypes)]int{}
	for bucket := first; bucket <= last; bucket++ {
		fresh, err := a.fresh(bucket)
		if err != nil {
			return nil, err
		}
		for i, t := range eventTypes {
			n := fresh[t.number]
			if n == 0 {
				open[i] = 0
				continue
			}
			a.reported[t.number] += n
			if open[i] == 0 {
				runs = append(runs, lostRun{eventType: i, fromNs: bucket * bpf.BucketNs})
				open[i] = len(runs)
			}
			run := &runs[open[i]-1]
			run.count += n
			run.toNs = min((bucket+1)*bpf.BucketNs, a.sinceNs)
		}
	}
	for bucket := range a.partly {
		if bucket != last {
			delete(a.partly, bucket)
		}
	}
	return runs, nil
}

// fresh returns the drops of a bucket that were not yet told, by type.
func (a *account) fresh(bucket uint64) (n [len(bpf.Counters{}.Dropped)]uint64, err error) {
	var perCPU []bpf.DropBucket
	slot := uint32(bucket % uint64(a.buckets.MaxEntries()))
	if err := a.buckets.Lookup(slot, &perCPU); err != nil {
		return n, fmt.Errorf("read the drop counters: %w", err)
	}
	sum := n
	for _, b := range perCPU {
		if b.Bucket == bucket {
			for i := range sum {
				sum[i] += b.Dropped[i]
			}
		}
	}
	told := a.partly[bucket]
	for i := range n {
		n[i] = sum[i] - min(told[i], sum[i])
	}
	a.partly[bucket] = sum
	return n, nil
}

// remainder tells of drops that no bucket showed: the reader was stalled for longer
// than the buckets reach back, or counted between the two readings.
func (a *account) remainder(sinceNs, nowNs uint64) []lostRun {
	var runs []lostRun
	for i, t := range eventTypes {
		if total := a.total.Dropped[t.number]; total > a.reported[t.number] {
			runs = append(runs, lostRun{eventType: i, count: total - a.reported[t.number], fromNs: sinceNs, toNs: nowNs})
			a.reported[t.number] = total
		}
	}
	return runs
}

func (a *account) records(runs []lostRun) []schema.Record {
	list := make([]schema.Record, len(runs))
	for i, run := range runs {
		list[i] = lostRecord(a.clock.wall(a.sinceNs), eventTypes[run.eventType].name, int64(run.count), reasonRingFull,
			a.clock.wall(run.fromNs), a.clock.wall(run.toNs))
	}
	return list
}

// lostRecord tells at a time of events of one type that were lost between two times.
func lostRecord(at schema.Time, lostType schema.Type, count int64, reason string, from, to schema.Time) (r schema.Record) {
	r.Type, r.Time = schema.TypeLost, at
	r.LostType.Set(string(lostType))
	r.Count.Set(count)
	r.Reason.Set(reason)
	r.From.Set(from)
	r.To.Set(to)
	return r
}
