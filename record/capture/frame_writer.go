package capture

import "io"

// A frame is what compressed captures consist of: a frame of zstd or a member of gzip,
// which can be read without those before it and ends in a checksum of its text.
const (
	// maxFrameTextBytes of text end a frame, so that a reader can hold one in memory
	// until it has checked it.
	maxFrameTextBytes = 1 << 20
	// quietTextBytes is how much text between two flushes is too little for a frame: what
	// repeats from one to the next would then weigh more than checksums of lines.
	quietTextBytes = 32 << 10
)

// compressor makes frames.
type compressor interface {
	io.Writer
	// Flush makes all that was written decodable.
	Flush() error
	// Close ends the frame.
	Close() error
	// Reset begins another.
	Reset(w io.Writer)
}

// frameWriter cuts text into frames. A flush ends the frame, but not while little comes:
// a quiet frame stays open, and its lines have checksums of their own, as its own has not
// come yet.
type frameWriter struct {
	compressor
	to    io.Writer
	text  int64 // in the open frame
	fresh int64 // since the last flush
	quiet bool
}

// add counts a line that was written and says whether the frame is to end with it.
func (f *frameWriter) add(line int) (full bool) {
	f.text += int64(line)
	f.fresh += int64(line)
	if f.quiet && f.fresh > quietTextBytes {
		f.quiet = false
		return true
	}
	return f.text >= maxFrameTextBytes
}

// flush makes what was written readable. Lines can have sums if summed.
func (f *frameWriter) flush(summed bool) error {
	fresh := f.fresh
	f.fresh = 0
	switch {
	case fresh == 0:
		return nil
	case f.quiet && f.text > 0:
		return f.Flush()
	}
	f.quiet = summed && fresh <= quietTextBytes
	return f.end()
}

// end ends the frame, if there is one.
func (f *frameWriter) end() error {
	if f.text == 0 {
		return nil
	}
	f.text = 0
	if err := f.Close(); err != nil {
		return err
	}
	f.Reset(f.to)
	return nil
}
