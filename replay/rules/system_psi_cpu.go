package rules

import (
	"fmt"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// systemPSICPU fires when the part of the last 10 s in which some task waited for a
// CPU > threshold_pct, for the duration.
var systemPSICPU = kind{
	name:    "system_psi_cpu",
	keys:    []key{percentKey, durationKey},
	subject: schema.SubjectHost,
	inputs:  []schema.Type{schema.TypeSystem},
	start: func(r *runner) detector {
		return &pressure{runner: r, stall: replay.CPUSome, words: "some task waited for a CPU"}
	},
	gauge:   true,
	percent: true,
	noWhere: true,
}

// pressure watches one of the host's pressure-stall totals.
type pressure struct {
	runner  *runner
	stall   replay.Stall
	words   string
	episode episode
	percent float64 // the latest that is known
}

func (d *pressure) take(h *replay.Host, _ *schema.Record) {
	if h.PressurePercent(d.stall).OK {
		d.runner.outcome.Evaluated++
	}
}

func (d *pressure) look(h *replay.Host) {
	d.runner.judge(h, &d.episode, d.verdict(h))
}

func (d *pressure) verdict(h *replay.Host) verdict {
	percent := h.PressurePercent(d.stall)
	if !percent.OK {
		return unknown
	}
	d.percent = percent.V
	d.runner.near(h, nil, &d.episode, percent.V, d.runner.rule.Threshold)
	return gaugeLevel(d.runner.rule, percent.V, true)
}

func (d *pressure) measure(h *replay.Host, _ *episode) measurement {
	rule := d.runner.rule
	m := measurement{value: d.percent, window: replay.PressureWindow, message: fmt.Sprintf("%s in %.1f %% of the last %s, for %s, threshold %.4g %%",
		d.words, d.percent, replay.PressureWindow, rule.Duration, rule.Threshold)}
	m.evidence.Top = []schema.Contributor{}
	if from, to, ok := h.Pressure(); ok {
		m.evidence.FirstSeq, m.evidence.LastSeq = schema.Some(from.Seq), schema.Some(to.Seq)
		m.evidence.Count = 2
	}
	return m
}
