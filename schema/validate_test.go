package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const goodInsight = `{"class":"cpu_spin","confidence":0.6,"primary_process":"java","why":"one core is full","actions":["look at pid 7"]}`

const goodRecord = `{"id":"a1","version":"v1.0","source":{"type":"recorded","notes":""},` +
	`"context":{"telemetry_summary":"w=5 eps=1 frk=0 exe=0 ext=0 top=none tree=n/a","events_per_sec":1,"kb_snippets":[]},` +
	`"insight":` + goodInsight + `}`

// mutate replaces old by new in good; the problem must lie where the marker "@" stands
// in new.
type mutation struct {
	name, old, new string
	schema         string
	message        string
}

var insightMutations = []mutation{
	{"misspelt class", `"cpu_spin"`, `@"cpu_spni"`, "insight.schema.json#/properties/class/enum",
		`/class: found "cpu_spni", want one of fork_storm, short_job_flood, runaway_tree, cpu_spin, io_saturation, oom_risk, normal (did you mean "cpu_spin"?)`},
	{"foreign class", `"cpu_spin"`, `@"disk_full"`, "insight.schema.json#/properties/class/enum",
		`/class: found "disk_full", want one of fork_storm, short_job_flood, runaway_tree, cpu_spin, io_saturation, oom_risk, normal`},
	{"class no text", `"cpu_spin"`, `@7`, "insight.schema.json#/properties/class/enum",
		`/class: found 7, want one of fork_storm, short_job_flood, runaway_tree, cpu_spin, io_saturation, oom_risk, normal`},
	{"class missing", `{"class":"cpu_spin",`, `@{`, "insight.schema.json#/required",
		`/: found no member "class", want it, as it is required`},
	{"confidence high", `0.6`, `@1.01`, "insight.schema.json#/properties/confidence/maximum", `/confidence: found 1.01, want at most 1`},
	{"confidence low", `0.6`, `@-1e-300`, "insight.schema.json#/properties/confidence/minimum", `/confidence: found -1e-300, want at least 0`},
	{"confidence text", `0.6`, `@"0.6"`, "insight.schema.json#/properties/confidence/type", `/confidence: found string "0.6", want number`},
	{"process empty", `"java"`, `@""`, "insight.schema.json#/properties/primary_process/minLength", `/primary_process: found "", want at least 1 characters`},
	{"process wrong", `"java"`, `@["java"]`, "insight.schema.json#/properties/primary_process/type", `/primary_process: found array [\"java\"], want string or null`},
	{"why long", `"one core is full"`, `@"` + strings.Repeat("é", 121) + `"`, "insight.schema.json#/properties/why/maxLength", `/why: found 121 characters, want at most 120`},
	{"actions many", `["look at pid 7"]`, `@["a","b","c","d"]`, "insight.schema.json#/properties/actions/maxItems", `/actions: found 4 items, want at most 3`},
	{"action empty", `["look at pid 7"]`, `["a", @""]`, "insight.schema.json#/properties/actions/items/minLength", `/actions/1: found "", want at least 1 characters`},
	{"action long", `["look at pid 7"]`, `["a",` + "\n" + `@"` + strings.Repeat("x", 161) + `"]`, "insight.schema.json#/properties/actions/items/maxLength", `/actions/1: found 161 characters, want at most 160`},
	{"misspelt member", `"actions"`, `"actions":[], @"acitons"`, "insight.schema.json#/additionalProperties",
		`/acitons: found member "acitons", want only actions, class, confidence, primary_process, why`},
	{"not an object", goodInsight, `@[]`, "insight.schema.json#/type", `/: found array [], want object`},
}

