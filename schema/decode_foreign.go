package schema

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// isForeign says that line is a JSON object whose type this version does not know,
// wherever in it the type stands. A later version may use a known name for something
// else there.
func isForeign(line []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(line))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return false
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return false
		}
		if name.String() != "type" {
			if err := d.SkipValue(); err != nil {
				return false
			}
			continue
		}
		value, err := d.ReadToken()
		return err == nil && value.Kind() == '"' && !slices.Contains(Types[:], Type(value.String()))
	}
	return false
}

// foreignMember reads a member of a known name into its field if it fits there, and
// else into extra. Exact bytes always stay in extra: the text that they belong to may
// be there as well.
func (d *Decoder) foreignMember(f *Field, b64 bool, r *Record, name string, extra []byte) ([]byte, error) {
	value, err := d.json.ReadValue()
	if err != nil {
		return extra, err
	}
	if !b64 {
		var one Decoder
		one.json.Reset(bytes.NewReader(value))
		if one.field(f, r) == nil {
			return extra, nil
		}
	}
	return addMember(extra, name, value)
}
