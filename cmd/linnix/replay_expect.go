package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/linnix-os/linnix/replay/expect"
	"github.com/linnix-os/linnix/replay/rules"
	"github.com/linnix-os/linnix/schema"
	"github.com/linnix-os/linnix/schema/document"
)

// expectOptions are those of 'linnix replay' that hold its alerts against a file.
type expectOptions struct {
	// file is the expectation; wanted says that one was given, be its name empty.
	file   string
	wanted bool
	update bool
	// inCI says that nobody would look at an update.
	inCI bool
}

// otherLanguages are those of files that an update, which is YAML, must not turn into
// something else than their name says.
var otherLanguages = [...]string{".toml", ".json"}

func expectFlags(opts *expectOptions) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "expect", Usage: "compare the alerts with the exact set in `FILE`; exit with 1 if they differ", Destination: &opts.file},
		&cli.BoolFlag{Name: "update", Usage: "write the file of --expect from this replay; comments stay", Destination: &opts.update},
	}
}

// read takes what the flags alone do not tell.
func (o *expectOptions) read(c *cli.Context) {
	o.wanted, o.inCI = c.IsSet("expect"), os.Getenv("CI") != ""
}

// check makes a usage error of what cannot be meant.
func (o *expectOptions) check(opts replayOptions) error {
	caseFormat := opts.format != formatText && opts.format != formatJSON
	onStdout := opts.alerts == stdoutName || opts.snapshots == stdoutName
	switch {
	case o.wanted && (o.file == "" || o.file == stdinName):
		return usagef("replay: --expect %q is no file; give one such as --expect storm.expect.yaml, and --update to have it written", o.file)
	case o.update && !o.wanted:
		return usagef("replay: --update of what? add --expect FILE, the file to write")
	case o.update && o.inCI:
		return usagef("replay: --update refuses in CI, where it would make every expectation pass; run it at your desk, or unset CI")
	case o.update && slices.Contains(otherLanguages[:], strings.ToLower(filepath.Ext(o.file))):
		return usagef("replay: --update writes YAML, and %s is another language; give a name that ends in .yaml", o.file)
	case caseFormat && !o.wanted:
		return usagef("replay: --format %s tells what was expected; add --expect FILE", opts.format)
	case o.wanted && opts.format != formatText && onStdout:
		return usagef("replay: --format %s writes what was expected to standard output; give --alerts and --snapshots files", opts.format)
	}
	return nil
}

// load reads the expectation; nil if none was asked for, or if it is to be written.
func (o *expectOptions) load(set []rules.Rule) (*expect.Expectation, error) {
	if !o.wanted {
		return nil, nil
	}
	text, err := o.text()
	if err != nil || o.update {
		return nil, err
	}
	e, err := expect.Load(o.file, text, ruleNames(set))
	return e, expectationError(err)
}

// text reads the file, as far as it may be long. One that is to be written need not be
// there yet.
func (o *expectOptions) text() ([]byte, error) {
	file, err := os.Open(o.file)
	if o.update && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("open expectation: %w; add --update to have it written", err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, document.MaxBytes+1))
	if err != nil {
		return nil, withCode(exitRules, fmt.Errorf("read expectation: %w", err))
	}
	return text, nil
}

// expectationError gives an error of an expectation its exit code.
func expectationError(err error) error {
	if expect.NothingExpected(err) || errors.Is(err, expect.ErrNothing) {
		return withCode(exitNothing, err)
	}
	return withCode(exitRules, err)
}

func ruleNames(set []rules.Rule) []string {
	names := make([]string, len(set))
	for i := range set {
		names[i] = set[i].Name
	}
	return names
}

// alertLog passes results on and keeps the alerts.
type alertLog struct {
	resultSink
	alerts []*schema.Alert
}

func (l *alertLog) alert(a *schema.Alert, line []byte) error {
	l.alerts = append(l.alerts, a)
	return l.resultSink.alert(a, line)
}

// judge holds a replay against the expectation, which it writes first if asked to. The
// error is that what was expected is not so.
func (o *expectOptions) judge(e *expect.Expectation, set []rules.Rule, result *replayResult, s *stdio) (*expect.Suite, error) {
	sum := &result.summary
	run := &expect.Run{Start: sum.Start, Events: sum.Events(), Hosts: len(sum.Hosts), Alerts: result.alerts, Outcomes: result.outcomes}
	if o.update {
		if err := result.completeness(replayOptions{strict: true}); err != nil {
			return nil, withCode(exitIncomplete, fmt.Errorf("%w; --update expects nothing of what was recorded in part", err))
		}
		var err error
		if e, err = o.write(ruleNames(set), run, s); err != nil {
			return nil, err
		}
	}
	suite := expect.Compare(e, run)
	return &suite, o.verdict(&suite)
}

// verdict makes an error of cases that failed. What tested nothing must not pass, but
// what was tested and failed says more.
func (o *expectOptions) verdict(suite *expect.Suite) error {
	failed := suite.Failed()
	switch {
	case failed == 0:
		return nil
	case failed == suite.Untested():
		return withCode(exitNothing, fmt.Errorf("%s: %s; give a capture with events that the rules look at", o.file, suite.Summary()))
	}
	return withCode(exitFailed, fmt.Errorf("%s: %s; if the rules are right, add --update", o.file, suite.Summary()))
}

// write writes the expectation of a run, unless it is written already, and returns it.
// What would not pass, or tests nothing, is not written.
func (o *expectOptions) write(names []string, run *expect.Run, s *stdio) (*expect.Expectation, error) {
	old, err := o.text()
	if err != nil {
		return nil, err
	}
	text, err := expect.Update(o.file, old, names, run)
	if err != nil {
		return nil, expectationError(err)
	}
	e, err := expect.Load(o.file, text, names)
	if err != nil {
		return nil, expectationError(err)
	}
	if suite := expect.Compare(e, run); suite.Failed() > 0 {
		return nil, withCode(exitNothing, fmt.Errorf("%s is left as it was, for it would not pass: %s", o.file, suite.Summary()))
	}
	told := count(int64(len(e.Alerts)), "alert")
	if string(text) == string(old) {
		s.note("%s holds already: %s", o.file, told)
		return e, nil
	}
	if err := replaceFile(o.file, text, s); err != nil {
		return nil, err
	}
	s.note("%s written: %s", o.file, told)
	return e, nil
}

// replaceFile writes a file as a whole, or leaves it as it was.
func replaceFile(name string, text []byte, s *stdio) error {
	// A rename would replace what its owner has locked.
	if file, err := os.OpenFile(name, os.O_WRONLY, 0); errors.Is(err, fs.ErrPermission) {
		return withCode(exitOutput, fmt.Errorf("write expectation: %w; 'chmod u+w %s' if it is to change", err, name))
	} else if err == nil {
		file.Close()
	}
	out, err := openOutput(name, s)
	if err != nil {
		return err
	}
	defer out.discard()
	if _, err := out.Write(text); err != nil {
		return withOutputCode(err)
	}
	return out.commit()
}
