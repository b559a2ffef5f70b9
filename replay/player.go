package replay

import "github.com/linnix-os/linnix/schema"

// player drives one host and its handlers.
type player struct {
	host        *Host
	newHandlers func(h *Host) []Handler
	handlers    []Handler
	nextTick    schema.Time
	from        schema.Time
	started     bool
}

// play ticks up to the record, takes it in and hands it on.
func (p *player) play(f *feed, r *schema.Record) intake {
	if p.started {
		p.tickBefore(r.Time)
	}
	taken := p.host.take(f, r)
	if !p.started {
		p.started = true
		p.nextTick = p.host.start + tickEvery
		p.handlers = p.newHandlers(p.host)
	}
	if taken != duplicate && p.host.now >= p.from {
		for _, handler := range p.handlers {
			handler.Record(p.host, r)
		}
	}
	p.host.settle()
	return taken
}

// tickBefore generates the ticks that lie before a record at t.
func (p *player) tickBefore(t schema.Time) {
	for quiet := 0; p.nextTick < t; quiet++ {
		if quiet == maxQuietTicks {
			p.nextTick += (t - 1 - p.nextTick) / tickEvery * tickEvery
		}
		p.tick()
	}
}

func (p *player) tick() {
	p.host.now = p.nextTick
	p.nextTick += tickEvery
	if p.host.now < p.from {
		return
	}
	for _, handler := range p.handlers {
		handler.Tick(p.host)
	}
}

// end closes the host: the last tick may fall on the last record's time.
func (p *player) end() {
	p.tickBefore(p.host.now + 1)
	for _, handler := range p.handlers {
		handler.End(p.host)
	}
}
