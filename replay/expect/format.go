package expect

import (
	"fmt"
	"io"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// textFormat is the one for people.
const textFormat = "text"

// formats has one row for each format of cases; to add one: a file, a row.
var formats = [...]struct {
	name  string
	write func(w io.Writer, s *Suite) error
}{
	{textFormat, writeText},
	{"json", writeJSON},
	{"junit", writeJUnit},
	{"github", writeGitHub},
}

// Formats returns the names that [Write] takes.
func Formats() []string {
	names := make([]string, 0, len(formats))
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Write writes the cases in a format. Text tells the failed ones and a sum, GitHub
// annotates the failed ones; JSON Lines and JUnit tell all. The error names the formats
// if there is no such one; else it is w's.
func Write(w io.Writer, format string, s *Suite) error {
	for _, f := range formats {
		if f.name == format {
			return f.write(w, s)
		}
	}
	return fmt.Errorf("unknown format %q: use --format %s", schema.Clip(format, 20), strings.Join(Formats(), "|"))
}
