package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

const (
	// indent is what each section's lines stand in.
	indent = "  "
	// labelColumns bounds the id of a fact.
	labelColumns = 20
)

// writeText writes the records for people, most telling first: verdict, when, who,
// why, what to do, and the process table. Of several records it lists the verdicts first.
func writeText(w io.Writer, records []schema.DatasetRecord, opts Options) error {
	t := text{width: opts.width(), color: opts.Color, hosts: len(hosts(records)) > 1}
	if len(records) == 0 {
		t.line("no record was analysed")
	}
	if len(records) > 1 {
		t.overview(records)
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
	color bool
	// hosts says that there are several, so that each record must name its own.
	hosts bool
}

func (t *text) overview(records []schema.DatasetRecord) {
	t.line(counted(records))
	for i := range records {
		r := &records[i]
		when := ""
		if in := r.Context.Incident; in != nil {
			when = fmt.Sprintf(", %s for %s", moment(in.Onset), lasted(in))
		}
		t.wrapped(indent, fmt.Sprintf("%2d. ", i+1), t.headline(r)+when)
	}
	t.line("")
}

func (t *text) headline(r *schema.DatasetRecord) string {
	h := headlineOf(r)
	line := h.class
	if h.severity != "" {
		line = strings.ToUpper(h.severity) + " " + line
	}
	if h.process != "" {
		line += ": " + h.process
		if in := r.Context.Incident; in != nil && in.Primary != nil {
			line += fmt.Sprintf(" (pid %d)", in.Primary.PID)
		}
	}
	if t.hosts && h.host != "" {
		line += " on " + h.host
	}
	return line
}

func (t *text) record(r *schema.DatasetRecord) {
	t.title(r)
	t.wrapped(indent, "", r.Insight.Why)
	in := r.Context.Incident
	if in != nil {
		t.line("")
		t.wrapped(indent, "when      ", stretch(in))
		t.process(&r.Context, in.Primary)
		t.wrappedList("also      ", possible(in))
		t.blast(in.BlastRadius)
		t.wrappedList("not known ", in.UnknownInputs)
	}
	t.list("do next", numbered(r.Insight.Actions))
	t.list("evidence", facts(r.Context.Facts))
	if in != nil {
		t.list("considered", considered(in.Alternatives))
	}
	t.table(r.Context)
	t.line("")
	t.wrapped(indent, "record    ", r.ID)
}

// title writes the first line of a record, which alone bears a colour.
func (t *text) title(r *schema.DatasetRecord) {
	line := truncate(printable(fmt.Sprintf("%s, confidence %.2f", t.headline(r), r.Insight.Confidence)), t.width)
	if t.color {
		line = colorOf(r) + line + "\x1b[0m"
	}
	t.line(line)
}

// colorOf returns what begins the colour of a record's severity.
func colorOf(r *schema.DatasetRecord) string {
	switch h := headlineOf(r); {
	case r.Insight.Class == schema.ClassNormal:
		return "\x1b[1;32m"
	case h.severity == string(schema.SeverityCritical):
		return "\x1b[1;31m"
	case h.severity == string(schema.SeverityWarning):
		return "\x1b[1;33m"
	}
	return "\x1b[1m"
}

func (t *text) process(c *schema.Context, p *schema.ProcessRef) {
	if p == nil {
		return
	}
	line := fmt.Sprintf("pid %d %s, started %s", p.PID, p.Comm, moment(p.StartTime))
	if p.PPID > 0 {
		line += fmt.Sprintf(", child of %s", strings.TrimSuffix(fmt.Sprintf("%d %s", p.PPID, parentOf(c, p)), " "))
	}
	t.wrapped(indent, "process   ", line)
	if p.Exe != "" {
		t.cut(indent+"exe       ", p.Exe)
	}
	if len(p.Argv) > 0 {
		t.cut(indent+"argv      ", commandLine(p.Argv))
	}
	if p.Cgroup != "" {
		t.cut(indent+"cgroup    ", p.Cgroup)
	}
}

func (t *text) blast(b *schema.BlastRadius) {
	if b == nil {
		return
	}
	t.wrapped(indent, "suffered  ", b.Text)
	var victims []string
	for _, v := range b.Victims {
		victims = append(victims, fmt.Sprintf("pid %d %s", v.PID, v.Comm))
	}
	t.wrappedList("waited    ", victims)
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

// item is one of a list; what its text needs of further lines stands below the text.
type item struct{ label, text string }

func facts(list []schema.Fact) []item {
	var items []item
	for _, f := range list {
		items = append(items, item{fmt.Sprintf("%-4s", truncate(printable(f.ID), labelColumns)), f.Text})
	}
	return items
}

func considered(list []schema.Alternative) []item {
	var items []item
	for _, a := range list {
		items = append(items, item{"", fmt.Sprintf("%s: %s", a.Class, a.WhyNot)})
	}
	return items
}

func numbered(list []string) []item {
	var items []item
	for i, text := range list {
		items = append(items, item{fmt.Sprintf("%d. ", i+1), text})
	}
	return items
}

// list writes a titled list, unless it is empty.
func (t *text) list(title string, items []item) {
	if len(items) == 0 {
		return
	}
	t.line("")
	t.line(indent + title)
	for _, i := range items {
		t.wrapped(indent+indent, i.label, i.text)
	}
}

// wrappedList writes a short list behind a label, unless it is empty.
func (t *text) wrappedList(label string, list []string) {
	if len(list) > 0 {
		t.wrapped(indent, label, strings.Join(list, "; "))
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

// timeOfDay is moment without its day.
func timeOfDay(t schema.Time) string { return moment(t)[len("2006-01-02 "):] }
