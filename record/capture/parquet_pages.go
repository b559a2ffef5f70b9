package capture

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Limits of one page, uncompressed. Ours have at most 1 MiB of text, a dictionary
// 2 MiB, and what one more record adds.
const (
	maxPageBytes  = 128 << 20
	maxPageValues = 16 << 20
)

// checkPages goes over the pages of a column in the bytes of its row group before
// they are decoded: a decoder allocates what a header claims, and running out of
// memory cannot be recovered from.
func checkPages(raw []byte, begin int64, chunk *format.ColumnMetaData) error {
	at := chunk.DataPageOffset
	if chunk.DictionaryPageOffset > 0 {
		at = min(at, chunk.DictionaryPageOffset)
	}
	at -= begin
	end := at + chunk.TotalCompressedSize
	if at < 0 || end < at || end > int64(len(raw)) {
		return errors.New("its pages lie outside of the row group")
	}
	pages := raw[at:end]
	for len(pages) > 0 {
		n, err := checkPage(pages, chunk.Codec)
		if err != nil {
			return err
		}
		pages = pages[n:]
	}
	return nil
}

// checkPage returns the length of the first page, header included.
func checkPage(pages []byte, codec format.CompressionCodec) (int, error) {
	var protocol thrift.CompactProtocol
	var header format.PageHeader
	r := protocol.NewReaderFromBytes(pages)
	if err := thrift.NewDecoder(r).Decode(&header); err != nil {
		return 0, fmt.Errorf("page header: %w", err)
	}
	begin, size := r.BytesRead(), int(header.CompressedPageSize)
	if size < 0 || size > len(pages)-begin || header.UncompressedPageSize < 0 || header.UncompressedPageSize > maxPageBytes {
		return 0, fmt.Errorf("a page claims %d bytes, %d uncompressed", size, header.UncompressedPageSize)
	}
	body, compressed := pages[begin:begin+size], true
	var values int32
	switch {
	case header.DataPageHeaderV2.Valid:
		h := &header.DataPageHeaderV2.V
		values, compressed = h.NumValues, !h.IsCompressed.Valid || h.IsCompressed.V
		levels := int64(h.RepetitionLevelsByteLength) + int64(h.DefinitionLevelsByteLength)
		if levels < 0 || levels > int64(size) {
			return 0, fmt.Errorf("a page claims %d bytes of levels", levels)
		}
		body = body[levels:]
	case header.DataPageHeader.Valid:
		values = header.DataPageHeader.V.NumValues
	case header.DictionaryPageHeader.Valid:
		values = header.DictionaryPageHeader.V.NumValues
	}
	if values < 0 || values > maxPageValues {
		return 0, fmt.Errorf("a page claims %d values", values)
	}
	if compressed && len(body) > 0 {
		if err := checkBody(body, codec); err != nil {
			return 0, err
		}
	}
	return begin + size, nil
}

// checkBody checks what the compressed bytes themselves claim to hold.
func checkBody(body []byte, codec format.CompressionCodec) error {
	var claimed uint64
	switch codec {
	case format.Uncompressed:
		return nil
	case format.Snappy:
		claimed, _ = binary.Uvarint(body)
	case format.Zstd:
		var err error
		if claimed, err = zstdClaim(body); err != nil {
			return err
		}
	default:
		return fmt.Errorf("its compression is %s; write it again with zstd", codec)
	}
	if claimed > maxPageBytes {
		return fmt.Errorf("a page claims %d bytes uncompressed", claimed)
	}
	return nil
}

// zstdClaim returns the most that a zstd frame can hold, by its header and by its
// blocks, as a small frame does not say it. There must be one frame only.
func zstdClaim(body []byte) (uint64, error) {
	var frame zstd.Header
	if err := frame.Decode(body); err != nil {
		return 0, fmt.Errorf("page: %w", err)
	}
	body = body[frame.HeaderSize:]
	var held uint64
	for last := false; !last; {
		if len(body) < zstdBlockHeaderBytes {
			return 0, errors.New("a page is cut")
		}
		block := parseZstdBlock(body)
		body = body[zstdBlockHeaderBytes:]
		if block.stored > len(body) {
			return 0, errors.New("a page is cut")
		}
		body = body[block.stored:]
		held += uint64(block.held)
		last = block.last
	}
	if frame.Skippable || len(body) > checksumBytes {
		return 0, errors.New("a page has more than one frame")
	}
	return max(held, frame.FrameContentSize), nil
}
