package schema

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Locate sets the offset of each problem from its Instance pointer; data is valid
// JSON. It is a second pass, so that data without problems pays nothing for it.
func Locate(data []byte, problems []Problem) {
	places := make(map[string][]int, len(problems))
	for i := range problems {
		places[problems[i].Instance] = append(places[problems[i].Instance], i)
	}
	d := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		from := d.InputOffset()
		token, err := d.ReadToken()
		if err != nil {
			return
		}
		if kind := token.Kind(); kind == '}' || kind == ']' {
			continue
		}
		start, name := valueStart(data, from), isMemberName(d)
		for _, i := range places[string(d.StackPointer())] {
			if name == problems[i].atName() {
				problems[i].Offset = start
			}
		}
	}
}

// atName says that the problem is the member itself, not its value.
func (p Problem) atName() bool { return hasKeyword(p.Schema, keywordClosed) }

// isMemberName says that the token just read is a member's name.
func isMemberName(d *jsontext.Decoder) bool {
	kind, length := d.StackIndex(d.StackDepth())
	return kind == '{' && length%2 == 1
}

// valueStart returns where the token begins whose predecessor ended at from.
func valueStart(data []byte, from int64) int64 {
	rest := data[from:]
	return from + int64(len(rest)-len(bytes.TrimLeft(rest, " \t\r\n:,")))
}
