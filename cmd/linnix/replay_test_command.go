package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/expect"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
)

type replayTestOptions struct {
	names       []string
	run, format string
	dump        bool

	strict, requireComplete bool
}

func newReplayTestCommand(s *stdio) *cli.Command {
	var opts replayTestOptions
	return &cli.Command{
		Name:      "replay test",
		Usage:     "run tests of rules",
		ArgsUsage: "TEST…",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "run", Usage: "run only tests whose name matches the regular expression `REGEX`", Destination: &opts.run},
			&cli.BoolFlag{Name: "dump", Usage: "print the capture of the one timeline as JSON Lines, and test nothing", Destination: &opts.dump},
			formatFlag(&opts.format, expect.Formats()...),
			&cli.BoolFlag{Name: "strict", Usage: "fail a test, and exit with 6, if its capture is unfinished, or an event lost or late", Destination: &opts.strict},
			&cli.BoolFlag{Name: "require-complete", Usage: "fail a test, and exit with 6, if its capture is unfinished or an event lost", Destination: &opts.requireComplete},
		},
		Description: help{
			about: `Replays timelines and captures through rules, and holds the alerts against those
that a test expects, exactly: one more, one less or another value fails. TEST is a file,
a pattern, or a folder, of which every test file counts, YAML or TOML. Such a file:

  rules:                       # or a file beside this one; without: the built-in rules
  - {name: storm, detector: forks_per_sec, threshold: 60, duration: 5}
  tests:
  - name: a hundred forks a second are a storm
    timeline:                  # or capture: FILE, or a pattern such as '../*.parquet'
    - fork 100/s for 6s under bash
    length: 20s                # without: until the last statement is over
    alerts:                    # times from the start; severity, subject, value, … if given
    - {rule: storm, state: firing, time: +2.99s, value: 60}
    - {rule: storm, state: resolved, time: +8s}
  - name: a build is none
    timeline: ['exec 10/s for 9s "cc1 -O2" under make lasting 10ms']
    evaluated: [storm]         # must have had something to judge
    alerts: none

Statements of a timeline may start with an offset, such as +2s:
` + statementForms() + `
Each line above is an example of its own. Of a rule that did not fire although events were
lost nobody can tell: its test fails, unless it has 'unknown: [NAME]'.
The last line of the text sums up, and names the rules that no test made fire.`,
			examples: []string{
				"linnix replay test datasets/tests",
				"linnix replay test --run zombies --format junit datasets/tests > junit.xml",
				"linnix replay test --dump --run 'sixty forks' datasets/tests | linnix replay -",
			},
			exits: []int{exitOK, exitFailed, exitUsage, exitRules, exitCapture, exitNothing, exitIncomplete, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) error {
			opts.names = c.Args().Slice()
			return runReplayTest(c.Context, opts, s)
		},
	}
}

// statementForms lists how the statements of a timeline are written.
func statementForms() string {
	return "  " + strings.Join(expect.StatementForms(), "\n  ")
}

// runReplayTest runs the tests and prints what came of them.
func runReplayTest(ctx context.Context, opts replayTestOptions, s *stdio) error {
	if err := checkFormat("replay test", opts.format, expect.Formats()); err != nil {
		return err
	}
	pattern, err := regexp.Compile(opts.run)
	if err != nil {
		return usagef("replay test: --run: %w", err)
	}
	tests, err := loadTests(opts.names)
	if err != nil {
		return err
	}
	if tests, err = pickTests(tests, pattern); err != nil {
		return err
	}
	if opts.dump {
		return dumpTimeline(tests, s)
	}
	results, broken := runTests(ctx, tests, opts, s)
	if err := ctx.Err(); err != nil {
		return err
	}
	out, err := openVerdict(s)
	if err != nil {
		return err
	}
	defer out.discard()
	if err := results.Write(out, opts.format); err != nil {
		return withOutputCode(err)
	}
	if err := out.commit(); err != nil {
		return err
	}
	if opts.format != formatText {
		s.note("%s", visible(results.Summary()))
	}
	if broken != nil {
		return broken
	}
	return testVerdict(results)
}

// runTests runs each test. One whose capture cannot be replayed fails like any other, so
// that what is printed is whole; the error is the first of these.
func runTests(ctx context.Context, tests []expect.Test, opts replayTestOptions, s *stdio) (results expect.Results, broken error) {
	for i := range tests {
		more, err := runTest(ctx, &tests[i], opts, s)
		results = append(results, more...)
		if err == nil {
			continue
		}
		results = append(results, expect.NotReplayedResult(&tests[i], err))
		if broken == nil {
			broken = err
		}
	}
	return results, broken
}

