package capture

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/linnix-os/linnix/schema"
)

// foreignTableError says why a Parquet file is no capture.
type foreignTableError struct{ reason string }

func (e *foreignTableError) Error() string { return e.reason }

func foreignTable(layout string, args ...any) error {
	return &foreignTableError{fmt.Sprintf(layout, args...)}
}

// bind finds, for each column of a file, the column of the table, by name: a capture
// may have been written again by another program or with other fields. Columns that
// the table does not know become members of Extra, as in JSONL.
func bind(file *parquet.File) ([]column, error) {
	known := make(map[string]column)
	missing := make(map[string]bool)
	for _, of := range table() {
		for _, c := range of.columns {
			known[c.name] = c
			if c.required {
				missing[c.name] = true
			}
		}
	}
	paths := file.Schema().Columns()
	if len(paths) > maxColumns {
		return nil, foreignTable("it has %d columns", len(paths))
	}
	bound := make([]column, 0, len(paths))
	for _, path := range paths {
		leaf, _ := file.Schema().Lookup(path...)
		name := path[0]
		c, ok := known[name]
		if !ok {
			if !isName(name) {
				return nil, foreignTable("it has a column of name %q", schema.Clip(name, 40))
			}
			c = foreignColumn(name, leaf)
		}
		if err := fits(&c, leaf); err != nil {
			return nil, err
		}
		c.node, c.present, c.repeated = leaf.Node, byte(leaf.MaxDefinitionLevel), leaf.MaxRepetitionLevel > 0
		bound = append(bound, c)
		delete(missing, name)
	}
	for _, name := range [...]string{"type", "time", "seq"} {
		if missing[name] {
			return nil, foreignTable("it has no column %s", name)
		}
	}
	return bound, nil
}

// isName holds names of columns to what needs no escape in JSON.
func isName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_-. :/", c))
	})
}

// fits checks that a column of a file can be read by c: the kind of its values, how
// deep it is nested, and the unit of a time.
func fits(c *column, leaf parquet.LeafColumn) error {
	kind, list := leaf.Node.Type().Kind(), leaf.MaxRepetitionLevel > 0
	var ok bool
	switch kind {
	case parquet.Int32, parquet.Int64:
		ok = c.setInt != nil && !list
	case parquet.Double:
		ok = c.setFloat != nil && !list
	case parquet.Boolean:
		ok = c.setBool != nil && !list
	case parquet.ByteArray:
		ok = c.setList != nil && list || c.setText != nil && !list
	}
	// An absent list, an empty list, an absent element and a present one are four
	// levels; a scalar has two.
	if list {
		ok = ok && leaf.MaxRepetitionLevel == 1 && leaf.MaxDefinitionLevel <= 3
	} else {
		ok = ok && len(leaf.Path) == 1
	}
	if ok && c.instant {
		ok = isMicroseconds(leaf.Node.Type())
	}
	if !ok {
		return foreignTable("its column %s is of type %s", strings.Join(leaf.Path, "."), leaf.Node.Type())
	}
	return nil
}

func isMicroseconds(t parquet.Type) bool {
	logical := t.LogicalType()
	if logical == nil {
		return false
	}
	timestamp, ok := logical.Value.(*format.TimestampType)
	if !ok {
		return false
	}
	_, ok = timestamp.Unit.Value.(*format.MicroSeconds)
	return ok
}

// foreignColumn keeps the values of a column that the table does not know.
func foreignColumn(name string, leaf parquet.LeafColumn) column {
	c := column{
		name:  name,
		order: math.MaxInt, // behind those of the table
		setFloat: func(r *schema.Record, v float64) error {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil // JSON has none
			}
			return addExtra(r, name, v)
		},
		setBool: func(r *schema.Record, v bool) error { return addExtra(r, name, v) },
		setText: func(r *schema.Record, v string) error { return addExtra(r, name, v) },
		setList: func(r *schema.Record, v []string) error { return addExtra(r, name, v) },
		setInt:  func(r *schema.Record, v int64) error { return addExtra(r, name, v) },
		clear:   func(r *schema.Record) { r.Extra = nil },
	}
	if isMicroseconds(leaf.Node.Type()) {
		c.setInt = func(r *schema.Record, v int64) error {
			var t schema.Time
			if err := setMicrosecond(&t, v); err != nil {
				return err
			}
			return addExtra(r, name, t)
		}
	}
	return c
}

func addExtra(r *schema.Record, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	joinExtra(r, fmt.Sprintf(`{"%s":%s}`, name, text))
	return nil
}

// joinExtra adds the members of a JSON object that is not empty.
func joinExtra(r *schema.Record, object string) {
	if len(r.Extra) == 0 {
		r.Extra = []byte(object)
		return
	}
	r.Extra = append(r.Extra[:len(r.Extra)-1], ',')
	r.Extra = append(r.Extra, object[1:]...)
}
