package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/expect"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/replay/snapshot"
	"github.com/linnix-os/linnix/schema"
)

type replayOptions struct {
	names                    []string
	rules, alerts, snapshots string
	format                   string
	every                    time.Duration
	bounds                   replay.Options
	strict, requireComplete  bool
	verify                   bool
	trail                    *replay.Trail // nil if no two runs are compared
	expect                   expectOptions
	report                   reportOptions
}

func newReplayCommand(s *stdio) *cli.Command {
	var opts replayOptions
	return &cli.Command{
		Name:      "replay",
		Usage:     "run rules over captures",
		ArgsUsage: "CAPTURE…",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "rules", Usage: "use the rules in `FILE` in place of the built-in ones", Destination: &opts.rules},
			&cli.StringFlag{Name: "alerts", Usage: "write the alerts to `FILE` as JSON Lines, whatever the format; - is stdout", Destination: &opts.alerts},
			&cli.StringFlag{Name: "snapshots", Usage: "write the snapshots to `FILE` as JSON Lines; - is stdout", Destination: &opts.snapshots},
			&cli.StringFlag{Name: "every", Usage: "take a snapshot every `TIME` of the capture", Value: "5s"},
			formatFlag(&opts.format, expect.Formats()...),
			&cli.BoolFlag{Name: "strict", Usage: "exit with 6 if the capture is unfinished, or an event lost or late", Destination: &opts.strict},
			&cli.BoolFlag{Name: "require-complete", Usage: "exit with 6 if the capture is unfinished or an event lost", Destination: &opts.requireComplete},
			&cli.BoolFlag{Name: "verify", Usage: "run twice and compare", Destination: &opts.verify},
		}, slices.Concat(expectFlags(&opts.expect), reportFlags(&opts.report), boundFlags())...),
		Description: help{
			about: `Plays captures back on their own clock, through the rules and the snapshot builder.
The same captures and rules always give the same answer. Text ends in the digest, which
stands for all alerts and snapshots; --format json prints the alerts, one a line, and
says the rest on the error stream. Alerts that still fire at the end are listed as
open_at_end. A file of alerts or snapshots replaces an older one. With - as a CAPTURE it
reads standard input and answers while records come.
With --expect the alerts must be those in FILE, no more and no fewer; --format json, junit
and github then tell what was expected, and whether it held. An expectation of nothing
fails: 'alerts: none' names the rules that must have been evaluated. So does a rule that did
not fire although events were lost, unless 'unknown: [NAME]' expects it.
T is a time of day (20:30:05), a full time (2026-11-22T20:30:05Z), both UTC, or an offset
from the start (+12.5s).

Three reports take the place of the alerts. --explain says of one rule why it fired or
did not: each value against its threshold, the records and processes behind it, changes
of state with their reasons, and the nearest miss; with @T the replay up to T, and what
must yet happen then. --coverage and --baseline take each CAPTURE, and each one in a
folder and below, as a case of its own: --coverage counts for each rule the captures in
which it fired, --baseline says what --rules adds, removes and moves against FILE; they
find no fault, so they exit with 0 whatever they say.`,
			examples: []string{
				"linnix replay host.parquet",
				"linnix replay host.parquet --rules my.yaml --alerts alerts.jsonl",
				"linnix replay --from +10s --to +20s --format json host.parquet",
				"linnix replay --verify --require-complete host.parquet",
				"linnix replay host.parquet --expect host.expect.yaml --update",
				"linnix replay host.parquet --expect host.expect.yaml --format junit",
				"linnix replay --explain fork_storm@+8s host.parquet",
				"linnix replay --coverage datasets/captures",
				"linnix replay --rules my.yaml --baseline old.yaml datasets/captures",
				"linnix record -d 2s -q -o - | linnix replay -",
			},
			exits: []int{exitOK, exitFailed, exitUsage, exitRules, exitCapture, exitNothing, exitIncomplete, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) (err error) {
			opts.names = c.Args().Slice()
			opts.expect.read(c)
			opts.report.read(c)
			if opts.every, err = durationFlag(c, "every"); err != nil {
				return err
			}
			if opts.bounds, err = boundsOf(c); err != nil {
				return err
			}
			return runReplay(c.Context, opts, s)
		},
	}
}