var recordMutations = []mutation{
	{"id with a control character", `"a1"`, `@"a\u001b1"`, "record.schema.json#/properties/id/pattern", `/id: found "a\x1b1", want text that matches ^[^\x00-\x1f\x7f-\x9f]*$`},
	{"id empty", `"a1"`, `@""`, "record.schema.json#/properties/id/minLength", `/id: found "", want at least 1 characters`},
	{"id long", `"a1"`, `@"` + strings.Repeat("é", 201) + `"`, "record.schema.json#/properties/id/maxLength", `/id: found 201 characters, want at most 200`},
	{"version empty", `"v1.0"`, `@""`, "record.schema.json#/properties/version/minLength", `/version: found "", want at least 1 characters`},
	{"version with a fraction", `"v1.0"`, `@1.5`, "record.schema.json#/properties/version/type", `/version: found number 1.5, want string or integer`},
	{"source without a type", `"source":{"type":"recorded",`, `"source":@{`, "record.schema.json#/properties/source/required", `/source: found no member "type", want it, as it is required`},
	{"capture a path", `"notes":""`, `"capture":@"/var/x.jsonl"`, "record.schema.json#/properties/source/properties/capture/pattern", `/source/capture: found "/var/x.jsonl", want text that matches ^[^/\\\x00-\x1f\x7f-\x9f]*$`},
	{"fact without text", `"kb_snippets":[]`, `"kb_snippets":[],"facts":[@{"id":"f1"}]`, "record.schema.json#/properties/context/properties/facts/items/required", `/context/facts/0: found no member "text", want it, as it is required`},
	{"fact value", `"kb_snippets":[]`, `"kb_snippets":[],"facts":[{"id":"f1","text":"a","value":@[]}]`, "record.schema.json#/properties/context/properties/facts/items/properties/value/type", `/context/facts/0/value: found array [], want number or string or boolean or null`},
	{"row without comm", `"kb_snippets":[]`, `"kb_snippets":[],"process_table":[@{"pid":7}]`, "record.schema.json#/definitions/row/required", `/context/process_table/0: found no member "comm", want it, as it is required`},
	{"incident without onset", `"kb_snippets":[]`, `"kb_snippets":[],"incident":@{}`, "record.schema.json#/definitions/incident/required", `/context/incident: found no member "onset", want it, as it is required`},
	{"candidate without pid", `"kb_snippets":[]`, `"kb_snippets":[],"incident":{"onset":"2026-11-22T20:30:00.123456789Z","candidates":[@{"comm":"a"}]}`, "record.schema.json#/definitions/incident/properties/candidates/items/required", `/context/incident/candidates/0: found no member "pid", want it, as it is required`},
	{"source type", `"recorded"`, `@"recoded"`, "record.schema.json#/properties/source/properties/type/enum",
		`/source/type: found "recoded", want one of recorded, synthetic, imported (did you mean "recorded"?)`},
	{"rate", `"events_per_sec":1`, `"events_per_sec": @-1`, "record.schema.json#/properties/context/properties/events_per_sec/minimum", `/context/events_per_sec: found -1, want at least 0`},
	{"snippet", `"kb_snippets":[]`, `"kb_snippets":[@{"title":"a"}]`, "record.schema.json#/properties/context/properties/kb_snippets/items/required",
		`/context/kb_snippets/0: found no member "excerpt", want it, as it is required`},
	{"slash in a name", `"kb_snippets":[]`, `"kb_snippets":[], @"a/b~c":1`, "record.schema.json#/properties/context/additionalProperties",
		`/context/a~1b~0c: found member "a/b~c", want only events_per_sec, facts, incident, kb_snippets, process_table, telemetry_summary, window`},
	{"insight inside", `"confidence":0.6`, `"confidence": @2`, "insight.schema.json#/properties/confidence/maximum", `/insight/confidence: found 2, want at most 1`},
	{"window time", `"kb_snippets":[]`, `"kb_snippets":[],"window":{"from":@"yesterday","to":"2026-11-22T20:30:00.123456789Z"}`, "record.schema.json#/definitions/time/pattern",
		`/context/window/from: found "yesterday", want text that matches ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$`},
}

