package capture

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// load reads the row group into r.raw and checks its sum.
func (r *parquetReader) load(meta *format.RowGroup) (begin int64, err error) {
	begin, end := extent(meta)
	var sum *uint32
	if r.seal != nil {
		g := &r.seal.groups[r.group-1]
		begin, end, sum = g.begin, g.end, &g.sum
	}
	if begin < 0 || end < begin || end > r.file.Size() || end-begin > maxRowGroupBytes {
		return 0, fmt.Errorf("it claims bytes %d to %d of %d", begin, end, r.file.Size())
	}
	if need := int(end - begin); cap(r.raw) < need {
		r.raw = make([]byte, need)
	}
	r.raw = r.raw[:end-begin]
	if _, err := r.from.ReadAt(r.raw, begin); err != nil {
		return 0, err
	}
	if sum != nil && crc32.Checksum(r.raw, castagnoli()) != *sum {
		return 0, errors.New("its checksum is wrong")
	}
	return begin, nil
}

// extent returns where the pages of a row group begin and end.
func extent(meta *format.RowGroup) (begin, end int64) {
	for i := range meta.Columns {
		chunk := &meta.Columns[i].MetaData
		first := chunk.DataPageOffset
		if chunk.DictionaryPageOffset > 0 {
			first = min(first, chunk.DictionaryPageOffset)
		}
		if i == 0 || first < begin {
			begin = first
		}
		end = max(end, first+chunk.TotalCompressedSize)
	}
	return begin, end
}

// window is a part of a file in memory, at its offsets in the file.
type window struct {
	data  []byte
	begin int64
}

// ReadAt implements io.ReaderAt.
func (w *window) ReadAt(p []byte, at int64) (int, error) {
	at -= w.begin
	if at < 0 || at >= int64(len(w.data)) {
		return 0, io.EOF
	}
	n := copy(p, w.data[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
