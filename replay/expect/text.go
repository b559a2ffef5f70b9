package expect

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// writeText writes each failed case with its place and its diff, and a line with the
// sum.
func writeText(w io.Writer, s *Suite) error {
	var b bytes.Buffer
	for i := range s.Cases {
		c := &s.Cases[i]
		if c.Passed {
			continue
		}
		fmt.Fprintf(&b, "%s:%d: %s: %s\n", printable(c.File), c.Line, printable(c.Name), printable(c.Message))
		for _, line := range c.Details {
			fmt.Fprintf(&b, "    %s\n", printable(line))
		}
	}
	fmt.Fprintln(&b, s.Summary())
	_, err := w.Write(b.Bytes())
	return err
}

// printable escapes what a terminal would act on or not show, as Go does: control and
// bidirectional characters, line separators; and puts U+FFFD for what is no UTF-8.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}
