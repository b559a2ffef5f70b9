package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// DefaultWidth is the width of text in columns when none is given.
const DefaultWidth = 100

// minWidth is what the process table needs with the widest figures there are: narrower
// terminals wrap.
const minWidth = 80

// Options adapt a report; its zero value works.
type Options struct {
	// Width is the number of columns that text may use; 0 is [DefaultWidth], and less
	// than 80 is 80.
	Width int
	// Color lets text use the colours of a terminal.
	Color bool
}

func (o Options) width() int {
	if o.Width == 0 {
		return DefaultWidth
	}
	return max(o.Width, minWidth)
}

// formats has one row for each format of insights; to add one: a file, a row.
var formats = [...]struct {
	name  string
	write func(w io.Writer, records []schema.DatasetRecord, opts Options) error
}{
	{"text", writeText},
	{"json", writeJSON},
	{"markdown", writeMarkdown},
}

// Formats returns the names that [Write] takes.
func Formats() []string {
	names := make([]string, 0, len(formats))
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Write writes the records in a format. The error names the formats if there is no
// such one; else it is w's.
func Write(w io.Writer, format string, records []schema.DatasetRecord, opts Options) error {
	for _, f := range formats {
		if f.name == format {
			return f.write(w, records, opts)
		}
	}
	return unknownFormat(format, Formats())
}

func unknownFormat(format string, known []string) error {
	return fmt.Errorf("unknown format %q: use --format %s", schema.Clip(format, 20), strings.Join(known, "|"))
}
