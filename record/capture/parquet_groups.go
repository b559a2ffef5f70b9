package capture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// An entry of the log of row groups: its length and CRC-32C, then where the row group
// ends in the file, the CRC-32C of its bytes, its records, and its metadata as the
// footer will have them. All numbers are little-endian.
const (
	entryHeadBytes = 4 + 4
	entrySealBytes = 8 + 4 + 8
	maxEntryBytes  = 8 << 20
)

// groupEntry is an entry of the log.
type groupEntry struct {
	end      int64  // of the row group's bytes in the file
	sum      uint32 // of its bytes; those of the first include the magic of the file
	rows     int64
	metadata []byte // a format.RowGroup, encoded; valid until the next entry
}

// errDamagedLog says that an entry is whole, but not what was written.
var errDamagedLog = errors.New("the log of row groups is damaged")

// readEntries returns the entries of a log up to the end or to the first that is cut,
// which was being written when the recorder died. An error is [errDamagedLog] or one
// of reading.
func readEntries(r io.Reader) iter.Seq2[groupEntry, error] {
	return func(yield func(groupEntry, error) bool) {
		in := bufio.NewReader(r)
		var body []byte
		for end := int64(0); ; {
			var err error
			body, err = readEntry(in, body)
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return
			}
			if err != nil {
				yield(groupEntry{}, err)
				return
			}
			entry := parseEntry(body)
			if entry.end <= end || entry.rows <= 0 {
				yield(groupEntry{}, errDamagedLog)
				return
			}
			end = entry.end
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// readEntry reads the next entry into body, as far as that is long enough, and checks
// its sum. A cut one is io.EOF or io.ErrUnexpectedEOF.
func readEntry(in io.Reader, body []byte) ([]byte, error) {
	var head [entryHeadBytes]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return body, err
	}
	length := int(binary.LittleEndian.Uint32(head[:]))
	if length < entrySealBytes || length > maxEntryBytes {
		return body, errDamagedLog
	}
	if cap(body) < length {
		body = make([]byte, length)
	}
	body = body[:length]
	if _, err := io.ReadFull(in, body); err != nil {
		return body, err
	}
	if crc32.Checksum(body, castagnoli()) != binary.LittleEndian.Uint32(head[4:]) {
		return body, errDamagedLog
	}
	return body, nil
}

func parseEntry(body []byte) groupEntry {
	return groupEntry{
		end:      int64(binary.LittleEndian.Uint64(body)),
		sum:      binary.LittleEndian.Uint32(body[8:]),
		rows:     int64(binary.LittleEndian.Uint64(body[12:])),
		metadata: body[entrySealBytes:],
	}
}

// groupBufferBytes is the write buffer in front of a Parquet file.
const groupBufferBytes = 64 << 10

// groupWriter lets the pages of row groups through to the file and holds back what the
// library writes around them: the magic of each, and its footer.
type groupWriter struct {
	buffer  *bufio.Writer
	begin   int64 // of the open row group
	end     int64
	sum     uint32 // of the open row group
	skip    int    // bytes of magic still to come
	muted   bool
	groups  int
	rows    int64 // in closed row groups
	entries int64 // bytes of the log
}

func newGroupWriter(w io.Writer) *groupWriter {
	g := &groupWriter{buffer: bufio.NewWriterSize(w, groupBufferBytes), skip: len(parquetMagic)}
	// A buffer takes these without an error.
	_, _ = g.buffer.WriteString(parquetMagic)
	g.sum = crc32.Checksum([]byte(parquetMagic), castagnoli())
	g.begin, g.end = int64(len(parquetMagic)), int64(len(parquetMagic))
	return g
}

// Write implements io.Writer.
func (g *groupWriter) Write(p []byte) (int, error) {
	if g.muted {
		return len(p), nil
	}
	skipped := min(g.skip, len(p))
	g.skip -= skipped
	n, err := g.buffer.Write(p[skipped:])
	g.sum = crc32.Update(g.sum, castagnoli(), p[skipped:][:n])
	g.end += int64(n)
	return skipped + n, err
}

// endPages writes the pages through, and drops what comes until endGroup.
func (g *groupWriter) endPages() error {
	g.muted = true
	return g.buffer.Flush()
}

// endGroup returns the entry of the row group that has ended. It moves the offsets of
// meta from the library's file to ours, and takes the indexes out that were dropped.
func (g *groupWriter) endGroup(meta *format.RowGroup) ([]byte, error) {
	if g.groups == parquet.MaxRowGroups {
		return nil, parquet.ErrTooManyRowGroups
	}
	shift := g.begin - int64(len(parquetMagic))
	meta.FileOffset += shift
	meta.Ordinal = int16(g.groups)
	for i := range meta.Columns {
		c := &meta.Columns[i]
		c.ColumnIndexOffset, c.ColumnIndexLength = 0, 0
		c.OffsetIndexOffset, c.OffsetIndexLength = 0, 0
		c.MetaData.DataPageOffset += shift
		if c.MetaData.DictionaryPageOffset > 0 {
			c.MetaData.DictionaryPageOffset += shift
		}
	}
	entry := new(bytes.Buffer)
	entry.Write(make([]byte, entryHeadBytes+entrySealBytes))
	var protocol thrift.CompactProtocol
	if err := thrift.NewEncoder(protocol.NewWriter(entry)).Encode(meta); err != nil {
		return nil, fmt.Errorf("encode metadata: %w", err)
	}
	b := entry.Bytes()
	body := b[entryHeadBytes:]
	binary.LittleEndian.PutUint64(body, uint64(g.end))
	binary.LittleEndian.PutUint32(body[8:], g.sum)
	binary.LittleEndian.PutUint64(body[12:], uint64(meta.NumRows))
	binary.LittleEndian.PutUint32(b, uint32(len(body)))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(body, castagnoli()))

	g.begin, g.sum, g.muted, g.skip = g.end, 0, false, len(parquetMagic)
	g.groups++
	g.rows += meta.NumRows
	g.entries += int64(len(b))
	return b, nil
}
