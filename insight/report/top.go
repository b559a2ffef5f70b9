package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// WriteTop writes the figures of a host at one moment, and a table of processes in the
// order given.
func WriteTop(w io.Writer, h *schema.HostView, processes []*schema.ProcessView, opts ViewOptions) error {
	p := page{opts: opts}
	p.title(h)
	for _, line := range systemLines(h) {
		p.line(piece{line, plain})
	}
	p.line()
	head := []string{"PID", "PPID", "S", "THR", "CPU%", "DELAY%", "RSS", "MEM%", "READ/s", "WRITE/s", "FLT/s", "AGE", "COMMAND"}
	rows := make([]row, 0, len(processes))
	for _, v := range processes {
		rows = append(rows, row{topCells(v), []piece{{remarkOf(v), dim}, {commandOf(v), styleOf(v)}}, styleOf(v)})
	}
	p.rows(head, rows)
	_, err := w.Write(p.b.Bytes())
	return err
}

func topCells(v *schema.ProcessView) []string {
	return []string{
		strconv.FormatInt(v.PID, 10), strconv.FormatInt(v.PPID, 10), stateOf(v), number(v.Threads),
		tenths(v.CPUPercent), tenths(v.DelayPercent), size(v.RSSBytes), tenths(v.MemPercent),
		perSecond(v.ReadPerSec), perSecond(v.WritePerSec), tenths(v.FaultsPerSec), age(v.AgeNs),
	}
}

// systemLines are the figures of the host.
func systemLines(h *schema.HostView) []string {
	load := "-"
	if h.LoadAvg.OK {
		load = fmt.Sprintf("%.2f %.2f %.2f", h.LoadAvg.V[0], h.LoadAvg.V[1], h.LoadAvg.V[2])
	}
	return []string{
		fmt.Sprintf("load %s   CPU %s%% of %s   memory %s%% of %s, %s available", load,
			tenths(h.CPUPercent), number(h.CPUs), tenths(h.MemPercent), size(h.MemTotalBytes), size(h.MemAvailableBytes)),
		fmt.Sprintf("pressure %% over 10 s   CPU %s   memory %s full %s   I/O %s full %s", tenths(h.PSICPUSomeAvg10),
			tenths(h.PSIMemorySomeAvg10), tenths(h.PSIMemoryFullAvg10), tenths(h.PSIIOSomeAvg10), tenths(h.PSIIOFullAvg10)),
		fmt.Sprintf("processes %d   zombies %d   forks %s/s   execs %s/s   exits %s/s", h.Processes, h.Zombies,
			tenths(h.ForksPerSec), tenths(h.ExecsPerSec), tenths(h.ExitsPerSec)),
		strings.Join([]string{
			"disk read " + perSecond(h.DiskReadPerSec) + "/s", "written " + perSecond(h.DiskWritePerSec) + "/s",
			"network in " + perSecond(h.NetRxPerSec) + "/s", "out " + perSecond(h.NetTxPerSec) + "/s",
		}, "   "),
	}
}