func TestValidate(t *testing.T) {
	tests := []struct {
		document  Document
		good      string
		mutations []mutation
	}{
		{DocumentInsight, goodInsight, insightMutations},
		{DocumentDatasetRecord, goodRecord, recordMutations},
	}
	for _, tt := range tests {
		if problems, err := Validate(tt.document, []byte(tt.good)); err != nil || len(problems) != 0 {
			t.Fatalf("the good %s: %v, %v", tt.document, problems, err)
		}
		for _, m := range tt.mutations {
			t.Run(fmt.Sprintf("%s/%s", tt.document, m.name), func(t *testing.T) {
				marked := strings.Replace(tt.good, m.old, m.new, 1)
				at := strings.IndexByte(marked, '@')
				data := strings.Replace(marked, "@", "", 1)
				problems, err := Validate(tt.document, []byte(data))
				if err != nil || len(problems) != 1 {
					t.Fatalf("got %v, %v; want one problem", problems, err)
				}
				got := problems[0]
				if got.String() != m.message || got.Schema != m.schema || got.Offset != int64(at) {
					t.Errorf("got  %s\n     %s at %d\nwant %s\n     %s at %d", got, got.Schema, got.Offset, m.message, m.schema, at)
				}
			})
		}
	}
}

// allowedRecords lists what the contract leaves to whoever writes a record: old and new
// in goodRecord.
var allowedRecords = []struct{ name, old, new string }{
	{"version an integer", `"v1.0"`, `1`},
	{"version without v", `"v1.0"`, `"1"`},
	{"id a path", `"a1"`, `"fork_storm/1"`},
	{"id with a space", `"a1"`, `"fork storm 1"`},
	{"id of 200 letters", `"a1"`, `"` + strings.Repeat("é", 200) + `"`},
	{"source without notes", `,"notes":""`, ``},
	{"source with more", `"notes":""`, `"host":{"name":"a"}`},
	{"fact without value", `"kb_snippets":[]`, `"kb_snippets":[],"facts":[{"id":"F 1","text":"a"}]`},
	{"fact values", `"kb_snippets":[]`, `"kb_snippets":[],"facts":[{"id":"a","text":"a","value":"java"},{"id":"b","text":"b","value":true,"unit":""},{"id":"c","text":"c","value":null}]`},
	{"short row", `"kb_snippets":[]`, `"kb_snippets":[],"process_table":[{"pid":1,"comm":"java"}]`},
	{"incident with its onset", `"kb_snippets":[]`, `"kb_snippets":[],"incident":{"onset":"2026-11-22T20:30:00.123456789Z"}`},
	{"blast radius", `"kb_snippets":[]`, `"kb_snippets":[],"incident":{"onset":"2026-11-22T20:30:00.123456789Z","host":"web1","blast_radius":{"processes":0,"text":"none"}}`},
	{"short processes", `"kb_snippets":[]`, `"kb_snippets":[],"incident":{"onset":"2026-11-22T20:30:00.123456789Z","primary":{"pid":1},"candidates":[{"pid":1}],"alternatives":[{"class":"normal"}]}`},
	{"model with more", `"insight":{`, `"llm":{"status":"ok","error":"x"},"insight":{`},
	{"model without status", `"insight":{`, `"llm":{},"insight":{`},
}

