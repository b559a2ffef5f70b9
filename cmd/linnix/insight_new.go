package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

type insightNewOptions struct {
	names    []string
	bounds   replay.Options
	review   insight.Review
	appendTo string
}

func newInsightNewCommand(s *stdio) *cli.Command {
	var opts insightNewOptions
	actions := &textList{}
	return &cli.Command{
		Name:      "insight new",
		Usage:     "make dataset records from captures, ready for review",
		ArgsUsage: "CAPTURE…",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "append", Usage: "add the records to `FILE` (JSONL), unless it has one of their ids", Destination: &opts.appendTo},
			&cli.StringFlag{Name: "class", Usage: "the records are of `CLASS`, whatever is found"},
			&cli.StringFlag{Name: "primary", Usage: "process `PID` of the evidence is behind it"},
			&cli.StringFlag{Name: "confidence", Usage: "how sure that is: `P` from 0 to 1"},
			&cli.StringFlag{Name: "why", Usage: "the reason in one line is `TEXT`", Destination: &opts.review.Why},
			&cli.GenericFlag{Name: "action", Usage: "what to do is `TEXT`; up to three times, the first thing first", Value: actions},
			&cli.StringFlag{Name: "recipe", Usage: "the capture can be made anew by `TEXT`", Destination: &opts.review.Recipe},
			&cli.StringFlag{Name: "id", Usage: "call the record `ID`", Destination: &opts.review.ID},
		}, boundFlags()...),
		Description: help{
			about: `Looks through the captures as 'linnix insight' does, and prints each incident, or that all
is normal, as a dataset record (JSONL): evidence, and a verdict for a person to review.
What still needs one is told, and stands in the record's notes. --class, --primary,
--confidence, --why and --action say what the reviewer says; what is found with another
class becomes an alternative. --from and --to narrow it down to one incident. Only records
that 'linnix insight validate' accepts are printed or added.`,
			examples: []string{
				"linnix insight new host.parquet --recipe 'sh storm.sh 500' > new.jsonl",
				"linnix insight new host.parquet --append my.jsonl --why 'a script forks in a loop' --action 'stop the script'",
				"linnix insight new host.parquet --class runaway_tree --confidence 0.8 --why 'it grows without end' --action 'limit its cgroup: set pids.max'",
			},
			exits: []int{exitOK, exitFailed, exitUsage, exitCapture, exitNothing, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) (err error) {
			opts.names, opts.review.Actions = c.Args().Slice(), *actions
			if opts.bounds, err = boundsOf(c); err != nil {
				return err
			}
			if err := reviewOf(c, &opts.review); err != nil {
				return err
			}
			return runInsightNew(c.Context, opts, s)
		},
	}
}

// textList is a flag that may be given many times.
type textList []string

// Set takes one more text.
func (l *textList) Set(text string) error {
	*l = append(*l, text)
	return nil
}

// String shows the texts.
func (l *textList) String() string { return strings.Join(*l, "; ") }

// reviewOf reads the flags that are more than text, and checks those that are.
func reviewOf(c *cli.Context, review *insight.Review) (err error) {
	for _, text := range append([]string{review.Why}, review.Actions...) {
		if strings.ContainsFunc(text, unicode.IsControl) {
			return usagef("insight new: --why and --action take one line of text each, not %q", schema.Clip(text, 60))
		}
	}
	if name := c.String("class"); name != "" {
		if review.Class, err = classNamed(name); err != nil {
			return err
		}
	}
	if text := c.String("primary"); text != "" {
		pid, err := strconv.ParseInt(text, 10, 64)
		if err != nil || pid < 1 {
			return usagef("insight new: --primary: %q is no pid; 'linnix insight new' without it shows the processes in its process_table", text)
		}
		review.PID.Set(pid)
	}
	if text := c.String("confidence"); text != "" {
		p, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(p) || p < 0 || p > 1 {
			return usagef("insight new: --confidence: %q is not from 0 to 1, such as 0.8", text)
		}
		review.Confidence.Set(p)
	}
	return nil
}

func classNamed(name string) (schema.Class, error) {
	var known []string
	for _, class := range schema.Classes {
		if known = append(known, string(class)); string(class) == name {
			return class, nil
		}
	}
	return "", usagef("insight new: --class: unknown class %q%s; there are %s", name, didYouMean(name, known), strings.Join(known, ", "))
}

func runInsightNew(ctx context.Context, opts insightNewOptions, s *stdio) error {
	if err := checkOutputs("insight new", opts.names, []string{opts.appendTo}, s); err != nil {
		return err
	}
	if opts.appendTo == stdoutName {
		return usagef("insight new: --append takes the name of a file; without it the records go to standard output")
	}
	if err := checkAppended(opts.appendTo); err != nil {
		return err
	}
	drafts, err := draftRecords(ctx, opts, s)
	if err != nil {
		return err
	}
	var lines []byte
	for i := range drafts {
		if lines, err = drafts[i].AppendJSON(lines); err != nil {
			return err
		}
		lines = append(lines, '\n')
	}
	if err := addRecords(opts.appendTo, lines, s); err != nil {
		return err
	}
	for _, d := range drafts {
		s.note("%s: %s", d.ID, d.Source.Notes)
	}
	return nil
}

// draftRecords analyses the captures and makes drafts of what is found.
func draftRecords(ctx context.Context, opts insightNewOptions, s *stdio) ([]schema.DatasetRecord, error) {
	opened, err := openCaptures(ctx, "insight new", opts.names, s)
	if err != nil {
		return nil, err
	}
	defer opened.close()
	found, _, err := insight.Analyze(readingContext(ctx, opts.names), opened.sources(), opts.bounds)
	switch {
	case errors.Is(err, insight.ErrEmptyRange):
		return nil, withCode(exitNothing, fmt.Errorf("nothing was analysed: no record lies between --from and --to; 'linnix capture info %s' tells from when to when it goes", opts.names[0]))
	case err != nil:
		return nil, replayError(err, opened)
	}
	opened.remarks(s)
	if len(found) == 0 {
		return nil, withCode(exitNothing, fmt.Errorf("nothing was analysed: %s holds no record; 'linnix record' makes a capture", opts.names[0]))
	}
	drafts, err := insight.Draft(found, opts.review)
	if err != nil {
		return nil, usagef("insight new: %w; 'linnix insight %s' shows what there is, --from, --to and --class narrow it down", err, strings.Join(opts.names, " "))
	}
	return drafts, nil
}
