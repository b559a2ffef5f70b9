package replay

import (
	"cmp"
	"math"

	"github.com/linnix-os/linnix/schema"
)

const (
	// maxCredit is how many ticks may pass without a record: two days, for a rule waits
	// for a window and a clear duration of 24 hours each.
	maxCredit = 2 * 24 * 3600
	// recordCredit is how many of them a record earns, so that the ticks of a capture
	// are bounded by its length however long its gaps are.
	recordCredit = 60
)

// player drives one host and its handlers.
type player struct {
	key      hostKey
	host     *Host // nil before its first record
	handlers []Handler
	// newHandlers makes the handlers, once.
	newHandlers func(h *Host) []Handler
	from        schema.Time
	sources     int // that have a record left
	nextTick    schema.Time
	// until is when the host ends, or far away while that is not known.
	until schema.Time
	// credit is how many ticks may come. Without any the host sleeps until lastTick, the
	// last one before its next record.
	credit   int
	lastTick schema.Time
}

func newPlayer(key hostKey) *player {
	return &player{key: key, until: math.MaxInt64, credit: maxCredit}
}

// hostKey tells hosts apart: by boot_id, else by name and wall_offset_ns; a capture
// that lacks them is a host of its own.
type hostKey struct {
	boot, name string
	wallOffset int64
	source     int
}

// keyOf returns the key of the host that a source with this first record belongs to.
func keyOf(first *schema.Record, source int) hostKey {
	switch {
	case first.BootID.Or("") != "":
		return hostKey{boot: first.BootID.V}
	case first.Host.OK && first.WallOffsetNs.OK:
		return hostKey{name: first.Host.V, wallOffset: first.WallOffsetNs.V}
	}
	return hostKey{source: source + 1}
}

// comparePlayers orders hosts by their start, then key: by the order of arguments only
// where nothing else tells them apart.
func comparePlayers(a, b *player) int {
	return cmp.Or(cmp.Compare(a.host.start, b.host.start), cmp.Compare(a.key.boot, b.key.boot),
		cmp.Compare(a.key.name, b.key.name), cmp.Compare(a.key.wallOffset, b.key.wallOffset),
		cmp.Compare(a.key.source, b.key.source))
}

// begin sets the host up for its first record.
func (p *player) begin(first *schema.Record, from schema.Time, newHandlers func(h *Host) []Handler) {
	p.host, p.from, p.newHandlers = newHost(first), from, newHandlers
	p.nextTick = p.host.start + tickEvery
}

// play takes a record in and hands it on.
func (p *player) play(f *feed, r *schema.Record) intake {
	taken := p.host.take(f, r)
	if p.newHandlers != nil {
		p.handlers, p.newHandlers = p.newHandlers(p.host), nil
	}
	if taken != duplicate && p.host.now >= p.from {
		for _, handler := range p.handlers {
			handler.Record(p.host, r)
		}
	}
	p.host.settle()
	p.credit = min(p.credit+recordCredit, maxCredit)
	return taken
}

// next is when the next tick is.
func (p *player) next() schema.Time {
	switch {
	case p.credit > 0:
		return p.nextTick
	case p.lastTick >= p.nextTick:
		return p.lastTick
	}
	return math.MaxInt64
}

// due is when the host's next tick or its end is.
func (p *player) due() schema.Time { return min(p.next(), p.until) }

// pass lets the host's time pass up to due, and says whether that was its end. A tick
// on the last record's time comes before the end.
func (p *player) pass() (over bool) {
	next := p.next()
	if over = next > p.until; over {
		p.host.now = p.until
	} else {
		p.host.now, p.nextTick = next, next+tickEvery
		p.credit = max(p.credit-1, 0)
	}
	if p.host.now < p.from {
		return over
	}
	for _, handler := range p.handlers {
		if over {
			handler.End(p.host)
		} else {
			handler.Tick(p.host)
		}
	}
	return over
}

// wake tells a host that may sleep of its next record, or of its end before t.
func (p *player) wake(t schema.Time) {
	if p.nextTick < t {
		p.lastTick = p.nextTick + (t-1-p.nextTick)/tickEvery*tickEvery
	}
}

// close notes the end of one of the host's sources; the host ends with the last.
func (p *player) close() {
	if p.sources--; p.sources == 0 {
		p.until = p.host.now
	}
}
