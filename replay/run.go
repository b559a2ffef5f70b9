package replay

import (
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/linnix-os/linnix/schema"
)

const (
	// LateLimit is how far a record may lie behind the clock before it counts as late.
	LateLimit = time.Second
	// tickEvery is the distance between ticks.
	tickEvery = schema.Time(time.Second)
	// maxTime (the year 2116) leaves room for sums of times without overflow.
	maxTime = schema.Time(1) << 62
	// cancelEvery is how many records pass between looks at the context.
	cancelEvery = 1024
)

// Source gives the records of one capture in file order, io.EOF after the last. A
// record is valid until the next Read; its texts and lists may be kept.
type Source interface {
	Read() (*schema.Record, error)
}

// Handler follows one host. It is called from one goroutine, must not keep r or change
// anything it is given, and sees the host as it stands after the record was taken in.
type Handler interface {
	// Record is called for each record, in order.
	Record(h *Host, r *schema.Record)
	// Tick is called at each whole second from the host's start, when h.Now is that
	// second and every record up to it has been seen.
	Tick(h *Host)
	// End is called once, after the last record and tick.
	End(h *Host)
}

// Options narrows a replay; the zero value replays everything.
type Options struct {
	// From and To bound what handlers see, both inclusive. Earlier records still build
	// the host, so that the process tree is known at From. The replay is over when the
	// next record lies beyond To; hosts that were to go on see time pass up to To.
	From, To Bound
}

// Summary tells what a replay went through.
type Summary struct {
	// Records counts those given to handlers, so it is 0 if none lies between From and To;
	// Counts splits them by type.
	Records int64
	Counts  Counts
	// Late counts records more than [LateLimit] behind the clock, and Duplicates events
	// that another capture of the same boot had told already (handlers do not see them).
	Late, Duplicates int64
	// LossRecords counts lost records, and Lost the events that they, or else the end
	// records, say were lost. A lost record need not know how many: a replay misses
	// nothing only if both are 0.
	LossRecords, Lost int64
	// Start is the time of the first record, whoever saw it: offsets count from it.
	Start schema.Time
	// From and To are the earliest and the latest time of the records given to
	// handlers; both 0 without any.
	From, To schema.Time
	// Hosts are the hosts in the order in which they appeared.
	Hosts []*Host
}

// Events is the number of fork, exec, exit and oom records.
func (s *Summary) Events() int64 {
	return s.Counts.Of(schema.TypeFork) + s.Counts.Of(schema.TypeExec) +
		s.Counts.Of(schema.TypeExit) + s.Counts.Of(schema.TypeOOM)
}

// TimeError says that a record bears a time that no capture can have.
type TimeError struct {
	// Source is the capture's place among the arguments, from 0.
	Source int
	// Seq and Time are the record's.
	Seq  int64
	Time schema.Time
}

// Error implements error.
func (e *TimeError) Error() string {
	return fmt.Sprintf("record %d of capture %d: time %s is not between 1970 and 2116", e.Seq, e.Source+1, e.Time)
}

// RangeError says that nothing can lie between the options' From and To.
type RangeError struct{ From, To schema.Time }

// Error implements error.
func (e *RangeError) Error() string {
	return fmt.Sprintf("from %s to %s: the end lies before the beginning", e.From, e.To)
}

// Run replays the sources as one. It calls newHandlers once for each host, when its
// first record has been taken in, and the host's handlers in the order returned; what
// they are told of several hosts is in order of time. A host ends with the last of its
// captures, and one that ends before From has no end to tell. The error is a
// [RangeError], the first of a source, a [TimeError], or the context's; the summary
// then tells how far it came.
func Run(ctx context.Context, sources []Source, opts Options, newHandlers func(h *Host) []Handler) (Summary, error) {
	run := &run{newHandlers: newHandlers, to: maxTime}
	if err := run.open(sources); err != nil {
		return run.summary, err
	}
	if err := run.bound(opts); err != nil {
		return run.summary, err
	}
	for n := 0; len(run.heads) > 0; n++ {
		if n%cancelEvery == 0 && ctx.Err() != nil {
			return run.summary, context.Cause(ctx)
		}
		if err := run.step(); err != nil {
			return run.summary, err
		}
	}
	run.pass(math.MaxInt64)
	return run.summary, nil
}

