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
		textCase(&b, &s.Cases[i], "")
	}
	fmt.Fprintln(&b, s.Summary())
	_, err := w.Write(b.Bytes())
	return err
}

// textCase writes a failed case with its diff, indented.
func textCase(b *bytes.Buffer, c *Case, indent string) {
	if c.Passed {
		return
	}
	fmt.Fprintf(b, "%s%s:%d: %s: %s\n", indent, printable(c.File), c.Line, printable(c.Name), printable(c.Message))
	for _, line := range c.Details {
		fmt.Fprintf(b, "%s    %s\n", indent, printable(line))
	}
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
