package rules

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

// rich is a workload with what the plain one lacks: zombies that wait for their parent,
// memory and io pressure that comes and goes, and processes that the kernel kills. What
// it holds without loss is known in full.
func rich(seed uint64, lossy bool) []schema.Record {
	plain := workload(seed).Records
	e := enricher{rnd: rand.New(rand.NewPCG(seed, 7)), records: make([]schema.Record, 0, 2*len(plain))}
	for _, r := range plain {
		switch {
		case r.Type == schema.TypeLost && !lossy:
			continue
		case r.Type == schema.TypeSystem:
			e.system(&r)
		}
		e.records = append(e.records, r)
		e.after(&r)
	}
	for i := range e.records {
		e.records[i].Seq = int64(i)
	}
	return e.records
}

type enricher struct {
	rnd            *rand.Rand
	records        []schema.Record
	zombies        []zombie
	memoryUs, ioUs int64
}

type zombie struct {
	exit  schema.Record
	until schema.Time
}

// system samples the zombies, within the microsecond before, and adds to the stalls.
func (e *enricher) system(r *schema.Record) {
	e.zombies = slices.DeleteFunc(e.zombies, func(z zombie) bool { return z.until < r.Time })
	for i, z := range e.zombies {
		s := z.exit
		s.Type, s.Time, s.ExitCode = schema.TypeSample, r.Time.Add(time.Duration(i-len(e.zombies))), schema.Opt[int64]{}
		s.State = schema.Some("Z")
		e.records = append(e.records, s)
	}
	if r.Time.Sub(replaytest.Start)/(25*time.Second)%2 == 1 {
		e.memoryUs += 300_000
		e.ioUs += 700_000
	}
	r.System.PSI.MemoryFullUs, r.System.PSI.IOFullUs = schema.Some(e.memoryUs), schema.Some(e.ioUs)
}

// after lets some exits leave a zombie, and some execs end in the kernel's hands.
func (e *enricher) after(r *schema.Record) {
	switch {
	case r.Type == schema.TypeExit && len(e.zombies) < 100 && e.rnd.IntN(3) == 0:
		e.zombies = append(e.zombies, zombie{*r, r.Time.Add(time.Duration(e.rnd.Int64N(int64(20 * time.Second))))})
	case r.Type == schema.TypeExec && e.rnd.IntN(2000) == 0:
		oom := *r
		oom.Type, oom.Time = schema.TypeOOM, r.Time+1
		oom.Argv, oom.Filename = schema.Opt[[]string]{}, schema.Opt[string]{}
		oom.RSSBytes = schema.Some[int64](1 << 30)
		e.records = append(e.records, oom)
	}
}
