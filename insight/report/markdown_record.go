package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/schema"
)

// maxCell is how many columns of a command line a table or a list shows.
const maxCell = 200

// record writes the section of one record.
func (m *markdown) record(n int, r *schema.DatasetRecord) {
	m.line("")
	m.line("## ", strconv.Itoa(n), ". ", headlineMarkdown(r))
	m.line("")
	m.point("Why", prose(r.Insight.Why))
	in := r.Context.Incident
	if in != nil {
		m.point("When", stretch(in))
		m.point("Host", codeIf(in.Host))
		m.process(&r.Context, in.Primary)
		m.blast(in.BlastRadius)
	}
	m.confidence(r)
	if in != nil {
		m.candidates(in)
	}
	m.facts(r.Context.Facts)
	if in != nil {
		m.alternatives(in.Alternatives)
	}
	m.actions(r)
	m.table(&r.Context)
	m.line("")
	m.line("Record ", code(r.ID), captureMarkdown(r), ".")
}

func captureMarkdown(r *schema.DatasetRecord) string {
	if r.Source.Capture == "" {
		return ""
	}
	return " of " + code(r.Source.Capture)
}

func (m *markdown) process(c *schema.Context, p *schema.ProcessRef) {
	if p == nil {
		return
	}
	m.point("Process", fmt.Sprintf("pid %d %s, started %s", p.PID, code(p.Comm), moment(p.StartTime)))
	if len(p.Argv) > 0 {
		m.point("Command line", code(truncate(printable(commandLine(p.Argv)), maxCell)))
	}
	m.point("Executable", codeIf(p.Exe))
	if p.PPID > 0 {
		m.point("Parent", strings.TrimSuffix(fmt.Sprintf("pid %d %s", p.PPID, codeIf(parentOf(c, p))), " "))
	}
	m.point("Cgroup", codeIf(p.Cgroup))
}

func (m *markdown) blast(b *schema.BlastRadius) {
	if b == nil {
		return
	}
	m.point("Blast radius", prose(b.Text))
	var cgroups, victims []string
	for _, path := range b.Cgroups {
		cgroups = append(cgroups, code(truncate(printable(path), maxCell)))
	}
	for _, v := range b.Victims {
		victims = append(victims, fmt.Sprintf("pid %d %s", v.PID, code(v.Comm)))
	}
	m.point("Cgroups touched", strings.Join(cgroups, ", "))
	m.point("Outside, waited", strings.Join(victims, ", "))
}

// confidence says how sure the verdict is, and which missing inputs keep it down.
func (m *markdown) confidence(r *schema.DatasetRecord) {
	text := fmt.Sprintf("%.2f", r.Insight.Confidence)
	in := r.Context.Incident
	if in == nil {
		m.point("Confidence", text)
		return
	}
	var unknown []string
	for _, input := range in.UnknownInputs {
		unknown = append(unknown, prose(input))
	}
	if unknown != nil {
		text += ", capped by what is not known: " + strings.Join(unknown, "; ")
	}
	m.point("Confidence", text)
}

func (m *markdown) candidates(in *schema.Incident) {
	var list []string
	for _, c := range in.Candidates {
		if in.Primary == nil || c.PID != in.Primary.PID || c.StartTime != in.Primary.StartTime {
			list = append(list, fmt.Sprintf("pid %d %s (%.0f %%)", c.PID, code(c.Comm), c.Share*100))
		}
	}
	m.point("Also possible", strings.Join(list, ", "))
}

func (m *markdown) facts(list []schema.Fact) {
	if len(list) == 0 {
		return
	}
	m.section("Facts")
	for _, f := range list {
		m.line("- ", code(f.ID), " ", prose(f.Text))
	}
}

func (m *markdown) alternatives(list []schema.Alternative) {
	if len(list) == 0 {
		return
	}
	m.section("Considered, and why not")
	for _, a := range list {
		m.line("- ", code(string(a.Class)), ": ", prose(a.WhyNot))
	}
}

func (m *markdown) actions(r *schema.DatasetRecord) {
	if len(r.Insight.Actions) == 0 {
		return
	}
	m.section("Next steps")
	for i, text := range r.Insight.Actions {
		m.line(strconv.Itoa(i+1), ". ", actionMarkdown(r.Insight.Class, text))
	}
}

// actionMarkdown shows the commands of an action of the catalogue as such: its form is
// known. Others are prose.
func actionMarkdown(class schema.Class, text string) string {
	words, command, found := strings.Cut(text, ": ")
	if !found || !insight.IsCatalogueAction(class, text) {
		return prose(text)
	}
	command, undo, found := strings.Cut(command, " (undo: ")
	line := prose(words) + ": " + code(command)
	if found {
		line += " (undo: " + code(strings.TrimSuffix(undo, ")")) + ")"
	}
	return line
}

func (m *markdown) table(c *schema.Context) {
	rows := tops(c.ProcessTable)
	if len(rows) == 0 {
		return
	}
	m.section("Processes")
	m.line("By CPU, then by memory", during(c), ".")
	m.line("")
	m.row("PID", "PPID", "CPU %", "RSS", "MEM %", "COMM", "ARGS")
	m.row("--:", "--:", "--:", "--:", "--:", "---", "---")
	for i := range rows {
		cells := cellsOf(&rows[i])
		comm, args := len(cells)-2, len(cells)-1
		cells[comm], cells[args] = code(rows[i].Comm), codeIf(truncate(cells[args], maxCell))
		m.row(cells...)
	}
}