// runReplay replays the captures and writes what came of it.
func runReplay(ctx context.Context, opts replayOptions, s *stdio) error {
	if len(opts.report.given) > 0 {
		return runReplayReport(ctx, opts, s)
	}
	if err := checkReplayOptions(opts); err != nil {
		return err
	}
	if err := checkReplayOutputs(opts, s); err != nil {
		return err
	}
	ruleSet, err := loadRules(opts.rules)
	if err != nil {
		return err
	}
	expected, err := opts.expect.load(ruleSet)
	if err != nil {
		return err
	}
	sinks, err := openReplaySinks(opts, s)
	if err != nil {
		return err
	}
	defer sinks.discard()
	result, err := replayInto(ctx, opts, ruleSet, sinks, s)
	if err != nil {
		return err
	}
	var failed error
	if opts.expect.wanted {
		if result.expected, failed = opts.expect.judge(expected, ruleSet, result, s); result.expected == nil {
			return failed
		}
	}
	if err := sinks.finish(result, s); err != nil {
		return err
	}
	return errors.Join(failed, result.completeness(opts))
}

// replayInto replays into the sinks, twice under --verify. That nothing was replayed is
// an error.
func replayInto(ctx context.Context, opts replayOptions, set []rules.Rule, sinks *replaySinks, s *stdio) (*replayResult, error) {
	var sink resultSink = sinks
	kept := alertLog{resultSink: sinks}
	if opts.expect.wanted {
		sink = &kept
	}
	if opts.verify {
		opts.trail = replay.NewTrail()
	}
	result, err := replayOnce(ctx, opts, set, sink, s)
	if err != nil {
		return nil, err
	}
	if result.summary.Records == 0 {
		return nil, withCode(exitNothing, fmt.Errorf(
			"nothing was replayed: no record lies between --from and --to; 'linnix capture info %s' tells from when to when it goes", opts.names[0]))
	}
	if opts.verify {
		if err := verifyReplay(ctx, opts, set, result); err != nil {
			return nil, err
		}
	}
	result.alerts = kept.alerts
	return result, nil
}

// checkReplayOutputs makes a usage error of an output that would replace an input.
func checkReplayOutputs(opts replayOptions, s *stdio) error {
	inputs := append([]string{opts.rules}, opts.names...)
	outputs := []string{opts.alerts, opts.snapshots}
	if opts.expect.update {
		return errors.Join(checkOutputs("replay", append(inputs, outputs...), []string{opts.expect.file}, s), checkOutputs("replay", inputs, outputs, s))
	}
	return checkOutputs("replay", append(inputs, opts.expect.file), outputs, s)
}

func checkReplayOptions(opts replayOptions) error {
	if err := checkCaptureNames("replay", opts.names); err != nil {
		return err
	}
	if err := checkRereadable(opts); err != nil {
		return err
	}
	if _, err := snapshot.New(opts.every, nil); err != nil {
		return usagef("replay: --every: %w", err)
	}
	if err := checkFormat("replay", opts.format, expect.Formats()); err != nil {
		return err
	}
	return opts.expect.check(opts)
}

// checkRereadable makes a usage error of --verify with a capture that can be read once
// only. One that is missing is found out when it is opened.
func checkRereadable(opts replayOptions) error {
	for _, name := range opts.names {
		info, err := os.Stat(name)
		stream := err == nil && !info.Mode().IsRegular() && !info.IsDir()
		if opts.verify && (name == stdinName || stream) {
			return usagef("replay: --verify reads the captures twice, and %s can be read once only; give a file", name)
		}
	}
	return nil
}

// replayResult is what one replay came to.
type replayResult struct {
	summary    replay.Summary
	outcomes   []rules.Outcome
	unfinished int
	snapshots  int64
	digest     string
	// alerts are all there were, and expected what came of them; both only with --expect.
	alerts   []*schema.Alert
	expected *expect.Suite
}

// completeness makes an error of what is missing, if the options say so.
func (r *replayResult) completeness(opts replayOptions) error {
	if !opts.strict && !opts.requireComplete {
		return nil
	}
	var missing []error
	if r.unfinished > 0 {
		missing = append(missing, fmt.Errorf("incomplete: %s unfinished", count(int64(r.unfinished), "capture")))
	}
	if r.summary.Lost > 0 || r.summary.LossRecords > 0 {
		missing = append(missing, fmt.Errorf("incomplete: %s", lostText(&r.summary)))
	}
	if opts.strict && r.summary.Late > 0 {
		missing = append(missing, fmt.Errorf("late: %s over %v behind the clock", count(r.summary.Late, "record"), replay.LateLimit))
	}
	return withCode(exitIncomplete, errors.Join(missing...))
}
