package capture

import (
	"bytes"
	"encoding/hex"
	"hash/crc32"

	"github.com/linnix-os/linnix/schema"
)

// The member that ends a line of a capture with checksums: the CRC-32C of the line up
// to the comma before it, as eight lower-case digits. It is part of the line, not of
// the record: no other format needs it.
const (
	lineSumOpens  = `,"crc":"`
	lineSumCloses = `"}`
	lineSumDigits = 8
	lineSumBytes  = len(lineSumOpens) + lineSumDigits + len(lineSumCloses)
)

// LineEncoder makes the lines of a capture in JSONL, each with its checksum if the
// meta record that came last asks for that. Its zero value is ready; a capture after
// the first brings its own meta record.
type LineEncoder struct {
	sums   bool
	always bool // whatever meta says
	never  bool // likewise
}

// Append appends r as a line without its newline.
func (e *LineEncoder) Append(b []byte, r *schema.Record) []byte {
	if r.Type == schema.TypeMeta {
		e.sums = hasLineSums(r)
	}
	begin := len(b)
	b = schema.AppendJSON(b, r)
	if e.never || !e.sums && !e.always {
		return b
	}
	return appendLineSum(b[:len(b)-1], begin)
}

// hasLineSums says whether the lines of the capture that meta begins end in checksums.
func hasLineSums(meta *schema.Record) bool {
	return meta.Meta.Checksum.V == schema.ChecksumCRC32C
}

// appendLineSum ends an object, which begins at begin and lacks its brace, with its sum.
func appendLineSum(b []byte, begin int) []byte {
	digits := sumDigits(crc32.Checksum(b[begin:], castagnoli()))
	b = append(b, lineSumOpens...)
	b = append(b, digits[:]...)
	return append(b, lineSumCloses...)
}

func sumDigits(sum uint32) (digits [lineSumDigits]byte) {
	hex.Encode(digits[:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return digits
}

// cutLineSum takes the sum off the end of a line without blank space around it. It
// returns the object that is left, made in the place of the line, and whether the sum
// is right; found is false for a line that ends in anything else than a sum.
func cutLineSum(line []byte) (object []byte, right, found bool) {
	at, right, found := findLineSum(line)
	if !found {
		return line, false, false
	}
	line[at] = '}'
	return line[:at+1], right, true
}

// findLineSum returns where the sum of such a line begins, and changes nothing.
func findLineSum(line []byte) (at int, right, found bool) {
	at = len(line) - lineSumBytes
	if at < 1 || !bytes.HasPrefix(line[at:], []byte(lineSumOpens)) || !bytes.HasSuffix(line, []byte(lineSumCloses)) {
		return 0, false, false
	}
	stated := line[at+len(lineSumOpens) : len(line)-len(lineSumCloses)]
	for _, c := range stated {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return 0, false, false
		}
	}
	digits := sumDigits(crc32.Checksum(line[:at], castagnoli()))
	return at, bytes.Equal(stated, digits[:]), true
}
