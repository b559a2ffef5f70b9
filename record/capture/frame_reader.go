package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxHeldTextBytes is the most text of a frame that a reader holds until it has checked
// it. Our frames have at most [maxFrameTextBytes] and a line.
const maxHeldTextBytes = 8 << 20

// cutFrame is why a capture is unfinished of which a frame without its end is left out.
const cutFrame = "the last compressed block is cut"

// inflater gives the text of one frame after the other.
type inflater interface {
	// next goes to the next frame and says whether it has a checksum. It returns io.EOF
	// behind the last.
	next() (checked bool, err error)
	// Read returns io.EOF when the frame is whole and its checksum, if any, right.
	Read(p []byte) (int, error)
	// offset is how many bytes of the input have been used up.
	offset() int64
	release()
}

// trust is what there is to say that text is as it was written.
type trust uint8

// The levels of trust.
const (
	// trustNothing: as in plain text, a line may or may not have a checksum.
	trustNothing trust = iota
	// trustSums: each line must have a checksum.
	trustSums
	// trustFrame: the text was held until its frame had been checked.
	trustFrame
)

// frameReader reads the text of frames. It passes on that of a frame when it has checked
// it, but at once where each line has a checksum, as in a frame that is still being
// written; and where there is more than it can hold.
type frameReader struct {
	in    *input
	from  inflater
	begin int64  // of the frame in the input
	hold  []byte // the buffer of held
	held  []byte // text still to be passed on
	// trust holds for what Read returned last.
	trust     trust
	streaming bool // the rest of the frame is passed on as it comes
	failed    error
}

// Read implements io.Reader.
func (f *frameReader) Read(p []byte) (n int, err error) {
	for n == 0 && f.failed == nil {
		switch {
		case len(f.held) > 0:
			n = copy(p, f.held)
			f.held = f.held[n:]
		case f.streaming:
			n, err = f.from.Read(p)
			f.streaming = err == nil
			if err != nil && !errors.Is(err, io.EOF) {
				f.failed = f.inflateError(err, "the compressed data are cut")
			}
		default:
			f.failed = f.nextFrame()
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, f.failed
}

// nextFrame takes in a frame, or as much of it as tells that it need not be held.
func (f *frameReader) nextFrame() error {
	f.begin = f.from.offset()
	checked, err := f.from.next()
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil {
		return f.inflateError(err, cutFrame)
	}
	f.hold = f.hold[:0]
	for err == nil && len(f.hold) <= maxHeldTextBytes && bytes.IndexByte(f.hold, '\n') < 0 {
		err = f.inflate()
	}
	f.trust = f.judge(checked)
	for err == nil && len(f.hold) <= maxHeldTextBytes && f.trust == trustFrame {
		err = f.inflate()
	}
	switch {
	case f.trust != trustFrame: // the inflater repeats its error
		f.streaming = true
	case err == nil:
		f.trust, f.streaming = trustNothing, true
	case !errors.Is(err, io.EOF):
		return f.inflateError(err, cutFrame)
	}
	f.held = f.hold
	return nil
}

// judge tells by the first line of a frame what its text is to be trusted for.
func (f *frameReader) judge(checked bool) trust {
	line, _, _ := bytes.Cut(f.hold, []byte{'\n'})
	if _, right, _ := findLineSum(bytes.TrimSpace(line)); right {
		return trustSums
	}
	if checked {
		return trustFrame
	}
	return trustNothing
}

// inflate takes in what comes next of the frame.
func (f *frameReader) inflate() error {
	f.hold = slices.Grow(f.hold, lineBufferBytes)
	n, err := f.from.Read(f.hold[len(f.hold):cap(f.hold)])
	f.hold = f.hold[:len(f.hold)+n]
	return err
}

// inflateError tells apart what an inflater cannot: input that ended, input that could
// not be read, and input that makes no sense.
func (f *frameReader) inflateError(err error, cut string) error {
	switch {
	case f.in.failed != nil:
		return f.in.failed
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return &unfinishedError{cut}
	}
	return &CorruptError{Name: f.in.name, Offset: f.begin, Reason: fmt.Sprintf("damaged compression: %v", err)}
}

// isCut says whether err means that the input ended too early.
func isCut(err error) bool {
	var cut *unfinishedError
	return errors.As(err, &cut)
}
