package rules

import "fmt"

// What no Linux host exceeds.
const (
	// largestPIDMax is PID_MAX_LIMIT of a 64-bit kernel, and so the most processes.
	largestPIDMax = 4 << 20
	// mostCPUs is the largest NR_CPUS that a kernel can be built with (x86).
	mostCPUs = 8192
)

// limit is the most that a detector's value can be, on any host and on those of the
// captures, with the reason.
type limit struct {
	detector string
	anywhere float64 // 0 for none
	reason   string
	here     func(f *facts) (most float64, reason string, known bool)
}

var limits = [...]limit{
	{"zombie_count", largestPIDMax, "pid_max is at most 4194304", pidLimit},
	{"process_growth", largestPIDMax, "pid_max is at most 4194304", pidLimit},
	{"subtree_cpu_pct", mostCPUs * 100, "8192 CPUs, more than any host has, make 819200 %", cpuLimit},
	{"subtree_rss_mb", 0, "", memoryLimit},
}

func pidLimit(f *facts) (float64, string, bool) {
	v, ok := f.pidMax.known()
	return float64(v), fmt.Sprintf("its pid_max is %d", v), ok
}

func cpuLimit(f *facts) (float64, string, bool) {
	v, ok := f.cpus.known()
	return float64(v) * 100, fmt.Sprintf("its %s make %d %%", plural(v, "CPU"), v*100), ok
}

func memoryLimit(f *facts) (float64, string, bool) {
	v, ok := f.memTotalBytes.known()
	return float64(v) / bytesPerMiB, fmt.Sprintf("its host has %d MiB", v/bytesPerMiB), ok
}

func limitOf(detector string) *limit {
	for i := range limits {
		if limits[i].detector == detector {
			return &limits[i]
		}
	}
	return nil
}

// beyond says whether a value of at most so much cannot fire the rule: a count fires at
// the threshold, a gauge above it.
func (s *suspect) beyond(most float64) bool {
	return s.Threshold > most || s.kind.gauge && s.Threshold == most
}

// lintUnreachable finds a threshold that no host can reach.
func lintUnreachable(s *suspect) {
	if l := limitOf(s.kind.name); l != nil && l.anywhere > 0 && s.beyond(l.anywhere) {
		s.warn(s.threshold(), fmt.Sprintf("write less than %.0f", l.anywhere),
			"threshold %s can never be reached: %s", s.threshold().Text, l.reason)
	}
}

// lintUnreachableHere finds a threshold that the host of the capture cannot reach.
func lintUnreachableHere(s *suspect) {
	l := limitOf(s.kind.name)
	if l == nil || s.review.facts.hosts == 0 || l.anywhere > 0 && s.beyond(l.anywhere) {
		return
	}
	if most, reason, ok := l.here(&s.review.facts); ok && s.beyond(most) {
		s.warn(s.threshold(), fmt.Sprintf("write less than %.0f, or replay a capture of a larger host", most),
			"threshold %s cannot be reached in the capture: %s", s.threshold().Text, reason)
	}
}
