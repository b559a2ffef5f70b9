package expect

import (
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// keyLine is one key of an alert with its value, as an expectation file has them.
type keyLine struct{ key, value string }

// keyLines are all keys of a raised alert, in the order in which they are written; host
// is one of them if asked for.
func keyLines(g *raised, host bool) []keyLine {
	lines := []keyLine{
		{"rule", scalar(wellFormed(g.Rule))},
		{"state", string(g.State)},
		{"time", offsetText(g.Time, g.start)},
		{"severity", string(g.Severity)},
		{"subject", subjectOf(&g.Subject).text(g.start)},
		{"value", number(g.Value)},
		{"threshold", number(g.Threshold)},
		{"window_ns", integer(g.WindowNs)},
		{"suppressed", integer(g.Suppressed)},
		{"incomplete", strconv.FormatBool(g.Incomplete)},
		{"open_at_end", strconv.FormatBool(g.openAtEnd)},
	}
	if host {
		lines = append(lines, keyLine{"host", scalar(wellFormed(g.Host))})
	}
	return lines
}

// lines writes what is expected of an alert, for a diff.
func (a *Alert) lines(start schema.Time) []string {
	var lines []string
	for _, f := range fields {
		if want, compared := f.want(a, start); compared {
			lines = append(lines, "- "+f.name+": "+want)
		}
	}
	return lines
}

// differenceText says which fields differ, in a sentence and as the lines of a diff
// whose values stand below each other.
func differenceText(list []difference) (message string, lines []string) {
	width := 0
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = d.field
		width = max(width, len(d.field))
	}
	for _, d := range list {
		key := d.field + ":" + strings.Repeat(" ", width-len(d.field))
		lines = append(lines, "- "+key+" "+d.want, "+ "+key+" "+d.got)
	}
	return "differs in " + strings.Join(names, ", "), lines
}
