package expect

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/replay/rules"
)

// Result is what came of one replay of a test.
type Result struct {
	Test *Test
	// Capture tells the replays of one test apart; it is empty if there is one only.
	Capture string
	// Suite holds the cases as [Compare] names them, without the test.
	Suite    Suite
	Outcomes []rules.Outcome
}

// Judge holds a replay of a test against what the test expects.
func Judge(test *Test, capture string, run *Run) Result {
	return Result{Test: test, Capture: capture, Suite: Compare(test.Expectation, run), Outcomes: run.Outcomes}
}

// NotReplayedResult is that of a test whose capture or timeline could not be replayed.
func NotReplayedResult(test *Test, err error) Result {
	return Result{Test: test, Suite: Suite{Cases: []Case{{
		Name: "capture", Class: test.File, File: test.File, Line: test.Line, Reason: NotReplayed, Message: err.Error(),
	}}}}
}

// name is the test's, with the capture if need be.
func (r *Result) name() string {
	if r.Capture == "" {
		return r.Test.Name
	}
	return r.Test.Name + " [" + r.Capture + "]"
}

// Results are those of all tests that ran, in order.
type Results []Result

// Suite returns the cases of all, each named after its test.
func (rs Results) Suite() Suite {
	var all Suite
	for i := range rs {
		for _, c := range rs[i].Suite.Cases {
			c.Name = rs[i].name() + ": " + c.Name
			all.Cases = append(all.Cases, c)
		}
	}
	return all
}

// NeverFired are the rules that no test made fire, in the order in which they came up.
func (rs Results) NeverFired() []string {
	var names, fired []string
	for i := range rs {
		for _, o := range rs[i].Outcomes {
			if !slices.Contains(names, o.Rule) {
				names = append(names, o.Rule)
			}
			if o.Fired > 0 {
				fired = append(fired, o.Rule)
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(fired, name) })
}

// Summary says in one line what ran, and what no test covers.
func (rs Results) Summary() string {
	failed, alerts := 0, 0
	for i := range rs {
		if rs[i].Suite.Failed() > 0 {
			failed++
		}
		alerts += len(rs[i].Test.Expectation.Alerts)
	}
	suite := rs.Suite()
	text := fmt.Sprintf("%s, %d failed; %s; %s expected", plural(len(rs), "test"), failed, suite.Summary(), plural(alerts, "alert"))
	if names := rs.NeverFired(); len(names) > 0 {
		return text + "; never made to fire: " + strings.Join(names, ", ")
	}
	for i := range rs {
		if len(rs[i].Outcomes) > 0 {
			return text + "; every rule fired"
		}
	}
	return text // nothing was replayed
}

// Write writes the results in one of [Formats]. Text has a line for each test, with what
// is not as expected below it, and the summary as the last line; the others have the
// cases.
func (rs Results) Write(w io.Writer, format string) error {
	if format != textFormat {
		suite := rs.Suite()
		return Write(w, format, &suite)
	}
	var b bytes.Buffer
	for i := range rs {
		r := &rs[i]
		verdict := "ok  "
		if r.Suite.Failed() > 0 {
			verdict = "FAIL"
		}
		fmt.Fprintf(&b, "%s  %s\n", verdict, printable(r.name()))
		for j := range r.Suite.Cases {
			textCase(&b, &r.Suite.Cases[j], "      ")
		}
	}
	fmt.Fprintln(&b, printable(rs.Summary()))
	_, err := w.Write(b.Bytes())
	return err
}
