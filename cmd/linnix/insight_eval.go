package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/insight/report"
	"github.com/linnix-os/linnix/insight/score"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

type insightEvalOptions struct {
	folders    []string
	format     string
	minMacroF1 float64
}

func newInsightEvalCommand(s *stdio) *cli.Command {
	var opts insightEvalOptions
	return &cli.Command{
		Name:      "insight eval",
		Usage:     "measure how well incidents are found in labelled captures",
		ArgsUsage: "DIR",
		Flags: []cli.Flag{
			formatFlag(&opts.format, report.ScoreFormats()...),
			&cli.Float64Flag{Name: "min-macro-f1", Usage: "exit with 1 if the macro-F1 is below `F1`, from 0 to 1", Destination: &opts.minMacroF1},
		},
		Description: help{
			about: `Replays every labelled capture below DIR and holds what is found against the labels:
precision, recall and F1 by class, the distance of the onsets, the named processes, false
alarms an hour in normal captures, and how far confidence can be trusted, with 95 %
intervals; and the same for the default rules alone (rules: each alert; first_rule: those
within 10 s as one) and for saying normal of everything (all_normal). It fails unless the
macro-F1 is above that of all of these, or 1. Every error is listed.
A labelled capture is a folder with a file named capture, such as capture.jsonl.zst, and
label.json:

  {"incidents": [{"class": "cpu_spin", "onset": "2.1s", "end": "40s",
                  "primary": {"pid": 812, "comm": "java"}}]}

onset and end count from the first record; end and primary may be missing; no incident,
[], means normal.`,
			examples: []string{
				"linnix insight eval datasets/captures",
				"linnix insight eval --min-macro-f1 0.95 --format markdown datasets/captures",
			},
			exits: []int{exitOK, exitFailed, exitUsage, exitRules, exitCapture, exitNothing, exitOutput, exitInterrupted},
		}.String(),
		Action: func(c *cli.Context) error {
			opts.folders = c.Args().Slice()
			return runInsightEval(c.Context, opts, s)
		},
	}
}

func runInsightEval(ctx context.Context, opts insightEvalOptions, s *stdio) error {
	if err := checkFormat("insight eval", opts.format, report.ScoreFormats()); err != nil {
		return err
	}
	if len(opts.folders) != 1 {
		return usagef("insight eval: which folder, one? such as 'linnix insight eval datasets/captures'")
	}
	if !(opts.minMacroF1 >= 0 && opts.minMacroF1 <= 1) {
		return usagef("insight eval: --min-macro-f1 %v: want 0 to 1, such as --min-macro-f1 0.95", opts.minMacroF1)
	}
	cases, err := findLabelled(opts.folders[0])
	if err != nil {
		return err
	}
	outcomes, err := replayLabelled(ctx, cases, s)
	if err != nil {
		return err
	}
	result := score.Evaluate(outcomes)
	out, err := openVerdict(s)
	if err != nil {
		return err
	}
	defer out.discard()
	if err := report.WriteScore(out, opts.format, &result); err != nil {
		return withOutputCode(err)
	}
	if err := out.commit(); err != nil {
		return err
	}
	return scoreVerdict(&result, opts.minMacroF1)
}

// scoreVerdict makes an exit code of a score.
func scoreVerdict(s *schema.Score, minMacroF1 float64) error {
	err := score.Check(s, minMacroF1)
	if errors.Is(err, score.ErrNoIncident) {
		return withCode(exitNothing, fmt.Errorf("nothing was tested: %w, so that to say normal is always right; add captures of incidents", err))
	}
	return withCode(exitFailed, err)
}

// labelledCapture is a folder with a capture and its label.
type labelledCapture struct {
	// name is the folder below the one that was given, with slashes.
	name          string
	capture, file string
	label         *schema.Label
}

const (
	labelName = "label.json"
	// captureStem is what the file of a labelled capture is called, but for its
	// extension.
	captureStem = "capture."
)

// findLabelled finds the labelled captures at and below a folder, by name. It reports
// every folder in which capture or label is missing or wrong.
func findLabelled(root string) ([]labelledCapture, error) {
	captures, err := labelledFolders(root)
	if err != nil {
		return nil, withCode(exitCapture, fmt.Errorf("look for labelled captures: %w", err))
	}
	var cases []labelledCapture
	var wrong []error
	for _, folder := range slices.Sorted(maps.Keys(captures)) {
		c, err := labelledIn(root, folder, captures[folder])
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		cases = append(cases, c)
	}
	switch {
	case len(wrong) > 0:
		return nil, withCode(exitRules, fmt.Errorf("%w\n'linnix insight eval --help' shows a label", errors.Join(wrong...)))
	case len(cases) == 0:
		return nil, withCode(exitNothing, fmt.Errorf(
			"nothing was tested: %s holds no labelled capture, a folder with capture.jsonl.zst (or .parquet, …) and label.json", root))
	}
	return cases, nil
}

// labelledFolders maps each folder that holds a label, or a capture that should have
// one, to the captures in it.
func labelledFolders(root string) (map[string][]string, error) {
	if info, err := os.Stat(root); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder; try 'linnix insight eval %s'", root, filepath.Dir(root))
	}
	// The slash leads into a folder that is a link.
	captures, err := capturesIn(root + "/")
	if err != nil {
		return nil, err
	}
	folders := map[string][]string{}
	for _, name := range captures {
		if strings.HasPrefix(filepath.Base(name), captureStem) {
			folders[filepath.Dir(name)] = append(folders[filepath.Dir(name)], name)
		}
	}
	err = filepath.WalkDir(root+"/", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == labelName {
			folders[filepath.Dir(path)] = folders[filepath.Dir(path)]
		}
		return err
	})
	return folders, err
}

// labelledIn reads the label in a folder with captures.
func labelledIn(root, folder string, captures []string) (c labelledCapture, err error) {
	file := filepath.Join(folder, labelName)
	text, err := labelText(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, fmt.Errorf("%s has no label: write %s, or move it elsewhere", captures[0], file)
	case err != nil:
		return c, err
	case len(captures) != 1:
		return c, fmt.Errorf("%s: found %s beside it, want one, such as capture.jsonl.zst", file, count(int64(len(captures)), "capture"))
	}
	label, err := schema.ParseLabel(text)
	if err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	name, err := filepath.Rel(root, folder)
	return labelledCapture{filepath.ToSlash(name), captures[0], file, label}, err
}

// labelText reads a label; what is longer than any document is cut, and no label.
func labelText(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, document.MaxBytes))
}

// replayLabelled replays each capture for all predictors.
func replayLabelled(ctx context.Context, cases []labelledCapture, s *stdio) ([]score.Outcome, error) {
	var outcomes []score.Outcome
	for i := range cases {
		outcome, err := replayOneLabelled(ctx, &cases[i], s)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes, nil
}

func replayOneLabelled(ctx context.Context, c *labelledCapture, s *stdio) (score.Outcome, error) {
	opened, err := openCaptures(ctx, "insight eval", []string{c.capture}, s)
	if err != nil {
		return score.Outcome{}, err
	}
	defer opened.close()
	outcome, err := score.Replay(ctx, c.name, opened[0], c.label)
	var misfit *score.LabelError
	switch {
	case errors.As(err, &misfit):
		return outcome, withCode(exitRules, fmt.Errorf("%s: %w; 'linnix capture cat %s' shows what there is", c.file, err, c.capture))
	case err != nil:
		return outcome, replayError(err, opened)
	}
	opened.remarks(s)
	return outcome, nil
}
