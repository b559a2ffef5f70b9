package schema

import (
	"fmt"
	"strconv"
)

// TelemetrySummary is the one-line summary of a window:
//
//	w=10 eps=240 frk=3 exe=1 ext=0 top=java,promtail rss=4412:java:61.2% tree=pid=4412 comm=java ppid=1; free words
//
// The parts stand in this order, one space apart; rss and the free words are
// optional. No processes at the top are "none", an absent tree is "n/a", an unknown
// parent "ppid=?". Each comm is written by [EscapeComm].
type TelemetrySummary struct {
	// WindowSeconds is the length of the window.
	WindowSeconds int64
	// EventsPerSec is all events in the window a second.
	EventsPerSec float64
	// Forks, Execs and Exits are counts in the window.
	Forks, Execs, Exits int64
	// Top names the processes that used most CPU, by comm.
	Top []string
	// RSS tells of memory in free text without a space or ";", such as
	// [MemoryShares.String] gives.
	RSS string
	// Tree is the process the window is about.
	Tree *TreeRef
	// Words is free text: one line, no control characters.
	Words string
}

// MemoryShares lists the largest processes by memory.
type MemoryShares []MemoryShare

// MemoryShare is one process's part of the memory.
type MemoryShare struct {
	PID  int64
	Comm string
	// Permille is the share of the host's memory in tenths of a percent.
	Permille int64
}

// TreeRef names the process a summary is about.
type TreeRef struct {
	PID  int64
	Comm string
	// PPID is absent when the parent is unknown.
	PPID Opt[int64]
}

// Limits of a summary that is parsed.
const (
	maxSummary     = 4096
	maxSummaryList = 64
)

const (
	emptyList = "none"
	emptyTree = "n/a"
)

// String returns the line. It is the inverse of [ParseTelemetrySummary] when no
// number is negative and RSS and Words are clean.
func (s *TelemetrySummary) String() string {
	b := fmt.Appendf(nil, "w=%d eps=%s frk=%d exe=%d ext=%d top=",
		s.WindowSeconds, strconv.FormatFloat(s.EventsPerSec, 'f', -1, 64), s.Forks, s.Execs, s.Exits)
	for i, comm := range s.Top {
		b = appendListItem(b, i, EscapeComm(comm))
	}
	if len(s.Top) == 0 {
		b = append(b, emptyList...)
	}
	if s.RSS != "" {
		b = append(append(b, " rss="...), s.RSS...)
	}
	b = append(b, " tree="...)
	b = append(b, s.Tree.String()...)
	if s.Words != "" {
		b = append(append(b, "; "...), s.Words...)
	}
	return string(b)
}

// String returns the tree part of a summary; a nil tree is "n/a".
func (t *TreeRef) String() string {
	if t == nil {
		return emptyTree
	}
	ppid := "?"
	if t.PPID.OK {
		ppid = strconv.FormatInt(t.PPID.V, 10)
	}
	return fmt.Sprintf("pid=%d comm=%s ppid=%s", t.PID, EscapeComm(t.Comm), ppid)
}

// String returns PID:COMM:SHARE for each, such as 4412:java:61.2%,7:cron:0.4%.
func (list MemoryShares) String() string {
	var b []byte
	for i, m := range list {
		b = appendListItem(b, i, fmt.Sprintf("%d:%s:%d.%d%%", m.PID, EscapeComm(m.Comm), m.Permille/10, m.Permille%10))
	}
	return string(b)
}

func appendListItem(b []byte, i int, item string) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return append(b, item...)
}
