package record

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/schema"
	"golang.org/x/sys/unix"
)

// userHz is the unit of /proc/stat: 1/100 s on every architecture Linnix runs on.
const userHz = 100

// nsPerTick converts it.
const nsPerTick = 1_000_000_000 / userHz

// systemSource fills in one part of a system record from one file. A file or line that
// the kernel does not have leaves its fields absent.
type systemSource struct {
	path string
	read func(s *systemReader, text []byte, r *schema.Record)
}

// systemTable lists the files of a system record. To add one: its reader and a row.
var systemTable = [...]systemSource{
	{"/proc/stat", (*systemReader).stat},
	{"/proc/meminfo", (*systemReader).meminfo},
	{"/proc/loadavg", (*systemReader).loadavg},
	{"/proc/diskstats", (*systemReader).diskstats},
	{"/proc/net/dev", (*systemReader).netdev},
	{"/proc/vmstat", (*systemReader).vmstat},
	{"/proc/pressure/cpu", (*systemReader).pressureCPU},
	{"/proc/pressure/memory", (*systemReader).pressureMemory},
	{"/proc/pressure/io", (*systemReader).pressureIO},
}

// systemReader reads the host's counters.
type systemReader struct {
	// disks says which devices are whole disks; busyMs holds each one's last value.
	disks  map[string]bool
	busyMs map[string]int64
	// busyNs adds up each interval's busiest device.
	busyNs int64
}

func newSystemReader() *systemReader {
	return &systemReader{disks: make(map[string]bool), busyMs: make(map[string]int64)}
}

// fill writes the system fields of r, the recorder's own use included.
func (s *systemReader) fill(r *schema.Record) {
	r.Type = schema.TypeSystem
	for _, source := range systemTable {
		if text, err := os.ReadFile(source.path); err == nil {
			source.read(s, text, r)
		}
	}
	r.SelfCPUNs.Set(selfCPUNs())
	if rss, ok := residentBytes(&task{process: selfProcess()}); ok {
		r.SelfRSSBytes.Set(rss)
	}
}

func (s *systemReader) stat(text []byte, r *schema.Record) {
	eachLine(text, func(f []string) {
		switch f[0] {
		case "cpu":
			times := [...]*schema.Opt[int64]{&r.CPUUserNs, &r.CPUNiceNs, &r.CPUSystemNs, &r.CPUIdleNs,
				&r.CPUIowaitNs, &r.CPUIrqNs, &r.CPUSoftirqNs, &r.CPUStealNs}
			for i, to := range times {
				setScaled(to, f, i+1, nsPerTick)
			}
		case "ctxt":
			setScaled(&r.ContextSwitches, f, 1, 1)
		case "processes":
			setScaled(&r.ForksTotal, f, 1, 1)
		case "procs_running":
			setScaled(&r.ProcsRunning, f, 1, 1)
		case "procs_blocked":
			setScaled(&r.ProcsBlocked, f, 1, 1)
		}
	})
}

func (s *systemReader) meminfo(text []byte, r *schema.Record) {
	to := map[string]*schema.Opt[int64]{
		"MemFree:": &r.MemFreeBytes, "MemAvailable:": &r.MemAvailableBytes, "Cached:": &r.MemCachedBytes,
		"Dirty:": &r.MemDirtyBytes, "SwapFree:": &r.SwapFreeBytes,
	}
	eachLine(text, func(f []string) {
		if field := to[f[0]]; field != nil {
			setScaled(field, f, 1, 1024)
		}
	})
}

func (s *systemReader) loadavg(text []byte, r *schema.Record) {
	eachLine(text, func(f []string) {
		for i, to := range [...]*schema.Opt[float64]{&r.Load1, &r.Load5, &r.Load15} {
			if i < len(f) {
				setFloat(to, f[i])
			}
		}
	})
}

// diskstats adds up whole disks (Documentation/admin-guide/iostats.rst).
func (s *systemReader) diskstats(text []byte, r *schema.Record) {
	const (
		name, sectorsRead, sectorsWritten, busy, queue = 2, 5, 9, 12, 13
		sectorBytes, nsPerMs                           = 512, 1_000_000
	)
	var readBytes, writeBytes, queueNs, busiest int64
	found := false
	eachLine(text, func(f []string) {
		if len(f) <= queue || !s.wholeDisk(f[name]) {
			return
		}
		found = true
		readBytes += parseInt(f[sectorsRead]) * sectorBytes
		writeBytes += parseInt(f[sectorsWritten]) * sectorBytes
		queueNs += parseInt(f[queue]) * nsPerMs
		now := parseInt(f[busy])
		if last, seen := s.busyMs[f[name]]; seen {
			busiest = max(busiest, (now-last)*nsPerMs)
		}
		s.busyMs[f[name]] = now
	})
	if !found {
		return
	}
	s.busyNs += busiest
	r.DiskReadBytes.Set(readBytes)
	r.DiskWriteBytes.Set(writeBytes)
	r.DiskBusyNs.Set(s.busyNs)
	r.DiskQueueNs.Set(queueNs)
}

// wholeDisk says whether a device is a disk that no other one is made of: no partition,
// and no loop, RAM or mapped device, whose I/O would count twice.
func (s *systemReader) wholeDisk(name string) bool {
	whole, known := s.disks[name]
	if known {
		return whole
	}
	_, err := os.Stat("/sys/block/" + strings.ReplaceAll(name, "/", "!"))
	whole = err == nil
	for _, stacked := range [...]string{"loop", "ram", "zram", "dm-", "md"} {
		whole = whole && !strings.HasPrefix(name, stacked)
	}
	s.disks[name] = whole
	return whole
}

