package report

import (
	"io"

	"github.com/linnix-os/linnix/schema"
)

// scoreFormats has one row for each format of scores; to add one: a file, a row.
var scoreFormats = [...]struct {
	name  string
	write func(w io.Writer, s *schema.Score) error
}{
	{"text", writeScoreText},
	{"json", writeScoreJSON},
	{"markdown", writeScoreMarkdown},
}

// ScoreFormats returns the names that [WriteScore] takes.
func ScoreFormats() []string {
	names := make([]string, 0, len(scoreFormats))
	for _, f := range scoreFormats {
		names = append(names, f.name)
	}
	return names
}

// WriteScore writes a score in a format. The error names the formats if there is no
// such one; else it is w's.
func WriteScore(w io.Writer, format string, s *schema.Score) error {
	for _, f := range scoreFormats {
		if f.name == format {
			return f.write(w, s)
		}
	}
	return unknownFormat(format, ScoreFormats())
}
