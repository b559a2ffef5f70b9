package main

import (
	"context"
	"fmt"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

// differenceKinds are the kinds of difference in the order of the sum.
var differenceKinds = [...]schema.DifferenceKind{schema.AlertAdded, schema.AlertRemoved, schema.AlertMoved, schema.AlertChanged}

// runReplayBaseline says what the rules tell otherwise than those of the baseline.
func runReplayBaseline(ctx context.Context, opts replayOptions, s *stdio) error {
	cases, err := findCases(opts)
	if err != nil {
		return err
	}
	before, err := loadRuleFile(opts.report.baseline)
	if err != nil {
		return err
	}
	after, err := loadRules(opts.rules)
	if err != nil {
		return err
	}
	var differences []schema.AlertDifference
	var same int64
	for i, name := range cases.names {
		found, unchanged, err := compareCase(ctx, cases, name, before, after, s)
		if err != nil {
			return err
		}
		for j := range found {
			found[j].Capture = int64(i + 1)
		}
		differences = append(differences, found...)
		same += unchanged
	}
	sum := differencesSum(differences, same, len(cases.names))
	if err := writeDifferences(differences, sum, opts.format, s); err != nil {
		return err
	}
	return cases.finish()
}

// hostAlerts are the alerts of one host by the old rules and by the new ones.
type hostAlerts struct {
	capture       string
	before, after []*schema.Alert
}

// compareCase replays a capture once through both sets of rules.
func compareCase(ctx context.Context, cases *replayCases, name string, before, after []rules.Rule, s *stdio) (differences []schema.AlertDifference, same int64, err error) {
	var hosts []*hostAlerts
	err = cases.replay(ctx, name, func(h *replay.Host) []replay.Handler {
		host := &hostAlerts{capture: insight.CaptureID(h)}
		hosts = append(hosts, host)
		keep := func(to *[]*schema.Alert) func(*schema.Alert) {
			return func(a *schema.Alert) { *to = append(*to, a) }
		}
		return []replay.Handler{rules.NewEngine(before, keep(&host.before)), rules.NewEngine(after, keep(&host.after))}
	}, s)
	for _, host := range hosts {
		found, unchanged := rules.Compare(host.before, host.after)
		for i := range found {
			found[i].CaptureID = host.capture
		}
		differences = append(differences, found...)
		same += unchanged
	}
	return differences, same, err
}

// differencesSum is the last line: how many of each kind.
func differencesSum(differences []schema.AlertDifference, same int64, captures int) string {
	counts := make(map[schema.DifferenceKind]int)
	for i := range differences {
		counts[differences[i].Kind]++
	}
	text := count(int64(captures), "capture") + ": "
	for _, kind := range differenceKinds {
		text += fmt.Sprintf("%d %s, ", counts[kind], kind)
	}
	return text + fmt.Sprintf("%d the same", same)
}

func writeDifferences(differences []schema.AlertDifference, sum, format string, s *stdio) error {
	out, err := openVerdict(s)
	if err != nil {
		return err
	}
	if format == formatJSON {
		for i := range differences {
			if err := jsonLine(out, &differences[i]); err != nil {
				return err
			}
		}
		s.note("%s", sum)
		return out.commit()
	}
	rows := [][]string{{"KIND", "CAPTURE", "RULE", "SUBJECT", "OLD", "NEW"}}
	for i := range differences {
		d := &differences[i]
		rows = append(rows, []string{string(d.Kind), fmt.Sprintf("%d %s", d.Capture, d.CaptureID), d.Rule,
			subjectText(&d.Subject), episodeText(d.Old), episodeText(d.New)})
	}
	if len(differences) > 0 {
		textTable(out, rows)
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out, sum)
	return out.commit()
}

// episodeText writes what one set of rules tells of an episode.
func episodeText(e *schema.AlertEpisode) string {
	if e == nil {
		return "-"
	}
	text := fmt.Sprintf("%s %s %.4g of %.4g", e.Time, e.Severity, e.Value, e.Threshold)
	if e.Resolved.OK {
		text += ", for " + seconds(e.Resolved.V.Sub(e.Time))
	}
	if e.Suppressed > 0 {
		text += fmt.Sprintf(", %d suppressed", e.Suppressed)
	}
	if e.Incomplete {
		text += ", incomplete"
	}
	return text
}
