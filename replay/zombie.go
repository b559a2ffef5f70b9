package replay

import (
	"iter"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// Zombies yields the zombies, in the order in which they were first sampled.
func (h *Host) Zombies() iter.Seq[*Process] { return slices.Values(h.tree.zombies) }

// setState notes a sampled state and keeps the list of zombies.
func (t *tree) setState(p *Process, state string, batch int64, now schema.Time) {
	p.State = state
	zombie := state == "Z" && p.Threads.V <= 1
	if zombie {
		p.batch = batch + 1
	}
	if zombie == p.zombie {
		return
	}
	p.zombie = zombie
	if zombie {
		t.zombies = append(t.zombies, p)
	} else {
		t.zombies = slices.DeleteFunc(t.zombies, func(q *Process) bool { return q == p })
		t.depart(p, now)
	}
	switch {
	case p.life == alive && zombie:
		t.living--
	case p.life == alive:
		t.living++
	}
}

// reap drops the zombies that were not sampled before this system record: their
// parents have waited for them.
func (t *tree) reap(batch int64, now schema.Time) {
	t.zombies = slices.DeleteFunc(t.zombies, func(p *Process) bool {
		if p.batch >= batch {
			return false
		}
		t.exit(p)
		p.zombie = false
		t.depart(p, now)
		return true
	})
}

// depart queues an exited process that is no zombie any more: forget passed it over
// while it was one. What holds children is a ghost by then, which they keep.
func (t *tree) depart(p *Process, now schema.Time) {
	if p.life == exited || p.life == ghost {
		t.gone.Push(departure{now, p})
	}
}
