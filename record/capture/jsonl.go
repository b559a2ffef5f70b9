package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/linnix-os/linnix/schema"
)

// MaxLineBytes is the longest line of JSONL, newline included, that is written or
// read. An exec with the largest argv there can be, all of it escaped and with its
// exact bytes beside it, stays below.
const MaxLineBytes = 4 << 20

// lineBufferBytes holds the lines of all but the longest argv.
const lineBufferBytes = 64 << 10

func openJSONL(in *input) (Reader, error) { return newJSONLReader(in, in, nil), nil }

// jsonlReader reads one record a line. It asks for more input only when it holds no
// whole line, so that a live capture is read as it comes.
type jsonlReader struct {
	name    string
	in      *bufio.Reader
	closer  io.Closer
	decoder schema.Decoder
	record  schema.Record
	long    []byte // a line that does not fit into in
	line    int64  // of the record last read, from 1
	offset  int64  // of the next line
	atEnd   bool
}

// newJSONLReader reads text that came out of in; closer releases what is between
// them and may be nil.
func newJSONLReader(in *input, text io.Reader, closer io.Closer) *jsonlReader {
	return &jsonlReader{name: in.name, in: bufio.NewReaderSize(text, lineBufferBytes), closer: closer}
}

// Read implements [Reader].
func (r *jsonlReader) Read() (*schema.Record, error) {
	if r.atEnd {
		return nil, io.EOF
	}
	line, err := r.readLine()
	for err == nil && isBlank(line) {
		r.pass(line)
		line, err = r.readLine()
	}
	whole := err == nil
	switch {
	case errors.Is(err, io.EOF) && isBlank(line):
		return nil, io.EOF
	case errors.Is(err, io.EOF):
		r.atEnd = true
	case err != nil && len(line) > 0 && isCut(err):
		r.atEnd = true
	case err != nil:
		return nil, err
	}
	begin := r.offset
	r.pass(line)
	if begin == 0 {
		line = bytes.TrimPrefix(line, []byte(byteOrderMark))
	}
	err = r.decoder.Decode(line, &r.record)
	if err == nil {
		return &r.record, nil
	}
	if !whole {
		return nil, &unfinishedError{"the last line is cut"}
	}
	return nil, r.corrupt(err, begin)
}

// byteOrderMark may begin a text that has been through an editor.
const byteOrderMark = "\xef\xbb\xbf"

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }

// pass counts a line that was read.
func (r *jsonlReader) pass(line []byte) {
	r.line++
	r.offset += int64(len(line))
}

// readLine returns the next line with its newline. The last may lack it: it comes
// with the error that ended the input.
func (r *jsonlReader) readLine() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	r.long = r.long[:0]
	for errors.Is(err, bufio.ErrBufferFull) {
		r.long = append(r.long, line...)
		if len(r.long) > MaxLineBytes {
			break
		}
		line, err = r.in.ReadSlice('\n')
	}
	r.long = append(r.long, line...)
	if len(r.long) > MaxLineBytes {
		return nil, r.corruptAt(r.line+1, r.offset, fmt.Sprintf("line of more than %d bytes", MaxLineBytes))
	}
	return r.long, err
}

func (r *jsonlReader) corrupt(err error, begin int64) error {
	at := r.corruptAt(r.line, begin, err.Error())
	var syntax *schema.SyntaxError
	if errors.As(err, &syntax) {
		at.Column += syntax.Offset
		at.Offset += syntax.Offset
		at.Reason = syntax.Reason
	}
	return at
}

func (r *jsonlReader) corruptAt(line, offset int64, reason string) *CorruptError {
	return &CorruptError{Name: r.name, Line: line, Column: 1, Offset: offset, Inflated: r.closer != nil, Reason: reason}
}

// Close implements [Reader].
func (r *jsonlReader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// jsonlWriter writes one record a line.
type jsonlWriter struct {
	out  *bufio.Writer
	sink flushCloser // a compressor that out writes into; nil without one
	line []byte
}

// flushCloser is a compressor: Flush makes all that was written decodable.
type flushCloser interface {
	io.Writer
	Flush() error
	Close() error
}

func newJSONLWriter(w io.Writer) (Writer, error) {
	return &jsonlWriter{out: bufio.NewWriterSize(w, lineBufferBytes)}, nil
}

func newCompressedWriter(sink flushCloser) *jsonlWriter {
	return &jsonlWriter{out: bufio.NewWriterSize(sink, lineBufferBytes), sink: sink}
}

// Write implements [Writer].
func (w *jsonlWriter) Write(r *schema.Record) error {
	if err := r.Check(); err != nil {
		return err
	}
	w.line = append(schema.AppendJSON(w.line[:0], r), '\n')
	if err := checkLine(r, w.line); err != nil {
		return err
	}
	_, err := w.out.Write(w.line)
	return err
}

// checkLine refuses the line of a record that no reader would take.
func checkLine(r *schema.Record, line []byte) error {
	if len(line) > MaxLineBytes {
		return fmt.Errorf("%s record of %d bytes: at most %d can be read back", r.Type, len(line), MaxLineBytes)
	}
	return nil
}

// Flush implements [Writer].
func (w *jsonlWriter) Flush() error {
	if err := w.out.Flush(); err != nil || w.sink == nil {
		return err
	}
	return w.sink.Flush()
}

// Close implements [Writer].
func (w *jsonlWriter) Close() error {
	if err := w.out.Flush(); err != nil || w.sink == nil {
		return err
	}
	return w.sink.Close()
}
