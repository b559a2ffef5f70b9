package rules

import "github.com/linnix-os/linnix/replay"

// windowed is a detector that keeps events; held is how many.
type windowed interface{ held() int64 }

// AddState implements [replay.Stateful]: what became of each rule so far, and each
// verdict on a subject with what its episode and its count had come to.
func (e *Engine) AddState(s *replay.State) {
	for _, r := range e.runners {
		s.Int(r.inputs)
		s.Int(r.outcome.Evaluated)
		s.Int(r.outcome.Fired)
		s.Int(r.outcome.Resolved)
		s.Int(r.outcome.Suppressed)
		s.Int(int64(r.outcome.Unknown))
		s.Int(int64(len(r.open)))
		if w, ok := r.detector.(windowed); ok {
			s.Int(w.held())
		}
		if r.state != nil {
			s.Int(int64(r.state.Sum()))
		}
	}
}

// KeepState makes the engine fold every verdict into its state, which takes a little
// time. Call it before the replay.
func (e *Engine) KeepState() {
	for _, r := range e.runners {
		r.state = new(replay.State)
	}
}

// addState adds the episode, as a verdict has left it.
func (e *episode) addState(s *replay.State, v verdict) {
	if e.process != nil {
		s.Int(e.process.Key.PID)
		s.Int(e.process.Key.StartNs)
	}
	s.Int(int64(v))
	s.Int(e.n)
	s.Int(int64(e.state))
	for _, stretch := range []*stretch{&e.holding, &e.clearing} {
		if stretch.on {
			s.Int(int64(stretch.since))
			s.Int(int64(stretch.unknown))
		}
	}
	s.Int(int64(e.firedAt.V))
	s.Int(e.suppressed)
}
