package rules

import "github.com/linnix-os/linnix/replay"

// standIns has for each comm one process that stands for all that ran under it, the
// latest, so that a long window of many short-lived processes does not keep them all.
type standIns struct {
	byComm map[string]*standIn
	// pruneAt is the size at which those that nothing counts any more are dropped.
	pruneAt int
}

// standIn counts the events that are put down to it.
type standIn struct {
	counter
	process replay.Process
}

// leastStandIns is how many comms are kept without a look at who needs them.
const leastStandIns = 1024

// of returns the stand-in of a process's comm, which now is this process.
func (s *standIns) of(p *replay.Process) *standIn {
	in := s.byComm[p.Comm]
	if in == nil {
		in = &standIn{}
		s.prune()
		s.byComm[p.Comm] = in
	}
	in.process = replay.Process{Key: p.Key, StartTime: p.StartTime, Comm: p.Comm}
	return in
}

// prune makes room. Its cost is that of the insertions since the last time.
func (s *standIns) prune() {
	if s.byComm == nil {
		s.byComm, s.pruneAt = make(map[string]*standIn), leastStandIns
	}
	if len(s.byComm) < s.pruneAt {
		return
	}
	for comm, in := range s.byComm {
		if in.n == 0 {
			delete(s.byComm, comm)
		}
	}
	s.pruneAt = max(leastStandIns, 2*len(s.byComm))
}
