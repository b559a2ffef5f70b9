package capture

import (
	"bufio"
	"fmt"
	"io"

	"github.com/linnix-os/linnix/schema"
)

// jsonlWriter writes one record a line.
type jsonlWriter struct {
	out     *bufio.Writer
	frames  *frameWriter // that out writes into; nil for plain text
	sent    *counter     // what came out at the end
	encoder LineEncoder
	line    []byte
	// Bytes of lines in all, and what of them has been sent at the last flush.
	lines, flushedLines, flushedSent int64
	// room is asked before a line is taken; nil if none is kept.
	room *room
}

// counter counts what goes through it.
type counter struct {
	io.Writer
	n int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	return n, err
}

func newJSONLWriter(w io.Writer) (Writer, error) { return newLineWriter(&counter{Writer: w}), nil }

func newLineWriter(sent *counter) *jsonlWriter {
	return &jsonlWriter{sent: sent, out: bufio.NewWriterSize(sent, lineBufferBytes)}
}

// newFrameWriter writes lines to sent through a compressor that writes there.
func newFrameWriter(sent *counter, to compressor) *jsonlWriter {
	frames := &frameWriter{compressor: to, to: sent}
	return &jsonlWriter{sent: sent, frames: frames, out: bufio.NewWriterSize(frames, lineBufferBytes)}
}

// Write implements [Writer].
func (w *jsonlWriter) Write(r *schema.Record) error {
	if err := r.Check(); err != nil {
		return err
	}
	w.encoder.never = w.frames != nil && !w.frames.quiet
	w.line = append(w.encoder.Append(w.line[:0], r), '\n')
	if err := checkLine(r, w.line); err != nil {
		return err
	}
	return w.write(w.line)
}

func (w *jsonlWriter) write(line []byte) error {
	if w.room != nil {
		if err := w.room.keep(w.unsent() + int64(len(line))); err != nil {
			return err
		}
	}
	w.lines += int64(len(line))
	if _, err := w.out.Write(line); err != nil {
		return err
	}
	if w.frames != nil && w.frames.add(len(line)) {
		return w.send((*frameWriter).end)
	}
	return nil
}

// checkLine refuses the line of a record that no reader would take.
func checkLine(r *schema.Record, line []byte) error {
	if len(line) > MaxLineBytes {
		return fmt.Errorf("%s record of %d bytes: at most %d can be read back", r.Type, len(line), MaxLineBytes)
	}
	return nil
}

// maxTrailerBytes is more than what a compressor adds to what it cannot compress, and
// to the end of a stream.
const maxTrailerBytes = 4 << 10

// unsent returns the most that a flush and the end can still send.
func (w *jsonlWriter) unsent() int64 {
	if w.frames == nil {
		return int64(w.out.Buffered())
	}
	return max(0, w.lines-w.flushedLines-(w.sent.n-w.flushedSent)) + maxTrailerBytes
}

// Size implements [Writer]. Of lines that a compressor holds it takes as much for
// granted as it made of those before.
func (w *jsonlWriter) Size() int64 {
	if w.frames == nil {
		return w.sent.n + int64(w.out.Buffered())
	}
	const usual = 8 // to one
	held := w.lines - w.flushedLines
	if w.flushedLines == 0 {
		return max(w.sent.n, held/usual)
	}
	return max(w.sent.n, w.flushedSent+held*w.flushedSent/w.flushedLines)
}

// Flush implements [Writer].
func (w *jsonlWriter) Flush() error {
	return w.send(func(f *frameWriter) error { return f.flush(w.encoder.sums) })
}

// Close implements [Writer].
func (w *jsonlWriter) Close() error { return w.send((*frameWriter).end) }

// send sends what is held back, by way of the compressor if there is one.
func (w *jsonlWriter) send(through func(*frameWriter) error) error {
	if err := w.out.Flush(); err != nil {
		return err
	}
	if w.frames != nil {
		if err := through(w.frames); err != nil {
			return err
		}
	}
	w.flushedLines, w.flushedSent = w.lines, w.sent.n
	return nil
}
