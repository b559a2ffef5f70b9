package capture_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

var update = flag.Bool("update", false, "rewrite the generated part of FORMAT.md")

const (
	formatFile  = "FORMAT.md"
	fieldsBegin = "<!-- fields: generated from the field table of package schema -->\n"
	fieldsEnd   = "<!-- end of fields -->\n"
)

// TestFormatText holds that FORMAT.md lists the fields of the field table.
func TestFormatText(t *testing.T) {
	text, err := os.ReadFile(formatFile)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := bytes.Cut(text, []byte(fieldsBegin))
	_, tail, ok2 := bytes.Cut(rest, []byte(fieldsEnd))
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks the marks of its generated part", formatFile)
	}
	want := string(head) + fieldsBegin + fieldRows() + fieldsEnd + string(tail)
	if *update {
		if err := os.WriteFile(formatFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s does not list the fields as they are; rewrite it with: go test ./record/capture -run FormatText -update", formatFile)
	}
}

func fieldRows() string {
	var b strings.Builder
	b.WriteString("| field | type | on | meaning |\n| --- | --- | --- | --- |\n")
	for _, f := range schema.Fields() {
		name := "`" + f.Name + "`"
		if f.Required {
			name = "**" + name + "**"
		}
		var on []string
		for _, t := range f.On {
			on = append(on, string(t))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, kindNames[f.Kind], strings.Join(on, " "), f.Doc)
	}
	return b.String()
}

var kindNames = map[schema.Kind]string{
	schema.Int: "integer", schema.Float: "number", schema.Bool: "boolean", schema.String: "string",
	schema.Strings: "list of strings", schema.Instant: "time", schema.Nested: "JSON",
}

// TestFormatTextNames holds that the text names every record type and format.
func TestFormatTextNames(t *testing.T) {
	text, err := os.ReadFile(formatFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range schema.Types {
		if !bytes.Contains(text, []byte("\n| `"+string(typ)+"` |")) {
			t.Errorf("it has no row for %s", typ)
		}
	}
	for _, f := range formats {
		if !bytes.Contains(text, []byte("\n| `"+f.Extension()+"` |")) {
			t.Errorf("it has no row for %s", f.Extension())
		}
	}
	if _, err := capture.FormatOf("x.parquet.partial"); err == nil {
		t.Error("a partial capture counts as finished")
	}
}
