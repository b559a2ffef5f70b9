package capture

import (
	"unsafe"

	"github.com/parquet-go/parquet-go"
)

// columnWriter collects the values of one column. An error is kept until the end of
// the record.
type columnWriter struct {
	out      *parquet.ColumnWriter
	index    int
	maxLevel int // the definition level of a present value
	row      int // being written
	rows     int // written, nulls included
	// Bytes of text with its lengths: of the record being written, and since a page
	// was last ended.
	textBytes, pageText int
	values              []parquet.Value
	nulls               []parquet.Value // any number of them, shared by all columns
	err                 error
}

func (c *columnWriter) int64(v int64)     { c.one(parquet.Int64Value(v)) }
func (c *columnWriter) int32(v int32)     { c.one(parquet.Int32Value(v)) }
func (c *columnWriter) float64(v float64) { c.one(parquet.DoubleValue(v)) }
func (c *columnWriter) bool(v bool)       { c.one(parquet.BooleanValue(v)) }

func (c *columnWriter) text(v string) {
	c.textBytes += textLenBytes + len(v)
	c.one(textValue(v))
}

// textValue does not copy v: a string cannot change, and the value keeps it alive.
func textValue(v string) parquet.Value {
	return parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(v), len(v)))
}

func (c *columnWriter) one(v parquet.Value) {
	if c.rows < c.row {
		c.pad(c.row)
	}
	c.values = append(c.values, v.Level(0, c.maxLevel, c.index))
	c.rows++
	c.flushIfFull()
}

// list writes a list, each element as encode gives it. An empty list is a null one
// level above an absent one.
func (c *columnWriter) list(list []string, encode func(string) string) {
	c.pad(c.row)
	if len(list) == 0 {
		c.values = append(c.values, parquet.NullValue().Level(0, c.maxLevel-1, c.index))
	}
	for i, s := range list {
		encoded := encode(s)
		c.textBytes += textLenBytes + len(encoded)
		c.values = append(c.values, textValue(encoded).Level(min(i, 1), c.maxLevel, c.index))
	}
	c.rows++
	c.flushIfFull()
}

func (c *columnWriter) flushIfFull() {
	if len(c.values) >= batchValues {
		c.flush()
	}
}

func (c *columnWriter) flush() {
	c.put(c.values)
	// Let go of the strings.
	clear(c.values)
	c.values = c.values[:0]
}

func (c *columnWriter) put(values []parquet.Value) {
	if c.err == nil && len(values) > 0 {
		_, c.err = c.out.WriteRowValues(values)
	}
}

// pad writes the nulls that are due before a row: a few go with the values, a long
// run past them.
func (c *columnWriter) pad(row int) {
	due := row - c.rows
	c.rows = row
	if due > batchValues-len(c.values) {
		c.flush()
	}
	for ; due > batchValues; due -= min(due, len(c.nulls)) {
		c.put(c.nulls[:min(due, len(c.nulls))])
	}
	c.values = append(c.values, c.nulls[:due]...)
}

// finish writes all that is due of a row group of so many rows.
func (c *columnWriter) finish(rows int) error {
	c.pad(rows)
	c.endPage()
	c.rows = 0
	return c.err
}

func (c *columnWriter) endPage() {
	c.flush()
	if c.err == nil {
		c.err = c.out.Flush()
	}
	c.pageText = 0
}

// takeText returns how much text the record brought to the column, and ends the
// page if it is long enough: a page of a dictionary's indexes is short whatever the
// length of their values.
func (c *columnWriter) takeText() int {
	n := c.textBytes
	c.textBytes = 0
	if c.pageText += n; c.pageText >= pageTextBytes {
		c.endPage()
	}
	return n
}
