package record

import (
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

// cgroupSource fills in a part of a cgroup record from one file. What the file does not
// say stays absent, and so does a limit that is none.
type cgroupSource struct {
	// controller is that of a v1 file, "" for v2.
	controller string
	name       string
	read       func(text []byte, r *schema.Record)
}

// v2Files are the files of a v2 cgroup (Documentation/admin-guide/cgroup-v2.rst).
var v2Files = [...]cgroupSource{
	{"", "memory.current", amount(func(r *schema.Record) *schema.Opt[int64] { return &r.MemoryCurrentBytes })},
	{"", "memory.max", amount(func(r *schema.Record) *schema.Opt[int64] { return &r.MemoryMaxBytes })},
	{"", "cpu.stat", cpuStat},
	{"", "cpu.max", cpuMax},
	{"", "pids.current", amount(func(r *schema.Record) *schema.Opt[int64] { return &r.PidsCurrent })},
	{"", "pids.max", amount(func(r *schema.Record) *schema.Opt[int64] { return &r.PidsMax })},
	{"", "cpu.pressure", cgroupPressure(func(p *schema.Pressure) (some, full *schema.Opt[int64]) { return &p.CPUSomeUs, &p.CPUFullUs })},
	{"", "memory.pressure", cgroupPressure(func(p *schema.Pressure) (some, full *schema.Opt[int64]) { return &p.MemorySomeUs, &p.MemoryFullUs })},
	{"", "io.pressure", cgroupPressure(func(p *schema.Pressure) (some, full *schema.Opt[int64]) { return &p.IOSomeUs, &p.IOFullUs })},
}

// v1Files are the files of v1 controllers (Documentation/admin-guide/cgroup-v1).
var v1Files = [...]cgroupSource{
	{"memory", "memory.usage_in_bytes", amount(func(r *schema.Record) *schema.Opt[int64] { return &r.MemoryCurrentBytes })},
	{"memory", "memory.limit_in_bytes", amount(func(r *schema.Record) *schema.Opt[int64] { return &r.MemoryMaxBytes })},
	{"cpuacct", "cpuacct.usage", amount(func(r *schema.Record) *schema.Opt[int64] { return &r.CPUUsageNs })},
	{"cpu", "cpu.stat", cpuStat},
	{"cpu", "cpu.cfs_quota_us", cfsQuota},
	{"cpu", "cpu.cfs_period_us", cfsPeriod}, // after the quota
	{"pids", "pids.current", amount(func(r *schema.Record) *schema.Opt[int64] { return &r.PidsCurrent })},
	{"pids", "pids.max", amount(func(r *schema.Record) *schema.Opt[int64] { return &r.PidsMax })},
}

const (
	nsPerUs = 1000
	// quotaPeriodUs is the period for which a quota is recorded.
	quotaPeriodUs = 100_000
	// unlimited is where limits end: v1 writes the largest multiple of a page for none.
	unlimited = 1 << 62
)

// amount reads one number; "max", or one too large to be a limit, is none.
func amount(field func(*schema.Record) *schema.Opt[int64]) func([]byte, *schema.Record) {
	return func(text []byte, r *schema.Record) {
		if n, err := strconv.ParseInt(trimmed(text), 10, 64); err == nil && n < unlimited {
			field(r).Set(n)
		}
	}
}

// cpuStat reads cpu.stat: microseconds on v2, and nanoseconds of throttling on v1.
func cpuStat(text []byte, r *schema.Record) {
	eachLine(text, func(f []string) {
		switch f[0] {
		case "usage_usec":
			setScaled(&r.CPUUsageNs, f, 1, nsPerUs)
		case "throttled_usec":
			setScaled(&r.CPUThrottledNs, f, 1, nsPerUs)
		case "throttled_time":
			setScaled(&r.CPUThrottledNs, f, 1, 1)
		}
	})
}

// cpuMax reads "QUOTA PERIOD" in microseconds; a quota of "max" is none.
func cpuMax(text []byte, r *schema.Record) {
	quota, period, _ := strings.Cut(trimmed(text), " ")
	cfsQuota([]byte(quota), r)
	cfsPeriod([]byte(period), r)
}

// cfsQuota reads the quota of a period; -1 is none.
func cfsQuota(text []byte, r *schema.Record) {
	if us, err := strconv.ParseInt(trimmed(text), 10, 64); err == nil && us > 0 {
		r.CPUQuotaNs.Set(us * nsPerUs)
	}
}

// cfsPeriod turns the quota of a period into that of 100 ms.
func cfsPeriod(text []byte, r *schema.Record) {
	if us, err := strconv.ParseInt(trimmed(text), 10, 64); err == nil && us > 0 && r.CPUQuotaNs.OK {
		r.CPUQuotaNs.Set(int64(float64(r.CPUQuotaNs.V) * quotaPeriodUs / float64(us)))
	}
}

// cgroupPressure reads the totals of a pressure file.
func cgroupPressure(fields func(*schema.Pressure) (some, full *schema.Opt[int64])) func([]byte, *schema.Record) {
	return func(text []byte, r *schema.Record) {
		var unused schema.Opt[float64]
		some, full := fields(&r.PSI)
		pressure(text, some, &unused, full, &unused)
	}
}
