package rules

import (
	"regexp"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// Limits of a rule file.
const (
	// MaxRules is the largest number of rules in one file.
	MaxRules = 1000
	// MaxName is the longest rule name, in bytes.
	MaxName = 100
	// MaxSpan is the longest window, duration or cooldown.
	MaxSpan = 24 * time.Hour
	// MaxCount is the largest threshold that is a count.
	MaxCount = 1_000_000_000
	// maxPatterns is how many patterns one key of a where may list.
	maxPatterns = 100
)

// DefaultCooldown is that of a rule which does not tell its own.
const DefaultCooldown = 60 * time.Second

// Rule is one checked rule. Which of the values that depend on the detector are set is
// told by the detector's keys.
type Rule struct {
	Name     string
	Detector string
	Severity schema.AlertSeverity
	// Threshold is a count, a count each second, a percentage, or MiB.
	Threshold float64
	// Window is the time over which events are counted.
	Window time.Duration
	// Duration is how long the condition must hold; in forks_per_sec it is a Window.
	Duration time.Duration
	// MaxExec is the longest exec-to-exit of a short job.
	MaxExec time.Duration
	// Regex picks the execs that are counted, and MedianLifetime is how long the median of
	// them may last.
	Regex          *regexp.Regexp
	MedianLifetime time.Duration
	// Cooldown is how long after a firing the next one of the same subject is held back.
	Cooldown time.Duration
	// ClearThreshold is below what (counts), or at or below what (percentages), the
	// condition clears; absent, it clears when it does not hold.
	ClearThreshold schema.Opt[float64]
	// ClearDuration is how long the condition must be clear to resolve.
	ClearDuration time.Duration
	// Where narrows what the detector sees; nil sees everything.
	Where *Where
	// Line is where the rule starts in its file.
	Line int

	kind *kind
}

// holdFor is how long the condition must hold; a count's duration is its window.
func (r *Rule) holdFor() time.Duration {
	if r.kind.durationIsWindow {
		return 0
	}
	return r.Duration
}

// clearLevel is the level that a condition clears below.
func (r *Rule) clearLevel() float64 { return r.ClearThreshold.Or(r.Threshold) }
