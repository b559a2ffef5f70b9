package schema

import "encoding/binary"

// Bounds of a textCache: it takes at most 256 KiB.
const (
	textCacheBits  = 10
	maxCachedBytes = 256
)

// textCache keeps texts that were read, so that those which come again and again, such
// as comms, share their bytes. Each text has one place; the one that came last has it.
type textCache [1 << textCacheBits]string

// get returns the text as a string.
func (c *textCache) get(text []byte) string {
	if len(text) == 0 || len(text) > maxCachedBytes {
		return string(text)
	}
	at := &c[hashText(text)>>(64-textCacheBits)]
	if *at != string(text) {
		*at = string(text)
	}
	return *at
}

// hashText mixes the length, the first and the last bytes of a text that is not empty.
func hashText(text []byte) uint64 {
	const odd = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	h := uint64(len(text))
	if len(text) >= 8 {
		h = (h ^ binary.LittleEndian.Uint64(text)) * odd
		h = (h ^ h>>32 ^ binary.LittleEndian.Uint64(text[len(text)-8:])) * odd
		return h
	}
	for _, b := range text {
		h = (h ^ uint64(b)) * odd
	}
	return h
}
