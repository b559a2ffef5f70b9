package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

func openGzip(in *input) (Reader, error) {
	// Given no bufio.Reader, gzip would add one with a slower path of its own.
	z, err := gzip.NewReader(bufio.NewReaderSize(in, lineBufferBytes))
	if err != nil {
		return nil, inflateError(in, err)
	}
	return newJSONLReader(in, &inflater{in: in, from: z}, z), nil
}

// newGzipWriter leaves name and time out of the header, so that equal records give
// equal bytes.
func newGzipWriter(w io.Writer) (Writer, error) {
	sent := &counter{Writer: w}
	return newLineWriter(sent, gzip.NewWriter(sent)), nil
}

// inflater reads what a decompressor makes of in and tells a cut from damage.
type inflater struct {
	in   *input
	from io.Reader
}

// Read implements io.Reader.
func (f *inflater) Read(p []byte) (int, error) {
	n, err := f.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = inflateError(f.in, err)
	}
	return n, err
}

// inflateError tells apart what a decompressor cannot: input that ended, input
// that could not be read, and input that makes no sense.
func inflateError(in *input, err error) error {
	switch {
	case in.failed != nil:
		return in.failed
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return &unfinishedError{"the compressed data are cut"}
	}
	return &CorruptError{Name: in.name, Offset: in.offset, Reason: fmt.Sprintf("damaged compression: %v", err)}
}

// isCut says whether err means that the input ended too early.
func isCut(err error) bool {
	var cut *unfinishedError
	return errors.As(err, &cut)
}
