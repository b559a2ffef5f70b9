package schema

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Document names a kind of document that [Validate] knows.
type Document string

// The documents. A capture is validated record by record.
const (
	DocumentCaptureRecord Document = "capture record"
	DocumentAlert         Document = "alert"
	DocumentSnapshot      Document = "snapshot"
	DocumentInsight       Document = "insight"
	DocumentDatasetRecord Document = "dataset record"
	DocumentLabel         Document = "label"
	DocumentScore         Document = "score"
	DocumentView          Document = "view"
)

// documents has one row for each kind of document; to add one: a constant, a schema
// file, a row.
var documents = [...]documentSchema{
	schemaFor(DocumentCaptureRecord, "capture.schema.json"),
	schemaFor(DocumentAlert, "alert.schema.json"),
	schemaFor(DocumentSnapshot, "snapshot.schema.json"),
	schemaFor(DocumentInsight, "insight.schema.json"),
	schemaFor(DocumentDatasetRecord, "record.schema.json"),
	schemaFor(DocumentLabel, "label.schema.json"),
	schemaFor(DocumentScore, "score.schema.json"),
	schemaFor(DocumentView, "view.schema.json"),
}

//go:embed *.schema.json
var schemaFiles embed.FS

// baseURL is where relative references between the schema files resolve; nothing is
// ever fetched from there.
const baseURL = "https://github.com/linnix-os/linnix/schema/"

// documentSchema compiles on first use, so that a command which validates nothing
// starts at once.
type documentSchema struct {
	document Document
	file     string
	compile  func() (*jsonschema.Schema, error)
}

func schemaFor(document Document, file string) documentSchema {
	return documentSchema{document, file, sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(file) })}
}

// schemaText returns one of the schema files (JSON Schema, draft-07), which refer to one
// another by name.
func schemaText(file string) ([]byte, error) {
	text, err := schemaFiles.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	return text, nil
}

func compile(file string) (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft7
	compiler.LoadURL = refuseToLoad
	entries, err := schemaFiles.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list schemas: %w", err)
	}
	for _, entry := range entries {
		text, err := schemaText(entry.Name())
		if err != nil {
			return nil, err
		}
		if err := compiler.AddResource(baseURL+entry.Name(), bytes.NewReader(text)); err != nil {
			return nil, fmt.Errorf("read schema %s: %w", entry.Name(), err)
		}
	}
	compiled, err := compiler.Compile(baseURL + file)
	if err != nil {
		return nil, fmt.Errorf("compile schema %s: %w", file, err)
	}
	return compiled, nil
}

func refuseToLoad(url string) (io.ReadCloser, error) {
	return nil, fmt.Errorf("schema %s is not built in, and nothing is fetched", url)
}

// Problem is one way in which a document breaks its schema.
type Problem struct {
	// Offset is the byte offset in the data of the value at fault, or of the name of a
	// member that is not allowed.
	Offset int64
	// Instance is the JSON pointer of the value; empty is the whole document.
	Instance string
	// Schema is the schema file and the JSON pointer of the broken keyword in it, such
	// as insight.schema.json#/properties/class/enum.
	Schema string
	// Found says what stands there, Allowed what may. Text from the data is quoted and
	// shortened.
	Found, Allowed string
	// Hint is a name that was probably meant, or empty.
	Hint string
	// Missing is the pointer of the member that is not there, where that is the problem.
	Missing string
}

// String returns the problem in one line, without its place in the data.
func (p Problem) String() string {
	at := p.Instance
	if at == "" {
		at = "/"
	}
	text := fmt.Sprintf("%s: found %s, want %s", at, p.Found, p.Allowed)
	if p.Hint != "" {
		text += fmt.Sprintf(" (did you mean %q?)", p.Hint)
	}
	return text
}

// Validate holds data, one JSON value, against the schema of the document. It returns
// every problem, in the order of the data. The error is a [SyntaxError] when data is
// no JSON that can be judged, such as a number of a thousand digits. Safe for
// concurrent use; nothing is fetched.
func Validate(document Document, data []byte) ([]Problem, error) {
	schema, err := compiledFor(document)
	if err != nil {
		return nil, err
	}
	value, err := decodeJSON(data)
	if err != nil {
		return nil, err
	}
	broken, err := check(schema, value)
	if err != nil || broken == nil {
		return nil, err
	}
	var problems []Problem
	for _, leaf := range leaves(broken, nil) {
		problems = append(problems, explain(leaf, value)...)
	}
	Locate(data, problems)
	slices.SortFunc(problems, compareProblems)
	return slices.Compact(problems), nil
}

func compiledFor(document Document) (*jsonschema.Schema, error) {
	for _, d := range documents {
		if d.document == document {
			return d.compile()
		}
	}
	return nil, fmt.Errorf("no schema for %q", string(document))
}

// check guards against a panic of the library, which has been seen on extreme numbers.
func check(schema *jsonschema.Schema, value any) (broken *jsonschema.ValidationError, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("validate: %v", r)
		}
	}()
	err = schema.Validate(value)
	if errors.As(err, &broken) {
		return broken, nil
	}
	return nil, err
}

func compareProblems(a, b Problem) int {
	return cmp.Or(
		cmp.Compare(a.Offset, b.Offset),
		cmp.Compare(a.Instance, b.Instance),
		cmp.Compare(a.Schema, b.Schema),
		cmp.Compare(a.Found, b.Found),
	)
}