// run is one replay under way.
type run struct {
	newHandlers func(h *Host) []Handler
	heads       heads
	players     []*player // of the hosts under way
	from, to    schema.Time
	summary     Summary
}

// open reads the first record of each source, which tells its host.
func (run *run) open(sources []Source) error {
	players := make(map[hostKey]*player)
	for i, s := range sources {
		r, err := readNext(s)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		key := keyOf(r, i)
		p := players[key]
		if p == nil {
			p = newPlayer(key)
			players[key] = p
		}
		p.sources++
		run.heads = append(run.heads, &head{source: s, index: i, record: r, player: p})
	}
	heap.Init(&run.heads)
	return nil
}

// bound turns the options into times, now that the start is known.
func (run *run) bound(opts Options) error {
	if len(run.heads) == 0 {
		return nil
	}
	start := run.heads[0].record.Time
	if start < 0 {
		return nil // an error soon
	}
	run.summary.Start = start
	if opts.From != nil {
		run.from = opts.From(start)
	}
	if opts.To != nil {
		run.to = opts.To(start)
	}
	if run.from > run.to {
		return &RangeError{From: run.from, To: run.to}
	}
	return nil
}

// step plays the first of the heads.
func (run *run) step() error {
	head := run.heads[0]
	r, p := head.record, head.player
	if r.Time < 0 || r.Time > maxTime {
		return &TimeError{Source: head.index, Seq: r.Seq, Time: r.Time}
	}
	if r.Time > run.to {
		run.stop()
		return nil
	}
	p.wake(r.Time)
	run.pass(r.Time)
	if p.host == nil {
		run.begin(p, r)
	}
	run.count(head, p.play(&head.feed, r))
	return run.heads.advance()
}

// begin brings a host in, before its first record.
func (run *run) begin(p *player, first *schema.Record) {
	p.begin(first, run.from, run.newHandlers)
	at, _ := slices.BinarySearchFunc(run.players, p, comparePlayers)
	run.players = slices.Insert(run.players, at, p)
	run.summary.Hosts = append(run.summary.Hosts, p.host)
}

// pass lets time pass up to a record at t: ticks, and the ends of hosts, in order of
// time, then of hosts.
func (run *run) pass(t schema.Time) {
	for {
		var next *player
		due := t
		for _, p := range run.players {
			if d := p.due(); d < due {
				next, due = p, d
			}
		}
		if next == nil {
			return
		}
		if next.pass() {
			run.players = slices.DeleteFunc(run.players, func(p *player) bool { return p == next })
		}
	}
}

// stop ends the hosts under way at To, for every record that is left lies beyond it.
func (run *run) stop() {
	run.heads = nil
	for _, p := range run.players {
		if p.sources > 0 {
			p.wake(run.to + 1)
			p.until = max(p.host.now, run.to)
		}
	}
}

func (run *run) count(head *head, taken intake) {
	s, r, h := &run.summary, head.record, head.player.host
	switch {
	case taken == duplicate:
		s.Duplicates++
		return
	case h.now < run.from:
		return
	}
	if s.Records == 0 {
		s.From, s.To = r.Time, r.Time
	}
	s.From, s.To = min(s.From, r.Time), max(s.To, r.Time)
	s.Records++
	s.Counts.add(r.Type)
	if h.late {
		s.Late++
	}
	switch r.Type {
	case schema.TypeLost:
		s.LossRecords++
		s.Lost = addCounts(s.Lost, r.Count.V)
	case schema.TypeEnd:
		s.Lost = addCounts(s.Lost, head.feed.untold)
	}
}
