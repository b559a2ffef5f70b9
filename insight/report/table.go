package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/linnix-os/linnix/schema"
)

const (
	// topRows is how many processes each half of the process table shows.
	topRows = 5
	// commColumns is how many columns a comm may take: the kernel keeps 15 bytes, and an
	// escaped one may be longer.
	commColumns = 20
)

// table writes the process table: the top processes by CPU, then by memory.
func (t *text) table(c schema.Context) {
	if len(c.ProcessTable) == 0 {
		return
	}
	at := ""
	if c.Window != nil {
		at = fmt.Sprintf(" in the %.1f s up to %s", c.Window.To.Sub(c.Window.From).Seconds(), moment(c.Window.To))
	}
	byCPU := top(c.ProcessTable, func(r *schema.ProcessRow) float64 { return r.CPUPercent.V })
	byMemory := top(c.ProcessTable, func(r *schema.ProcessRow) float64 { return float64(r.RSSBytes.V) })
	t.line("")
	t.line(indent + "processes by CPU" + at)
	t.rows(byCPU)
	if len(byMemory) > 0 {
		t.line("")
		t.line(indent + "processes by memory")
		t.rows(byMemory)
	}
}

// top returns the rows with the largest value, 0 aside; ties by start time, then pid.
func top(rows []schema.ProcessRow, value func(*schema.ProcessRow) float64) []schema.ProcessRow {
	list := slices.DeleteFunc(slices.Clone(rows), func(r schema.ProcessRow) bool { return value(&r) <= 0 })
	slices.SortFunc(list, func(a, b schema.ProcessRow) int {
		return cmp.Or(-cmp.Compare(value(&a), value(&b)), cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.PID, b.PID))
	})
	return list[:min(len(list), topRows)]
}

// rows writes one half of the table. Every column but the last is as wide as its
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
