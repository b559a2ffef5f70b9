package report

import (
	"io"

	"github.com/linnix-os/linnix/insight"
)

// FindingWriter writes findings as they come. Neither method may be called after an
// error.
type FindingWriter interface {
	// Finding writes one finding, or keeps it until End.
	Finding(f insight.Finding) error
	// End writes what is left, and the sum.
	End(s insight.CheckSummary) error
}

// findingFormats has one row for each format of findings; to add one: a file, a row.
var findingFormats = [...]struct {
	name string
	make func(w io.Writer) FindingWriter
}{
	{"text", func(w io.Writer) FindingWriter { return &findingText{w: w} }},
	{"json", func(w io.Writer) FindingWriter { return &findingJSON{w: w} }},
	{"github", func(w io.Writer) FindingWriter { return &findingGitHub{w: w} }},
}

// FindingFormats returns the names that [NewFindingWriter] takes.
func FindingFormats() []string {
	names := make([]string, 0, len(findingFormats))
	for _, f := range findingFormats {
		names = append(names, f.name)
	}
	return names
}

// NewFindingWriter returns a writer of findings in a format. The error names the
// formats if there is no such one.
func NewFindingWriter(w io.Writer, format string) (FindingWriter, error) {
	for _, f := range findingFormats {
		if f.name == format {
			return f.make(w), nil
		}
	}
	return nil, unknownFormat(format, FindingFormats())
}
