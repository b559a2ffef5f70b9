package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of a JSON value that is validated.
const (
	maxNumberDigits = 64
	maxDepth        = 100
)

// decodeJSON reads one JSON value as nil, bool, int64, float64, string, []any and
// map[string]any. Numbers are bounded, so that nothing downstream has to compute with
// a million digits. The error is a [SyntaxError].
func decodeJSON(data []byte) (any, error) {
	d := valueReader{json: jsontext.NewDecoder(bytes.NewReader(data))}
	value, err := d.value(0)
	if err == nil {
		end := d.json.InputOffset()
		if _, err = d.json.ReadToken(); errors.Is(err, io.EOF) {
			return value, nil
		}
		if err == nil {
			return nil, &SyntaxError{Offset: valueStart(data, end), Reason: "more than one JSON value"}
		}
	}
	return nil, d.locate(err)
}

type valueReader struct{ json *jsontext.Decoder }

func (d *valueReader) locate(err error) error {
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntactic):
		return &SyntaxError{Offset: syntactic.ByteOffset, Reason: syntacticReason(syntactic)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &SyntaxError{Offset: d.json.InputOffset(), Reason: "unexpected end of the JSON text"}
	}
	return &SyntaxError{Offset: d.json.InputOffset(), Reason: err.Error()}
}

func (d *valueReader) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("values are nested more than %d deep", maxDepth)
	}
	token, err := d.json.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	case '"':
		return token.String(), nil
	case '0':
		return number(token.String())
	case '[':
		return d.array(depth)
	default:
		return d.object(depth)
	}
}

func (d *valueReader) array(depth int) (any, error) {
	list := []any{}
	for d.json.PeekKind() != ']' {
		value, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := d.json.ReadToken()
	return list, err
}

func (d *valueReader) object(depth int) (any, error) {
	object := map[string]any{}
	for d.json.PeekKind() != '}' {
		name, err := d.json.ReadToken()
		if err != nil {
			return nil, err
		}
		// The token is only good until the next one is read.
		key := name.String()
		value, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		object[key] = value
	}
	_, err := d.json.ReadToken()
	return object, err
}

func number(text string) (any, error) {
	if len(text) > maxNumberDigits {
		return nil, fmt.Errorf("number %s: at most %d characters are allowed", Clip(text, 20), maxNumberDigits)
	}
	if !strings.ContainsAny(text, ".eE") {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) {
		return nil, fmt.Errorf("number %s is out of range", text)
	}
	return n, nil
}
