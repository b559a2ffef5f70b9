package replay

// Table holds a value of T for each process in the tree, for handlers that keep their
// own account. The zero value is ready; a process starts with T's zero value, and its
// row is used again once it has left the tree.
type Table[T any] struct {
	rows []row[T]
}

type row[T any] struct {
	serial uint32
	value  T
}

// At returns the process's value, to read and to change until the next At. For a
// process that has left the tree it is a zero value that nobody keeps.
func (t *Table[T]) At(p *Process) *T {
	if p.life == exited {
		return new(T)
	}
	if int(p.slot) >= len(t.rows) {
		t.rows = append(t.rows, make([]row[T], max(int(p.slot)+1-len(t.rows), len(t.rows)))...)
	}
	r := &t.rows[p.slot]
	if r.serial != p.serial {
		*r = row[T]{serial: p.serial}
	}
	return &r.value
}

// slots hands out the rows of tables.
type slots struct {
	vacant []int32
	next   int32
	serial uint32
}

// take gives p a slot. Serials start at 1: a row of zeros belongs to nobody.
func (s *slots) take(p *Process) {
	s.serial++
	p.serial = max(s.serial, 1)
	if n := len(s.vacant); n > 0 {
		p.slot = s.vacant[n-1]
		s.vacant = s.vacant[:n-1]
		return
	}
	p.slot = s.next
	s.next++
}

func (s *slots) free(p *Process) { s.vacant = append(s.vacant, p.slot) }
