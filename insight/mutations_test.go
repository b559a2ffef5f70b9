package insight

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mark stands in a mutation where its finding must point.
const mark = "§"

// A mutation is one way to break fullRecord.
type mutation struct {
	name string
	// edits are pairs of old and new text.
	edits []string
	// want is the instance pointer and what is broken, and the hint if there is one.
	want string
}

const (
	fullSource  = `"source":{"type":"recorded","notes":"n","capture":"capture-1","recipe":"make","more":1},`
	fullVersion = `"version":"v1.0",`
	fullWindow  = `"window":{"from":"2026-11-22T12:00:00.000000000Z","to":"2026-11-22T12:00:05.000000000Z"}`
	fullSummary = `"telemetry_summary":"w=5 eps=1.5 frk=0 exe=0 ext=0 top=java,web%20server rss=4412:java:61.2% tree=pid=4412 comm=java ppid=1; free words",`
)

// edit returns the one pair of texts of most mutations.
func edit(old, new string) []string { return []string{old, new} }

// missing returns edits that take a member out of the object that begins with begin.
func missing(begin, member string) []string {
	if rest, ok := strings.CutPrefix(member, begin); ok {
		return edit(member, mark+begin+rest)
	}
	return []string{begin, mark + begin, member, ""}
}

var longText = strings.Repeat("é", 121)

