package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// key is one key of a rule.
type key struct {
	name     string
	required bool
	set      func(c *checker, n *node, r *Rule)
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

func setName(c *checker, n *node, r *Rule) {
	name, ok := c.text(n, "name")
	switch {
	case !ok:
	case name == "" || len(name) > MaxName || strings.ContainsFunc(name, isControl):
		c.report(n, "", "name: want 1 to %d bytes without control characters", MaxName)
	default:
		r.Name = name
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }

func setDetector(c *checker, n *node, r *Rule) {
	if name, ok := c.text(n, "detector"); ok && r.kind != nil {
		r.Detector = name
	}
}

func setSeverity(c *checker, n *node, r *Rule) {
	text, ok := c.text(n, "severity")
	if !ok {
		return
	}
	names := make([]string, 0, len(schema.AlertSeverities))
	for _, s := range schema.AlertSeverities {
		names = append(names, string(s))
	}
	if !slices.Contains(names, text) {
		c.unknown(n, "severity", names)
		return
	}
	r.Severity = schema.AlertSeverity(text)
}

func setCooldown(c *checker, n *node, r *Rule) { r.Cooldown = c.span(n, "cooldown", time.Second, 0) }

func setClearDuration(c *checker, n *node, r *Rule) {
	r.ClearDuration = c.span(n, "clear_duration", time.Second, 0)
}

func setDuration(c *checker, n *node, r *Rule) {
	r.Duration = c.span(n, "duration", time.Second, 1)
	if r.kind.durationIsWindow {
		r.Window = r.Duration
	}
}

func setWindow(c *checker, n *node, r *Rule) {
	r.Window = c.span(n, "window_seconds", time.Second, 1)
}

func setMaxExec(c *checker, n *node, r *Rule) {
	r.MaxExec = c.span(n, "max_exec_duration_ms", time.Millisecond, 1)
}

func setThreshold(c *checker, n *node, r *Rule) {
	if r.kind.percent {
		r.Threshold = c.percent(n, "threshold_pct", math.SmallestNonzeroFloat64)
		return
	}
	r.Threshold = c.count(n, "threshold")
}

func setClearThreshold(c *checker, n *node, r *Rule) {
	switch {
	case r.kind == nil:
	case r.kind.percent:
		r.ClearThreshold = schema.Some(c.percent(n, "clear_threshold", 0))
	default:
		r.ClearThreshold = schema.Some(c.count(n, "clear_threshold"))
	}
}

func (c *checker) text(n *node, name string) (string, bool) {
	if n.kind != nodeText {
		hint := ""
		if n.kind == nodeInt || n.kind == nodeFloat || n.kind == nodeBool {
			hint = fmt.Sprintf("put it in quotes: %q", n.text)
		}
		c.report(n, hint, "%s: want text, found %s", name, n)
		return "", false
	}
	return n.text, true
}

// count reads a whole number from 1 to MaxCount; 0 after a problem.
func (c *checker) count(n *node, name string) float64 {
	v, err := strconv.ParseInt(n.text, 10, 64)
	switch {
	case n.kind == nodeFloat:
		c.report(n, roundHint(n.text), "%s: want a whole number, found %s", name, n)
	case n.kind == nodeText && err == nil:
		c.report(n, "leave out the quotes", "%s: want a whole number, found %s", name, n)
	case n.kind != nodeInt:
		c.report(n, "", "%s: want a whole number, found %s", name, n)
	case err != nil || v > MaxCount:
		c.report(n, "", "%s: want a whole number from 1 to %d, found %s", name, MaxCount, n)
	case v < 1:
		c.report(n, "write 1 or more", "%s: %s is not above 0", name, n)
	default:
		return float64(v)
	}
	return 0
}

// roundHint proposes the whole number next to a fraction.
func roundHint(text string) string {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0 && v <= MaxCount) {
		return ""
	}
	return fmt.Sprintf("write %.0f", math.Max(1, math.Round(v)))
}

// percent reads a percentage from least to below 100, which no gauge can exceed.
func (c *checker) percent(n *node, name string, least float64) float64 {
	v, err := strconv.ParseFloat(n.text, 64)
	switch {
	case n.kind == nodeText && strings.HasSuffix(n.text, "%"):
		c.report(n, "leave out the %", "%s: want a number, found %s", name, n)
	case n.kind != nodeInt && n.kind != nodeFloat, err != nil:
		c.report(n, "", "%s: want a number, found %s", name, n)
	case v < least:
		c.report(n, "write a percentage such as 60", "%s: %s is not above 0", name, n)
	case !(v < 100):
		c.report(n, "write less than 100", "%s: never above %s percent", name, n)
	default:
		return v
	}
	return 0
}

// span reads a time: a number of units, or a Go duration. 0 after a problem.
func (c *checker) span(n *node, name string, unit time.Duration, least time.Duration) time.Duration {
	d, err := parseSpan(n, unit)
	switch {
	case err != nil:
		c.report(n, "write 10, 2.5 or a duration such as 1m30s", "%s: want %s or a duration, found %s", name, unitName(unit), n)
	case d < 0:
		c.report(n, "", "%s: %s is negative", name, n)
	case d < least:
		c.report(n, "", "%s: %s is not above 0", name, n)
	case d > MaxSpan:
		c.report(n, "", "%s: %s is more than 24 hours", name, n)
	default:
		return d
	}
	return 0
}

func parseSpan(n *node, unit time.Duration) (time.Duration, error) {
	switch n.kind {
	case nodeText:
		return time.ParseDuration(n.text)
	case nodeInt, nodeFloat:
		return exactSpan(n.text, unit)
	}
	return 0, fmt.Errorf("no time")
}

// exactSpan reads a decimal number of units, to the nanosecond.
func exactSpan(text string, unit time.Duration) (time.Duration, error) {
	suffix := "s"
	if unit == time.Millisecond {
		suffix = "ms"
	}
	if d, err := time.ParseDuration(text + suffix); err == nil {
		return d, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) {
		return 0, fmt.Errorf("no time")
	}
	limit := float64(2 * MaxSpan)
	return time.Duration(min(max(v*float64(unit), -limit), limit)), nil
}

func unitName(unit time.Duration) string {
	if unit == time.Millisecond {
		return "milliseconds"
	}
	return "seconds"
}
