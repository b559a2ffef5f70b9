package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/linnix-os/linnix/schema"
)

const (
	// topRows is how many processes the table shows for either reason.
	topRows = 5
	// commColumns is how many columns a comm may take: the kernel keeps 15 bytes, and an
	// escaped one may be longer.
	commColumns = 20
)

// table writes the process table: the top processes by CPU, then those that are there
// for their memory alone.
func (t *text) table(c schema.Context) {
	if len(c.ProcessTable) == 0 {
		return
	}
	t.line("")
	t.line(indent + "processes by CPU, then by memory" + during(&c))
	t.rows(tops(c.ProcessTable))
}

// during says which window the table shows.
func during(c *schema.Context) string {
	if c.Window == nil {
		return ""
	}
	return fmt.Sprintf(", in the %.1f s up to %s", c.Window.To.Sub(c.Window.From).Seconds(), timeOfDay(c.Window.To))
}

// tops returns the rows that lead by CPU, and behind them the further ones that lead by
// memory.
func tops(rows []schema.ProcessRow) []schema.ProcessRow {
	list := top(rows, func(r *schema.ProcessRow) float64 { return r.CPUPercent.V })
	for _, r := range top(rows, func(r *schema.ProcessRow) float64 { return float64(r.RSSBytes.V) }) {
		known := slices.ContainsFunc(list, func(other schema.ProcessRow) bool {
			return other.PID == r.PID && other.StartTime == r.StartTime
		})
		if !known {
			list = append(list, r)
		}
	}
	return list
}

// top returns the rows with the largest value, 0 aside; ties by start time, then pid.
func top(rows []schema.ProcessRow, value func(*schema.ProcessRow) float64) []schema.ProcessRow {
	list := slices.DeleteFunc(slices.Clone(rows), func(r schema.ProcessRow) bool { return value(&r) <= 0 })
	slices.SortFunc(list, func(a, b schema.ProcessRow) int {
		return cmp.Or(-cmp.Compare(value(&a), value(&b)), cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.PID, b.PID))
	})
	return list[:min(len(list), topRows)]
}

// rows writes the table. Every column but the last is as wide as its
// widest cell; the last gets what is left of the page.
func (t *text) rows(rows []schema.ProcessRow) {
	cells := [][]string{{"PID", "PPID", "CPU%", "RSS", "MEM%", "COMM", "ARGS"}}
	for i := range rows {
		cells = append(cells, cellsOf(&rows[i]))
	}
	const comm, args = 5, 6
	widths := make([]int, args)
	for _, row := range cells {
		for i := range widths {
			widths[i] = max(widths[i], width(row[i]))
		}
	}
	for _, row := range cells {
		line := indent + indent
		for i, w := range widths {
			if i == comm {
				line += padRight(row[i], w) + "  "
			} else {
				line += padLeft(row[i], w) + "  "
			}
		}
		t.line(line + truncate(row[args], max(t.width-width(line), 1)))
	}
}

func cellsOf(r *schema.ProcessRow) []string {
	return []string{
		strconv.FormatInt(r.PID, 10), strconv.FormatInt(r.PPID, 10),
		tenths(r.CPUPercent), size(r.RSSBytes), tenths(r.MemPercent),
		truncate(printable(r.Comm), commColumns), printable(commandLine(r.Args)),
	}
}

// tenths shows a figure with one decimal, "-" if it is unknown.
func tenths(v schema.Opt[float64]) string {
	if !v.OK {
		return "-"
	}
	return strconv.FormatFloat(v.V, 'f', 1, 64)
}

// size shows bytes in the unit that leaves at most four digits.
func size(v schema.Opt[int64]) string {
	if !v.OK {
		return "-"
	}
	n, unit := float64(v.V), 0
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB"}
	for n >= 1024 && unit < len(units)-1 {
		n, unit = n/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%.0f B", n)
	}
	return fmt.Sprintf("%.1f %s", n, units[unit])
}
