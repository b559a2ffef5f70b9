package capture

import (
	"bytes"
	"errors"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/linnix-os/linnix/schema"
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
	set        []int32 // the records of the batch that have the field
}

// read sets the field in those records of the batch that have it.
func (c *columnReader) read(batch []schema.Record) error {
	for row := 0; row < len(batch); {
		if c.left == 0 {
			if err := c.nextPage(); err != nil {
				return err
			}
			continue
		}
		var err error
		if c.repeated {
			row, err = c.readLists(batch, row)
		} else {
			row, err = c.readScalars(batch, row)
		}
		if err != nil {
			return err
		}
	}
	if c.required && len(c.set) < len(batch) {
		return errors.New("a record lacks it")
	}
	return nil
}

// readScalars goes through the page, from value to value over the nulls between.
func (c *columnReader) readScalars(batch []schema.Record, row int) (int, error) {
	for row < len(batch) && c.left > 0 {
		if c.defs != nil {
			n := min(c.left, len(batch)-row)
			skip := bytes.IndexByte(c.defs[:n], c.present)
			if skip < 0 {
				skip = n
			}
			row += skip
			c.advance(skip)
			if skip == n {
				continue
			}
		}
		if err := c.store(&batch[row]); err != nil {
			return row, err
		}
		c.set = append(c.set, int32(row))
		row++
		c.advance(1)
	}
	return row, nil
}

// readLists goes through the page list by list: a list begins at repetition level 0,
// and no list spans two pages.
func (c *columnReader) readLists(batch []schema.Record, row int) (int, error) {
	for row < len(batch) && c.left > 0 {
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
			if err := c.setList(&batch[row], list); err != nil {
				return row, err
			}
			c.set = append(c.set, int32(row))
		}
		row++
		c.advance(n)
	}
	return row, nil
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

// clear makes the field absent in the records of the last batch.
func (c *columnReader) clear(batch []schema.Record) {
	for _, row := range c.set {
		c.column.clear(&batch[row])
	}
	c.set = c.set[:0]
}

func (c *columnReader) close() {
	parquet.Release(c.page)
	// The file is only read: closing its pages cannot fail in a way that matters.
	_ = c.pages.Close()
}