// TestRecordAllows holds that what the contract leaves open is valid, and can be read.
func TestRecordAllows(t *testing.T) {
	for _, tt := range allowedRecords {
		t.Run(tt.name, func(t *testing.T) {
			data := []byte(strings.Replace(goodRecord, tt.old, tt.new, 1))
			if string(data) == goodRecord {
				t.Fatal("nothing was changed")
			}
			if problems, err := Validate(DocumentDatasetRecord, data); err != nil || len(problems) > 0 {
				t.Errorf("%v, %v", problems, err)
			}
			if _, err := ParseDatasetRecord(data); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestVersion holds that a version is written as text, however it was read.
func TestVersion(t *testing.T) {
	r, err := ParseDatasetRecord([]byte(strings.Replace(goodRecord, `"v1.0"`, `2`, 1)))
	if err != nil || r.Version != "2" {
		t.Fatalf("got %q, %v", r.Version, err)
	}
	if text, err := r.AppendJSON(nil); err != nil || !strings.Contains(string(text), `"version":"2"`) {
		t.Errorf("written as %s, %v", text, err)
	}
	if _, err := ParseDatasetRecord([]byte(`{"version":[]}`)); err == nil {
		t.Error("a list was taken for a version")
	}
}

func TestGuessDocument(t *testing.T) {
	tests := []struct {
		data string
		want Document
	}{
		{goodInsight, DocumentInsight}, {goodRecord, DocumentDatasetRecord},
		{`{"confidence":3}`, DocumentInsight}, {`{"primary_process":null}`, DocumentInsight},
		{`{"class":1}`, DocumentInsight}, {`{"why":1}`, DocumentInsight}, {`{"actions":1}`, DocumentInsight},
		{`{"class":"normal","insight":{}}`, DocumentDatasetRecord},
		{`{}`, DocumentDatasetRecord}, {`7`, DocumentDatasetRecord}, {`{"a`, DocumentDatasetRecord},
	}
	for _, tt := range tests {
		if got := GuessDocument([]byte(tt.data)); got != tt.want {
			t.Errorf("GuessDocument(%s) = %s, want %s", tt.data, got, tt.want)
		}
	}
}

// TestValidateOrder holds that many problems come in the order of the data, the same
// every time: the library reports them in map order.
func TestValidateOrder(t *testing.T) {
	data := []byte(`{"zz":1,"class":"x","yy":2,"confidence":7,"why":"","primary_process":1,"aa":0}`)
	first, err := Validate(DocumentInsight, data)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "/zz", "/class", "/yy", "/confidence", "/why", "/primary_process", "/aa"}
	var got []string
	for _, p := range first {
		got = append(got, p.Instance)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	for range 50 {
		again, err := Validate(DocumentInsight, data)
		if err != nil || !slices.Equal(first, again) {
			t.Fatalf("a second run gave %v, %v; the first %v", again, err, first)
		}
	}
}

// TestDocumentsCompile holds that every schema in the table is built in and sound.
func TestDocumentsCompile(t *testing.T) {
	for _, d := range documents {
		problems, err := Validate(d.document, []byte(`[]`))
		if err != nil || len(problems) == 0 {
			t.Errorf("%s: an array gave %v, %v; want a problem", d.document, problems, err)
		}
	}
	if _, err := Validate("poem", []byte(`{}`)); err == nil {
		t.Error("an unknown kind of document was validated")
	}
}

// TestValidateNamesTheRightKind holds that a record of one type is told what is wrong
// with that type, not with all others.
func TestValidateNamesTheRightKind(t *testing.T) {
	problems, err := Validate(DocumentCaptureRecord, []byte(`{"type":"fork","time":"2026-11-22T20:30:00.123456789Z","seq":1,"pid":"x","start_time":"2026-11-22T20:30:00.123456789Z"}`))
	if err != nil || len(problems) != 1 || problems[0].Instance != "/pid" {
		t.Errorf("got %v, %v; want one problem with /pid", problems, err)
	}
}

func TestValidateRefusesText(t *testing.T) {
	tests := []struct {
		name, data string
		offset     int64
		reason     string
	}{
		{"empty", ``, 0, "unexpected end"},
		{"cut", `{"class":`, 9, "unexpected end"},
		{"two values", `{} {}`, 3, "more than one JSON value"},
		{"long number", `{"confidence":` + strings.Repeat("9", 400) + `}`, 414, "at most 64 characters"},
		{"extreme exponent", `{"confidence":1e9999999}`, 23, "out of range"},
		{"twice the same member", `{"a":1,"a":2}`, 7, "duplicate"},
		{"deep", strings.Repeat("[", 200) + strings.Repeat("]", 200), 101, "nested more than 100 deep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Validate(DocumentInsight, []byte(tt.data))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("error %v, want a SyntaxError", err)
			}
			if syntax.Offset != tt.offset || !strings.Contains(syntax.Reason, tt.reason) {
				t.Errorf("offset %d, %q; want %d, %q", syntax.Offset, syntax.Reason, tt.offset, tt.reason)
			}
		})
	}
}

// TestSchemasAreClosed holds that no object of a schema lets unknown members pass, but
// those that the contract leaves open.
func TestSchemasAreClosed(t *testing.T) {
	open := []string{"#/properties/source", "#/properties/llm"}
	for _, file := range []string{"insight.schema.json", "record.schema.json", "label.schema.json", "score.schema.json"} {
		text, err := schemaText(file)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		walkObjects(tree, "#", func(at string, node map[string]any) {
			if _, isObject := node["properties"]; isObject && node["additionalProperties"] != false && !slices.Contains(open, at) {
				t.Errorf("%s%s is open", file, at)
			}
		})
	}
}

// TestRowsAreOneKind holds that the rows of a record's process table have the members of
// a snapshot's, though fewer are asked for.
func TestRowsAreOneKind(t *testing.T) {
	members := func(file string, path ...string) []string {
		properties, _ := lookUp(schemaTrees()[file], append(path, "properties")).(map[string]any)
		return slices.Sorted(maps.Keys(properties))
	}
	row, snapshot := members("record.schema.json", "definitions", "row"), members("snapshot.schema.json", "definitions", "table", "items")
	if diff := cmp.Diff(snapshot, row); diff != "" || len(row) == 0 {
		t.Errorf("members %q (-snapshot +record):\n%s", row, diff)
	}
}

func walkObjects(node any, at string, visit func(at string, node map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		// A member called "properties" under "properties" would be a field, not a keyword.
		visit(at, node)
		for name, v := range node {
			walkObjects(v, at+"/"+name, visit)
		}
	case []any:
		for i, v := range node {
			walkObjects(v, fmt.Sprintf("%s/%d", at, i), visit)
		}
	}
}

// TestSchemasOfferNoAlternatives holds what [Validate] relies on to name the one thing
// that is wrong: with oneOf or anyOf every alternative would complain.
func TestSchemasOfferNoAlternatives(t *testing.T) {
	for file, tree := range schemaTrees() {
		walkObjects(tree, "#", func(at string, node map[string]any) {
			for _, keyword := range []string{"oneOf", "anyOf"} {
				if _, used := node[keyword].([]any); used {
					t.Errorf("%s%s uses %s: use if and then", file, at, keyword)
				}
			}
		})
	}
}

// TestClassesMatchSchema holds the Go list and the schema's enum together.
func TestClassesMatchSchema(t *testing.T) {
	text, err := schemaText("insight.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var tree struct {
		Properties struct {
			Class struct{ Enum []Class }
			Why   struct{ MaxLength int }
		}
	}
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Classes[:], tree.Properties.Class.Enum); diff != "" {
		t.Errorf("classes (-Go +schema):\n%s", diff)
	}
	if tree.Properties.Why.MaxLength != MaxWhy {
		t.Errorf("maxLength of why is %d, MaxWhy %d", tree.Properties.Why.MaxLength, MaxWhy)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"fork_storm", "cpu_spin", "normal"}
	tests := []struct{ word, want string }{
		{"fork_strom", "fork_storm"}, {"Normal", "normal"}, {"cpuspin", "cpu_spin"},
		{"disk", ""}, {"", ""}, {strings.Repeat("x", 1000), ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.word, words); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add(goodInsight)
	f.Add(goodRecord)
	for _, m := range slices.Concat(insightMutations, recordMutations) {
		f.Add(strings.Replace(m.new, "@", "", 1))
	}
	f.Add(`{"confidence":1e9999999}`)
	f.Fuzz(func(t *testing.T, data string) {
		for _, document := range []Document{DocumentInsight, DocumentDatasetRecord} {
			problems, err := Validate(document, []byte(data))
			var syntax *SyntaxError
			if err != nil && !errors.As(err, &syntax) {
				t.Fatalf("%s: %v", document, err)
			}
			for _, p := range problems {
				if p.Offset < 0 || p.Offset >= int64(len(data)) || p.Allowed == "" || p.Found == "" {
					t.Fatalf("%s: problem %+v of %q", document, p, data)
				}
			}
		}
	})
}

func BenchmarkValidateRecord(b *testing.B) {
	data := []byte(goodRecord)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Validate(DocumentDatasetRecord, data); err != nil {
			b.Fatal(err)
		}
	}
}
