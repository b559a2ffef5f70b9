package replay

import (
	"fmt"
	"math"

	"github.com/linnix-os/linnix/schema"
)

// State is a rolling hash of what a replay has come to: equal over two runs as long as
// each was told the same in the same order. It has no seed. The zero value is ready.
type State struct{ sum uint64 }

// Stateful is what a replay's outcome rests on: it adds to a State what it knows after
// the record or tick being handled, changed or in total.
type Stateful interface {
	AddState(s *State)
}

// Sum returns the hash so far.
func (s *State) Sum() uint64 { return s.sum }

// Int adds a number. Two numbers never give one sum, so a difference is never lost here.
func (s *State) Int(v int64) {
	const odd = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	s.sum = (s.sum ^ uint64(v)) * odd
	s.sum ^= s.sum >> 32
}

// Float adds a number, by its bits.
func (s *State) Float(v float64) { s.Int(int64(math.Float64bits(v))) }

// Bytes adds a text, so that its end is told from the next one's beginning.
func (s *State) Bytes(b []byte) { addText(s, b) }

// Text adds a text as Bytes does.
func (s *State) Text(text string) { addText(s, text) }

func addText[T string | []byte](s *State, text T) {
	s.Int(int64(len(text)))
	for ; len(text) >= 8; text = text[8:] {
		s.Int(int64(text[0]) | int64(text[1])<<8 | int64(text[2])<<16 | int64(text[3])<<24 |
			int64(text[4])<<32 | int64(text[5])<<40 | int64(text[6])<<48 | int64(text[7])<<56)
	}
	for i := range len(text) {
		s.Int(int64(text[i]))
	}
}

// addRecord adds what the host took from a record. A process changes by its own records
// only, so the current one stands for them all; a system record counts as it is.
func (s *State) addRecord(h *Host, r *schema.Record) {
	s.Int(int64(r.Time))
	s.Int(r.Seq)
	s.Text(string(r.Type))
	if r.Type == schema.TypeSystem {
		s.Bytes(fmt.Appendf(nil, "%v", r.System)) // numbers alone, and few such records
	}
	s.addHost(h)
	if p := h.Current(); p != nil {
		s.addProcess(p)
	}
}

// addHost adds the figures of a host that change by records and by time.
func (s *State) addHost(h *Host) {
	s.Int(int64(h.now))
	s.Int(int64(h.tree.living))
	s.Int(int64(len(h.tree.zombies)))
	s.Int(h.batch)
	s.Int(int64(h.BlindFor()))
	for i := range h.losses {
		s.Int(int64(h.losses[i].V))
	}
}

func (s *State) addProcess(p *Process) {
	s.Int(p.Key.PID)
	s.Int(p.Key.StartNs)
	s.Int(p.PPID)
	s.Int(int64(p.life))
	s.Int(p.CPU.TotalNs)
	s.Int(p.CPU.UsedNs)
	s.Int(p.RSSBytes.V)
	s.Text(p.State)
	s.Text(p.Comm)
	s.Text(p.Exe)
	for _, arg := range p.Argv {
		s.Text(arg)
	}
	if parent := p.Parent(); parent != nil {
		s.Int(parent.Key.PID)
		s.Int(parent.Key.StartNs)
	}
}
