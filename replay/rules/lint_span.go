package rules

import (
	"cmp"
	"time"

	"github.com/linnix-os/linnix/replay"
)

// usualInterval is that of a recorder which is told no other.
const usualInterval = time.Second

// lintBelowInterval finds a duration within which a gauge is sampled no more than once.
func lintBelowInterval(s *suspect) {
	interval, whose := usualInterval, "the interval of samples"
	if s.review.facts.hosts > 0 {
		interval, whose = time.Duration(s.review.facts.interval), "the capture's interval of samples"
	}
	if s.kind.gauge && s.Duration < interval {
		s.warn(s.at("duration"), "write "+interval.String()+" or more",
			"duration %s is shorter than %s, %s: a single sample decides", s.Duration, whose, interval)
	}
}

// lintShortCooldown finds a cooldown that holds nothing back, or less than it seems to.
// A cooldown of 0 is meant.
func lintShortCooldown(s *suspect) {
	given := s.values["cooldown"]
	switch {
	case s.Cooldown == 0:
	case s.kind.gauge && given != nil && s.Cooldown < s.Duration:
		s.warn(given, "write "+s.Duration.String()+" or more, or 0",
			"cooldown %s is shorter than the duration %s, before which nothing fires again anyway", s.Cooldown, s.Duration)
	case s.kind.gauge || s.Cooldown >= s.Window:
	case given == nil:
		s.warn(s.at("window_seconds", "duration"), "write cooldown: "+s.Window.String()+", or cooldown: 0",
			"the cooldown, %s unless told, is shorter than the window %s: the same events can fire again", s.Cooldown, s.Window)
	default:
		s.warn(given, "write "+s.Window.String()+" or more, or 0",
			"cooldown %s is shorter than the window %s: the same events can fire again", s.Cooldown, s.Window)
	}
}

// lintLongerThanWindow finds jobs that may last longer than the window they end in.
func lintLongerThanWindow(s *suspect) {
	key := "max_exec_duration_ms"
	longest := s.MaxExec
	if s.MedianLifetime > 0 {
		key, longest = "median_lifetime", s.MedianLifetime
	}
	if longest > s.Window && s.Window > 0 {
		s.warn(s.at(key), "write "+s.Window.String()+" or less",
			"%s %s is longer than the window %s: what is counted can hardly be short-lived", key, longest, s.Window)
	}
}

// lintCaptureTooShort finds a gauge that must hold for longer than the capture goes on.
func lintCaptureTooShort(s *suspect) {
	f := &s.review.facts
	need := s.Duration
	if s.kind.percent {
		need += replay.PressureWindow
	}
	if f.hosts > 0 && s.kind.gauge && time.Duration(f.span) < need {
		s.warn(s.at("duration"), "replay a longer capture",
			"%s no longer than %s, and the rule needs %s to fire", f.verb("last"), time.Duration(f.span).Round(time.Millisecond), need)
	}
}

// lintNoHysteresis finds a clear_threshold that changes nothing.
func lintNoHysteresis(s *suspect) {
	if clear := s.values["clear_threshold"]; clear != nil && s.clearLevel() == s.Threshold {
		s.warn(clear, "leave it out, or write less", "clear_threshold %s is the threshold: without it the rule does the same", cmp.Or(clear.Text, "0"))
	}
}
