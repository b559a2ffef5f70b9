package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// runReplayExplain says why a rule fired or did not. With a time it explains the replay
// up to that moment, and how the rule stood at it.
func runReplayExplain(ctx context.Context, opts replayOptions, s *stdio) error {
	if err := checkCaptureNames("replay", opts.names); err != nil {
		return err
	}
	set, err := loadRules(opts.rules)
	if err != nil {
		return err
	}
	rule, at, err := explainTarget(set, opts.report.explain)
	if err != nil {
		return err
	}
	var until schema.Opt[schema.Time]
	if at != nil {
		if opts.bounds.To != nil {
			return usagef("replay: --explain RULE@T ends at T; leave out --to")
		}
		opts.bounds.To = func(start schema.Time) schema.Time {
			until.Set(at(start))
			return until.V
		}
	}
	var traces []*rules.Trace
	result, err := replayWith(ctx, opts, func(h *replay.Host) []replay.Handler {
		trace := rules.NewTrace(h, *rule)
		traces = append(traces, trace)
		return []replay.Handler{trace}
	}, s)
	if err != nil {
		return err
	}
	if result.summary.Records == 0 {
		return withCode(exitNothing, errors.New("nothing was replayed: no record lies up to that time; 'linnix capture info' tells from when to when a capture goes"))
	}
	if err := writeExplanations(traces, at != nil, opts.format, s); err != nil {
		return err
	}
	goesOn := func(h *replay.Host) bool { return h.Now() >= until.V }
	if until.OK && !slices.ContainsFunc(result.summary.Hosts, goesOn) {
		s.note("no record lies at or after %s: the last is at %s", until.V, result.summary.To)
	}
	return result.completeness(opts)
}

// explainTarget takes RULE[@T] apart: a rule may have an @ in its name.
func explainTarget(set []rules.Rule, text string) (*rules.Rule, replay.Bound, error) {
	if rule := ruleNamed(set, text); rule != nil {
		return rule, nil, nil
	}
	name, time := text, ""
	if cut := strings.LastIndexByte(text, '@'); cut >= 0 {
		name, time = text[:cut], text[cut+1:]
	}
	rule := ruleNamed(set, name)
	if rule == nil {
		names := make([]string, len(set))
		for i := range set {
			names[i] = set[i].Name
		}
		return nil, nil, usagef("replay: --explain: no rule %q%s; write one of %s", name, didYouMean(name, names), visible(strings.Join(names, ", ")))
	}
	at, err := replay.ParseBound(time)
	switch {
	case err != nil:
		return nil, nil, usagef("replay: --explain: %w", err)
	case at == nil:
		return nil, nil, usagef("replay: --explain: no time behind the @; write %s@+12.5s", name)
	}
	return rule, at, nil
}

func ruleNamed(set []rules.Rule, name string) *rules.Rule {
	at := slices.IndexFunc(set, func(r rules.Rule) bool { return r.Name == name })
	if at < 0 {
		return nil
	}
	return &set[at]
}

// writeExplanations writes one object, or one text, for each host. The state at the end
// is told if it was asked for.
func writeExplanations(traces []*rules.Trace, at bool, format string, s *stdio) error {
	out, err := openVerdict(s)
	if err != nil {
		return err
	}
	for i, trace := range traces {
		ex := trace.Explanation()
		if !at {
			ex.At = nil
		}
		if format == formatJSON {
			if err := jsonLine(out, ex); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(out)
		}
		writeExplanation(out, ex)
	}
	return out.commit()
}
