package expect

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// writeGitHub writes a workflow command for each failed case, which GitHub shows as an
// annotation of its line. Of very many, the last command says how many more there are.
func writeGitHub(w io.Writer, s *Suite) error {
	var b bytes.Buffer
	failed, shown := s.Failed(), 0
	for i := range s.Cases {
		c := &s.Cases[i]
		if c.Passed {
			continue
		}
		if shown == schema.MaxAnnotations-1 && failed > schema.MaxAnnotations {
			more := fmt.Sprintf("%d more not met: give --format text to see all", failed-shown)
			fmt.Fprintln(&b, schema.Annotation{Level: "error", Title: "linnix replay", Message: more})
			break
		}
		shown++
		lines := []string{printable(c.Name) + ": " + printable(c.Message)}
		for _, line := range c.Details {
			lines = append(lines, printable(line))
		}
		fmt.Fprintln(&b, schema.Annotation{
			Level: "error", File: printable(c.File), Line: int64(c.Line), Title: printable(c.Name), Message: strings.Join(lines, "\n"),
		})
	}
	_, err := w.Write(b.Bytes())
	return err
}
