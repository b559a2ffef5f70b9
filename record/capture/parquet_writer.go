package capture

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"github.com/linnix-os/linnix/schema"
)

// Where row groups are cut: by the records alone, so that the same records give the
// same bytes however they came. One row group has some 40 KB of page headers and
// metadata, which this many records make small. Text is bounded as well, because the
// pages of a row group are held until it is cut.
const (
	rowGroupRecords   = 1 << 16
	rowGroupTextBytes = 16 << 20
)

// Sizes of the writer's buffers. Each of the columns has its own, so they decide
// what memory a recorder needs.
const (
	pageBytes       = 32 << 10 // of a column, before it is encoded as a page
	pageTextBytes   = 1 << 20  // the same, of text of which a dictionary holds the bytes
	dictionaryBytes = 1 << 20  // of a column; from the page on that exceeds it, text stands itself
	pageChunkBytes  = 4 << 10  // encoded pages grow by this
	batchValues     = 256      // values handed to a column at once
	nullRun         = 4096     // nulls handed to a column at once
)

// textLenBytes stand before a text in a page, so that many empty ones count, too.
const textLenBytes = 4

// boundedText lists the text columns whose least and greatest value are stored, for
// programs that skip row groups by them. Bounds are stored whole: those of an argv
// could be larger than all the rest.
var boundedText = [...]string{"type", "comm"}

// createdBy names the writer without its version, which must not change the bytes.
const createdBy = "linnix"

// parquetWriter writes the table column by column: a record's values are appended
// to the columns that it has, and the nulls of a column are counted, not stored,
// until its next value or the end of the row group.
//
// The library writes each row group as a file of its own. Its pages go on to the
// capture, its footer does not: what that says of the row group is kept in a log, from
// which the footer of the capture is made in the end. So the log, beside the pages, is
// all that a recording needs to be read before its end.
type parquetWriter struct {
	out     *groupWriter
	file    *parquet.GenericWriter[any]
	log     groupLog
	fields  []fieldColumns
	columns []columnWriter // in file order
	rows    int            // in the open row group
	text    int            // bytes of text in them
	closed  bool
}

// groupLog keeps the entries of closed row groups, in their order.
type groupLog interface {
	io.Writer
	// reopen returns all that was written, from the first entry on.
	reopen() io.Reader
}

// memoryLog is a groupLog of a file that nobody reads before its end.
type memoryLog struct{ bytes.Buffer }

func (l *memoryLog) reopen() io.Reader { return bytes.NewReader(l.Bytes()) }

func newParquetWriter(w io.Writer) (Writer, error) { return newTableWriter(w, new(memoryLog)) }

// newTableWriter writes the table to w and keeps the log of its row groups in log.
func newTableWriter(w io.Writer, log groupLog) (*parquetWriter, error) {
	codec, err := newPageCodec()
	if err != nil {
		return nil, err
	}
	out := newGroupWriter(w)
	options := []parquet.WriterOption{
		parquetSchema(),
		parquet.CreatedBy(createdBy, strconv.Itoa(schema.FormatVersion), ""),
		parquet.Compression(codec),
		parquet.PageBufferSize(pageBytes),
		parquet.DictionaryMaxBytes(dictionaryBytes),
		parquet.WriteBufferSize(0), // the groupWriter buffers
		parquet.ColumnPageBuffers(parquet.NewChunkBufferPool(pageChunkBytes)),
		parquet.DataPageStatistics(false),
	}
	leaves := parquetLeaves()
	for _, leaf := range leaves {
		if leaf.Node.Type().Kind() == parquet.ByteArray && !slices.Contains(boundedText[:], leaf.Path[0]) {
			options = append(options, parquet.SkipPageBounds(leaf.Path...))
		}
	}
	file := parquet.NewGenericWriter[any](out, options...)
	p := &parquetWriter{out: out, file: file, log: log, fields: table(), columns: make([]columnWriter, len(leaves))}
	nulls := make([]parquet.Value, nullRun)
	for i, w := range file.ColumnWriters() {
		p.columns[i] = columnWriter{out: w, index: i, maxLevel: leaves[i].MaxDefinitionLevel, nulls: nulls}
	}
	return p, nil
}

