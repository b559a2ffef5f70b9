package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema/document"
)

type replayCheckOptions struct {
	names           []string
	format, capture string
	list            bool
}

func newReplayCheckCommand(s *stdio) *cli.Command {
	var opts replayCheckOptions
	return &cli.Command{
		Name:      "replay check",
		Usage:     "find everything that is wrong in a rule file",
		ArgsUsage: "RULES…",
		Flags: []cli.Flag{
			formatFlag(&opts.format, problemFormats()...),
			&cli.StringFlag{Name: "capture", Usage: "also say what `CAPTURE` cannot test; of a folder, all captures in it together", Destination: &opts.capture},
			&cli.BoolFlag{Name: "list", Usage: "print every kind of problem there is, with an example and what to do", Destination: &opts.list},
		},
		Description: help{
			about: `Reads rule files as 'linnix replay' would, and prints every problem with its file,
line and column, and what to write instead: errors, for which a replay refuses the file,
and warnings of what can be run but hardly be meant, such as a threshold that no host can
reach. Either makes the exit code 3. --format json prints one problem a line.`,
			examples: []string{
				"linnix replay check my.yaml",
				"linnix replay check my.yaml --format github",
				"linnix replay check my.yaml --capture host.parquet",
				"linnix replay check --list",
			},
			exits: []int{exitOK, exitUsage, exitRules, exitCapture, exitNothing, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) error {
			opts.names = c.Args().Slice()
			return runReplayCheck(c.Context, opts, s)
		},
	}
}

func runReplayCheck(ctx context.Context, opts replayCheckOptions, s *stdio) error {
	if opts.list {
		return runReplayCheckList(opts, s)
	}
	if err := checkFormat("replay check", opts.format, problemFormats()); err != nil {
		return err
	}
	if len(opts.names) == 0 {
		return usagef("replay check: which file? 'linnix replay rules > my.yaml' makes one to start from")
	}
	names, reviews, unread := openReviews(opts.names)
	if opts.capture != "" {
		if err := followCaptures(ctx, opts.capture, reviews, s); err != nil {
			return err
		}
	}
	var all document.Problems
	for i, review := range reviews {
		problems := review.Problems()
		all = append(all, problems...)
		s.note("%s: %s", names[i], reviewed(review, problems))
	}
	if err := writeProblems(opts.format, all, s); err != nil {
		return err
	}
	if unread != nil || len(all) == 0 {
		return unread
	}
	return quietly(exitRules)
}

// openReviews reads the files. The error is of those that cannot be read; the others are
// reviewed all the same.
func openReviews(names []string) (read []string, reviews []*rules.Review, unread error) {
	var errs []error
	for _, name := range names {
		text, err := readRuleFile(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		read, reviews = append(read, name), append(reviews, rules.NewReview(name, text))
	}
	return read, reviews, withCode(exitRules, errors.Join(errs...))
}

// followCaptures shows a capture, or each one in a folder, to the reviews.
func followCaptures(ctx context.Context, name string, reviews []*rules.Review, s *stdio) error {
	cases, err := findCases(replayOptions{names: []string{name}})
	if err != nil {
		return err
	}
	for _, name := range cases.names {
		err := cases.replay(ctx, name, func(h *replay.Host) (handlers []replay.Handler) {
			for _, review := range reviews {
				handlers = append(handlers, review.Follow(h))
			}
			return handlers
		}, s)
		if err != nil {
			return err
		}
	}
	return cases.finish()
}

// reviewed sums up what was found in one file.
func reviewed(review *rules.Review, problems document.Problems) string {
	warnings := 0
	for _, p := range problems {
		if p.Severity == document.Warning {
			warnings++
		}
	}
	switch {
	case len(problems) == 0:
		return count(int64(review.Rules()), "rule") + ", no problem"
	case warnings == 0:
		return count(int64(len(problems)), "problem")
	case warnings == len(problems):
		return count(int64(warnings), "warning")
	}
	return fmt.Sprintf("%s, of which %s", count(int64(len(problems)), "problem"), count(int64(warnings), "warning"))
}

// runReplayCheckList prints the table of the kinds of problem.
func runReplayCheckList(opts replayCheckOptions, s *stdio) error {
	if len(opts.names) > 0 || opts.capture != "" {
		return usagef("replay check: --list prints the kinds of problem; leave out the files")
	}
	if err := checkFormat("replay check", opts.format, []string{formatText, formatJSON}); err != nil {
		return err
	}
	out, err := openOutput(stdoutName, s)
	if err != nil {
		return err
	}
	for _, k := range rules.Findings() {
		if opts.format == formatJSON {
			err = objectLine(out, k)
		} else {
			err = out.line([]byte(findingText(k)))
		}
		if err != nil {
			return err
		}
	}
	return out.commit()
}
