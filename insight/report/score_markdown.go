package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// writeScoreMarkdown writes the score as tables to paste into a document.
func writeScoreMarkdown(w io.Writer, s *schema.Score) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n", scoreHead(s))
	if len(s.Predictors) > 0 {
		first := &s.Predictors[0]
		confusion, _ := confusionTable(first)
		markdownTable(&b, overview(s))
		fmt.Fprintf(&b, "\nThe %s.\n", markdownText(scoreMargin(s)))
		markdownTable(&b, classTable(s))
		markdownTable(&b, confusion)
		markdownTable(&b, bandTable(first))
	}
	fmt.Fprintf(&b, "\n%s\n", capitalised(misjudgedHead(s)))
	for i := range s.Misjudged {
		if i == 0 {
			b.WriteByte('\n')
		}
		m := &s.Misjudged[i]
		fmt.Fprintf(&b, "- `%s` %s\n", printable(m.Capture), markdownText(misjudgedText(m)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownTable writes a table below an empty line, all but its first column to the
// right.
func markdownTable(b *strings.Builder, table cellTable) {
	b.WriteByte('\n')
	for i, row := range table {
		for _, cell := range row {
			b.WriteString("| " + markdownText(cell) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString("| --- |" + strings.Repeat(" ---: |", len(row)-1) + "\n")
		}
	}
}

// markdownText escapes what Markdown would act on: words of a capture may hold it.
func markdownText(s string) string {
	return strings.NewReplacer(
		`\`, `\\`, "|", `\|`, "*", `\*`, "`", "\\`", "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
	).Replace(s)
}

func capitalised(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
