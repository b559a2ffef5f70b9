package insight

import (
	"cmp"
	"slices"
	"testing"
	"time"
)

// moments are what happens in a scenario, in any order until played.
type moments []moment

type moment struct {
	at time.Duration
	do func()
}

func (m *moments) add(at time.Duration, do func()) { *m = append(*m, moment{at, do}) }

// play lets everything happen in the order of time, then of the calls.
func (s *scenario) play(m moments) {
	slices.SortStableFunc(m, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	for _, moment := range m {
		s.to(moment.at)
		moment.do()
	}
}

// flood says what jobs a process starts, the first 10 ms after from.
type flood struct {
	from, to time.Duration
	rate     int // jobs/s, evenly
	// nested of those of each second start a job themselves, as a program of their own.
	nested int
	// subshell says that the nested ones do so without running a program.
	subshell bool
	life     time.Duration // of the jobs that start none; default 2 ms
	cpu      time.Duration // of each job
}

// flood adds the jobs of a parent, whose pid must be set when they begin.
func (m *moments) flood(s *scenario, parent *int64, fl flood) {
	for i := range int(fl.to-fl.from) * fl.rate / int(sec) {
		at := fl.from + 10*ms + time.Duration(i%fl.rate)*900*ms/time.Duration(fl.rate) + time.Duration(i/fl.rate)*sec
		var job int64
		m.add(at, func() {
			job = s.fork(at, *parent)
			s.Burn(job, fl.cpu)
		})
		if i%fl.rate < fl.nested {
			m.nest(s, &job, at, fl)
		}
		m.add(at+max(fl.life, 2*ms), func() { s.Exit(job) })
	}
}

// nest lets a job start one of its own.
func (m *moments) nest(s *scenario, job *int64, at time.Duration, fl flood) {
	var nested int64
	m.add(at, func() {
		if !fl.subshell {
			s.Exec(*job, "job")
		}
		nested = s.fork(at, *job)
		s.Burn(nested, fl.cpu)
	})
	m.add(at+ms, func() { s.Exit(nested) })
}

// births adds children of a parent that stay, rate a second, evenly.
func (m *moments) births(s *scenario, parent *int64, from, to time.Duration, rate float64) {
	every := time.Duration(float64(sec) / rate)
	for at := from; at < to; at += every {
		m.add(at, func() { s.fork(at, *parent) })
	}
}

// whyNots returns the reasons of all windows, each once.
func (s *scenario) whyNots(t *testing.T, whyNot func(*features) string) []string {
	t.Helper()
	var reasons []string
	s.eachWindow(t, func(f *features) {
		if reason := whyNot(f); !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	})
	return reasons
}