// pickTests leaves the tests whose names match.
func pickTests(tests []expect.Test, pattern *regexp.Regexp) ([]expect.Test, error) {
	var picked []expect.Test
	for _, test := range tests {
		if pattern.MatchString(test.Name) {
			picked = append(picked, test)
		}
	}
	if len(picked) == 0 {
		return nil, withCode(exitNothing, fmt.Errorf("nothing was tested: no name of %s matches --run %q; leave it out to run all",
			count(int64(len(tests)), "test"), schema.Clip(pattern.String(), 40)))
	}
	return picked, nil
}

// testVerdict makes an error of tests that failed, or tested nothing.
func testVerdict(results expect.Results) error {
	suite := results.Suite()
	failed := suite.Failed()
	switch {
	case len(suite.Cases) == 0:
		return withCode(exitNothing, errors.New("nothing was tested"))
	case failed == 0:
		return nil
	case failed == suite.Untested():
		return withCode(exitNothing, fmt.Errorf("nothing was tested in part: %s; replay something that the rules look at", suite.Summary()))
	}
	return quietly(exitFailed)
}

// runTest replays what a test names: its timeline, or each capture on its own.
func runTest(ctx context.Context, test *expect.Test, opts replayTestOptions, s *stdio) ([]expect.Result, error) {
	if test.Timeline != nil {
		run, _, err := replayTest(ctx, test.Rules, test.Timeline.Source())
		if err != nil {
			return nil, err
		}
		run.Events += test.Timeline.Gauges()
		return []expect.Result{expect.Judge(test, "", run)}, nil
	}
	names, err := testCaptures(test)
	if err != nil {
		return nil, err
	}
	var results []expect.Result
	for i, name := range names {
		run, err := replayTestCapture(ctx, test.Rules, name, opts, s)
		if err != nil {
			return results, err
		}
		// A result holds no name of a capture, so that it is the same wherever that lies.
		told := ""
		if len(names) > 1 {
			told = fmt.Sprintf("capture %d of %d", i+1, len(names))
		}
		result := expect.Judge(test, told, run)
		if told != "" && result.Suite.Failed() > 0 {
			s.note("%s: %s is %s", visible(test.Name), told, visible(name))
		}
		results = append(results, result)
	}
	return results, nil
}

func replayTestCapture(ctx context.Context, set []rules.Rule, name string, opts replayTestOptions, s *stdio) (*expect.Run, error) {
	opened, err := openCaptures(ctx, "replay test", []string{name}, s)
	if err != nil {
		return nil, err
	}
	defer opened.close()
	run, summary, err := replayTest(ctx, set, opened.sources()...)
	if err != nil {
		return nil, replayError(err, opened)
	}
	result := replayResult{summary: summary, unfinished: opened.remarks(s)}
	if err := result.completeness(replayOptions{strict: opts.strict, requireComplete: opts.requireComplete}); err != nil {
		return nil, withCode(exitIncomplete, fmt.Errorf("%s: %w", name, err))
	}
	return run, nil
}

// replayTest replays sources through the rules alone.
func replayTest(ctx context.Context, set []rules.Rule, sources ...replay.Source) (*expect.Run, replay.Summary, error) {
	run := &expect.Run{}
	var engines []*rules.Engine
	summary, err := replay.Run(ctx, sources, replay.Options{}, func(*replay.Host) []replay.Handler {
		engine := rules.NewEngine(set, func(a *schema.Alert) { run.Alerts = append(run.Alerts, a) })
		engines = append(engines, engine)
		return []replay.Handler{engine}
	})
	run.Start, run.Events, run.Hosts = summary.Start, summary.Events(), len(summary.Hosts)
	run.Outcomes = joinOutcomes(engines)
	return run, summary, err
}

// dumpTimeline prints the capture of the only test, which has a timeline.
func dumpTimeline(tests []expect.Test, s *stdio) error {
	if len(tests) != 1 {
		return usagef("replay test: --dump prints one timeline, and there are %s; choose with --run REGEX", count(int64(len(tests)), "test"))
	}
	if tests[0].Timeline == nil {
		return usagef("replay test: --dump prints a timeline, and this test has a capture: 'linnix capture cat' prints it")
	}
	out, err := openOutput(stdoutName, s)
	if err != nil {
		return err
	}
	defer out.discard()
	var line []byte
	err = visitRecords(tests[0].Timeline.Source(), func(r *schema.Record) error {
		line = append(schema.AppendJSON(line[:0], r), '\n')
		_, err := out.Write(line)
		return err
	})
	return withOutputCode(errors.Join(err, out.commit()))
}
