package insight

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// A CPU spin is a process that keeps a core busy and does nothing else that can be
// seen: no storage I/O, no new memory, no waiting, no children. From outside it cannot
// be told from a long computation; pressure says whether anybody suffers.
const (
	// spinCPU is the percent of one core (node-mixin and linnix alert above 90). What a
	// single thread waited for a CPU counts as well: beside others it gets less.
	spinCPU = 95
	// spinQuota is the percent of a cgroup's CPU quota that the process uses, where that
	// is what holds it, and spinThrottled the percent of the time for which the cgroup is
	// kept waiting then: a spin below a quota of 90 % of a core waits for the rest.
	spinQuota, spinThrottled = 90, 10
	// spinLasts is for how long at least. Of a capture that ends, or whose process ends
	// with it, before that has been seen nobody can say that it was over: after
	// spinLastsAtEdge it is told, at the lowest severity and with a capped confidence.
	spinLasts       = 10 * time.Second
	spinLastsAtEdge = 5 * time.Second
	// What the process may do besides, a second.
	spinIOBytes   = 64 << 10
	spinFaults    = 100
	spinVoluntary = 10
	spinForks     = 1
	// spinHousekeeping is what a process of many threads may wait by choice besides: the
	// watcher threads of runtimes wake up to 100 times a second (Go's every 10 ms).
	spinHousekeeping = 150
	// allBusy is the percent of all cores from which on the host is fully used: without
	// pressure that is a host of the right size, not an incident.
	allBusy = 95
	// CPU pressure (some), in percent: below calm nobody waits ("100 % CPU with low PSI
	// is an efficient worker"); linnix alerts above 40.
	pressureCalm, pressureWarning, pressureCritical = 10, 20, 40
)