// Write implements [Writer].
func (p *parquetWriter) Write(r *schema.Record) error {
	if err := p.add(r); err != nil {
		return err
	}
	if p.full() {
		return p.cut()
	}
	return nil
}

// add puts a record into the open row group.
func (p *parquetWriter) add(r *schema.Record) error {
	if err := r.Check(); err != nil {
		return err
	}
	i, text := 0, 0
	for f := range p.fields {
		of := &p.fields[f]
		if !of.in(r) {
			i += len(of.columns)
			continue
		}
		for j := range of.columns {
			c := &p.columns[i]
			c.row = p.rows
			of.columns[j].write(c, r)
			text += c.takeText()
			if c.err != nil {
				return fmt.Errorf("column %s: %w", of.columns[j].name, c.err)
			}
			i++
		}
	}
	if err := checkLength(r, text); err != nil {
		return err
	}
	p.rows++
	p.text += text
	return nil
}

// full says that the open row group is to be cut.
func (p *parquetWriter) full() bool {
	return p.rows == rowGroupRecords || p.text >= rowGroupTextBytes
}

// Bounds of a line of JSONL: what it has beside text, and what it makes of a byte.
const (
	maxPlainLineBytes = 16 << 10
	maxEscapeBytes    = len(`\u0000`)
)

// checkLength refuses a record that would be too long for a line of JSONL.
func checkLength(r *schema.Record, textBytes int) error {
	if maxPlainLineBytes+maxEscapeBytes*textBytes <= MaxLineBytes {
		return nil
	}
	return checkLine(r, schema.AppendJSON(nil, r))
}

// cut ends the row group: its pages are written, then its entry, which makes it count.
func (p *parquetWriter) cut() error {
	if p.rows == 0 {
		return nil
	}
	if err := p.writeGroup(); err != nil {
		return fmt.Errorf("end row group: %w", err)
	}
	return nil
}

func (p *parquetWriter) writeGroup() error {
	for i := range p.columns {
		if err := p.columns[i].finish(p.rows); err != nil {
			return err
		}
	}
	p.rows, p.text = 0, 0
	if err := p.file.Flush(); err != nil {
		return err
	}
	if err := p.out.endPages(); err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return err
	}
	groups := p.file.File().Metadata().RowGroups
	if len(groups) != 1 {
		return fmt.Errorf("%d row groups, want 1", len(groups))
	}
	entry, err := p.out.endGroup(&groups[0])
	if err != nil {
		return err
	}
	// The library would clear what these share with its columns.
	clear(groups[0].Columns)
	p.file.Reset(p.out)
	_, err = p.log.Write(entry)
	return err
}

// Flush implements [Writer]. It does nothing: row groups are cut by their records
// alone, and without a footer nobody could read them.
func (p *parquetWriter) Flush() error { return nil }

// What a record takes before a row group has told: one of a storm, whose text repeats,
// and text beyond what such a record has, which does not.
const (
	usualRecordBytes = 16
	usualTextBytes   = 256
)

// Size implements [Writer].
func (p *parquetWriter) Size() int64 {
	size := p.out.end + p.footerBytes()
	switch rows := int64(p.rows); {
	case rows == 0:
		return size
	case p.out.rows > 0:
		return size + groupOverheadBytes + rows*p.out.end/p.out.rows
	default:
		rare := max(0, int64(p.text)-rows*usualTextBytes)
		return size + groupOverheadBytes + rows*usualRecordBytes + rare*3/4
	}
}

// What a footer and a row group of few records take.
const (
	footerOverheadBytes = 16 << 10
	groupOverheadBytes  = 48 << 10
)

// footerBytes returns about how long the footer would be.
func (p *parquetWriter) footerBytes() int64 { return footerOverheadBytes + p.out.entries }

// Close implements [Writer].
func (p *parquetWriter) Close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	if err := p.cut(); err != nil {
		return err
	}
	if err := writeFooter(p.out.buffer, p.log, p.out.groups); err != nil {
		return fmt.Errorf("write footer: %w", err)
	}
	if err := p.out.buffer.Flush(); err != nil {
		return fmt.Errorf("write footer: %w", err)
	}
	return nil
}
