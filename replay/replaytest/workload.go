package replaytest

import (
	"math/rand/v2"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// Workload makes a plausible capture of the given length, with a time of its own for
// each record: shells that run short jobs, some of them in storms, trees that grow and
// exit, some of them as zombies, kills for want of memory, samples, pressure that comes
// and goes, and a few losses.
func Workload(rnd *rand.Rand, length time.Duration) *Capture {
	c := New("boot")
	w := &workload{rnd: rnd, c: c, nextPID: 1000}
	for pid := range int64(8) {
		c.At(time.Duration(pid+1)*time.Microsecond).Task(100+pid, 1, "sh", "sh", "-c", "work")
		w.living = append(w.living, 100+pid)
	}
	next := time.Duration(0)
	for at := time.Millisecond; at < length; at += w.pause(at) {
		if at >= next {
			at = w.sample(at)
			next += time.Second
		}
		w.event(at)
	}
	c.At(length).End()
	return c
}

type workload struct {
	rnd     *rand.Rand
	c       *Capture
	living  []int64
	zombies []int64 // in the order of their exits
	nextPID int64
}

// pause is the time to the next event: short in every fourth group of five seconds.
func (w *workload) pause(at time.Duration) time.Duration {
	const calm, storm = 20 * time.Millisecond, 500 * time.Microsecond
	if int64(at/(5*time.Second))%4 == 1 {
		return 1 + time.Duration(w.rnd.Int64N(int64(2*storm)))
	}
	return 1 + time.Duration(w.rnd.Int64N(int64(2*calm)))
}

func (w *workload) event(at time.Duration) {
	c := w.c.At(at)
	parent := w.living[w.rnd.IntN(len(w.living))]
	switch n := w.rnd.IntN(100); {
	case n == 0:
		c.Lost(schema.TypeFork, 3, at-100*time.Millisecond, at)
	case n < 40 && len(w.living) > 8:
		last := len(w.living) - 1
		if n == 1 {
			c.OOM(w.living[last], w.rnd.Int64N(1<<30))
			c.At(at + 1)
		}
		c.Burn(w.living[last], time.Millisecond).Exit(w.living[last])
		if w.rnd.IntN(3) == 0 {
			w.zombies = append(w.zombies, w.living[last])
		}
		w.living = w.living[:last]
	case n < 70:
		w.nextPID++
		c.Fork(parent, w.nextPID)
		w.living = append(w.living, w.nextPID)
	default:
		c.Exec(parent, []string{"cc1", "as", "true", "sleep"}[w.rnd.IntN(4)], "-v")
	}
}

// unreaped are the zombies, of which most are reaped at times.
func (w *workload) unreaped() []int64 {
	const most, left = 60, 10
	if len(w.zombies) > most {
		w.zombies = w.zombies[len(w.zombies)-left:]
	}
	return w.zombies
}

// stall adds pressure in every second of the spans.
func (w *workload) stall(at time.Duration, s replay.Stall, span time.Duration) {
	if int64(at/span)%2 == 1 {
		w.c.Stall(s, 900*time.Millisecond)
	}
}

// sample writes one interval's samples and system record, 1 µs apart.
func (w *workload) sample(at time.Duration) time.Duration {
	for _, pid := range w.living {
		if w.rnd.IntN(3) == 0 {
			at += time.Microsecond
			w.c.At(at).Burn(pid, time.Duration(w.rnd.Int64N(int64(time.Second)))).Sample(pid, "S", w.rnd.Int64N(1<<30))
		}
	}
	for _, pid := range w.unreaped() {
		at += time.Microsecond
		w.c.At(at).Sample(pid, "Z", 0)
	}
	at += time.Microsecond
	w.stall(at, replay.CPUSome, 40*time.Second)
	w.stall(at, replay.MemoryFull, 20*time.Second)
	w.stall(at, replay.IOFull, 30*time.Second)
	w.c.At(at).System(0)
	return at + time.Microsecond
}
