package capture

import (
	"bytes"
	"errors"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// columnReader reads one column of a row group into batches of records.
type columnReader struct {
	*column
	pages *parquet.FilePages
	page  parquet.Page
	// reps and defs are the levels of what is left of the page; nil where the column
	// has none.
	reps, defs []byte
	left       int // levels left in the page
	values     values
	dictionary []string
	stored     int // records of the batch that have got the field
}

// read sets the field in those of the first n records of the batch that have it.
func (c *columnReader) read(b *batch, n int) error {
	c.stored = 0
	for row := 0; row < n; {
		var err error
		switch {
		case c.left == 0:
			err = c.nextPage()
		case c.repeated:
			row, err = c.readList(b, row)
		default:
			row, err = c.readScalars(b, row, n)
		}
		if err != nil {
			return err
		}
	}
	if c.required && c.stored < n {
		return errors.New("a record lacks it")
	}
	return nil
}

// readScalars goes over the nulls to the next values of the page, and takes them up to
// the next null. It returns the record to go on with.
func (c *columnReader) readScalars(b *batch, row, n int) (int, error) {
	run := min(c.left, n-row)
	if c.defs != nil {
		defs := c.defs[:run]
		skip := bytes.IndexByte(defs, c.present)
		if skip < 0 {
			c.advance(run)
			return row + run, nil
		}
		row += skip
		run = runLength(defs[skip:])
		c.advance(skip)
	}
	c.mark(b, row, run)
	if err := c.storeRun(b.records[row : row+run]); err != nil {
		return row, err
	}
	c.advance(run)
	return row + run, nil
}

// runLength returns how many bytes from the first on are the same.
func runLength(b []byte) int {
	for i := range b {
		if b[i] != b[0] {
			return i
		}
	}
	return len(b)
}

// readList reads the list of a record: a list begins at repetition level 0, and no list
// spans two pages.
func (c *columnReader) readList(b *batch, row int) (int, error) {
	if c.reps[0] != 0 {
		return row, errors.New("a list begins in the middle")
	}
	n := 1
	for n < c.left && c.reps[n] != 0 {
		n++
	}
	if c.defs[0] > 0 {
		list, err := c.list(c.defs[:n])
		if err != nil {
			return row, err
		}
		c.mark(b, row, 1)
		if err := c.setList(&b.records[row], list); err != nil {
			return row, err
		}
	}
	c.advance(n)
	return row + 1, nil
}

// mark notes which records are about to get the field. What every record has need not
// be taken out of it again.
func (c *columnReader) mark(b *batch, row, n int) {
	c.stored += n
	if !c.required {
		b.mark(c.column, row, n)
	}
}

// list returns the elements of a present list. A list without elements has one
// level, that of the list itself.
func (c *columnReader) list(defs []byte) ([]string, error) {
	if len(defs) == 1 && defs[0] == 1 && c.present > 1 {
		return []string{}, nil
	}
	list := make([]string, len(defs))
	for i, def := range defs {
		if def != c.present {
			return nil, errors.New("a list has an element without a value")
		}
		var err error
		if list[i], err = c.text(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (c *columnReader) advance(n int) {
	c.left -= n
	if c.defs != nil {
		c.defs = c.defs[n:]
	}
	if c.reps != nil {
		c.reps = c.reps[n:]
	}
}

// nextPage goes on to the next page that has a level.
func (c *columnReader) nextPage() error {
	parquet.Release(c.page)
	c.page = nil
	page, err := c.pages.ReadPage()
	if errors.Is(err, io.EOF) {
		return errors.New("it has fewer values than its row group has records")
	}
	if err != nil {
		return err
	}
	c.page = page
	c.left = int(page.NumValues())
	c.defs, c.reps = page.DefinitionLevels(), page.RepetitionLevels()
	if c.present > 0 && len(c.defs) != c.left || c.repeated && len(c.reps) != c.left {
		return errors.New("a page has too few levels")
	}
	c.takeValues(page.Data(), page.Dictionary())
	return nil
}

func (c *columnReader) takeValues(data encoding.Values, dictionary parquet.Dictionary) {
	c.values = values{kind: c.node.Type().Kind()}
	v := &c.values
	switch {
	case dictionary == nil:
		v.take(data)
	case v.kind == parquet.ByteArray:
		c.takeDictionary(dictionary)
		v.indexes = data.Int32()
	default:
		// Ours has none, but other programs make dictionaries of numbers.
		v.lookUp(dictionary.Page().Data(), data.Int32())
	}
}

// takeDictionary makes the strings of the row group once; every record that has one
// shares it.
func (c *columnReader) takeDictionary(dictionary parquet.Dictionary) {
	if c.dictionary != nil {
		return
	}
	c.dictionary = make([]string, dictionary.Len())
	values := dictionary.Page().Data()
	text, offsets := values.ByteArray()
	for i := range c.dictionary {
		c.dictionary[i] = string(text[offsets[i]:offsets[i+1]])
	}
}

func (c *columnReader) close() {
	parquet.Release(c.page)
	// The file is only read: closing its pages cannot fail in a way that matters.
	_ = c.pages.Close()
}
