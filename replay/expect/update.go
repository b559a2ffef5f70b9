package expect

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/linnix-os/linnix/schema/document"
)

// ErrNothing says that a run gives nothing to expect.
var ErrNothing = errors.New("no alert was raised and no rule was evaluated, so there is nothing to expect; give a capture with events")

// ErrTooLarge says that an expectation of all that was raised could not be read again.
var ErrTooLarge = errors.New("the alerts of this run are too many for one expectation")

// Update returns the YAML text of an expectation of exactly what a run raised. Old is
// the file as it stands, or empty: its tolerances, rules and comments are kept, those of
// an alert as long as it is raised. The same run gives the same text, and that text,
// updated, itself. The error is [document.Problems] if old cannot be understood, or
// [ErrNothing] or [ErrTooLarge]. The name, for messages, is not one of a TOML file.
func Update(name string, old []byte, ruleNames []string, run *Run) ([]byte, error) {
	old = bytes.TrimPrefix(old, []byte("\ufeff")) // else it ends up above the comments
	f, root := document.Parse(name, old)
	if root == nil {
		return nil, parseError(f)
	}
	r := reader{File: f, rules: ruleNames, key: rulesKey, anyAlerts: true}
	e := r.expectation(root)
	if err := f.Err(); err != nil {
		return nil, err
	}
	u := updater{old: e, comments: readComments(splitLines(old), root), run: run}
	text, err := u.text(ruleNames)
	if err == nil && len(text) > document.MaxBytes {
		return nil, fmt.Errorf("%w: %d alerts come to %d bytes, more than %d; %s",
			ErrTooLarge, len(run.Alerts), len(text), document.MaxBytes, narrowHint)
	}
	return text, err
}

// narrowHint says what to do about too many alerts.
const narrowHint = "narrow it with --from and --to, or give fewer rules"

// parseError is the error of an expectation that is no document. One that is too large
// cannot be split: it must hold all that is raised.
func parseError(f *document.File) error {
	problems := f.Problems()
	for i := range problems {
		if problems[i].Code == document.CodeTooLarge {
			problems[i].Hint = narrowHint
		}
	}
	return problems
}

func splitLines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// updater writes the new text of an expectation file.
type updater struct {
	bytes.Buffer
	old      *Expectation
	comments *comments
	run      *Run
}

func (u *updater) text(ruleNames []string) ([]byte, error) {
	got := u.run.raised()
	slices.SortStableFunc(got, func(a, b raised) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time),
			cmp.Compare(slices.Index(ruleNames, a.Rule), slices.Index(ruleNames, b.Rule)))
	})
	names, err := u.ruleNames(got)
	if err != nil {
		return nil, err
	}
	u.above("", u.comments.head)
	if u.old.Tolerance > 0 || len(u.comments.verbatim["tolerance"]) > 0 {
		u.topKey("tolerance", u.old.Tolerance.String())
	}
	if len(names) > 0 {
		u.topKey("rules", "["+strings.Join(names, ", ")+"]")
	}
	if len(got) == 0 {
		u.topKey("alerts", noneWord)
	} else {
		u.topKey("alerts", "")
		u.alerts(got)
	}
	u.above("", u.comments.foot)
	return u.Bytes(), nil
}

// ruleNames are those that must have been evaluated: as before, or where nothing is
// raised all that were.
func (u *updater) ruleNames(got []raised) ([]string, error) {
	var names []string
	for _, rule := range u.old.Rules {
		names = append(names, scalar(rule.Name))
	}
	if len(names) > 0 || len(got) > 0 {
		return names, nil
	}
	for i := range u.run.Outcomes {
		if o := &u.run.Outcomes[i]; o.Evaluated > 0 && !o.Incomplete && !o.Short {
			names = append(names, scalar(o.Rule))
		}
	}
	if len(names) == 0 {
		return nil, ErrNothing
	}
	return names, nil
}

// topKey writes a key of the file: as it stands if it can be copied, for its value is
// not changed by an update.
func (u *updater) topKey(key, value string) {
	r := u.comments.remark(owner{key, -1})
	u.above("", r.above)
	if lines := u.comments.verbatim[key]; len(lines) > 0 {
		for _, line := range lines {
			u.line("", line)
		}
		return
	}
	u.line("", strings.TrimSuffix(key+": "+value, " ")+r.behind)
}

// alerts writes the alerts, each with the comments and the tolerance of the one that
// stood for it before.
func (u *updater) alerts(got []raised) {
	was := unpaired(len(got))
	for i, place := range pair(u.old, got) {
		if place >= 0 {
			was[place] = i
		}
	}
	for i := range got {
		before := Alert{}
		if was[i] >= 0 {
			before = u.old.Alerts[was[i]]
		}
		lines := keyLines(&got[i], u.run.Hosts > 1 || before.Host.OK)
		if before.Tolerance.OK {
			lines = slices.Insert(lines, slices.IndexFunc(lines, isTime)+1, keyLine{"tolerance", before.Tolerance.V.String()})
		}
		for k, line := range lines {
			indent := "  "
			if k == 0 {
				indent = "- "
			}
			r := &remark{}
			if was[i] >= 0 {
				r = u.comments.remark(owner{line.key, was[i]})
			}
			u.above(strings.Repeat(" ", 2*min(k, 1)), r.above)
			u.line(indent, line.key+": "+line.value+r.behind)
		}
	}
}

func isTime(l keyLine) bool { return l.key == "time" }

// above writes comments and blank lines.
func (u *updater) above(indent string, lines []string) {
	for _, line := range lines {
		u.line(indent, strings.TrimSpace(line))
	}
}

// line writes a line, without space at its end.
func (u *updater) line(indent, text string) {
	fmt.Fprintln(u, strings.TrimRight(indent+text, " "))
}
