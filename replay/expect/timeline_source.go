package expect

import (
	"io"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// stallTotals is how many totals of pressure there are.
const stallTotals = 6

const (
	// sampleEvery is the time between the samples of a timeline.
	sampleEvery = time.Second
	// restBytes is the memory of a process that no statement speaks of.
	restBytes = 1 << 20
)

// timelineSource writes the records of a timeline, one at a time.
type timelineSource struct {
	*Timeline
	states  []state
	pending []item
	events  []event // that are left
	tick    time.Duration
	done    bool
	seq     int64
	record  schema.Record
	counts  map[schema.Type]int64
	alive   int64
	fresh   []int // born since the last samples
	zombies []int
}

// state is what a source has told of a process so far.
type state struct {
	comm     string
	argv     []string
	ended    bool
	cpu, rss int64
}

// item is a record that is due. event is of those that are no samples.
type item struct {
	kind  schema.Type
	at    time.Duration
	index int
	phase string
	event *event
}

func newTimelineSource(t *Timeline) *timelineSource {
	s := &timelineSource{Timeline: t, events: t.events, states: make([]state, len(t.processes)), counts: make(map[schema.Type]int64)}
	s.push(item{kind: schema.TypeMeta})
	for i, p := range t.processes {
		if !p.there() {
			continue
		}
		s.states[i] = state{comm: p.comm, argv: p.argv, rss: p.rssAt(0)}
		s.alive++
		s.push(item{kind: schema.TypeTask, index: i, phase: schema.PhaseBegin})
	}
	s.pushSystem(0)
	s.tick = sampleEvery
	return s
}

func (s *timelineSource) push(i item) { s.pending = append(s.pending, i) }

// Read implements replay.Source.
func (s *timelineSource) Read() (*schema.Record, error) {
	for len(s.pending) == 0 {
		if s.done {
			return nil, io.EOF
		}
		s.fill()
	}
	due := s.pending[0]
	s.pending = s.pending[1:]
	s.record.Reset()
	s.record.Type, s.record.Time, s.record.Seq = due.kind, TimelineStart.Add(due.at), s.seq
	s.seq++
	s.write(&s.record, due)
	return &s.record, nil
}

// fill finds what comes next: an event, the samples of a second, or the end.
func (s *timelineSource) fill() {
	s.pending = s.pending[:0]
	next := min(s.tick, s.length)
	if len(s.events) > 0 && s.events[0].at <= next {
		e := &s.events[0]
		s.events = s.events[1:]
		s.pushEvent(e)
		return
	}
	if s.tick < s.length {
		s.samples(s.tick)
		s.tick += sampleEvery
		return
	}
	s.finish()
}

// eventTypes are the record types of the kinds of event.
var eventTypes = [...]schema.Type{
	forked: schema.TypeFork, execed: schema.TypeExec, killed: schema.TypeOOM, exited: schema.TypeExit, lost: schema.TypeLost,
}

func (s *timelineSource) pushEvent(e *event) {
	i := item{kind: eventTypes[e.kind], at: e.at, event: e}
	if e.process != nil {
		i.index = e.process.index
	}
	s.push(i)
}

// samples are those of one second, the system record last, unless it lies in a gap.
func (s *timelineSource) samples(at time.Duration) {
	if s.blind(at) {
		return
	}
	for i, p := range s.named {
		index := i + firstNamed
		st := &s.states[index]
		if !st.ended && (p.cpuAt(at) != st.cpu || p.rssAt(at) != st.rss) {
			s.push(item{kind: schema.TypeSample, at: at, index: index})
		}
	}
	for _, index := range s.fresh {
		if !s.states[index].ended {
			s.push(item{kind: schema.TypeSample, at: at, index: index})
		}
	}
	s.fresh = s.fresh[:0]
	s.pushZombies(at)
	s.pushSystem(at)
}

// pushZombies samples those that nobody has waited for yet.
func (s *timelineSource) pushZombies(at time.Duration) {
	kept := s.zombies[:0]
	for _, index := range s.zombies {
		p := s.processes[index]
		if p.reaped < at || s.states[p.parent.index].ended {
			continue
		}
		kept = append(kept, index)
		s.push(item{kind: schema.TypeSample, at: at, index: index})
	}
	s.zombies = kept
}

func (s *timelineSource) pushSystem(at time.Duration) {
	if !s.blind(at) {
		s.push(item{kind: schema.TypeSystem, at: at})
	}
}

func (t *Timeline) blind(at time.Duration) bool {
	for _, g := range t.gaps {
		if g.from <= at && at < g.to {
			return true
		}
	}
	return false
}

// finish lists the living and closes the capture.
func (s *timelineSource) finish() {
	at := s.length
	s.done = true
	if !s.blind(at) {
		s.pushZombies(at)
		for i, p := range s.processes {
			if !s.states[i].ended && (p.there() || p.birth <= at) {
				s.push(item{kind: schema.TypeTask, at: at, index: i, phase: schema.PhaseEnd})
			}
		}
		s.pushSystem(at)
	}
	s.push(item{kind: schema.TypeEnd, at: at})
}

// there says that a process is there from the start.
func (p *process) there() bool { return p.birth < 0 }

// cpuAt is the CPU time that a process has used by a moment, in ns.
func (p *process) cpuAt(at time.Duration) (ns int64) {
	const thousandths = 100_000 // of a percent, in one
	for i := range p.cpu {
		ns += p.cpu[i].total(min(at, p.end), thousandths)
	}
	return ns
}

// rssAt is the memory of a process: that of the statement which began last.
func (p *process) rssAt(at time.Duration) int64 {
	value, latest := int64(restBytes), time.Duration(-1)
	for i := range p.rss {
		r := &p.rss[i]
		if r.from <= at && r.from >= latest && (at <= r.to || r.stays) {
			value, latest = r.at(at), r.from
		}
	}
	return value
}
