package schema

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// b64Suffix is added to a field's name for the exact bytes of text that is not UTF-8.
const b64Suffix = "_b64"

// AppendJSON appends r to b as one compact JSON object without a newline: type, time,
// seq, then the present fields in the order of the field table, then what Extra holds.
// Text that is not UTF-8 stands with U+FFFD, and its exact bytes in <field>_b64 beside
// it. Equal records give equal bytes.
func AppendJSON(b []byte, r *Record) []byte {
	b = append(b, `{"type":`...)
	b = appendText(b, string(r.Type))
	b = append(b, `,"time":"`...)
	b = r.Time.AppendTo(b)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, r.Seq, 10)
	for i, flag := range flagOffsets() {
		// An event has a fifth of the fields: asking each by two calls would take
		// longer than to write those that are there.
		if !*(*bool)(unsafe.Add(unsafe.Pointer(r), flag)) {
			continue
		}
		if f := &fieldTable[i]; f.Present(r) {
			b = appendField(b, f, r)
		}
	}
	if len(r.Extra) > len("{}") {
		b = append(b, ',')
		b = append(b, r.Extra[1:len(r.Extra)-1]...)
	}
	return append(b, '}')
}

func appendField(b []byte, f *Field, r *Record) []byte {
	b = appendName(b, f.Name)
	switch f.Kind {
	case Int:
		return strconv.AppendInt(b, f.Int(r).V, 10)
	case Float:
		return appendFloat(b, f.Float(r).V)
	case Bool:
		return strconv.AppendBool(b, f.Bool(r).V)
	case Instant:
		b = append(b, '"')
		b = f.Time(r).V.AppendTo(b)
		return append(b, '"')
	case String:
		return appendAnyText(b, f.Name, f.Text(r).V)
	case Strings:
		return appendAnyList(b, f.Name, f.List(r).V)
	default:
		return append(b, f.Nested(r).V...)
	}
}

func appendName(b []byte, name string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// appendFloat writes the shortest decimal that reads back as v, which is finite; with
// an exponent where the digits alone would go on for hundreds.
func appendFloat(b []byte, v float64) []byte {
	format := byte('f')
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, v, format, -1, 64)
}

// appendText quotes s, with U+FFFD for what is not UTF-8.
func appendText(b []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(b, s)
	if err != nil {
		quoted, _ = jsontext.AppendQuote(b, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return quoted
}

func appendAnyText(b []byte, name, s string) []byte {
	b = appendText(b, s)
	if utf8.ValidString(s) {
		return b
	}
	b = appendName(b, name+b64Suffix)
	return appendBase64(b, s)
}

func appendAnyList(b []byte, name string, list []string) []byte {
	valid := true
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, s)
		valid = valid && utf8.ValidString(s)
	}
	b = append(b, ']')
	if valid {
		return b
	}
	b = appendName(b, name+b64Suffix)
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendBase64(b, s)
	}
	return append(b, ']')
}

func appendBase64(b []byte, s string) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, []byte(s))
	return append(b, '"')
}
