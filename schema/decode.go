package schema

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// SyntaxError says where a record's JSON text is wrong.
type SyntaxError struct {
	// Offset is the byte offset in the text that was given, from 0.
	Offset int64
	// Reason says what is wrong, in lower case.
	Reason string
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("column %d: %s", e.Offset+1, e.Reason) }

// Decoder reads records from their JSON text. It keeps buffers between calls and is
// not safe for concurrent use; its zero value is ready.
type Decoder struct {
	json  jsontext.Decoder
	input bytes.Buffer
	// exact marks the fields whose exact bytes were read: they win over the readable
	// text, whichever of the two stands first.
	exact [len(fieldTable)]bool
	// foreign says that the record is of an unknown type and uses a known name for
	// something else.
	foreign bool
	// scanner reads most lines; nil before the first.
	scanner *scanner
}

// Decode resets r and reads one JSON object from line into it. Strings in r do not
// alias line. A null member is absent; members it does not know are kept in r.Extra,
// and so are, in a record of an unknown type, those whose value is not of the kind
// that it knows under that name. The error, if any, is a [SyntaxError]; r is then
// undefined.
func (d *Decoder) Decode(line []byte, r *Record) error {
	if d.scanner == nil {
		d.scanner = newScanner()
	}
	if d.scanner.scan(line, r) {
		return nil
	}
	d.foreign = false
	err := d.decode(line, r)
	if err == nil || !isForeign(line) {
		return err
	}
	d.foreign = true
	return d.decode(line, r)
}

func (d *Decoder) decode(line []byte, r *Record) error {
	r.Reset()
	clear(d.exact[:])
	d.input.Reset()
	d.input.Write(line)
	d.json.Reset(&d.input)
	if err := d.object(r); err != nil {
		return d.locate(err)
	}
	if _, err := d.json.ReadToken(); !errors.Is(err, io.EOF) {
		return d.locate(errors.New("more than one JSON value"))
	}
	return nil
}

// locate turns any error into a SyntaxError at the decoder's position.
func (d *Decoder) locate(err error) error {
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return &SyntaxError{Offset: syntactic.ByteOffset, Reason: syntacticReason(syntactic)}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &SyntaxError{Offset: d.json.InputOffset(), Reason: "unexpected end of the record"}
	}
	return &SyntaxError{Offset: d.json.InputOffset(), Reason: err.Error()}
}

func syntacticReason(e *jsontext.SyntacticError) string {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return "unexpected end of the record"
	}
	return e.Err.Error()
}

