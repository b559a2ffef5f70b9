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

// addRecord adds what the host took from a record: the process that it is about, its
// parent and its top, and those that leave the tree; a system record counts as it is.
// What a record changes in others shows in their number, or else with their own next
// record: a guessed parent made older, a listed child that found its parent, a zombie
// that had exited and was reaped.
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
	for _, p := range h.Leaving() {
		s.addKey(p)
	}
}

// addHost adds the figures of a host that change by records and by time.
func (s *State) addHost(h *Host) {
	s.Int(int64(h.now))
	s.Int(int64(h.tree.living))
	s.Int(int64(len(h.tree.zombies)))
	s.Int(h.batch)
	s.Int(int64(h.interval))
	s.Int(int64(h.BlindFor()))
	for i := range h.losses {
		s.Int(int64(h.losses[i].V))
	}
}

func (s *State) addProcess(p *Process) {
	s.addKey(p)
	s.addKey(p.Parent())
	s.addKey(p.Top())
	s.Int(p.PPID)
	s.Int(int64(p.life))
	s.Int(p.CPU.TotalNs)
	s.Int(p.CPU.UsedNs)
	s.addNumber(p.RSSBytes)
	s.addNumber(p.Threads)
	s.addNumber(p.UID)
	s.addNumber(p.CgroupHierarchy)
	s.Text(p.State)
	s.Text(p.Comm)
	s.Text(p.Exe)
	s.Text(p.Cgroup)
	s.Text(p.Container)
	s.Int(int64(len(p.Argv)))
	for _, arg := range p.Argv {
		s.Text(arg)
	}
}

// addKey adds which process it is, or that there is none.
func (s *State) addKey(p *Process) {
	if p == nil {
		s.Int(-1)
		return
	}
	s.Int(p.Key.PID)
	s.Int(p.Key.StartNs)
}

func (s *State) addNumber(n schema.Opt[int64]) {
	if n.OK {
		s.Int(1)
	}
	s.Int(n.V)
}