// mutations all leave JSON: they are found by the schema or by a rule.
var mutations = []mutation{
	{"no id", edit(`{"id":"a",`, mark+`{`), " record.schema.json#/required"},
	{"no version", missing(`{"id":"a",`, fullVersion), " record.schema.json#/required"},
	{"no source", missing(`{"id":"a",`, fullSource), " record.schema.json#/required"},
	{"no insight", missing(`{"id":"a",`, `"insight":{"class":"cpu_spin","confidence":0.6,"primary_process":"java","why":"one core is full","actions":["look"]},`), " record.schema.json#/required"},
	{"no type of the source", edit(`{"type":"recorded",`, mark+`{`), "/source record.schema.json#/properties/source/required"},
	{"no summary", edit(`{`+fullSummary, mark+`{`), "/context record.schema.json#/properties/context/required"},
	{"no events_per_sec", missing(`{"telemetry_summary"`, `"events_per_sec":1.5,`), "/context record.schema.json#/properties/context/required"},
	{"no kb_snippets", missing(`{"telemetry_summary"`, `"kb_snippets":[{"title":"t","excerpt":"e"}],`), "/context record.schema.json#/properties/context/required"},
	{"no class", edit(`{"class":"cpu_spin",`, mark+`{`), "/insight insight.schema.json#/required"},
	{"no confidence", missing(`{"class":"cpu_spin"`, `"confidence":0.6,`), "/insight insight.schema.json#/required"},
	{"no primary_process", missing(`{"class":"cpu_spin"`, `"primary_process":"java",`), "/insight insight.schema.json#/required"},
	{"no why", missing(`{"class":"cpu_spin"`, `"why":"one core is full",`), "/insight insight.schema.json#/required"},
	{"no actions", missing(`{"class":"cpu_spin"`, `,"actions":["look"]`), "/insight insight.schema.json#/required"},
	{"no onset", edit(`{"onset":"2026-11-22T12:00:01.000000000Z",`, mark+`{`), "/context/incident record.schema.json#/definitions/incident/required"},
	{"no end of the window", edit(fullWindow, `"window":`+mark+`{"from":"2026-11-22T12:00:00.000000000Z"}`), "/context/window record.schema.json#/properties/context/properties/window/required"},
	{"no text of a fact", edit(`{"id":"f2","text":"calm",`, mark+`{"id":"f2",`), "/context/facts/1 record.schema.json#/properties/context/properties/facts/items/required"},
	{"no pid of a row", edit(`{"pid":4412,"ppid"`, mark+`{"ppid"`), "/context/process_table/0 record.schema.json#/definitions/row/required"},

	{"unknown member of the record", edit(`{"id":"a",`, `{"id":"a",`+mark+`"label":1,`), "/label record.schema.json#/additionalProperties"},
	{"misspelt member", edit(`"llm":`, mark+`"lm":`), `/lm record.schema.json#/additionalProperties llm`},
	{"unknown member of the context", edit(fullSummary, fullSummary+mark+`"fact":[],`), "/context/fact record.schema.json#/properties/context/additionalProperties"},
	{"misspelt member of an insight", edit(`"actions":["look"]`, `"actions":["look"],`+mark+`"confidnce":1`), "/insight/confidnce insight.schema.json#/additionalProperties"},
	{"odd name of a member", edit(`"actions":["look"]`, `"actions":["look"],`+mark+`"a/b~c":1`), "/insight/a~1b~0c insight.schema.json#/additionalProperties"},
	{"unknown member of a fact", edit(`"unit":"%"`, mark+`"units":"%"`), "/context/facts/0/units record.schema.json#/properties/context/properties/facts/items/additionalProperties unit"},

	{"record is a list", edit(`"insight":{"class":"cpu_spin","confidence":0.6,"primary_process":"java","why":"one core is full","actions":["look"]}`, `"insight":`+mark+`[]`), "/insight insight.schema.json#/type"},
	{"id is a number", edit(`"id":"a"`, `"id":`+mark+`7`), "/id record.schema.json#/properties/id/type"},
	{"id is empty", edit(`"id":"a"`, `"id":`+mark+`""`), "/id record.schema.json#/properties/id/minLength"},
	{"id has a control character", edit(`"id":"a"`, `"id":`+mark+`"a\n"`), "/id record.schema.json#/properties/id/pattern"},
	{"id is too long", edit(`"id":"a"`, `"id":`+mark+`"`+strings.Repeat("a", 201)+`"`), "/id record.schema.json#/properties/id/maxLength"},
	{"version is a fraction", edit(`"version":"v1.0"`, `"version":`+mark+`1.5`), "/version record.schema.json#/properties/version/type"},
	{"source of another type", edit(`"recorded"`, mark+`"record"`), "/source/type record.schema.json#/properties/source/properties/type/enum recorded"},
	{"capture is a path", edit(`"capture-1"`, mark+`"/tmp/capture"`), "/source/capture record.schema.json#/properties/source/properties/capture/pattern"},
	{"rate below zero", edit(`"events_per_sec":1.5`, `"events_per_sec":`+mark+`-1.5`), "/context/events_per_sec record.schema.json#/properties/context/properties/events_per_sec/minimum"},
	{"rate is text", edit(`"events_per_sec":1.5`, `"events_per_sec":`+mark+`"1.5"`), "/context/events_per_sec record.schema.json#/properties/context/properties/events_per_sec/type"},
	{"value of a fact is a list", edit(`"value":99.25`, `"value":`+mark+`[99.25]`), "/context/facts/0/value record.schema.json#/properties/context/properties/facts/items/properties/value/type"},
	{"pid below zero", edit(`"primary":{"pid":4412`, `"primary":{"pid":`+mark+`-4412`), "/context/incident/primary/pid record.schema.json#/definitions/pid/minimum"},
	{"share above one", edit(`"share":1`, `"share":`+mark+`1.1`), "/context/incident/candidates/0/share record.schema.json#/definitions/share/maximum"},
	{"hash in capitals", edit(`"0123456789abcdef01`, mark+`"0123456789ABCDEF01`), "/llm/prompt_sha256 record.schema.json#/properties/llm/properties/prompt_sha256/pattern"},
	{"time without a fraction", edit(`"from":"2026-11-22T12:00:00.000000000Z"`, `"from":`+mark+`"2026-11-22T12:00:00Z"`), "/context/window/from record.schema.json#/definitions/time/pattern"},
	{"time of another zone", edit(`"onset":"2026-11-22T12:00:01.000000000Z"`, `"onset":`+mark+`"2026-11-22T12:00:01.000000000+01:00"`), "/context/incident/onset record.schema.json#/definitions/time/pattern"},
	{"severity of another kind", edit(`"severity":"warning"`, `"severity":`+mark+`"warn"`), "/context/incident/severity record.schema.json#/definitions/incident/properties/severity/enum warning"},

	{"misspelt class", edit(`"class":"cpu_spin"`, `"class":`+mark+`"cpu_spni"`), "/insight/class insight.schema.json#/properties/class/enum cpu_spin"},
	{"class in capitals", edit(`"class":"cpu_spin"`, `"class":`+mark+`"CPU_SPIN"`), "/insight/class insight.schema.json#/properties/class/enum cpu_spin"},
	{"class with a dash", edit(`"class":"cpu_spin"`, `"class":`+mark+`"cpu-spin"`), "/insight/class insight.schema.json#/properties/class/enum cpu_spin"},
	{"class of another world", edit(`"class":"cpu_spin"`, `"class":`+mark+`"heartbeat"`), "/insight/class insight.schema.json#/properties/class/enum"},
	{"misspelt class of an alternative", edit(`"class":"fork_storm"`, `"class":`+mark+`"fork_strom"`), "/context/incident/alternatives/0/class insight.schema.json#/properties/class/enum fork_storm"},
	{"confidence above one", edit(`"confidence":0.6`, `"confidence":`+mark+`1.001`), "/insight/confidence insight.schema.json#/properties/confidence/maximum"},
	{"confidence below zero", edit(`"confidence":0.6`, `"confidence":`+mark+`-0.001`), "/insight/confidence insight.schema.json#/properties/confidence/minimum"},
	{"confidence in percent", edit(`"confidence":0.6`, `"confidence":`+mark+`"60 %"`), "/insight/confidence insight.schema.json#/properties/confidence/type"},
	{"why is too long", edit(`"one core is full"`, mark+`"`+longText+`"`), "/insight/why insight.schema.json#/properties/why/maxLength"},
	{"why is empty", edit(`"one core is full"`, mark+`""`), "/insight/why insight.schema.json#/properties/why/minLength"},
	{"process is empty", edit(`"primary_process":"java"`, `"primary_process":`+mark+`""`), "/insight/primary_process insight.schema.json#/properties/primary_process/minLength"},
	{"process is a pid", edit(`"primary_process":"java"`, `"primary_process":`+mark+`4412`), "/insight/primary_process insight.schema.json#/properties/primary_process/type"},
	{"four actions", edit(`["look"]`, mark+`["a","b","c","d"]`), "/insight/actions insight.schema.json#/properties/actions/maxItems"},
	{"action is empty", edit(`["look"]`, `["look",`+mark+`""]`), "/insight/actions/1 insight.schema.json#/properties/actions/items/minLength"},
	{"actions are text", edit(`["look"]`, mark+`"look"`), "/insight/actions insight.schema.json#/properties/actions/type"},

	{"no actions for an incident", edit(`["look"]`, mark+`[]`), "/insight/actions actions-for-an-incident"},
	{"process in no context", edit(`"primary_process":"java"`, `"primary_process":`+mark+`"perl"`), "/insight/primary_process process-in-context"},
	{"summary without a part", edit(`"w=5 eps=1.5 frk=0`, mark+`"w=5 frk=0`), "/context/telemetry_summary summary-parses"},
	{"summary with half an escape", edit(`"w=5 eps=1.5 frk=0 exe=0 ext=0 top=java,web%20server`, mark+`"w=5 eps=1.5 frk=0 exe=0 ext=0 top=java,web%2server`), "/context/telemetry_summary summary-parses"},
	{"summary of two lines", edit(`"w=5 eps=1.5 frk=0 exe=0 ext=0 top=java,web%20server rss=4412:java:61.2% tree=pid=4412 comm=java ppid=1; free words"`,
		mark+`"w=5 eps=1.5 frk=0 exe=0 ext=0 top=java tree=pid=4412 comm=java ppid=1; free\nwords"`), "/context/telemetry_summary summary-parses"},
	{"window that ends before it begins", edit(`"to":"2026-11-22T12:00:05.000000000Z"`, `"to":`+mark+`"2026-11-22T11:00:05.000000000Z"`), "/context/window/to times-in-order"},
	{"incident that ends before it begins", edit(`"end":"2026-11-22T12:00:05.000000000Z"`, `"end":`+mark+`"2026-11-22T12:00:00.000000000Z"`), "/context/incident/end times-in-order"},
	{"fact with the id of another", edit(`"id":"f2"`, `"id":`+mark+`"f1"`), "/context/facts/1/id unique-facts"},
	{"process that is another", []string{`"candidates":[`, `"candidates":[{"pid":88,"comm":"gcc"},`, `"primary_process":"java"`, `"primary_process":` + mark + `"gcc"`}, "/insight/primary_process process-is-primary"},
	{"incident behind the window", []string{`"onset":"2026-11-22T12:00:01`, `"onset":` + mark + `"2026-11-22T12:00:06`, `"end":"2026-11-22T12:00:05`, `"end":"2026-11-22T12:00:07`}, "/context/incident/onset times-in-order"},
	{"incident before the window", []string{`"onset":"2026-11-22T12:00:01`, `"onset":"2026-11-22T11:00:01`, `"end":"2026-11-22T12:00:05`, `"end":` + mark + `"2026-11-22T11:59:59`}, "/context/incident/end times-in-order"},
	{"citation of nothing in why", edit(`"one core is full"`, mark+`"one core is full (f1, f9)"`), "/insight/why cited-facts"},
	{"citation of nothing in an action", edit(`["look"]`, `["look",`+mark+`"stop it [f10]"]`), "/insight/actions/1 cited-facts"},
	{"day that is none", edit(`"onset":"2026-11-22T`, `"onset":`+mark+`"2026-02-31T`), "/context/incident/onset readable"},
	{"hour that is none", edit(`"to":"2026-11-22T12`, `"to":`+mark+`"2026-11-22T25`), "/context/window/to readable"},
	{"pid beyond every integer", edit(`"primary":{"pid":4412`, `"primary":{"pid":`+mark+`99999999999999999999`), "/context/incident/primary/pid readable"},
	{"record with the id of another", edit(`"id":"a"`, `"id":`+mark+`"good1"`), "/id unique-id"},
}

