package capture

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Format is how a capture is stored. Every format holds the same records.
type Format uint8

// The formats. The zero Format is JSONL.
const (
	// JSONL is one JSON object a line.
	JSONL Format = iota
	// JSONLGzip is JSONL compressed with gzip.
	JSONLGzip
	// JSONLZstd is JSONL compressed with Zstandard.
	JSONLZstd
	// Parquet is one flat table.
	Parquet
)

// formats has one row for each format, at its own index: to add a format, add a
// constant, a file with its reader and writer, and a row.
var formats = [...]codec{
	JSONL:     {name: "JSONL", extension: ".jsonl", magic: "{", newReader: openJSONL, newWriter: newJSONLWriter},
	JSONLGzip: {name: "gzip JSONL", extension: ".jsonl.gz", magic: "\x1f\x8b", newReader: openGzip, newWriter: newGzipWriter},
	JSONLZstd: {name: "zstd JSONL", extension: ".jsonl.zst", magic: "\x28\xb5\x2f\xfd", newReader: openZstd, newWriter: newZstdWriter},
	Parquet:   {name: "Parquet", extension: ".parquet", magic: parquetMagic, staged: true, newReader: openParquet, newWriter: newParquetWriter},
}

// codec is a row of the table: how one format is told, read and written.
type codec struct {
	// name is for messages.
	name string
	// extension ends the name of such a file.
	extension string
	// magic is what such a file starts with; no magic is a prefix of another.
	magic string
	// staged says that the file means nothing before Close, so that it is written
	// under another name until then.
	staged bool

	newReader func(in *input) (Reader, error)
	newWriter func(w io.Writer) (Writer, error)
}

// maxMagic is the length of the longest magic.
const maxMagic = 4

// String returns the name of the format for messages.
func (f Format) String() string {
	if int(f) >= len(formats) {
		return fmt.Sprintf("format %d", uint8(f))
	}
	return formats[f].name
}

// Extension returns what the name of such a file ends in, with the dot.
func (f Format) Extension() string { return formats[f].extension }

// FormatOf tells the format by the extension of name. The error wraps
// [ErrExtension] and names those allowed.
func FormatOf(name string) (Format, error) {
	for i, f := range formats {
		if strings.HasSuffix(filepath.Base(name), f.extension) {
			return Format(i), nil
		}
	}
	return 0, fmt.Errorf("%s: %w: use %s", name, ErrExtension, extensions())
}

// NewWriter writes a capture of format f to w. It buffers: Flush pushes through to
// w, and Close finishes the capture without closing w.
func NewWriter(w io.Writer, f Format) (Writer, error) {
	if int(f) >= len(formats) {
		return nil, fmt.Errorf("write capture: no %s", f)
	}
	return formats[f].newWriter(w)
}

// formatOfContent tells the format by how a file starts.
func formatOfContent(start []byte) (Format, bool) {
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte(byteOrderMark)), " \t\r\n")
	if len(start) == 0 {
		return JSONL, true // text whose first lines are blank
	}
	for i, f := range formats {
		if bytes.HasPrefix(start, []byte(f.magic)) {
			return Format(i), true
		}
	}
	return 0, false
}

// extensions lists the extensions for a message.
func extensions() string {
	var b strings.Builder
	for i, f := range formats {
		switch {
		case i == len(formats)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(f.extension)
	}
	return b.String()
}
