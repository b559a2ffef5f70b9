package insight

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// Rules that come before those of the table.
const (
	// ruleSyntax is the rule of a finding about text that is no JSON.
	ruleSyntax = "json"
	// ruleReadable is broken by a value that its schema allows and no reader can hold,
	// such as the 31st of February.
	ruleReadable = "readable"
	ruleUniqueID = "unique-id"
)

// Checker validates files of dataset records and bare insights. One Checker sees all
// files of a run, as ids must be unique over all of them. It is not safe for
// concurrent use.
type Checker struct {
	report  func(Finding)
	summary CheckSummary
	// ids holds where each record id was first seen.
	ids map[string]string
}

// CheckSummary counts what a [Checker] saw.
type CheckSummary struct {
	Files, Records, Insights, Findings int64
}

// NewChecker returns a checker that passes each finding to report, in the order of
// the files and of the places in each.
func NewChecker(report func(Finding)) *Checker {
	return &Checker{report: report, ids: map[string]string{}}
}

// Summary returns the counts so far.
func (c *Checker) Summary() CheckSummary { return c.summary }

// File checks one file: a sequence of JSON values in any layout – one a line (JSONL),
// one over many lines, or arrays of them – each a dataset record or a bare insight. For
// an insight only its schema counts; a record has rules beyond it, see recordRules.
// JSONL is read line by line, so a broken line does not hide the next. The error is
// one of reading r; what is wrong in the file is reported.
func (c *Checker) File(name string, r io.Reader) error {
	c.summary.Files++
	err := eachValue(name, r, func(v value) { c.value(name, v) })
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func (c *Checker) value(file string, v value) {
	findings := c.findings(file, v)
	for i := range findings {
		f := &findings[i]
		f.File = file
		at := v.at(f.Offset)
		f.Line, f.Column = at.line, at.column
	}
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Offset, b.Offset) })
	for _, f := range findings {
		c.summary.Findings++
		c.report(f)
	}
}

// findings judges one value, without places in the file.
func (c *Checker) findings(file string, v value) []Finding {
	if v.broken != nil {
		return []Finding{{Rule: ruleSyntax, Problem: *v.broken}}
	}
	document := schema.GuessDocument(v.text)
	problems, err := schema.Validate(document, v.text)
	if err != nil {
		return []Finding{{Rule: ruleSyntax, Problem: syntaxProblem(err)}}
	}
	findings := make([]Finding, 0, len(problems))
	for _, p := range problems {
		findings = append(findings, Finding{Problem: p})
	}
	if document == schema.DocumentInsight {
		c.summary.Insights++
		return findings
	}
	c.summary.Records++
	if len(findings) == 0 {
		// What has the wrong shape would break the rules only for that.
		findings = checkRecord(v.text)
	}
	return c.identify(file, v, findings)
}

// identify adds the record's id to its findings, and a finding if the id is not new.
func (c *Checker) identify(file string, v value, findings []Finding) []Finding {
	var record struct {
		ID any `json:"id"`
	}
	if json.Unmarshal(v.text, &record) != nil {
		return findings
	}
	id, _ := record.ID.(string)
	if id == "" {
		return findings
	}
	if first, seen := c.ids[id]; seen {
		p := schema.Problem{Instance: "/id", Found: fmt.Sprintf("%q, as in %s", schema.Clip(id, 60), first), Allowed: "an id that no other record has"}
		findings = append(findings, located(v.text, ruleUniqueID, p))
	} else {
		c.ids[id] = fmt.Sprintf("%s:%d:%d", file, v.line, v.column)
	}
	for i := range findings {
		findings[i].Record = schema.EscapeComm(schema.Clip(id, 60))
	}
	return findings
}

func syntaxProblem(err error) schema.Problem {
	p := schema.Problem{Found: err.Error(), Allowed: "a dataset record or an insight in JSON"}
	var syntax *schema.SyntaxError
	if errors.As(err, &syntax) {
		p.Offset, p.Found = syntax.Offset, syntax.Reason
	}
	return p
}

// located returns a finding of a rule beyond the schema, at the problem's instance.
func located(text []byte, rule string, p schema.Problem) Finding {
	one := []schema.Problem{p}
	schema.Locate(text, one)
	return Finding{Rule: rule, Problem: one[0]}
}
