package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/insight/report"
)

type insightValidateOptions struct {
	paths  []string
	format string
}

func newInsightValidateCommand(s *stdio) *cli.Command {
	var opts insightValidateOptions
	return &cli.Command{
		Name:      "insight validate",
		Usage:     "check dataset records and insights against their schema",
		ArgsUsage: "PATH…",
		Flags:     []cli.Flag{formatFlag(&opts.format, report.FindingFormats()...)},
		Description: help{
			about: `Checks each record of each file (JSONL or JSON; of a folder, every .jsonl, .ndjson
and .json file below it; "-" is standard input) against the schema and the rules beyond
it, and prints every error with its file, line and column. Dataset records and bare
insights are told apart by their members; for an insight only the schema counts. JSONL may
be of any length, JSON in another layout of 64 MiB.`,
			examples: []string{
				"linnix insight validate datasets/examples",
				"linnix insight host.parquet --format json | linnix insight validate -",
			},
			exits: []int{exitOK, exitFailed, exitUsage, exitCapture, exitNothing, exitOutput},
		}.String(),
		Action: func(c *cli.Context) error {
			opts.paths = c.Args().Slice()
			return runInsightValidate(opts, s)
		},
	}
}

func runInsightValidate(opts insightValidateOptions, s *stdio) error {
	if err := checkFormat("insight validate", opts.format, report.FindingFormats()); err != nil {
		return err
	}
	if len(opts.paths) == 0 {
		return usagef("insight validate: which file or folder? such as 'linnix insight validate datasets/examples'")
	}
	out, err := openVerdict(s)
	if err != nil {
		return err
	}
	writer, err := report.NewFindingWriter(out, opts.format)
	if err != nil {
		return err
	}
	// What cannot be written comes up when the output is committed.
	checker, err := insight.NewChecker(func(f insight.Finding) { _ = writer.Finding(f) }, inParallel)
	if err != nil {
		return err
	}
	checked := pathChecker{Checker: checker, stdin: s.in, seen: map[string]bool{}}
	var unread []error
	for _, path := range opts.paths {
		unread = append(unread, checked.path(path))
	}
	sum := checked.Summary()
	_ = writer.End(sum)
	if err := out.commit(); err != nil {
		return err
	}
	if err := errors.Join(unread...); err != nil {
		return withCode(exitCapture, err)
	}
	return verdict(sum)
}

// verdict makes an exit code of what was checked; what checked nothing must not pass.
func verdict(sum insight.CheckSummary) error {
	switch {
	case sum.Findings > 0:
		return quietly(exitFailed)
	case sum.Records+sum.Insights == 0:
		return withCode(exitNothing, errors.New("nothing was checked: name a .jsonl or .json file with records, or a folder of them"))
	default:
		return nil
	}
}

// recordExtensions are those of the files that are looked for in folders.
var recordExtensions = [...]string{".jsonl", ".ndjson", ".json"}

// pathChecker checks files, each once: a folder may hold what was named before it.
type pathChecker struct {
	*insight.Checker
	stdin io.Reader
	seen  map[string]bool
}

// path checks one file, standard input, or every record file below a folder. What cannot
// be read keeps nothing else from being checked.
func (c *pathChecker) path(path string) error {
	if path == stdinName {
		if c.seen[stdinName] {
			return nil
		}
		c.seen[stdinName] = true
		return c.File("stdin", c.stdin)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return c.file(path)
	}
	var unread []error
	// The slash leads into a folder that is a link.
	err = filepath.WalkDir(path+"/", func(name string, entry fs.DirEntry, err error) error {
		isRecords := slices.Contains(recordExtensions[:], filepath.Ext(name))
		switch {
		case err != nil:
			unread = append(unread, err)
		case isRecords && !entry.IsDir():
			unread = append(unread, c.file(name))
		}
		return nil
	})
	return errors.Join(append(unread, err)...)
}

func (c *pathChecker) file(name string) error {
	where := whereabouts(name)
	if c.seen[where] {
		return nil
	}
	c.seen[where] = true
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(c.File(name, file), file.Close())
}

// whereabouts is the same for every name of a file. Links to what has no name, such as
// /dev/stdin to a pipe, stand for themselves.
func whereabouts(name string) string {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	if absolute, err := filepath.Abs(name); err == nil {
		name = absolute
	}
	return name
}
