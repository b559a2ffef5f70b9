package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Windows of zstd: how far back a compressor looks, which is memory on both sides.
// Ours is small because the recorder must be; the reader takes what `zstd --long`
// writes.
const (
	zstdWindowBytes    = 1 << 20
	maxZstdWindowBytes = 128 << 20
)

func openZstd(in *input) (Reader, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindowBytes))
	if err != nil {
		return nil, fmt.Errorf("start zstd: %w", err)
	}
	return newFrameReader(in, &zstdInflater{Decoder: z, in: in, frame: zstdFrame{in: bufio.NewReaderSize(in, lineBufferBytes)}}), nil
}

// zstdInflater inflates frame by frame. Other kinds of frames are passed over.
type zstdInflater struct {
	*zstd.Decoder
	in    *input
	frame zstdFrame
}

func (z *zstdInflater) next() (checked bool, err error) {
	header, err := z.frame.header()
	for err == nil && header.Skippable {
		if _, err = z.frame.in.Discard(header.HeaderSize + int(header.SkippableSize)); err != nil {
			return false, cutAs(err)
		}
		header, err = z.frame.header()
	}
	if err != nil {
		return false, err
	}
	z.frame.left, z.frame.last, z.frame.checked = header.HeaderSize, false, header.HasCheckSum
	return header.HasCheckSum, z.Reset(&z.frame)
}

func (z *zstdInflater) offset() int64 { return z.in.offset - int64(z.frame.in.Buffered()) }

func (z *zstdInflater) release() { z.Close() }

// zstdFrame reads the bytes of one frame. Where it ends is told by its blocks alone.
type zstdFrame struct {
	in      *bufio.Reader
	left    int  // of the header, block or checksum that is being read
	last    bool // it is the last block, or the checksum
	checked bool // a checksum is to come
}

// header returns the header of the next frame and reads nothing of it; io.EOF if there
// is none.
func (z *zstdFrame) header() (header zstd.Header, err error) {
	for n := 1; ; n++ {
		b, err := z.in.Peek(n)
		if len(b) == 0 {
			return header, err
		}
		if err != nil {
			return header, cutAs(err)
		}
		// It ends with an error of its own long before n is too much.
		if err = header.Decode(b); !errors.Is(err, io.ErrUnexpectedEOF) {
			return header, err
		}
	}
}

// Read implements io.Reader.
func (z *zstdFrame) Read(p []byte) (int, error) {
	switch {
	case z.left > 0:
	case !z.last:
		header, err := z.in.Peek(zstdBlockHeaderBytes)
		if err != nil {
			return 0, cutAs(err)
		}
		block := parseZstdBlock(header)
		z.left, z.last = zstdBlockHeaderBytes+block.stored, block.last
	case z.checked:
		z.left, z.checked = checksumBytes, false
	default:
		return 0, io.EOF
	}
	n, err := z.in.Read(p[:min(len(p), z.left)])
	z.left -= n
	return n, cutAs(err)
}

// cutAs makes the end of the input an unexpected one.
func cutAs(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func newZstdWriter(w io.Writer) (Writer, error) {
	// One goroutine: where blocks are cut must not depend on scheduling.
	sent := &counter{Writer: w}
	z, err := zstd.NewWriter(sent, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindowBytes))
	if err != nil {
		return nil, fmt.Errorf("start zstd: %w", err)
	}
	return newFrameWriter(sent, z), nil
}
