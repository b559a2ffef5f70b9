package rules

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// key is one key of a rule.
type key struct {
	name     string
	required bool
	set      func(c *checker, n *document.Node, r *Rule)
}

// commonKeys are those of every rule.
var commonKeys = [...]key{
	{"name", true, setName},
	{"detector", true, setDetector},
	{"severity", false, setSeverity},
	{"cooldown", false, setCooldown},
	{"clear_threshold", false, setClearThreshold},
	{"clear_duration", false, setClearDuration},
	{"where", false, setWhere},
}

// The keys of detectors.
var (
	thresholdKey = key{"threshold", true, setThreshold}
	percentKey   = key{"threshold_pct", true, setThreshold}
	windowKey    = key{"window_seconds", true, setWindow}
	durationKey  = key{"duration", true, setDuration}
	maxExecKey   = key{"max_exec_duration_ms", false, setMaxExec}
)

func setName(c *checker, n *document.Node, r *Rule) {
	name, ok := c.Text(n, "name")
	switch {
	case !ok:
	case name == "" || len(name) > MaxName || strings.ContainsFunc(name, isControl):
		c.Report(n, CodeBadName, "write a short one, such as fork_storm", "name: want 1 to %d bytes without control characters", MaxName)
	default:
		r.Name = name
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }

func setDetector(c *checker, n *document.Node, r *Rule) {
	if name, ok := c.Text(n, "detector"); ok && r.kind != nil {
		r.Detector = name
	}
}

func setSeverity(c *checker, n *document.Node, r *Rule) {
	text, ok := c.Text(n, "severity")
	if !ok {
		return
	}
	names := make([]string, 0, len(schema.AlertSeverities))
	for _, s := range schema.AlertSeverities {
		names = append(names, string(s))
	}
	if !slices.Contains(names, text) {
		c.Unknown(n, CodeUnknownSeverity, "severity", names)
		return
	}
	r.Severity = schema.AlertSeverity(text)
}

func setCooldown(c *checker, n *document.Node, r *Rule) {
	r.Cooldown = c.span(n, "cooldown", time.Second, 0)
}

func setClearDuration(c *checker, n *document.Node, r *Rule) {
	r.ClearDuration = c.span(n, "clear_duration", time.Second, 0)
}

func setDuration(c *checker, n *document.Node, r *Rule) {
	r.Duration = c.span(n, "duration", time.Second, 1)
	if r.kind.durationIsWindow {
		r.Window = r.Duration
	}
}

func setWindow(c *checker, n *document.Node, r *Rule) {
	r.Window = c.span(n, "window_seconds", time.Second, 1)
}

func setMaxExec(c *checker, n *document.Node, r *Rule) {
	r.MaxExec = c.span(n, "max_exec_duration_ms", time.Millisecond, 1)
}

func setThreshold(c *checker, n *document.Node, r *Rule) {
	switch {
	case r.kind.percent:
		r.Threshold = c.percent(n, "threshold_pct", math.SmallestNonzeroFloat64)
	case r.kind.amount:
		r.Threshold = c.amount(n, "threshold", math.SmallestNonzeroFloat64)
	default:
		r.Threshold = c.count(n, "threshold")
	}
}

func setClearThreshold(c *checker, n *document.Node, r *Rule) {
	switch {
	case r.kind == nil:
	case r.kind.percent:
		r.ClearThreshold = schema.Some(c.percent(n, "clear_threshold", 0))
	case r.kind.amount:
		r.ClearThreshold = schema.Some(c.amount(n, "clear_threshold", 0))
	case r.kind.gauge:
		level, _ := c.Int(n, "clear_threshold", 0, MaxCount)
		r.ClearThreshold = schema.Some(float64(level))
	default:
		r.ClearThreshold = schema.Some(c.count(n, "clear_threshold"))
	}
}

// count takes a whole number from 1 to MaxCount; 0 after a problem.
func (c *checker) count(n *document.Node, name string) float64 {
	v, _ := c.Int(n, name, 1, MaxCount)
	return float64(v)
}

// amount takes a number from least to MaxCount; 0 after a problem.
func (c *checker) amount(n *document.Node, name string, least float64) float64 {
	v, ok := c.Number(n, name)
	switch {
	case !ok:
	case v < least:
		c.Report(n, document.CodeOutOfRange, "write a number such as 95", "%s: %s is not above 0", name, n)
	case v > MaxCount:
		c.Report(n, document.CodeOutOfRange, "", "%s: want a number up to %d, found %s", name, MaxCount, n)
	default:
		return v
	}
	return 0
}

// percent takes a percentage from least to below 100, which no gauge can exceed; 0
// after a problem.
func (c *checker) percent(n *document.Node, name string, least float64) float64 {
	v, ok := c.Number(n, name)
	switch {
	case !ok:
	case v < least:
		c.Report(n, document.CodeOutOfRange, "write a percentage such as 60", "%s: %s is not above 0", name, n)
	case v >= 100:
		c.Report(n, CodeNeverReached, "write less than 100", "%s: never above %s percent", name, n)
	default:
		return v
	}
	return 0
}

// span takes a time up to MaxSpan; 0 after a problem.
func (c *checker) span(n *document.Node, name string, unit, least time.Duration) time.Duration {
	d, _ := c.Span(n, name, unit, least, MaxSpan)
	return d
}
