package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// indent is what each section's lines stand in.
const indent = "  "

// writeText writes the records for people, most telling first: verdict, when, who,
// why, what to do, and the process table.
func writeText(w io.Writer, records []schema.DatasetRecord, opts Options) error {
	t := text{width: opts.width()}
	if len(records) == 0 {
		t.line("no record was analysed")
	}
	for i := range records {
		if i > 0 {
			t.line("")
		}
		t.record(&records[i])
	}
	_, err := w.Write(t.b.Bytes())
	return err
}

// text is a page in the making.
type text struct {
	b     bytes.Buffer
	width int
}

func (t *text) record(r *schema.DatasetRecord) {
	in := r.Context.Incident
	severity := ""
	if in != nil && r.Insight.Class != schema.ClassNormal {
		severity = string(in.Severity) + ", "
	}
	t.line(fmt.Sprintf("%s (%sconfidence %.2f)", printable(string(r.Insight.Class)), printable(severity), r.Insight.Confidence))
	t.wrapped(indent, "", r.Insight.Why)
	if in != nil {
		t.line("")
		t.times(in)
		t.process(in.Primary)
		t.list("also possible", possible(in))
	}
	t.list("evidence", facts(r.Context.Facts))
	if in != nil {
		t.list("not known", in.UnknownInputs)
		t.list("considered", considered(in.Alternatives))
	}
	t.list("do next", numbered(r.Insight.Actions))
	t.table(r.Context)
	t.line("")
	t.wrapped(indent, "record    ", r.ID)
}

func (t *text) times(in *schema.Incident) {
	t.line(indent + "onset     " + moment(in.Onset))
	t.line(fmt.Sprintf("%send       %s (%.1f s)", indent, moment(in.End), in.End.Sub(in.Onset).Seconds()))
}

func (t *text) process(p *schema.ProcessRef) {
	if p == nil {
		return
	}
	t.wrapped(indent, "process   ", fmt.Sprintf("pid %d %s, started %s", p.PID, p.Comm, moment(p.StartTime)))
	if p.Exe != "" {
		t.wrapped(indent, "exe       ", p.Exe)
	}
	if len(p.Argv) > 0 {
		t.cut(indent+"argv      ", commandLine(p.Argv))
	}
}

// possible lists the further candidates, the named process aside.
func possible(in *schema.Incident) []string {
	var list []string
	for _, c := range in.Candidates {
		if in.Primary != nil && c.PID == in.Primary.PID && c.StartTime == in.Primary.StartTime {
			continue
		}
		list = append(list, fmt.Sprintf("pid %d %s, %.0f %%", c.PID, c.Comm, c.Share*100))
	}
	return list
}

func facts(list []schema.Fact) []string {
	var lines []string
	for _, f := range list {
		lines = append(lines, fmt.Sprintf("%-4s%s", f.ID, f.Text))
	}
	return lines
}

func considered(list []schema.Alternative) []string {
	var lines []string
	for _, a := range list {
		lines = append(lines, fmt.Sprintf("%s: %s", a.Class, a.WhyNot))
	}
	return lines
}

func numbered(list []string) []string {
	var lines []string
	for i, text := range list {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, text))
	}
	return lines
}

// list writes a titled list, unless it is empty.
func (t *text) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	t.line("")
	t.line(indent + title)
	for _, line := range lines {
		t.wrapped(indent+indent, "", line)
	}
}

func (t *text) line(s string) {
	t.b.WriteString(strings.TrimRight(s, " "))
	t.b.WriteByte('\n')
}

// cut writes one line that ends at the page's edge.
func (t *text) cut(label, s string) {
	t.line(label + truncate(printable(s), t.width-width(label)))
}

// wrapped writes a text over as many lines as it needs, broken at spaces; later lines
// stand below the first one's text.
func (t *text) wrapped(margin, label, s string) {
	hang := margin + strings.Repeat(" ", width(label))
	line := margin + label
	room := t.width - width(line)
	used := 0
	for _, word := range strings.Split(printable(s), " ") {
		for used > 0 && used+1+width(word) > room || width(word) > room {
			if used > 0 {
				t.line(line)
				line, used = hang, 0
				continue
			}
			// A word longer than a line is broken where the line ends.
			head := cutAt(word, room)
			t.line(line + head)
			line, word = hang, word[len(head):]
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+width(word)
	}
	t.line(line)
}

// moment shows a time to the millisecond, as people read it.
func moment(t schema.Time) string { return t.Std().Format("2006-01-02 15:04:05.000 UTC") }
