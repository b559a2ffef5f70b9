package schema

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// IsZero says that the value is absent: a member tagged omitzero is then left out.
func (o Opt[T]) IsZero() bool { return !o.OK }

// MarshalJSONTo writes the value, or null when absent.
func (o Opt[T]) MarshalJSONTo(enc *jsontext.Encoder) error {
	if !o.OK {
		return enc.WriteToken(jsontext.Null)
	}
	return json.MarshalEncode(enc, &o.V)
}

// UnmarshalJSONFrom reads a value; null is absent.
func (o *Opt[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	o.Clear()
	if dec.PeekKind() == 'n' {
		_, err := dec.ReadToken()
		return err
	}
	o.OK = true
	return json.UnmarshalDecode(dec, &o.V)
}
