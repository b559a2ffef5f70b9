package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/linnix-os/linnix/schema"
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
		if in.Host != "" {
			t.cut(indent+"host      ", in.Host)
		}
		t.process(&r.Context, in.Primary)
		t.wrappedList("also      ", possible(in))
		t.blast(in.BlastRadius)
		t.wrappedList("not known ", in.UnknownInputs)
	}
	t.list("do next", numbered(r.Insight.Actions))
	t.pairs("evidence", facts(r.Context.Facts))
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
