package capture

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"
)

func openGzip(in *input) (Reader, error) {
	// Given no bufio.Reader, gzip would add one with a slower path of its own.
	return newFrameReader(in, &gzipInflater{in: in, ahead: bufio.NewReaderSize(in, lineBufferBytes)}), nil
}

// gzipInflater inflates member by member.
type gzipInflater struct {
	gzip.Reader
	in    *input
	ahead *bufio.Reader
}

func (z *gzipInflater) next() (checked bool, err error) {
	err = z.Reset(z.ahead)
	z.Multistream(false)
	return true, err
}

func (z *gzipInflater) offset() int64 { return z.in.offset - int64(z.ahead.Buffered()) }

func (*gzipInflater) release() {}

// newGzipWriter leaves name and time out of the headers, so that equal records give
// equal bytes.
func newGzipWriter(w io.Writer) (Writer, error) {
	sent := &counter{Writer: w}
	return newFrameWriter(sent, gzip.NewWriter(sent)), nil
}
