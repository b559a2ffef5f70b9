package document

import "unicode/utf8"

// position is a place in a line: a column, in characters from 1, and the offset of it, in
// bytes. It is moved from place to place, for mostly the next one is behind the last, and
// a long line that is counted anew for each of its values costs the square of its length.
type position struct{ line, col, offset int }

// to moves to a column of a line, or behind the end of it.
func (p *position) to(text string, line, col int) {
	if p.line != line || col < p.col {
		*p = position{line: line, col: 1}
	}
	for p.col < col && p.offset < len(text) {
		p.next(text)
	}
}

// toOffset moves to the character that has the byte at an offset.
func (p *position) toOffset(text string, line, offset int) {
	if p.line != line || offset < p.offset {
		*p = position{line: line, col: 1}
	}
	for p.offset < min(offset, len(text)) {
		p.next(text)
	}
}

func (p *position) next(text string) {
	_, size := utf8.DecodeRuneInString(text[p.offset:])
	p.offset += size
	p.col++
}
