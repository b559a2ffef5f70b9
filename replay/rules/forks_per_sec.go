package rules

import (
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// forksPerSec fires when forks in (t − duration, t] ≥ threshold × duration.
var forksPerSec = kind{
	name:    "forks_per_sec",
	keys:    []key{thresholdKey, durationKey},
	subject: schema.SubjectHost,
	inputs:  []schema.Type{schema.TypeFork},
	start: func(r *runner) detector {
		return newHostForks(r, perWindow(r.rule.Threshold, r.rule.Window), perWindow(r.rule.clearLevel(), r.rule.Window),
			func(n int64) (float64, string) {
				rate := float64(n) / r.rule.Window.Seconds()
				return rate, fmt.Sprintf("%d forks in %s: %.1f each second, threshold %.0f", n, r.rule.Window, rate, r.rule.Threshold)
			})
	},
	durationIsWindow: true,
}

// perWindow is the least count in a window that makes a rate of so many each second.
func perWindow(perSec float64, window time.Duration) int64 {
	hi, lo := bits.Mul64(uint64(perSec), uint64(window))
	if hi >= uint64(time.Second) {
		return math.MaxInt64
	}
	n, rest := bits.Div64(hi, lo, uint64(time.Second))
	if rest > 0 {
		n++
	}
	return int64(min(n, math.MaxInt64))
}

// hostForks counts the forks of the whole host; it serves forks_per_sec and
// fork_burst.
type hostForks struct {
	runner           *runner
	window           window
	need, clearBelow int64
	// words turn a count into the alert's value and message.
	words   func(n int64) (float64, string)
	episode episode
}

func newHostForks(r *runner, need, clearBelow int64, words func(int64) (float64, string)) *hostForks {
	return &hostForks{runner: r, window: window{width: r.rule.Window}, need: need, clearBelow: clearBelow, words: words}
}

func (d *hostForks) take(h *replay.Host, r *schema.Record) {
	if !d.runner.sees(h, r) {
		return
	}
	d.runner.outcome.Evaluated++
	d.window.add(h.Now(), event{at: r.Time, seq: r.Seq, by: h.Current().Parent()})
}

func (d *hostForks) look(h *replay.Host) {
	d.window.expire(h.Now())
	d.runner.near(h, nil, &d.episode, float64(d.window.len()), float64(d.need))
	d.runner.judge(h, &d.episode, level(d.window.len(), d.need, d.clearBelow))
}

func (d *hostForks) held() int64 { return d.window.len() }

func (d *hostForks) measure(*replay.Host, *episode) measurement {
	value, message := d.words(d.window.len())
	return measurement{value: value, message: message, evidence: d.window.evidence(nil)}
}
