package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// writeMarkdown writes the records as a report for an incident ticket (GitHub's dialect
// of CommonMark): a title, a table of the incidents, and a section for each.
func writeMarkdown(w io.Writer, records []schema.DatasetRecord, _ Options) error {
	var m markdown
	m.title(records)
	if len(records) > 0 {
		m.incidents(records)
	}
	for i := range records {
		m.record(i+1, &records[i])
	}
	_, err := w.Write(m.b.Bytes())
	return err
}

// markdown is a report in the making.
type markdown struct{ b bytes.Buffer }

func (m *markdown) line(parts ...string) {
	m.b.WriteString(strings.Join(parts, ""))
	m.b.WriteByte('\n')
}

// point writes an item of a list with a name, unless its text is empty.
func (m *markdown) point(name, text string) {
	if text != "" {
		m.line("- **", name, ":** ", text)
	}
}

func (m *markdown) section(name string) {
	m.line("")
	m.line("### ", name)
	m.line("")
}

// row writes a row of a table; its cells hold no pipe.
func (m *markdown) row(cells ...string) { m.line("| ", strings.Join(cells, " | "), " |") }

func (m *markdown) title(records []schema.DatasetRecord) {
	switch {
	case len(records) == 0:
		m.line("# No record was analysed")
		return
	case len(records) == 1:
		m.line("# ", headlineMarkdown(&records[0]), onHosts(records))
	default:
		m.line("# ", counted(records), onHosts(records))
	}
	m.line("")
}

func onHosts(records []schema.DatasetRecord) string {
	var list []string
	for _, name := range hosts(records) {
		list = append(list, code(name))
	}
	if list == nil {
		return ""
	}
	return " on " + strings.Join(list, ", ")
}

// headlineMarkdown is the headline of one record, without its host.
func headlineMarkdown(r *schema.DatasetRecord) string {
	h := headlineOf(r)
	if r.Insight.Class == schema.ClassNormal {
		return "No incident"
	}
	line := code(h.class)
	if h.severity != "" {
		line = prose(strings.ToUpper(h.severity[:1])+h.severity[1:]) + " " + line
	}
	if h.process != "" {
		line += ": " + processMarkdown(r)
	}
	return line
}

func processMarkdown(r *schema.DatasetRecord) string {
	name := headlineOf(r).process
	switch in := r.Context.Incident; {
	case in != nil && in.Primary != nil:
		return fmt.Sprintf("%s (pid %d)", code(name), in.Primary.PID)
	case name != "":
		return code(name)
	}
	return "–"
}

func (m *markdown) incidents(records []schema.DatasetRecord) {
	m.row("#", "class", "severity", "onset (UTC)", "lasted", "process", "host", "confidence")
	m.row("--:", "---", "---", "---", "--:", "---", "---", "--:")
	for i := range records {
		r := &records[i]
		h, onset, duration := headlineOf(r), "–", "–"
		if in := r.Context.Incident; in != nil {
			onset, duration = strings.TrimSuffix(moment(in.Onset), " UTC"), lasted(in)
		}
		m.row(strconv.Itoa(i+1), code(h.class), orDash(prose(h.severity)), onset, duration,
			processMarkdown(r), orDash(codeIf(h.host)), fmt.Sprintf("%.2f", r.Insight.Confidence))
	}
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
