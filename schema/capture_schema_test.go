package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const captureSchemaFile = "capture.schema.json"

// TestCaptureSchema holds that capture.schema.json follows from the field table.
func TestCaptureSchema(t *testing.T) {
	want, err := json.MarshalIndent(captureSchema(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(captureSchemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(captureSchemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the field table gives; rewrite it with: go test ./schema -run CaptureSchema -update", captureSchemaFile)
	}
}

// object is a JSON object that keeps its order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out = append(appendText(out, m.name), ':')
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

func captureSchema() object {
	properties := object{
		{"type", object{{"description", "what the record tells of; types that are not listed here are allowed"}, {"type", "string"}, {"minLength", 1}}},
		{"time", object{{"description", "when it happened"}, {"$ref", "#/definitions/time"}}},
		{"seq", object{{"description", "position in the capture, from 0"}, {"type", "integer"}, {"minimum", 0}}},
	}
	for i := range fieldTable {
		properties = append(properties, fieldSchema(&fieldTable[i])...)
	}
	properties = append(properties, member{"crc", object{
		{"description", "last member of a line where meta says checksum: CRC-32C of the line up to the comma before it"},
		{"type", "string"}, {"pattern", `^[0-9a-f]{8}$`}}})
	return object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"$id", "https://github.com/linnix-os/linnix/schema/" + captureSchemaFile},
		{"title", "Linnix capture record"},
		{"description", "One line of a JSONL capture, one row of a Parquet capture. Members, record types and values of phase and state that this version does not know are allowed. Generated from the field table in fields.go."},
		{"type", "object"},
		{"required", []string{"type", "time", "seq"}},
		{"properties", properties},
		{"allOf", requiredByType()},
		{"definitions", object{
			{"time", object{{"type", "string"}, {"pattern", `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$`}}},
			{"base64", object{{"type", "string"}, {"pattern", `^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$`}}},
			{"int64", object{{"type", "integer"}, {"minimum", json.Number("-9223372036854775808")}, {"maximum", json.Number("9223372036854775807")}}},
		}},
	}
}

// requiredByType lists, for each type that requires more than the common three, what
// it requires.
func requiredByType() []object {
	var rules []object
	for _, t := range Types {
		var names []string
		for _, i := range requiredOf()[t.Index()] {
			names = append(names, fieldTable[i].Name)
		}
		if names == nil {
			continue
		}
		rules = append(rules, object{
			{"if", object{{"properties", object{{"type", object{{"const", t}}}}}}},
			{"then", object{{"required", names}}},
		})
	}
	return rules
}

// fixedValues has the rules of the fields whose values the format fixes.
var fixedValues = map[string]object{
	"format":         {{"const", Format}},
	"format_version": {{"const", FormatVersion}},
	"probes": {{"type", "array"}, {"items", object{
		{"type", "object"},
		{"required", []string{"name", "attached"}},
		{"properties", object{
			{"name", object{{"type", "string"}}},
			{"attached", object{{"type", "boolean"}}},
			{"detail", object{{"type", "string"}}},
		}},
	}}},
	"counts": {{"type", "object"}, {"additionalProperties", object{
		{"type", "object"},
		{"required", []string{"attempted", "written", "filtered", "lost"}},
		{"additionalProperties", object{{"type", "integer"}, {"minimum", 0}}},
	}}},
}

func fieldSchema(f *Field) object {
	described := object{{"description", f.Doc + " (" + joinTypes(f.On) + ")"}}
	rule, fixed := fixedValues[f.Name]
	if !fixed {
		rule = kindRules[f.Kind]
	}
	properties := object{{f.Name, append(described, rule...)}}
	exact := object{{"description", "exact bytes of " + f.Name + ", which is not UTF-8"}}
	switch f.Kind {
	case String:
		properties = append(properties, member{f.Name + b64Suffix, append(exact, member{"$ref", "#/definitions/base64"})})
	case Strings:
		properties = append(properties, member{f.Name + b64Suffix, append(exact,
			member{"type", "array"}, member{"items", object{{"$ref", "#/definitions/base64"}}})})
	}
	return properties
}

var kindRules = map[Kind]object{
	Int:     {{"$ref", "#/definitions/int64"}},
	Float:   {{"type", "number"}},
	Bool:    {{"type", "boolean"}},
	String:  {{"type", "string"}},
	Strings: {{"type", "array"}, {"items", object{{"type", "string"}}}},
	Instant: {{"$ref", "#/definitions/time"}},
	Nested:  {},
}

func joinTypes(types []Type) string {
	var names []string
	for _, t := range types {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// TestCaptureSchemaAccepts validates lines with every field, as AppendJSON writes
// them, of every type.
func TestCaptureSchemaAccepts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 300 {
		r := randomRecord(rng, float64(i%5)/4)
		line := AppendJSON(nil, r)
		problems, err := Validate(DocumentCaptureRecord, line)
		if err != nil {
			t.Fatal(err)
		}
		if len(problems) > 0 {
			t.Fatalf("%v in\n%s", problems, line)
		}
	}
}

func TestCaptureSchemaRejects(t *testing.T) {
	const good = `{"type":"task","time":"2026-11-22T20:30:00.123456789Z","seq":0,"phase":"begin","pid":7,"start_time":"2026-11-22T20:30:00.000000000Z","comm":"sh"}`
	for _, c := range [][2]string{
		{`"seq":0,`, ``},
		{`"seq":0`, `"seq":-1`},
		{`"pid":7,`, ``},
		{`"pid":7`, `"pid":"7"`},
		{`"pid":7`, `"pid":7.5`},
		{`"pid":7`, `"pid":9223372036854775808`},
		{`123456789Z`, `123Z`},
		{`"begin"`, `true`},
		{`"task"`, `""`},
		{`"comm":"sh"`, `"comm":["sh"]`},
		{`"comm":"sh"`, `"comm_b64":"x"`},
		{`"comm":"sh"`, `"argv":["sh",1]`},
		{`"comm":"sh"`, `"state":1`},
		{`"comm":"sh"`, `"format_version":2`},
		{`"comm":"sh"`, `"crc":"1234ABCD"`},
		{`"comm":"sh"`, `"crc":7`},
		{`"comm":"sh"`, `"probes":[{"name":"x"}]`},
		{`"comm":"sh"`, `"counts":{"fork":{"attempted":1,"written":1,"filtered":0}}`},
	} {
		bad := strings.Replace(good, c[0], c[1], 1)
		problems, err := Validate(DocumentCaptureRecord, []byte(bad))
		if err != nil {
			t.Fatal(err)
		}
		if bad == good || len(problems) == 0 {
			t.Errorf("%s instead of %s was accepted", c[1], c[0])
		}
	}
	if problems, err := Validate(DocumentCaptureRecord, []byte(good)); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v in %s", err, problems, good)
	}
}
