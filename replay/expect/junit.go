package expect

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// writeJUnit writes the XML that CI systems read: a test suite for each file, a test
// case for each case. It holds no time, so that equal cases give equal bytes.
func writeJUnit(w io.Writer, s *Suite) error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	fmt.Fprintf(&b, "<testsuites%s>\n", counts(s))
	for _, file := range byFile(s) {
		fmt.Fprintf(&b, "  <testsuite%s%s>\n", attribute("name", file.Cases[0].File), counts(&file))
		for i := range file.Cases {
			junitCase(&b, &file.Cases[i])
		}
		b.WriteString("  </testsuite>\n")
	}
	b.WriteString("</testsuites>\n")
	_, err := w.Write(b.Bytes())
	return err
}

func counts(s *Suite) string {
	return fmt.Sprintf(` tests="%d" failures="%d" errors="0" skipped="0"`, len(s.Cases), s.Failed())
}

// byFile splits the cases by their file, in the order in which the files come up.
func byFile(s *Suite) []Suite {
	var files []Suite
	at := make(map[string]int)
	for _, c := range s.Cases {
		i, known := at[c.File]
		if !known {
			i = len(files)
			at[c.File] = i
			files = append(files, Suite{})
		}
		files[i].Cases = append(files[i].Cases, c)
	}
	return files
}

func junitCase(b *bytes.Buffer, c *Case) {
	fmt.Fprintf(b, `    <testcase%s%s%s line="%d"`, attribute("name", c.Name), attribute("classname", c.Class), attribute("file", c.File), c.Line)
	if c.Passed {
		b.WriteString("/>\n")
		return
	}
	fmt.Fprintf(b, ">\n      <failure%s%s>", attribute("message", c.Message), attribute("type", string(c.Reason)))
	lines := []string{fmt.Sprintf("%s:%d: %s", printable(c.File), c.Line, printable(c.Message))}
	for _, line := range c.Details {
		lines = append(lines, printable(line))
	}
	b.WriteString(escaped(strings.Join(lines, "\n")))
	b.WriteString("</failure>\n    </testcase>\n")
}

func attribute(name, value string) string {
	return fmt.Sprintf(` %s="%s"`, name, escaped(printable(value)))
}

// escaped writes text for XML, with U+FFFD for what XML cannot hold.
func escaped(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