func (d *Decoder) object(r *Record) error {
	if kind := d.json.PeekKind(); kind != '{' && kind != 0 {
		return errors.New("want a JSON object")
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	var common commonSeen
	var extra []byte
	for d.json.PeekKind() == '"' {
		name, err := d.json.ReadToken()
		if err != nil {
			return err
		}
		if extra, err = d.member(r, name.String(), &common, extra); err != nil {
			return err
		}
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	if extra != nil {
		r.Extra = append(extra, '}')
	}
	return checkMembers(r, common)
}

// commonSeen tells which of the three members of every record were there.
type commonSeen struct{ typ, time, seq bool }

func (d *Decoder) member(r *Record, name string, common *commonSeen, extra []byte) ([]byte, error) {
	switch name {
	case "type":
		text, err := d.text(name)
		r.Type, common.typ = Type(text), true
		return extra, err
	case "time":
		t, err := d.time(name)
		r.Time, common.time = t, true
		return extra, err
	case "seq":
		n, err := d.int(name)
		r.Seq, common.seq = n, true
		return extra, err
	}
	at, known := fieldsByName()[name]
	if !known {
		return d.unknown(name, extra)
	}
	if d.json.PeekKind() == 'n' {
		_, err := d.json.ReadToken()
		return extra, err
	}
	f := &fieldTable[at.index]
	if d.foreign {
		return d.foreignMember(f, at.b64, r, name, extra)
	}
	if at.b64 {
		d.exact[at.index] = true
		return extra, d.exactBytes(f, r)
	}
	if d.exact[at.index] {
		return extra, d.field(f, new(Record)) // of the right kind, but of no use
	}
	return extra, d.field(f, r)
}

func (d *Decoder) field(f *Field, r *Record) (err error) {
	switch f.Kind {
	case Int:
		err = set(f.Int(r), d.int, f.Name)
	case Float:
		err = set(f.Float(r), d.float, f.Name)
	case Bool:
		err = set(f.Bool(r), d.bool, f.Name)
	case Instant:
		err = set(f.Time(r), d.time, f.Name)
	case String:
		err = set(f.Text(r), d.text, f.Name)
	case Strings:
		err = set(f.List(r), d.list, f.Name)
	default:
		err = set(f.Nested(r), d.nested, f.Name)
	}
	return err
}

func set[T any](to *Opt[T], read func(name string) (T, error), name string) error {
	v, err := read(name)
	if err == nil {
		to.Set(v)
	}
	return err
}

func (d *Decoder) exactBytes(f *Field, r *Record) error {
	name := f.Name + b64Suffix
	if f.Kind == String {
		text, err := d.text(name)
		if err != nil {
			return err
		}
		return setBase64(f.Text(r), text, name)
	}
	list, err := d.list(name)
	if err != nil {
		return err
	}
	for i := range list {
		raw, err := base64.StdEncoding.DecodeString(list[i])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		list[i] = string(raw)
	}
	f.List(r).Set(list)
	return nil
}

func setBase64(to *Opt[string], text, name string) error {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	to.Set(string(raw))
	return nil
}

func (d *Decoder) unknown(name string, extra []byte) ([]byte, error) {
	value, err := d.json.ReadValue()
	if err != nil {
		return extra, err
	}
	return addMember(extra, name, value)
}

// addMember adds a member to the open object that is to become Extra.
func addMember(extra []byte, name string, value jsontext.Value) ([]byte, error) {
	if err := value.Compact(); err != nil {
		return extra, err
	}
	sep := byte(',')
	if extra == nil {
		sep = '{'
	}
	extra = appendText(append(extra, sep), name)
	return append(append(extra, ':'), value...), nil
}

func (d *Decoder) int(name string) (int64, error) {
	v, err := d.raw(name, '0', "an integer")
	if err != nil {
		return 0, err
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return n, nil
	}
	if n, ok := wholeFloat(string(v)); ok {
		return n, nil
	}
	return 0, fmt.Errorf("%s: want an integer of at most 64 bits, found %s", name, Clip(string(v), 40))
}

// Bounds of an integer that is written as 1.0 or 1e3: so many characters hold at
// most 15 digits, which a float64 tells apart, and up to there it has every integer.
const (
	maxWholeFloatLen = 16
	maxWholeFloat    = 1 << 53
)

// wholeFloat reads what JSON Schema takes for an integer, too, and what programs
// write that know floats only.
func wholeFloat(text string) (int64, bool) {
	if len(text) > maxWholeFloatLen {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) > maxWholeFloat {
		return 0, false
	}
	return int64(v), true
}

func (d *Decoder) float(name string) (float64, error) {
	v, err := d.raw(name, '0', "a number")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseFloat(string(v), 64)
	if err != nil || math.IsInf(n, 0) {
		return 0, fmt.Errorf("%s: number out of range: %s", name, Clip(string(v), 40))
	}
	return n, nil
}

func (d *Decoder) bool(name string) (bool, error) {
	kind := d.json.PeekKind()
	if kind != 't' && kind != 'f' {
		return false, d.wrongKind(name, "true or false")
	}
	tok, err := d.json.ReadToken()
	if err != nil {
		return false, err
	}
	return tok.Bool(), nil
}

func (d *Decoder) text(name string) (string, error) {
	if d.json.PeekKind() != '"' {
		return "", d.wrongKind(name, "a string")
	}
	tok, err := d.json.ReadToken()
	if err != nil {
		return "", err
	}
	return tok.String(), nil
}

func (d *Decoder) time(name string) (Time, error) {
	text, err := d.text(name)
	if err != nil {
		return 0, err
	}
	t, err := ParseTime(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

func (d *Decoder) list(name string) ([]string, error) {
	if d.json.PeekKind() != '[' {
		return nil, d.wrongKind(name, "an array of strings")
	}
	if _, err := d.json.ReadToken(); err != nil {
		return nil, err
	}
	list := []string{}
	for d.json.PeekKind() == '"' {
		text, err := d.text(name)
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	if d.json.PeekKind() != ']' {
		return nil, d.wrongKind(name, "an array of strings")
	}
	_, err := d.json.ReadToken()
	return list, err
}

func (d *Decoder) nested(string) (JSON, error) {
	v, err := d.json.ReadValue()
	if err != nil {
		return "", err
	}
	if err := v.Compact(); err != nil {
		return "", err
	}
	return JSON(v), nil
}

func (d *Decoder) raw(name string, kind jsontext.Kind, want string) (jsontext.Value, error) {
	if d.json.PeekKind() != kind {
		return nil, d.wrongKind(name, want)
	}
	return d.json.ReadValue()
}

// wrongKind reads the value, so that text which is no JSON at all is reported as that.
func (d *Decoder) wrongKind(name, want string) error {
	v, err := d.json.ReadValue()
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: want %s, found %s", name, want, Clip(string(v), 40))
}

// checkMembers reports the common members that were not there, and what else keeps r
// from being a record.
func checkMembers(r *Record, common commonSeen) error {
	var missing []string
	for _, m := range [...]struct {
		seen bool
		name string
	}{{common.typ, "type"}, {common.time, "time"}, {common.seq, "seq"}} {
		if !m.seen {
			missing = append(missing, m.name)
		}
	}
	if missing != nil {
		return lackError(r, missing)
	}
	return r.Check()
}
