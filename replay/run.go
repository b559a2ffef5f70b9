package replay

import (
	"context"
	"fmt"
	"time"

	"github.com/linnix-os/linnix/schema"
)

const (
	// LateLimit is how far a record may lie behind the clock before it counts as late.
	LateLimit = time.Second
	// tickEvery is the distance between ticks.
	tickEvery = schema.Time(time.Second)
	// maxQuietTicks bounds the ticks of one gap between records, for a week of suspend
	// is plausible and a century is a broken clock; the last second is ticked anyway.
	maxQuietTicks = 7 * 24 * 3600
	// maxTime (the year 2116) leaves room for sums of times without overflow.
	maxTime = schema.Time(1) << 62
	// cancelEvery is how many records pass between looks at the context.
	cancelEvery = 1024
)

// Source gives the records of one capture in file order, io.EOF after the last. A
// record is valid until the next Read.
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
	// the host, so that the process tree is known at From.
	From, To Bound
}

// Summary tells what a replay went through.
type Summary struct {
	// Records counts those given to handlers; Counts splits them by type.
	Records int64
	Counts  Counts
	// Late counts records more than [LateLimit] behind the clock, Duplicates events
	// that another capture of the same boot had told already (handlers do not see
	// them), Lost the events that lost records tell of.
	Late, Duplicates, Lost int64
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

// Run replays the sources as one. It calls newHandlers once for each host, when its
// first record has been taken in, and the host's handlers in the order returned. The
// error is the first of a source, a [TimeError], or the context's; the summary then
// tells how far it came.
func Run(ctx context.Context, sources []Source, opts Options, newHandlers func(h *Host) []Handler) (Summary, error) {
	run := &run{newHandlers: newHandlers, byBoot: make(map[string]*player)}
	heads, err := openHeads(sources)
	if err != nil {
		return run.summary, err
	}
	run.bound(heads, opts)
	for n := 0; len(heads.order) > 0; n++ {
		if n%cancelEvery == 0 && ctx.Err() != nil {
			return run.summary, context.Cause(ctx)
		}
		if err := run.step(heads); err != nil {
			return run.summary, err
		}
	}
	for _, p := range run.players {
		p.end()
	}
	return run.summary, nil
}

// run is one replay under way.
type run struct {
	newHandlers func(h *Host) []Handler
	players     []*player
	byBoot      map[string]*player
	from, to    schema.Time
	summary     Summary
}

// bound turns the options into times, now that the start is known.
func (run *run) bound(heads *heads, opts Options) {
	run.from, run.to = 0, maxTime
	if len(heads.order) == 0 {
		return
	}
	start := heads.first().record.Time
	if opts.From != nil {
		run.from = opts.From(start)
	}
	if opts.To != nil {
		run.to = opts.To(start)
	}
}

// step plays the first of the heads.
func (run *run) step(heads *heads) error {
	head := heads.first()
	r := head.record
	if r.Time < 0 || r.Time > maxTime {
		return &TimeError{Source: head.index, Seq: r.Seq, Time: r.Time}
	}
	if r.Time > run.to {
		if r.Time.Sub(run.to) > LateLimit {
			heads.drop()
			return nil
		}
		return heads.advance()
	}
	if head.player == nil {
		head.player = run.playerOf(r)
	}
	run.count(head.player, r, head.player.play(&head.feed, r))
	return heads.advance()
}

// playerOf finds the host that a capture with this first record belongs to.
func (run *run) playerOf(first *schema.Record) *player {
	boot := first.BootID.Or("")
	if known := run.byBoot[boot]; boot != "" && known != nil {
		return known
	}
	p := &player{host: newHost(first), from: run.from, newHandlers: run.newHandlers}
	run.players = append(run.players, p)
	run.byBoot[boot] = p
	run.summary.Hosts = append(run.summary.Hosts, p.host)
	return p
}

func (run *run) count(p *player, r *schema.Record, taken intake) {
	s := &run.summary
	switch {
	case taken == duplicate:
		s.Duplicates++
		return
	case p.host.now < run.from:
		return
	}
	if s.Records == 0 {
		s.From, s.To = r.Time, r.Time
	}
	s.From, s.To = min(s.From, r.Time), max(s.To, r.Time)
	s.Records++
	s.Counts.add(r.Type)
	if p.host.late {
		s.Late++
	}
	if r.Type == schema.TypeLost {
		s.Lost += max(r.Count.V, 0)
	}
}