func (s *systemReader) netdev(text []byte, r *schema.Record) {
	const rxBytes, txBytes = 1, 9
	var rx, tx int64
	eachLine(bytes.ReplaceAll(text, []byte(":"), []byte(": ")), func(f []string) {
		if len(f) > txBytes && strings.HasSuffix(f[0], ":") && f[0] != "lo:" {
			rx += parseInt(f[rxBytes])
			tx += parseInt(f[txBytes])
		}
	})
	r.NetRxBytes.Set(rx)
	r.NetTxBytes.Set(tx)
}

func (s *systemReader) vmstat(text []byte, r *schema.Record) {
	to := map[string]*schema.Opt[int64]{
		"pgmajfault": &r.MajFaultsTotal, "pswpin": &r.SwapInPages, "pswpout": &r.SwapOutPages, "oom_kill": &r.OOMKillsTotal,
	}
	eachLine(text, func(f []string) {
		if field := to[f[0]]; field != nil {
			setScaled(field, f, 1, 1)
		}
	})
}

func (s *systemReader) pressureCPU(text []byte, r *schema.Record) {
	pressure(text, &r.PSI.CPUSomeUs, &r.PSICPUSomeAvg10, &r.PSI.CPUFullUs, &r.PSICPUFullAvg10)
}

func (s *systemReader) pressureMemory(text []byte, r *schema.Record) {
	pressure(text, &r.PSI.MemorySomeUs, &r.PSIMemorySomeAvg10, &r.PSI.MemoryFullUs, &r.PSIMemoryFullAvg10)
}

func (s *systemReader) pressureIO(text []byte, r *schema.Record) {
	pressure(text, &r.PSI.IOSomeUs, &r.PSIIOSomeAvg10, &r.PSI.IOFullUs, &r.PSIIOFullAvg10)
}

// pressure reads "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and its "full" twin.
func pressure(text []byte, someUs *schema.Opt[int64], someAvg *schema.Opt[float64], fullUs *schema.Opt[int64], fullAvg *schema.Opt[float64]) {
	eachLine(text, func(f []string) {
		us, avg := someUs, someAvg
		if f[0] == "full" {
			us, avg = fullUs, fullAvg
		}
		for _, item := range f[1:] {
			switch name, value, _ := strings.Cut(item, "="); name {
			case "avg10":
				setFloat(avg, value)
			case "total":
				if n, err := strconv.ParseInt(value, 10, 64); err == nil {
					us.Set(n)
				}
			}
		}
	})
}

// selfCPUNs is the CPU time of the recorder.
func selfCPUNs() int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// selfMaxRSSBytes is the peak memory of the recorder. That of getrusage would be its
// parent's, if that has used more.
func selfMaxRSSBytes() (n int64) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	eachLine(text, func(f []string) {
		if f[0] == "VmHWM:" && len(f) > 1 {
			n = parseInt(f[1]) << 10
		}
	})
	return n
}

// eachLine calls do with the fields of each line that has any. Lines have any length:
// the interrupts of a large host take more than 64 KiB.
func eachLine(text []byte, do func(fields []string)) {
	for line := range bytes.Lines(text) {
		if f := strings.Fields(string(line)); len(f) > 0 {
			do(f)
		}
	}
}

func setScaled(to *schema.Opt[int64], fields []string, i int, scale int64) {
	if i >= len(fields) {
		return
	}
	if n, err := strconv.ParseInt(fields[i], 10, 64); err == nil {
		to.Set(n * scale)
	}
}

func setFloat(to *schema.Opt[float64], text string) {
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		to.Set(v)
	}
}

// parseInt reads a counter of a line whose form was checked; 0 stands for nonsense.
func parseInt(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// hostFacts fills in what meta says of the host.
func hostFacts(r *schema.Record) error {
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return fmt.Errorf("read the kernel's name: %w", err)
	}
	r.Host.Set(unix.ByteSliceToString(uts.Nodename[:]))
	r.Kernel.Set(unix.ByteSliceToString(uts.Release[:]))
	r.Arch.Set(unix.ByteSliceToString(uts.Machine[:]))
	r.PageSize.Set(int64(os.Getpagesize()))
	if text, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		r.BootID.Set(strings.TrimSpace(string(text)))
	}
	if text, err := os.ReadFile("/proc/sys/kernel/pid_max"); err == nil {
		setScaled(&r.PIDMax, strings.Fields(string(text)), 0, 1)
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		eachLine(text, func(f []string) {
			switch f[0] {
			case "MemTotal:":
				setScaled(&r.MemTotalBytes, f, 1, 1024)
			case "SwapTotal:":
				setScaled(&r.SwapTotalBytes, f, 1, 1024)
			}
		})
	}
	return countCPUs(r)
}

// countCPUs counts the online CPUs, however few this process may use.
func countCPUs(r *schema.Record) error {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return fmt.Errorf("count CPUs: %w", err)
	}
	cpus := int64(0)
	eachLine(text, func(f []string) {
		if strings.HasPrefix(f[0], "cpu") && f[0] != "cpu" {
			cpus++
		}
	})
	r.CPUs.Set(cpus)
	return nil
}
