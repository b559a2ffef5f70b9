package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// runReplayCoverage says of each rule in how many captures it came to what.
func runReplayCoverage(ctx context.Context, opts replayOptions, s *stdio) error {
	cases, err := findCases(opts)
	if err != nil {
		return err
	}
	set, err := loadRules(opts.rules)
	if err != nil {
		return err
	}
	coverage := make([]schema.RuleCoverage, len(set))
	for i := range set {
		coverage[i].Rule, coverage[i].Detector = set[i].Name, set[i].Detector
	}
	for _, name := range cases.names {
		var engines []*rules.Engine
		err := cases.replay(ctx, name, func(*replay.Host) []replay.Handler {
			engine := rules.NewEngine(set, func(*schema.Alert) {})
			engines = append(engines, engine)
			return []replay.Handler{engine}
		}, s)
		if err != nil {
			return err
		}
		addCoverage(coverage, joinOutcomes(engines))
	}
	if err := writeCoverage(coverage, opts.format, s); err != nil {
		return err
	}
	return cases.finish()
}

// addCoverage counts what became of each rule in one capture; none of them was
// evaluated in one without a host.
func addCoverage(coverage []schema.RuleCoverage, outcomes []rules.Outcome) {
	count := func(to *int64, yes bool) {
		if yes {
			*to++
		}
	}
	for i := range coverage {
		c, o := &coverage[i], rules.Outcome{}
		if len(outcomes) > 0 {
			o = outcomes[i]
		}
		verdict := o.Verdict()
		c.Captures++
		count(&c.Fired, verdict == rules.Fired)
		count(&c.NotFired, verdict == rules.NotFired)
		count(&c.Unknown, verdict == rules.Unknown)
		count(&c.NeverEvaluated, verdict == rules.NeverEvaluated)
		count(&c.Resolved, o.Resolved > 0)
		count(&c.Suppressed, o.Suppressed > 0)
		count(&c.OpenAtEnd, len(o.OpenAtEnd) > 0)
		switch {
		case c.Fired > 0:
			c.Remark = ""
		case c.NeverEvaluated == c.Captures:
			c.Remark = schema.CoverageNeverEvaluated
		default:
			c.Remark = schema.CoverageNeverFired
		}
	}
}

func writeCoverage(coverage []schema.RuleCoverage, format string, s *stdio) error {
	out, err := openVerdict(s)
	if err != nil {
		return err
	}
	if format == formatJSON {
		for i := range coverage {
			if err := jsonLine(out, &coverage[i]); err != nil {
				return err
			}
		}
		return out.commit()
	}
	rows := [][]string{{"RULE", "DETECTOR", "FIRED", "RESOLVED", "SUPPRESSED", "OPEN", "NOT FIRED", "UNKNOWN", "NEVER EVALUATED", "REMARKS"}}
	fired := 0
	for i := range coverage {
		c := &coverage[i]
		row := []string{c.Rule, c.Detector}
		for _, n := range []int64{c.Fired, c.Resolved, c.Suppressed, c.OpenAtEnd, c.NotFired, c.Unknown, c.NeverEvaluated} {
			row = append(row, strconv.FormatInt(n, 10))
		}
		rows = append(rows, append(row, coverageRemark(c.Remark)))
		if c.Fired > 0 {
			fired++
		}
	}
	textTable(out, rows)
	fmt.Fprintf(out, "\n%s, of which %d fired, over %s\n", count(int64(len(coverage)), "rule"), fired, count(coverage[0].Captures, "capture"))
	return out.commit()
}

func coverageRemark(remark string) string {
	switch remark {
	case schema.CoverageNeverEvaluated:
		return "evaluated in no capture: nothing here tests it"
	case schema.CoverageNeverFired:
		return "fired in no capture"
	}
	return ""
}
