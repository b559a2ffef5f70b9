package schema

import "slices"

// object takes members with plain names, each once.
func (d *recognition) object(s *shape) bool {
	d.at++
	if d.take('}') {
		return s.required == 0
	}
	var seen uint64
	var open openNames
	for next := 0; ; next++ {
		if d.next() != '"' {
			return false
		}
		raw, escaped, ok := d.quoted()
		if !ok || escaped || !d.take(':') {
			return false
		}
		name := raw[1 : len(raw)-1]
		if next = s.member(name, next); next < 0 {
			if s.closed || !open.add(name) || !d.value(&anyScalar) {
				return false
			}
		} else if seen&(1<<next) != 0 || !d.value(s.members[next].shape) {
			return false
		} else {
			seen |= 1 << next
		}
		if d.take('}') {
			return seen&s.required == s.required
		}
		if !d.take(',') {
			return false
		}
	}
}

// member returns the index of the named member, or -1. Programs write members in one
// order, so where the last search ended is the best place to begin.
func (s *shape) member(name []byte, from int) int {
	for i := range s.members {
		at := (from + i) % len(s.members)
		if s.members[at].name == string(name) {
			return at
		}
	}
	return -1
}

// openNames are the names in an object that its schema does not list.
type openNames struct {
	names [maxOpenMembers]string
	count int
}

// add is false where the name was there before, or there are too many.
func (o *openNames) add(name []byte) bool {
	if o.count == len(o.names) || slices.Contains(o.names[:o.count], string(name)) {
		return false
	}
	o.names[o.count] = string(name)
	o.count++
	return true
}
