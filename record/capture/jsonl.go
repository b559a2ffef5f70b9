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

func openJSONL(in *input) (Reader, error) { return readAhead(in, newJSONLReader(in, in)), nil }

// readAhead lets a file be decoded ahead. A stream is not, for it may be live: then each
// record is wanted as it comes.
func readAhead(in *input, lines *jsonlReader) Reader {
	if in.file == nil {
		return lines
	}
	return newAheadReader(lines)
}

// jsonlReader reads one record a line. It asks for more input only when it holds no
// whole line, so that a live capture is read as it comes. It is a filler as well.
type jsonlReader struct {
	name    string
	in      *bufio.Reader
	frames  *frameReader // that in reads from; nil for plain text
	decoder schema.Decoder
	own     schema.Record  // what Read returns
	record  *schema.Record // being read
	long    []byte         // a line that does not fit into in
	line    int64          // of the record last read, from 1
	offset  int64          // of the next line
	atEnd   bool
	sums    sumRule
}

// sumRule says what a reader asks of the sums of lines.
type sumRule uint8

// The rules. Which one holds is settled by the meta record, which comes first.
const (
	sumsUnsettled sumRule = iota // the next line is the first
	sumsUnknown                  // a member crc is as any other that is not known
	sumsExpected                 // but a line may do without: see mayLackSum
	sumsRequired                 // as in the tail of a journal
)

func newJSONLReader(in *input, text io.Reader) *jsonlReader {
	return &jsonlReader{name: in.name, in: bufio.NewReaderSize(text, lineBufferBytes)}
}

// newFrameReader reads lines that from inflates out of in.
func newFrameReader(in *input, from inflater) Reader {
	frames := &frameReader{in: in, from: from}
	r := newJSONLReader(in, frames)
	r.frames = frames
	return readAhead(in, r)
}

// Read implements [Reader].
func (r *jsonlReader) Read() (*schema.Record, error) {
	if err := r.read(&r.own); err != nil {
		return nil, err
	}
	return &r.own, nil
}

// fill implements filler.
func (r *jsonlReader) fill(b *batch) error {
	for begin := r.offset; b.filled < len(b.records) && r.offset-begin < batchBytes; {
		if err := r.read(&b.records[b.filled]); err != nil {
			return err
		}
		b.filled++
	}
	return nil
}

// read reads the next record into one of the caller's.
func (r *jsonlReader) read(record *schema.Record) error {
	r.record = record
	if r.atEnd {
		return io.EOF
	}
	line, err := r.readLine()
	for err == nil && isBlank(line) {
		r.pass(line)
		line, err = r.readLine()
	}
	whole := err == nil
	switch {
	case errors.Is(err, io.EOF) && isBlank(line):
		return io.EOF
	case errors.Is(err, io.EOF):
		r.atEnd = true
	case err != nil && len(line) > 0 && isCut(err):
		r.atEnd = true
	case err != nil:
		return err
	}
	begin := r.offset
	r.pass(line)
	if begin == 0 {
		line = bytes.TrimPrefix(line, []byte(byteOrderMark))
	}
	err = r.decode(line)
	if err == nil {
		return nil
	}
	if !whole {
		return &unfinishedError{"the last line is cut"}
	}
	return r.corrupt(err, begin)
}

// errDamaged and errNoSum are what is wrong with a line where sums are asked for.
var (
	errDamaged = errors.New("the checksum is wrong: the line is damaged; if it was edited, take its crc out with: jq -c 'del(.crc)'")
	errNoSum   = errors.New("the checksum is missing: the line is damaged, or was edited")
)

// decode reads a line into the record and checks its sum. The first line of a capture
// tells whether there are sums: one of it that is wrong is damage, whatever it says,
// for the damage may have hit the words that tell.
func (r *jsonlReader) decode(line []byte) error {
	if r.sums == sumsUnknown {
		return r.decoder.Decode(line, r.record)
	}
	object, right, found := cutLineSum(bytes.TrimSpace(line))
	if found && !right {
		return errDamaged
	}
	if err := r.decoder.Decode(object, r.record); err != nil {
		return err
	}
	if r.sums == sumsUnsettled {
		r.sums = sumsUnknown
		if hasLineSums(r.record) {
			r.sums = sumsExpected
		} else if found {
			// Without the word in meta, it is a member like any other.
			object[len(object)-1] = lineSumOpens[0]
			return r.decoder.Decode(line, r.record)
		}
	}
	if !found && r.sums != sumsUnknown && !r.mayLackSum() {
		return errNoSum
	}
	return nil
}

// mayLackSum says whether the record is to be believed although sums are expected and
// its line has none. Plain text may have been edited, but damage that hits a sum leaves
// an unknown member. The frame is that of the end of the line: no more is read ahead.
func (r *jsonlReader) mayLackSum() bool {
	if r.frames != nil && r.frames.trust != trustNothing {
		return r.frames.trust == trustFrame
	}
	return r.sums == sumsExpected && len(r.record.Extra) == 0
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
	at.sum = errors.Is(err, errDamaged) || errors.Is(err, errNoSum)
	var syntax *schema.SyntaxError
	if errors.As(err, &syntax) {
		at.Column += syntax.Offset
		at.Offset += syntax.Offset
		at.Reason = syntax.Reason
	}
	return at
}

func (r *jsonlReader) corruptAt(line, offset int64, reason string) *CorruptError {
	return &CorruptError{Name: r.name, Line: line, Column: 1, Offset: offset, Inflated: r.frames != nil, Reason: reason}
}

// Close implements [Reader].
func (r *jsonlReader) Close() error {
	if r.frames != nil {
		r.frames.from.release()
	}
	return nil
}
