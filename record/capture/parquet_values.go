package capture

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/linnix-os/linnix/schema"
)

// values are the values of a page, of one kind, and where the next one stands.
type values struct {
	next    int
	kind    parquet.Kind
	int32s  []int32
	int64s  []int64
	floats  []float64
	bits    []byte
	bytes   []byte
	offsets []uint32
	indexes []int32 // into the dictionary; nil where text stands itself
}

func (v *values) take(data encoding.Values) {
	switch v.kind {
	case parquet.Int64:
		v.int64s = data.Int64()
	case parquet.Int32:
		v.int32s = data.Int32()
	case parquet.Double:
		v.floats = data.Double()
	case parquet.Boolean:
		v.bits = data.Boolean()
	default:
		v.bytes, v.offsets = data.ByteArray()
	}
}

func (v *values) lookUp(dictionary encoding.Values, indexes []int32) {
	switch v.kind {
	case parquet.Int64:
		v.int64s = pick(dictionary.Int64(), indexes)
	case parquet.Int32:
		v.int32s = pick(dictionary.Int32(), indexes)
	case parquet.Double:
		v.floats = pick(dictionary.Double(), indexes)
	}
}

func pick[T any](from []T, indexes []int32) []T {
	picked := make([]T, len(indexes))
	for i, at := range indexes {
		picked[i] = from[at]
	}
	return picked
}

// storeRun sets the field of each of the records to the next value of the page. What
// most columns hold is stored where it belongs without a call for each value.
func (c *columnReader) storeRun(records []schema.Record) error {
	v := &c.values
	switch {
	case c.slot.kind == intSlot && v.kind == parquet.Int64:
		// The length bounds it, as it bounds an index: behind it lies what is no value.
		for i, value := range v.int64s[v.next : v.next+len(records) : len(v.int64s)] {
			c.slot.int(&records[i]).Set(value)
		}
		v.next += len(records)
		return nil
	case c.slot.kind == textSlot && v.indexes != nil:
		for i := range records {
			text, err := c.text()
			if err != nil {
				return err
			}
			c.slot.text(&records[i]).Set(text)
		}
		return nil
	}
	for i := range records {
		if err := c.store(&records[i]); err != nil {
			return err
		}
	}
	return nil
}

// store sets the field of r to the next value of the page.
func (c *columnReader) store(r *schema.Record) error {
	v := &c.values
	i := v.next
	switch v.kind {
	case parquet.Int64:
		v.next++
		return c.setInt(r, v.int64s[i])
	case parquet.Int32:
		v.next++
		return c.setInt(r, int64(v.int32s[i]))
	case parquet.Double:
		v.next++
		return c.setFloat(r, v.floats[i])
	case parquet.Boolean:
		v.next++
		return c.setBool(r, v.bits[i/8]&(1<<(i%8)) != 0)
	default:
		s, err := c.text()
		if err != nil {
			return err
		}
		return c.setText(r, s)
	}
}

func (c *columnReader) text() (string, error) {
	v := &c.values
	i := v.next
	v.next++
	if v.indexes == nil {
		return string(v.bytes[v.offsets[i]:v.offsets[i+1]]), nil
	}
	at := v.indexes[i]
	if at < 0 || int(at) >= len(c.dictionary) {
		return "", fmt.Errorf("value %d of a dictionary of %d", at, len(c.dictionary))
	}
	return c.dictionary[at], nil
}
