package report

import (
	"io"

	"github.com/linnix-os/linnix/schema"
)

// writeScoreText writes the score for a person: the figures side by side, then those of
// the first predictor by class, what it took for what, and every error.
func writeScoreText(w io.Writer, s *schema.Score) error {
	t := text{width: DefaultWidth}
	t.line(scoreHead(s))
	if len(s.Predictors) > 0 {
		first := &s.Predictors[0]
		t.aligned(overview(s))
		t.line(scoreMargin(s))
		t.aligned(classTable(s))
		confusion, classes := confusionTable(first)
		t.aligned(lettered(confusion, classes))
		t.aligned(bandTable(first))
	}
	t.line("")
	t.line(misjudgedHead(s))
	for i := range s.Misjudged {
		m := &s.Misjudged[i]
		t.wrapped(indent, printable(m.Capture)+"  ", misjudgedText(m))
	}
	_, err := w.Write(t.b.Bytes())
	return err
}

func misjudgedHead(s *schema.Score) string {
	if len(s.Misjudged) == 0 {
		return "nothing was judged wrongly"
	}
	return "judged wrongly:"
}

// lettered puts letters at the head of the columns of a confusion table, where names
// would not fit, and before the names of the rows.
func lettered(t cellTable, classes []schema.Class) cellTable {
	for i := range classes {
		letter := string(rune('a' + i))
		t[0][i+1] = letter
		t[i+1][0] = letter + " " + t[i+1][0]
	}
	return t
}

// aligned writes a table below an empty line: the first column to the left, the others
// to the right, each as wide as its widest cell.
func (t *text) aligned(table cellTable) {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	t.line("")
	for _, row := range table {
		line := ""
		for i, cell := range row {
			if i == 0 {
				line = padRight(cell, widths[i])
			} else {
				line += "  " + padLeft(cell, widths[i])
			}
		}
		t.line(line)
	}
}