// broken leave no JSON.
var broken = []mutation{
	{"member twice", edit(`"confidence":0.6`, `"confidence":0.6,`+mark+`"confidence":0.7`), " json"},
	{"not a number", edit(`"confidence":0.6`, `"confidence":`+mark+`NaN`), " json"},
	{"infinite", edit(`"confidence":0.6`, `"confidence":`+mark+`Infinity`), " json"},
	{"leading zero", edit(`"confidence":0.6`, `"confidence":0`+mark+`0.6`), " json"},
	{"comma behind the last member", edit(`"actions":["look"]}`, `"actions":["look"]`+mark+`,}`), " json"},
	{"comma behind the last element", edit(`["look"]`, `["look"`+mark+`,]`), " json"},
	{"no comma", edit(`"confidence":0.6,`, `"confidence":0.6 `+mark), " json"},
	{"no colon", edit(`"confidence":0.6`, `"confidence" `+mark+`0.6`), " json"},
	{"quotes of another kind", edit(`"one core is full"`, mark+`'one core is full'`), " json"},
	{"name without quotes", edit(`"confidence":`, mark+`confidence:`), " json"},
	{"tab in a text", edit(`"one core is full"`, `"one`+mark+"\t"+`core is full"`), " json"},
	{"unknown escape", edit(`"one core is full"`, `"one`+mark+`\x20core is full"`), " json"},
	{"comment", edit(`"confidence":`, mark+`/* guess */ "confidence":`), " json"},
	{"Python's word", edit(`"value":true`, `"value":`+mark+`True`), " json"},
}

