package schema

import (
	"bytes"
	"sync"
	"unsafe"
)

// scanner reads the lines that AppendJSON writes of most records, many times as fast as
// a decoder of any JSON. It gives up on whatever else a line may be, such as one with
// blank space, an unknown member or a mistake: that is for the general decoder.
type scanner struct {
	line []byte
	at   int
	// openings has for each row of the field table what stands before a value, flags where
	// in a record the flag of the field stands.
	openings *[len(fieldTable)]string
	flags    *[len(fieldTable)]uintptr
	// next has for each type and row of the field table the row that came behind it the
	// last time, which tells the next name without a search; row 0 is before the first.
	next    [len(Types)][len(fieldTable) + 1]int16
	minutes minuteCache
	texts   textCache
	list    []string
	unquote []byte
}

func newScanner() *scanner { return &scanner{openings: memberOpenings(), flags: flagOffsets()} }

// scan resets r and reads the line into it, or returns false: r is then undefined.
func (s *scanner) scan(line []byte, r *Record) bool {
	s.line, s.at = line, 0
	r.Reset()
	if !s.common(r) {
		return false
	}
	next, row := &s.next[r.Type.Index()], 0
	for s.at < len(s.line) && s.line[s.at] == ',' {
		i, ok := s.name(int(next[row]))
		if !ok || *(*bool)(unsafe.Add(unsafe.Pointer(r), s.flags[i])) {
			return false // the name stands twice
		}
		next[row], row = int16(i), i+1
		if !s.value(&fieldTable[i], r) {
			return false
		}
	}
	return s.take(`}`) && isBlankJSON(s.line[s.at:]) && r.Check() == nil
}

// common reads the three members that come first.
func (s *scanner) common(r *Record) bool {
	if !s.take(`{"type":"`) {
		return false
	}
	n := bytes.IndexByte(s.line[s.at:], '"')
	if n < 0 {
		return false
	}
	i := Type(s.line[s.at : s.at+n]).Index()
	if i < 0 {
		return false
	}
	r.Type = Types[i]
	s.at += n
	var ok bool
	if !s.take(`","time":`) {
		return false
	}
	if r.Time, ok = s.time(); !ok || !s.take(`,"seq":`) {
		return false
	}
	r.Seq, ok = s.int()
	return ok
}

// take passes over a text if it comes next.
func (s *scanner) take(text string) bool {
	if len(s.line)-s.at < len(text) || string(s.line[s.at:s.at+len(text)]) != text {
		return false
	}
	s.at += len(text)
	return true
}

// name reads the comma and the name before a value, and returns the row of the field;
// guess is the likeliest.
func (s *scanner) name(guess int) (row int, ok bool) {
	if s.take(s.openings[guess]) {
		return guess, true
	}
	if !s.take(`,"`) {
		return 0, false
	}
	n := bytes.IndexByte(s.line[s.at:], '"')
	if n < 0 {
		return 0, false
	}
	place, ok := fieldsByName()[string(s.line[s.at:s.at+n])]
	s.at += n
	return place.index, ok && !place.b64 && s.take(`":`)
}

// memberOpenings has for each row what stands before its value.
var memberOpenings = sync.OnceValue(func() *[len(fieldTable)]string {
	openings := new([len(fieldTable)]string)
	for i := range fieldTable {
		openings[i] = `,"` + fieldTable[i].Name + `":`
	}
	return openings
})

// isBlankJSON says that nothing but blank space is left.
func isBlankJSON(rest []byte) bool {
	for _, c := range rest {
		if c != '\n' && c != '\r' && c != '\t' && c != ' ' {
			return false
		}
	}
	return true
}
