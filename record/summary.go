package record

import (
	"time"

	"github.com/linnix-os/linnix/schema"
)

// Summary is what a recording did.
type Summary struct {
	StopReason StopReason
	Duration   time.Duration
	// Records counts what was written, by type.
	Records map[schema.Type]int64
	// Counts is the account of each event type, as in the end record.
	Counts map[schema.Type]schema.EventCount
	// Processes counts the processes seen: found at the start, or forked since.
	Processes int64
	// HasFilter says that [Options.Filter] left something out, or could have.
	HasFilter bool
	// SelfCPU and SelfMaxRSSBytes are what the recorder itself used.
	SelfCPU         time.Duration
	SelfMaxRSSBytes int64
	// SelfBPF is the time spent in the recorder's kernel programs; 0 where it cannot be
	// had. SelfBPFEvents is what of it went to events, without the look at each context
	// switch and the visits of each task for samples.
	SelfBPF, SelfBPFEvents time.Duration
}

// BPFPerEvent is SelfBPFEvents divided by the events attempted, if both are known.
func (s *Summary) BPFPerEvent() (time.Duration, bool) {
	var n int64
	for _, c := range s.Counts {
		n += c.Attempted
	}
	if n == 0 || s.SelfBPFEvents == 0 {
		return 0, false
	}
	return s.SelfBPFEvents / time.Duration(n), true
}

// Events adds up what was recorded of all event types.
func (s *Summary) Events() int64 {
	var n int64
	for _, c := range s.Counts {
		n += c.Written
	}
	return n
}

// Lost adds up the loss of all event types.
func (s *Summary) Lost() int64 {
	var n int64
	for _, c := range s.Counts {
		n += c.Lost
	}
	return n
}

// Filtered adds up what was left out of all event types: by the filter, and the few
// events of processes that were told otherwise.
func (s *Summary) Filtered() int64 {
	var n int64
	for _, c := range s.Counts {
		n += c.Filtered
	}
	return n
}
