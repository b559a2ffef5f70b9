package rules

import (
	"cmp"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// Limits of what is kept of subjects that do not fire.
const (
	maxAttempts = 8
	maxTouched  = 16
	maxOver     = 1024
)

// A measurement looks at the whole window, and a storm that grows below its threshold is
// nearer with each fork. So what they all look at is bounded: beyond freeWork records, and
// workPerCheck for each check, an attempt must come nearer by one part in worthPart to be
// measured anew. The nearest miss is then exact to within that part. A process that is
// looked at to find the root of a tree is worth as much as workPerProcess records.
const (
	freeWork       = 1 << 22
	workPerCheck   = 16
	worthPart      = 32
	workPerProcess = 8
)

// misses finds the nearest miss: of all attempts that did not end in a firing, the one
// that came nearest. Below the threshold the larger part of it is nearer, above it the
// larger part of the duration, and what a cooldown held back is nearest. The first of
// equals wins.
type misses struct {
	attempts []*attempt
	nearest  *attempt
	// over are the subjects whose firing, or what was held back of one, is over: what is
	// left of it in the window is no new attempt. Only the latest maxOver are kept.
	over []touch
	// work is about how many records were looked at to measure attempts, and processes to
	// find who they are, in so many checks.
	work, checks int64
	// touched are the latest subjects of which something was told.
	touched []touch
}

// attempt is a subject on its way to a firing: its best moment so far.
type attempt struct {
	process   *replay.Process
	met       bool
	cooled    bool    // held back by the cooldown
	closeness float64 // of its value to what it needs: 1 is there
	moment    schema.RuleMoment
}

// touch is a subject and how close it was when something was last told of it.
type touch struct {
	process   *replay.Process
	episode   *episode
	closeness float64
	at        schema.Time
}

// rank orders attempts, the nearest miss last.
func (a *attempt) rank() float64 {
	switch {
	case a.cooled:
		return 3
	case !a.met:
		return min(a.closeness, 1)
	case a.moment.DurationNs == 0:
		return 1
	}
	return 1 + float64(a.moment.HeldNs.V)/float64(a.moment.DurationNs)
}

// near takes in a subject's value.
func (m *misses) near(t *Trace, h *replay.Host, p *replay.Process, e *episode, n, need float64) {
	closeness := n / need
	m.touch(touch{process: p, episode: e, closeness: closeness, at: h.Now()}, h.Now().Add(-t.runner.windowOf(h)))
	met := n > need || n == need && !t.runner.rule.kind.gauge
	if closeness <= 0 || e != nil && e.active() || met && t.runner.rule.holdFor() == 0 || m.lingers(t, p) {
		return // it is nowhere, or it fires
	}
	a := m.of(p)
	if !m.worth(a, met, closeness) {
		return
	}
	if a == nil {
		a = &attempt{process: p}
		m.enter(a)
	}
	v := between
	if met {
		v = holds
	}
	a.met, a.closeness, a.moment = met, closeness, t.moment(h, p, e, v)
	m.work += 1 + min(t.looked(&a.moment.Evidence), freeWork)
}

// looked is about how many records were looked at for a measurement: all that the
// detector holds, or those that the evidence spans.
func (t *Trace) looked(ev *schema.Evidence) int64 {
	n := max(ev.LastSeq.V-ev.FirstSeq.V, ev.Count)
	if w, ok := t.runner.detector.(windowed); ok {
		n = max(n, w.held())
	}
	return n
}

// worth says that a value is nearer than any before, and worth a measurement: once they
// have cost too much, only if it is so by a part of it.
func (m *misses) worth(a *attempt, met bool, closeness float64) bool {
	before := 0.0
	switch {
	case a == nil && met:
		return true
	case a != nil && a.met == met:
		before = a.closeness
	case a != nil && a.met:
		return false
	case a == nil && len(m.attempts) == maxAttempts:
		before = m.farthest().rank()
	}
	if m.nearest != nil && !met {
		before = max(before, m.nearest.rank())
	}
	if m.work > freeWork+workPerCheck*m.checks {
		before += before / worthPart
	}
	return closeness > before
}

// judged follows the attempts that have met the threshold.
func (m *misses) judged(t *Trace, h *replay.Host, e *episode, v verdict, c change) {
	ends := c == resolves || e.told == schema.RuleSuppressed && e.state == inactive
	switch {
	case ends:
		if len(m.over) == maxOver {
			m.over = slices.Delete(m.over, 0, 1)
		}
		m.over = append(m.over, touch{process: e.process, at: h.Now()})
	case c == fires:
		m.drop(t, e.process)
	case c == holdsBack:
		m.drop(t, e.process)
		if m.nearest == nil || !m.nearest.cooled { // the first of them is the nearest
			m.miss(&attempt{process: e.process, cooled: true, moment: t.moment(h, e.process, e, v)})
		}
	case e.active() || v == unknown:
	case v == holds:
		if a := m.of(e.process); a != nil && a.met {
			t.hold(h, e, &a.moment)
		}
	default:
		if a := m.of(e.process); a != nil && a.met {
			m.end(a)
		}
	}
}

// settle ends the attempts whose window has passed, or all.
func (m *misses) settle(t *Trace, now schema.Time, all bool) {
	m.checks++
	window := t.runner.windowOf(t.host)
	m.over = slices.DeleteFunc(m.over, func(o touch) bool { return now.Sub(o.at) > window })
	patience := window + t.runner.rule.holdFor()
	for i := 0; i < len(m.attempts); {
		if a := m.attempts[i]; all || !a.met && now.Sub(a.moment.Time) > patience {
			m.end(a)
			continue
		}
		i++
	}
}

// end makes a miss of an attempt.
func (m *misses) end(a *attempt) {
	m.attempts = slices.DeleteFunc(m.attempts, func(o *attempt) bool { return o == a })
	m.miss(a)
}

func (m *misses) miss(a *attempt) {
	if m.nearest == nil || a.rank() > m.nearest.rank() {
		m.nearest = a
	}
}

// drop forgets the attempts that have come to a firing: of the subject, and of the tree
// whose root it is.
func (m *misses) drop(t *Trace, p *replay.Process) {
	m.attempts = slices.DeleteFunc(m.attempts, func(a *attempt) bool { return t.sameSubject(a.process, p) })
}

// lingers says that a firing of the subject is over since less than a window.
func (m *misses) lingers(t *Trace, p *replay.Process) bool {
	return slices.ContainsFunc(m.over, func(o touch) bool { return t.sameSubject(o.process, p) })
}

// sameSubject says that what is told of the two counts as one: they are the same, or
// roots in the same tree.
func (t *Trace) sameSubject(p, q *replay.Process) bool {
	return p == q || t.runner.rule.kind.subject == schema.SubjectTreeRoot && p.Top() == q.Top()
}

func (m *misses) of(p *replay.Process) *attempt {
	for _, a := range m.attempts {
		if a.process == p {
			return a
		}
	}
	return nil
}

// enter adds an attempt, and forgets the farthest if there are too many.
func (m *misses) enter(a *attempt) {
	if len(m.attempts) == maxAttempts {
		farthest := m.farthest()
		m.attempts = slices.DeleteFunc(m.attempts, func(o *attempt) bool { return o == farthest })
	}
	m.attempts = append(m.attempts, a)
}

func (m *misses) farthest() *attempt {
	return slices.MinFunc(m.attempts, func(a, b *attempt) int { return cmp.Compare(a.rank(), b.rank()) })
}

// touch notes the subject; of too many it forgets those of before the window, then the
// farthest.
func (m *misses) touch(now touch, before schema.Time) {
	at := slices.IndexFunc(m.touched, func(o touch) bool { return o.process == now.process })
	switch {
	case at >= 0:
		m.touched[at] = now
	case len(m.touched) < maxTouched:
		m.touched = append(m.touched, now)
	default:
		farthest, least := 0, now.closeness
		for i, o := range m.touched {
			if o.at <= before {
				o.closeness = -1
			}
			if o.closeness < least {
				farthest, least = i, o.closeness
			}
		}
		if least < now.closeness {
			m.touched[farthest] = now
		}
	}
}

// hold tells since when the condition holds, and for how long.
func (t *Trace) hold(h *replay.Host, e *episode, m *schema.RuleMoment) {
	if !e.holding.on {
		return
	}
	m.Since.Set(e.holding.since)
	m.HeldNs.Set(int64(max(h.Now().Sub(e.holding.since)-e.holding.unknown, time.Duration(0))))
}
