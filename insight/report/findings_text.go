package report

import (
	"fmt"
	"io"

	"github.com/linnix-os/linnix/insight"
)

// findingText writes one line a finding, as compilers do, and a last one with the sum.
type findingText struct{ w io.Writer }

func (t *findingText) Finding(f insight.Finding) error {
	_, err := fmt.Fprintln(t.w, printable(f.String()))
	return err
}

func (t *findingText) End(s insight.CheckSummary) error {
	verdict := "all valid"
	switch {
	case s.Findings > 0:
		verdict = count(s.Findings, "problem")
	case s.Records+s.Insights == 0:
		verdict = "nothing checked"
	}
	_, err := fmt.Fprintf(t.w, "%s in %s: %s\n", values(s), count(s.Files, "file"), verdict)
	return err
}

// values says how many records and insights were seen.
func values(s insight.CheckSummary) string {
	text := count(s.Records, "record")
	if s.Insights > 0 {
		text += " and " + count(s.Insights, "insight")
	}
	return text
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
