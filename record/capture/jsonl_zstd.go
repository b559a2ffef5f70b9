package capture

import (
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
	z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindowBytes))
	if err != nil {
		return nil, inflateError(in, err)
	}
	release := z.IOReadCloser()
	return newJSONLReader(in, &inflater{in: in, from: z}, release), nil
}

func newZstdWriter(w io.Writer) (Writer, error) {
	// One goroutine: where blocks are cut must not depend on scheduling.
	sent := &counter{Writer: w}
	z, err := zstd.NewWriter(sent, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindowBytes))
	if err != nil {
		return nil, fmt.Errorf("start zstd: %w", err)
	}
	return newLineWriter(sent, z), nil
}
