package record

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// hidden is a process that the task iterator does not show although /proc does: some
// hardened kernels keep BPF away from the first process, its events included, so that a
// child of it is introduced by a sample. Its children tell its exact start time; the
// rest, coarser and with less, comes from /proc.
type hidden struct {
	key  processKey
	last hiddenUse
}

// hiddenUse is what decides whether a sample is due.
type hiddenUse struct {
	ticks, rssPages int64
	state           string
}

// findHidden returns the parents of tasks that are no tasks themselves but in /proc.
func findHidden(tasks []*task) []*hidden {
	shown := make(map[processKey]bool)
	for _, t := range tasks {
		shown[keyOf(&t.process)] = true
	}
	var list []*hidden
	for _, t := range tasks {
		parent := processKey{startNs: t.parentStartNs, pid: t.process.Ppid}
		if parent.pid == 0 || shown[parent] {
			continue
		}
		shown[parent] = true
		if stat, ok := readStat(parent.pid); ok && stat.startedAt(parent.startNs) {
			list = append(list, &hidden{key: parent})
		}
	}
	return list
}

// fill writes what /proc says of the process into r, and says whether the process is
// still there and has changed since the last call.
func (h *hidden) fill(r *schema.Record, clock clock) (alive, changed bool) {
	stat, ok := readStat(h.key.pid)
	if !ok || !stat.startedAt(h.key.startNs) {
		return false, false
	}
	now, err := clock.now()
	if err != nil {
		return false, false
	}
	r.Time = now
	r.PID.Set(int64(h.key.pid))
	r.StartTime.Set(clock.wall(h.key.startNs))
	r.PPID.Set(stat.field(statPPID))
	r.Comm.Set(stat.comm)
	r.State.Set(stat.fields[statState])
	r.Threads.Set(stat.field(statThreads))
	r.UtimeNs.Set(stat.field(statUtime) * nsPerTick)
	r.StimeNs.Set(stat.field(statStime) * nsPerTick)
	r.CPUNs.Set(r.UtimeNs.V + r.StimeNs.V)
	r.RSSBytes.Set(stat.field(statRSS) * int64(os.Getpagesize()))
	r.MinFaults.Set(stat.field(statMinFaults))
	r.MajFaults.Set(stat.field(statMajFaults))
	setOwner(r, h.key.pid)
	use := hiddenUse{ticks: stat.field(statUtime) + stat.field(statStime), rssPages: stat.field(statRSS), state: stat.fields[statState]}
	changed = use != h.last
	h.last = use
	return true, changed
}

// setOwner reads the real user and group.
func setOwner(r *schema.Record, pid uint32) {
	text, err := os.ReadFile(procPath(pid, "status"))
	if err != nil {
		return
	}
	eachLine(text, func(f []string) {
		switch f[0] {
		case "Uid:":
			setScaled(&r.UID, f, 1, 1)
		case "Gid:":
			setScaled(&r.GID, f, 1, 1)
		}
	})
}

// Fields of /proc/PID/stat after the name (proc_pid_stat(5)), from 0.
const (
	statState     = 0
	statPPID      = 1
	statMinFaults = 7
	statMajFaults = 9
	statUtime     = 11
	statStime     = 12
	statThreads   = 17
	statStart     = 19
	statRSS       = 21
)

type procStat struct {
	comm   string
	fields []string
}

// readStat reads /proc/PID/stat. A name may hold spaces and brackets; the last closing
// bracket ends it.
func readStat(pid uint32) (procStat, bool) {
	text, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return procStat{}, false
	}
	open, closed := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || closed < open {
		return procStat{}, false
	}
	fields := strings.Fields(string(text[closed+1:]))
	return procStat{comm: string(text[open+1 : closed]), fields: fields}, len(fields) > statRSS
}

// field returns a number; those asked for are never negative.
func (s procStat) field(i int) int64 {
	n, _ := strconv.ParseInt(s.fields[i], 10, 64)
	return n
}

// startedAt says whether the start time, which /proc rounds down to ticks, fits.
func (s procStat) startedAt(startNs uint64) bool {
	return s.field(statStart) == int64(startNs/nsPerTick)
}
