package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/linnix-os/linnix/schema"
)

// Limits of a Parquet file, against files made to exhaust memory.
const (
	maxColumns       = 4096
	maxRowGroupBytes = 1 << 30
)

// parquetReader is a filler that reads row group by row group, and in each column by
// column, a batch of records at a time. Columns that a row group does not use cost
// nothing.
type parquetReader struct {
	name    string
	from    io.ReaderAt
	spool   *os.File // nil unless the capture came through a pipe
	file    *parquet.File
	seal    *seal // nil in a file by another program
	binding []column

	group   int // to be opened next
	left    int64
	raw     []byte // the bytes of the row group
	columns []columnReader
	decoder schema.Decoder
}

// guard turns a panic into an error. parquet-go checks much but not all of what it
// reads: levels, offsets and counts that contradict each other make it index out of
// range. A damaged capture is the user's everyday, so it must not end the process.
func guard(read func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("contradictory data: %v", p)
		}
	}()
	return read()
}

// fill implements filler. A batch with an error in it has no records.
func (r *parquetReader) fill(b *batch) error {
	err := guard(func() error {
		b.clear()
		for r.left == 0 {
			if r.group == len(r.file.RowGroups()) {
				return io.EOF
			}
			if err := r.openGroup(); err != nil {
				return err
			}
		}
		return r.decode(b, b.records[:min(r.left, int64(len(b.records)))])
	})
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &CorruptError{Name: r.name, RowGroup: r.group, Offset: r.groupBegin(), Reason: err.Error()}
}

func (r *parquetReader) decode(b *batch, records []schema.Record) error {
	for i := range r.columns {
		c := &r.columns[i]
		if err := c.read(b, len(records)); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	for i := range records {
		if len(records[i].Extra) > 0 {
			b.extra = append(b.extra, i)
			if err := r.settleExtra(&records[i]); err != nil {
				return fmt.Errorf("column %s: %w", extraColumn, err)
			}
		}
		if err := records[i].Check(); err != nil {
			return err
		}
	}
	b.filled = len(records)
	r.left -= int64(len(records))
	return nil
}

// settleExtra reads a record with unknown members by the rules of JSONL: a member of
// a known name goes into its field, and no name stands twice.
func (r *parquetReader) settleExtra(record *schema.Record) error {
	line := schema.AppendJSON(nil, record)
	var syntax *schema.SyntaxError
	if err := r.decoder.Decode(line, record); errors.As(err, &syntax) {
		return errors.New(syntax.Reason)
	}
	return nil
}

// openGroup reads the bytes of the next row group in one go and opens the columns
// that have a value in it.
func (r *parquetReader) openGroup() error {
	r.closeColumns()
	group := r.file.RowGroups()[r.group]
	meta := &r.file.Metadata().RowGroups[r.group]
	r.group++
	begin, err := r.load(meta)
	if err != nil {
		return err
	}
	window := &window{data: r.raw, begin: begin}
	for i, chunk := range group.ColumnChunks() {
		if !r.binding[i].required && unused(&meta.Columns[i].MetaData) {
			continue
		}
		if err := checkPages(r.raw, begin, &meta.Columns[i].MetaData); err != nil {
			return fmt.Errorf("column %s: %w", r.binding[i].name, err)
		}
		pages := chunk.(*parquet.FileColumnChunk).PagesFrom(window)
		r.columns = append(r.columns, columnReader{column: &r.binding[i], pages: pages})
	}
	// A time must stand before the nanoseconds that are added to it, and a text before
	// its exact bytes, in whatever order the file has them.
	slices.SortStableFunc(r.columns, func(a, b columnReader) int { return cmp.Compare(a.order, b.order) })
	r.left = group.NumRows()
	return nil
}

// unused says that no record of the row group has the column. The histogram of
// levels says so of lists, too, whose null count also counts empty lists.
func unused(chunk *format.ColumnMetaData) bool {
	if h := chunk.SizeStatistics.DefinitionLevelHistogram; len(h) > 0 {
		return h[0] == chunk.NumValues
	}
	return chunk.Statistics.NullCount == chunk.NumValues && len(chunk.PathInSchema) == 1
}

func (r *parquetReader) groupBegin() int64 {
	if r.seal != nil && r.group > 0 {
		return r.seal.groups[r.group-1].begin
	}
	return 0
}

func (r *parquetReader) closeColumns() {
	for i := range r.columns {
		r.columns[i].close()
	}
	clear(r.columns)
	r.columns = r.columns[:0]
}

// Close implements filler.
func (r *parquetReader) Close() error {
	r.closeColumns()
	if r.spool == nil {
		return nil
	}
	return r.spool.Close()
}
