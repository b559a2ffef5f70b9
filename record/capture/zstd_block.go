package capture

// Blocks of a zstd frame (RFC 8878, 3.1.1.2).
const (
	zstdBlockHeaderBytes = 3
	zstdBlockRLE         = 1
	zstdBlockCompressed  = 2
	maxZstdBlockBytes    = 128 << 10
	// checksumBytes may follow the last block of a frame.
	checksumBytes = 4
)

// zstdBlock is what the header of a block says of it.
type zstdBlock struct {
	stored int // bytes behind the header
	held   int // bytes of text, at most
	last   bool
}

func parseZstdBlock(header []byte) zstdBlock {
	bits := uint32(header[0]) | uint32(header[1])<<8 | uint32(header[2])<<16
	size := int(bits >> 3)
	block := zstdBlock{stored: size, held: size, last: bits&1 != 0}
	switch bits >> 1 & 3 {
	case zstdBlockRLE:
		block.stored = 1
	case zstdBlockCompressed:
		block.held = maxZstdBlockBytes
	}
	return block
}
