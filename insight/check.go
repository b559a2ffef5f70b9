package insight

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

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
	each    Each
	known   recognizers
	summary CheckSummary
	// files are the names of those checked, and ids holds where each id was first seen.
	files []string
	ids   map[idKey]firstSeen
	// batch is what has been read and not yet judged; judged is kept for the next one.
	batch  batch
	judged []judgement
}

// firstSeen is the place of the first record with an id; file is an index. It is small,
// as there are millions.
type firstSeen struct{ file, line, column uint32 }

// Each calls do with every number from 0 up to n, in any order and as far as it likes at
// the same time, and returns when all calls have.
type Each func(n int, do func(i int))

// InTurn is the plainest [Each].
func InTurn(n int, do func(i int)) {
	for i := range n {
		do(i)
	}
}

// CheckSummary counts what a [Checker] saw.
type CheckSummary struct {
	Files, Records, Insights, Findings int64
}

// NewChecker returns a checker that passes each finding to report, in the order of
// the files and of the places in each, whatever the order in which each has them found.
// The error is one of the schemas, which are part of the program.
func NewChecker(report func(Finding), each Each) (*Checker, error) {
	known, err := theRecognizers()
	if err != nil {
		return nil, err
	}
	return &Checker{report: report, each: each, known: known, ids: map[idKey]firstSeen{}}, nil
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
	c.files = append(c.files, name)
	err := eachValue(name, r, func(v value) {
		if !c.batch.add(v) {
			c.settle(name)
		}
	})
	c.settle(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// examine judges a value at full length, so that each of its problems comes up.
func examine(text []byte) judgement {
	document := schema.GuessDocument(text)
	problems, err := schema.Validate(document, text)
	if err != nil {
		return judgement{findings: []Finding{{Rule: ruleSyntax, Problem: syntaxProblem(err)}}}
	}
	j := judgement{document: document}
	for _, p := range problems {
		j.findings = append(j.findings, Finding{Problem: p})
	}
	if document == schema.DocumentInsight {
		return j
	}
	j.findings = append(j.findings, checkRecord(text, problems)...)
	j.id = idOf(text)
	return j
}

// idOf returns the id of a record of any shape, or nothing.
func idOf(text []byte) string {
	var members map[string]json.RawMessage
	var id string
	if json.Unmarshal(text, &members) != nil || json.Unmarshal(members["id"], &id) != nil {
		return ""
	}
	return id
}

// identify returns the findings with the record's id, and one more if it is not new.
func (c *Checker) identify(file string, v value, j judgement) []Finding {
	findings := j.findings
	if j.id == "" {
		return findings
	}
	if first, seen := c.ids[j.key]; seen {
		at := fmt.Sprintf("%s:%d:%d", c.files[first.file], first.line, first.column)
		p := schema.Problem{Instance: "/id", Found: fmt.Sprintf("%q, as in %s", schema.Clip(j.id, 60), at), Allowed: "an id that no other record has"}
		findings = append(findings, located(v.text, ruleUniqueID, p))
	} else {
		c.ids[j.key] = firstSeen{uint32(len(c.files) - 1), uint32(v.line), uint32(v.column)}
	}
	for i := range findings {
		findings[i].Record = schema.EscapeComm(schema.Clip(j.id, 60))
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