// judgeCPUSpin returns one verdict for each pool of spinning processes.
func judgeCPUSpin(f *features) []verdict {
	if fullyUsed(f) {
		return nil
	}
	var verdicts []verdict
	for _, pool := range pools(spinners(f)) {
		v := cpuSpin(f, pool[0])
		v.addPool(pool)
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// pools parts the processes by pool, keeping their order.
func pools(spins []*spinUse) [][]*spinUse {
	var list [][]*spinUse
	places := map[*replay.Process]int{}
	for _, s := range spins {
		pool := poolOf(s.Process)
		at, known := places[pool]
		if !known {
			at = len(list)
			places[pool] = at
			list = append(list, nil)
		}
		list[at] = append(list[at], s)
	}
	return list
}

// spinners returns the processes that spin: those seen for long enough first, for the
// first of a pool describes it, then the busiest.
func spinners(f *features) []*spinUse {
	var list []*spinUse
	for i := range f.Spinning {
		if s := &f.Spinning[i]; spins(f, s) {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b *spinUse) int {
		return cmp.Or(-cmp.Compare(min(a.Span(), spinLasts), min(b.Span(), spinLasts)), compareUse(a, b))
	})
	return list
}

// compareUse puts the busiest first, then the oldest.
func compareUse(a, b *spinUse) int {
	return cmp.Or(-cmp.Compare(a.CPUPercent(), b.CPUPercent()), replay.Compare(a.Process, b.Process))
}

// poolOf is what spinning processes of one pool have in common: their parent. Children
// of pid 1, 2 or nobody stand for themselves.
func poolOf(p *replay.Process) *replay.Process {
	if parent := p.Parent(); parent != nil && parent.Top() != nil {
		return parent
	}
	return p
}

func fullyUsed(f *features) bool {
	return f.Busy.OK && f.CPUSome.OK && f.Busy.V >= allBusy && f.CPUSome.V < pressureCalm
}

// spins says that the process did nothing but run. What is not known is taken to be
// so; the confidence is then capped.
func spins(f *features, s *spinUse) bool {
	return lasts(f, s) &&
		keepsBusy(s) &&
		within(s, s.IOBytes, spinIOBytes) &&
		within(s, s.Faults, spinFaults) &&
		within(s, s.Voluntary, voluntaryLimit(s)) &&
		within(s, schema.Some(s.Forks), spinForks)
}

// keepsBusy says that the process ran whenever it could.
func keepsBusy(s *spinUse) bool {
	return s.Throttled || 100*(s.CPUNs+s.WaitedNs) >= spinCPU*int64(s.Span())
}

// voluntaryLimit is how often a second the process may wait by choice.
func voluntaryLimit(s *spinUse) int64 {
	if s.Process.Threads.V > 1 {
		return spinHousekeeping
	}
	return spinVoluntary
}

// lasts says that the state was seen for long enough to last.
func lasts(f *features, s *spinUse) bool {
	return s.Span() >= spinLasts || f.Last && s.Span() >= spinLastsAtEdge
}

// within says that the count is at most perSecond in the mean.
func within(s *spinUse, count schema.Opt[int64], perSecond int64) bool {
	return count.V <= perSecond*int64(s.Span())/int64(time.Second)
}

func cpuSpin(f *features, s *spinUse) verdict {
	v := verdict{
		class: schema.ClassCPUSpin, tree: poolOf(s.Process), primary: s.Process,
		onset: s.Onset, end: s.To, strength: s.CPUPercent() + f.CPUSome.V, atLimit: s.Throttled,
		candidates: []candidate{{s.Process, 1}},
	}
	v.why = fmt.Sprintf("pid %d %s for %s and did nothing else", s.Process.Key.PID, s.ran(), seconds(s.Span()))
	v.severity = spinSeverity(f.CPUSome)
	v.judgeAt(spinMargin(s))
	if f.CPUSome.V < pressureCalm {
		v.confidence.cap(capHarmless)
	}
	capAbsent(&v.confidence, f.CPUSome, "cpu pressure")
	capAbsent(&v.confidence, s.IOBytes, "storage I/O of the process")
	capAbsent(&v.confidence, s.Faults, "page faults of the process")
	capAbsent(&v.confidence, s.Voluntary, "switches by choice of the process")
	if s.Span() < spinLasts {
		v.severity = schema.SeverityInfo
		v.confidence.capFor(capShort, fmt.Sprintf("only %s of it were recorded, %s are asked for", seconds(s.Span()), seconds(spinLasts)))
	}
	v.spinFacts(f, s)
	v.doubts = []schema.Alternative{{
		Class:  schema.ClassNormal,
		WhyNot: "cannot be ruled out: a long computation looks the same from outside",
	}}
	return v
}

// ran says in short how much it ran.
func (s *spinUse) ran() string {
	switch {
	case s.Throttled:
		return fmt.Sprintf("used all of the %.2f cores that its cgroup may use", s.Quota.Cores().V)
	case s.CPUPercent() < spinCPU:
		return fmt.Sprintf("wanted a core all the time, had %.0f %% of one", s.CPUPercent())
	}
	return fmt.Sprintf("used %.0f %% of a core", s.CPUPercent())
}

// spinSeverity ranks a spin by the pressure beside it: without any it harms nobody.
func spinSeverity(pressure schema.Opt[float64]) schema.Severity {
	switch {
	case pressure.V >= pressureCritical:
		return schema.SeverityCritical
	case pressure.V >= pressureWarning:
		return schema.SeverityWarning
	}
	return schema.SeverityInfo
}

// spinMargin is how little the process did besides running.
func spinMargin(s *spinUse) float64 {
	used := func(count schema.Opt[int64], perSecond int64) float64 {
		return room(float64(perSecond)*s.Span().Seconds(), float64(count.V))
	}
	return margin(
		used(s.IOBytes, spinIOBytes), used(s.Faults, spinFaults), used(s.Voluntary, voluntaryLimit(s)),
		used(schema.Some(s.Forks), spinForks),
	)
}

func (v *verdict) spinFacts(f *features, s *spinUse) {
	pid := s.Process.Key.PID
	v.fact(fmt.Sprintf("pid %d used %.1f %% of a core over %s", pid, s.CPUPercent(), seconds(s.Span())), s.CPUPercent(), "%")
	if s.Throttled {
		v.fact(fmt.Sprintf("its cgroup may use %.2f cores", s.Quota.Cores().V), s.Quota.Cores().V, "cores")
		v.percentFact(fmt.Sprintf("the cgroup was throttled %.0f %% of the time", s.Quota.ThrottledPercent().V), s.Quota.ThrottledPercent())
	}
	perSecond := func(text string, count schema.Opt[int64], scale float64, unit string) {
		if count.OK {
			rate := float64(count.V) / s.Span().Seconds() / scale
			v.fact(fmt.Sprintf(text, rate), rate, unit)
		}
	}
	if s.WaitedNs > 0 {
		waited := percent(float64(s.WaitedNs), float64(s.Span()))
		v.fact(fmt.Sprintf("it waited for a CPU %.1f %% of the time", waited), waited, "%")
	}
	perSecond("it read and wrote %.1f KiB/s of storage", s.IOBytes, 1<<10, "KiB/s")
	perSecond("it had %.1f page faults/s", s.Faults, 1, "faults/s")
	perSecond("it gave up the CPU by choice %.1f times/s", s.Voluntary, 1, "switches/s")
	perSecond("it forked %.1f times/s", schema.Some(s.Forks), 1, "forks/s")
	v.pressureFact(f)
	if waited := f.waitedBeside(); waited.OK {
		v.fact(fmt.Sprintf("other processes waited %s for a CPU, all together", seconds(waited.V)), waited.V.Seconds(), "s")
	}
	if f.Busy.OK {
		v.percentFact(fmt.Sprintf("all cores together were %.0f %% busy", f.Busy.V), f.Busy)
	}
}

// addPool adds the processes of the pool beside its first: a few by pid, for a host of
// many cores can have hundreds, and all of them in figures.
func (v *verdict) addPool(pool []*spinUse) {
	share, used := 1/float64(len(pool)), pool[0].CPUPercent()
	v.candidates[0].share = share
	for _, s := range pool[1:] {
		v.onset, v.end = min(v.onset, s.Onset), max(v.end, s.To)
		used += s.CPUPercent()
		v.strength += s.CPUPercent()
		if len(v.candidates) < maxCandidates {
			v.candidates = append(v.candidates, candidate{s.Process, share})
			v.fact(fmt.Sprintf("pid %d beside it used %.1f %% of a core", s.Process.Key.PID, s.CPUPercent()), s.CPUPercent(), "%")
		}
	}
	if len(pool) > maxCandidates {
		v.fact(fmt.Sprintf("%d processes of one parent spin, and used %.1f %% of a core together", len(pool), used), used, "%")
	}
}

func whyNotCPUSpin(f *features) string {
	if fullyUsed(f) {
		return fmt.Sprintf("all cores were %.0f %% busy, but cpu pressure was only %.1f %%: nobody waited", f.Busy.V, f.CPUSome.V)
	}
	if len(f.Spinning) == 0 {
		return fmt.Sprintf("no process kept a core %d %% busy", spinFollow)
	}
	s := &f.Spinning[0]
	for i := range f.Spinning {
		if compareUse(&f.Spinning[i], s) < 0 {
			s = &f.Spinning[i]
		}
	}
	share := fmt.Sprintf("the busiest process used %.0f %% of a core over %s", s.CPUPercent(), seconds(s.Span()))
	if !lasts(f, s) || !keepsBusy(s) {
		return share + fmt.Sprintf(", a spin %d %% over %s", spinCPU, seconds(spinLasts))
	}
	return share + ", but it " + besides(s)
}

// besides says what else a busy process did, the first that speaks against a spin.
func besides(s *spinUse) string {
	switch {
	case !within(s, s.IOBytes, spinIOBytes):
		return "read or wrote storage"
	case !within(s, s.Faults, spinFaults):
		return fmt.Sprintf("had %d page faults: it works on new memory", s.Faults.V)
	case !within(s, s.Voluntary, voluntaryLimit(s)):
		return fmt.Sprintf("waited %d times by choice", s.Voluntary.V)
	case !within(s, schema.Some(s.Forks), spinForks):
		return fmt.Sprintf("forked %d times", s.Forks)
	}
	return "belongs to another incident"
}

// sortCandidates puts the largest share first, then the oldest process.
func sortCandidates(list []candidate) {
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(-cmp.Compare(a.share, b.share), compareProcesses(a.process, b.process))
	})
}
