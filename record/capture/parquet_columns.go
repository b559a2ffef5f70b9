package capture

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/linnix-os/linnix/schema"
)

// Columns that stand beside another one.
const (
	subNsSuffix = "_sub_ns" // of a time: the nanoseconds below its microsecond
	b64Suffix   = "_b64"    // of text: its exact bytes, if it is not UTF-8
	extraColumn = "extra"   // the members that schema.Record keeps in Extra
)

// column is one column of the table, in both directions: write hands the values of
// a record that has the field to the column's writer; the one setter that fits the
// column's type stores what was read, and clear takes it out of the record again.
type column struct {
	name     string
	order    int // in the table
	node     parquet.Node
	required bool // every record has it
	instant  bool // its values are microseconds

	// Levels of a column of a file: of a present value, and whether it has lists.
	present  byte
	repeated bool

	write func(c *columnWriter, r *schema.Record)

	setInt   func(r *schema.Record, v int64) error
	setFloat func(r *schema.Record, v float64) error
	setBool  func(r *schema.Record, v bool) error
	setText  func(r *schema.Record, v string) error
	setList  func(r *schema.Record, v []string) error
	clear    func(r *schema.Record)
	// slot is where a value stands that set and clear need not look at.
	slot slot
}

// clearRun takes the field out of each of the records.
func (c *column) clearRun(records []schema.Record) {
	for i := range records {
		switch r := &records[i]; c.slot.kind {
		case intSlot:
			c.slot.int(r).Clear()
		case textSlot:
			c.slot.text(r).Clear()
		default:
			c.clear(r)
		}
	}
}

// fieldColumns are the columns that hold one field.
type fieldColumns struct {
	columns []column
	// flag is where in a record the flag stands that says that it has the field;
	// every record has a field without one.
	flag flagOffset
	// present settles what the flag leaves open; nil if nothing.
	present func(r *schema.Record) bool
}

// flagOffset is the offset of a bool in a schema.Record, or noFlag. An event has a
// fifth of the fields: asking each of them by two calls costs as much as writing
// those that are there.
type flagOffset int

const noFlag flagOffset = -1

func offsetOf(r *schema.Record, flag *bool) flagOffset {
	return flagOffset(uintptr(unsafe.Pointer(flag)) - uintptr(unsafe.Pointer(r)))
}

// in says whether r has the field.
func (of *fieldColumns) in(r *schema.Record) bool {
	if of.flag != noFlag && !*(*bool)(unsafe.Add(unsafe.Pointer(r), of.flag)) {
		return false
	}
	return of.present == nil || of.present(r)
}

// table lists the columns in file order: type, time, seq, one to two for each field
// of the field table, extra. To add a field is a row there, nothing here.
var table = sync.OnceValue(func() []fieldColumns {
	all := []fieldColumns{typeColumn(), timeColumns(), seqColumn()}
	fields := schema.Fields()
	for i := range fields {
		all = append(all, columnsOf(&fields[i]))
	}
	all = append(all, extraColumns())
	order := 0
	for _, of := range all {
		for i := range of.columns {
			of.columns[i].order = order
			order++
		}
	}
	return all
})

func typeColumn() fieldColumns {
	return fieldColumns{flag: noFlag, columns: []column{{
		name:     "type",
		node:     dictionaryText(),
		required: true,
		write:    func(c *columnWriter, r *schema.Record) { c.text(string(r.Type)) },
		setText:  func(r *schema.Record, v string) error { r.Type = schema.Type(v); return nil },
		clear:    func(r *schema.Record) { r.Type = "" },
	}}}
}

func seqColumn() fieldColumns {
	return fieldColumns{flag: noFlag, columns: []column{{
		name:     "seq",
		node:     deltaInt(64),
		required: true,
		write:    func(c *columnWriter, r *schema.Record) { c.int64(r.Seq) },
		setInt:   func(r *schema.Record, v int64) error { r.Seq = v; return nil },
		clear:    func(r *schema.Record) { r.Seq = 0 },
	}}}
}

func timeColumns() fieldColumns {
	at := func(r *schema.Record) *schema.Time { return &r.Time }
	return fieldColumns{flag: noFlag, columns: []column{
		{
			name:     "time",
			node:     microseconds(),
			required: true,
			instant:  true,
			write:    func(c *columnWriter, r *schema.Record) { c.int64(microsecondOf(r.Time)) },
			setInt:   func(r *schema.Record, v int64) error { return setMicrosecond(at(r), v) },
			clear:    func(r *schema.Record) { r.Time = 0 },
		},
		{
			name:   "time" + subNsSuffix,
			node:   deltaInt(16),
			write:  func(c *columnWriter, r *schema.Record) { c.int32(subNsOf(r.Time)) },
			setInt: func(r *schema.Record, v int64) error { return addSubNs(at(r), v) },
			clear:  func(*schema.Record) {},
		},
	}}
}

func extraColumns() fieldColumns {
	present := func(r *schema.Record) bool { return len(r.Extra) > len("{}") }
	return fieldColumns{flag: noFlag, present: present, columns: []column{{
		name:    extraColumn,
		node:    parquet.Optional(plainText()),
		write:   func(c *columnWriter, r *schema.Record) { c.text(string(r.Extra)) },
		setText: setExtra,
		clear:   func(r *schema.Record) { r.Extra = nil },
	}}}
}

// setExtra takes only what AppendJSON can write as members; settleExtra looks at them.
func setExtra(r *schema.Record, v string) error {
	text, err := compact(v)
	if err != nil {
		return err
	}
	if text == "" || text[0] != '{' {
		return fmt.Errorf("want a JSON object, found %q", schema.Clip(v, 40))
	}
	if len(text) > len("{}") {
		joinExtra(r, text)
	}
	return nil
}

// The encodings: counters, ids and times grow or repeat, so their differences are
// small; most text repeats. What rarely occurs needs neither.

func deltaInt(bits int) parquet.Node {
	return parquet.Encoded(parquet.Int(bits), &parquet.DeltaBinaryPacked)
}

func microseconds() parquet.Node {
	return parquet.Encoded(parquet.Timestamp(parquet.Microsecond), &parquet.DeltaBinaryPacked)
}

func dictionaryText() parquet.Node { return parquet.Encoded(parquet.String(), &parquet.RLEDictionary) }

func plainText() parquet.Node { return parquet.String() }
