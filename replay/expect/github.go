package expect

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// maxAnnotations is how many annotations of a kind GitHub shows of one step.
const maxAnnotations = 10

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
		if shown == maxAnnotations-1 && failed > maxAnnotations {
			fmt.Fprintf(&b, "::error title=linnix replay::%d more not met: give --format text to see all\n", failed-shown)
			break
		}
		shown++
		lines := []string{printable(c.Name) + ": " + printable(c.Message)}
		for _, line := range c.Details {
			lines = append(lines, printable(line))
		}
		fmt.Fprintf(&b, "::error file=%s,line=%d,title=%s::%s\n",
			property(printable(c.File)), c.Line, property(printable(c.Name)), data(strings.Join(lines, "\n")))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// data escapes a message, and property a parameter, for a workflow command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