// layouts are the ways to write three records, of which the last is mutated.
var layouts = []struct {
	name, file string
	write      func(records [3]string) string
}{
	{"JSONL", "a.jsonl", func(r [3]string) string { return r[0] + "\n" + r[1] + "\n" + r[2] + "\n" }},
	{"array", "a.json", func(r [3]string) string { return "[" + r[0] + ",\n " + r[1] + ", " + r[2] + "]\n" }},
	{"pretty", "a.json", func(r [3]string) string { return indent(r[0]) + "\n" + indent(r[1]) + "\n" + indent(r[2]) + "\n" }},
	{"pretty array", "a.json", func(r [3]string) string { return indent("[" + r[0] + "," + r[1] + "," + r[2] + "]\n") }},
}

// indent puts members and elements on lines of their own; the text need be no JSON.
func indent(text string) string {
	var b strings.Builder
	inString := false
	for i, c := range text {
		if c == '"' && (i == 0 || text[i-1] != '\\') {
			inString = !inString
		}
		b.WriteRune(c)
		if !inString && strings.ContainsRune("{[,", c) {
			b.WriteString("\n  ")
		}
	}
	return b.String()
}

func goodRecord() string {
	return strings.NewReplacer("\n", "", `,"other":[]`, "").Replace(fullRecord)
}

