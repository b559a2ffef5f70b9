package insight

import (
	"fmt"

	"github.com/linnix-os/linnix/schema"
)

// Finding is one thing wrong in a file of insights or dataset records.
type Finding struct {
	// File is the name that was given to [Checker.File].
	File string
	// Line and Column count from 1; a column is a byte.
	Line, Column int64
	// Record is the id of the dataset record, or empty.
	Record string
	// Rule names the rule beyond the schema that is broken, or is empty.
	Rule string
	// Problem says what and where in the record; its Offset counts from the record's
	// first byte, and its Schema is empty where Rule is not.
	schema.Problem
}

// String returns file:line:col, the record, the problem and the rule, in one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s [%s]", f.File, f.Line, f.Column, f.Message(), f.Source())
}

// Message returns the record and the problem, for where the place stands beside it.
func (f Finding) Message() string {
	if f.Record == "" {
		return f.Problem.String()
	}
	return "record " + f.Record + ": " + f.Problem.String()
}

// Source returns what was broken: a place in a schema, or the name of a rule.
func (f Finding) Source() string {
	if f.Rule != "" {
		return f.Rule
	}
	return f.Schema
}