// mutated returns a file with the mutation in its third record, and the finding that
// is wanted.
func (m *mutation) mutated(t *testing.T, layout func([3]string) string) (text, want string) {
	t.Helper()
	good := goodRecord()
	bad := strings.NewReplacer(m.edits...).Replace(good)
	if strings.Count(bad, mark) != 1 {
		t.Fatalf("the mutation has %d marks", strings.Count(bad, mark))
	}
	named := func(id string) string { return strings.Replace(good, `"id":"a"`, `"id":"`+id+`"`, 1) }
	text = layout([3]string{named("good1"), named("good2"), bad})
	before, _, _ := strings.Cut(text, mark)
	line, column := strings.Count(before, "\n")+1, len(before)-strings.LastIndexByte(before, '\n')
	return strings.Replace(text, mark, "", 1), fmt.Sprintf("%d:%d %s", line, column, m.want)
}

// named says that the record can be named by its id.
func (m *mutation) named() bool {
	return !strings.HasSuffix(m.want, " json") && !slices.Contains([]string{"no id", "id is a number", "id is empty"}, m.name)
}

// TestMutations breaks a record in many ways, and wants the one finding at the right
// place in every layout.
func TestMutations(t *testing.T) {
	for _, m := range append(mutations, broken...) {
		for _, l := range layouts {
			t.Run(m.name+"/"+l.name, func(t *testing.T) {
				text, want := m.mutated(t, l.write)
				var got []string
				c := newChecker(t, func(f Finding) {
					if f.Found == "" || f.Allowed == "" || (f.Record != "") != m.named() {
						t.Errorf("incomplete finding: %+v", f)
					}
					got = append(got, strings.TrimSuffix(fmt.Sprintf("%d:%d %s %s %s", f.Line, f.Column, f.Instance, f.Source(), f.Hint), " "))
				})
				if err := c.File(l.file, strings.NewReader(text)); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{want}, got); diff != "" {
					t.Errorf("findings (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestMutatedLines breaks the second of three lines: the others are checked all the same.
func TestMutatedLines(t *testing.T) {
	good := goodRecord()
	named := func(id string) string { return strings.Replace(good, `"id":"a"`, `"id":"`+id+`"`, 1) }
	for _, tt := range []struct{ name, line, want string }{
		{"two values", checkedInsight + mark + checkedInsight, " json"},
		{"two values and a comma", checkedInsight + mark + "," + checkedInsight, " json"},
		{"words behind it", checkedInsight + " " + mark + "# guessed", " json"},
		{"bracket behind it", checkedInsight + mark + "]", " json"},
		{"cut in a text", good[:strings.Index(good, "core is full")] + mark, " json"},
		{"cut behind a member", good[:strings.Index(good, `,"actions"`)] + mark, " json"},
		{"cut at its beginning", "{" + mark, " json"},
		{"byte order mark", mark + "\ufeff" + checkedInsight, " json"},
		{"bytes that are not UTF-8", strings.Replace(checkedInsight, "one core", "one "+mark+"\xffcore", 1), " json"},
		{"half of a surrogate pair", strings.Replace(checkedInsight, "one core", "one "+mark+`\ud800core`, 1), " json"},
		{"NUL", strings.Replace(checkedInsight, "one core", "one "+mark+"\x00core", 1), " json"},
		{"nothing but a word", mark + "null", " record.schema.json#/type"},
		{"a list in a list", "[" + mark + "[" + checkedInsight + "]]", " record.schema.json#/type"},
		{"an object of another kind", mark + `{"name":"x"}`, " record.schema.json#/required"},
		{"too deep", `{"class":` + strings.Repeat("[", 100) + mark + "[" + strings.Repeat("]", 101) + "}", " json"},
		{"number of a thousand digits", `{"confidence":` + strings.Repeat("9", 1000) + mark + "}", " json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, after, found := strings.Cut(tt.line, mark)
			if !found {
				t.Fatal("no mark")
			}
			got, summary := check(t, "a.jsonl", named("good1")+"\n"+before+after+"\r\n"+strings.Replace(named("good2"), "cpu_spin", "cpu_spim", 1)+"\n")
			want := fmt.Sprintf("2:%d  %s", len(before)+1, tt.want)
			if len(got) < 2 || got[0] != want || !strings.HasPrefix(got[len(got)-1], "3:") || summary.Records < 2 {
				t.Errorf("got %q, want %q and one of line 3", got, want)
			}
		})
	}
}
