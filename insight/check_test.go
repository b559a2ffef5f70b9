package insight

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const checkedInsight = `{"class":"cpu_spin","confidence":0.6,"primary_process":"java","why":"one core is full","actions":["look"]}`

func checkedRecord(id string) string {
	return `{"id":"` + id + `","version":"v1.0","source":{"type":"recorded","notes":""},"context":{"telemetry_summary":"w=5 eps=1 frk=0 exe=0 ext=0 top=java tree=n/a","events_per_sec":1,"kb_snippets":[]},"insight":` + checkedInsight + `}`
}

// pretty puts each member of a record on a line of its own.
func pretty(record string) string { return strings.ReplaceAll(record, ",", ",\n  ") }

func TestCheckerFile(t *testing.T) {
	long := strings.Repeat(" ", maxLine)
	tests := []struct {
		name, file, text string
		want             []string // line:column record instance rule or schema
		summary          CheckSummary
	}{
		{"one record a line", "a.jsonl", checkedRecord("a") + "\n" + checkedRecord("b") + "\n", nil, CheckSummary{Files: 1, Records: 2}},
		{"no newline at the end", "a.jsonl", checkedRecord("a"), nil, CheckSummary{Files: 1, Records: 1}},
		{"blank lines and CRLF", "a.jsonl", "\n" + checkedRecord("a") + "\r\n\r\n", nil, CheckSummary{Files: 1, Records: 1}},
		{"bare insights", "a.jsonl", checkedInsight + "\n" + checkedRecord("a"), nil, CheckSummary{Files: 1, Records: 1, Insights: 1}},
		{"one object", "a.json", checkedRecord("a"), nil, CheckSummary{Files: 1, Records: 1}},
		{"array", "a.json", "[" + checkedRecord("a") + ",\n" + checkedInsight + "]", nil, CheckSummary{Files: 1, Records: 1, Insights: 1}},
		{"pretty", "a.json", pretty(checkedRecord("a")), nil, CheckSummary{Files: 1, Records: 1}},
		{"pretty on stdin", "-", pretty(checkedRecord("a")) + "\n" + pretty(checkedRecord("b")), nil, CheckSummary{Files: 1, Records: 2}},
		{"lines on stdin", "-", checkedRecord("a") + "\n" + checkedRecord("b"), nil, CheckSummary{Files: 1, Records: 2}},
		{"empty", "a.jsonl", "", nil, CheckSummary{Files: 1}},
		{"empty json", "a.json", " \n", nil, CheckSummary{Files: 1}},
		{"broken line hides no other", "a.jsonl", checkedRecord("a") + "\n{\"id\":\n" + strings.Replace(checkedRecord("b"), "cpu_spin", "cpu_spni", 1),
			[]string{"2:7   json", "3:203 b /insight/class insight.schema.json#/properties/class/enum"},
			CheckSummary{Files: 1, Records: 2, Findings: 2}},
		{"pretty array", "a.json", "[\n" + pretty(checkedRecord("a")) + ",\n" + pretty(strings.Replace(checkedRecord("b"), `"confidence":0.6`, `"confidence": 7`, 1)) + "\n]",
			[]string{"22:17 b /insight/confidence insight.schema.json#/properties/confidence/maximum"},
			CheckSummary{Files: 1, Records: 2, Findings: 1}},
		{"broken array", "a.json", "[" + checkedRecord("a") + "\n" + checkedRecord("b") + "]",
			[]string{"2:1   json"}, CheckSummary{Files: 1, Records: 1, Findings: 1}},
		{"comma behind the last", "a.json", "[" + checkedInsight + " ,\n ]", []string{"2:2   json"}, CheckSummary{Files: 1, Insights: 1, Findings: 1}},
		{"two commas", "a.json", "[" + checkedInsight + ",\n  , ,7]", []string{"2:3   json"}, CheckSummary{Files: 1, Insights: 1, Findings: 1}},
		{"comma before the first", "a.json", "[ ,,7]", []string{"1:3   json"}, CheckSummary{Files: 1, Findings: 1}},
		{"comma between values", "a.json", "\n" + checkedInsight + " , {}", []string{"2:108   json"}, CheckSummary{Files: 1, Insights: 1, Findings: 1}},
		{"wrong bracket", "a.json", "[" + checkedInsight + "}", []string{"1:108   json"}, CheckSummary{Files: 1, Insights: 1, Findings: 1}},
		{"syntax in the second of an array", "a.json", "[" + checkedInsight + ",\n\n{\"a\": x}]", []string{"3:7   json"}, CheckSummary{Files: 1, Insights: 1, Findings: 1}},
		{"byte order mark", "a.jsonl", "\ufeff" + checkedRecord("a") + "\n" + checkedInsight, nil, CheckSummary{Files: 1, Records: 1, Insights: 1}},
		{"byte order mark before a pretty one", "a.json", "\ufeff" + pretty(checkedInsight), nil, CheckSummary{Files: 1, Insights: 1}},
		{"pretty in JSONL", "a.jsonl", pretty(checkedRecord("a")) + "\n" + pretty(checkedRecord("b")), nil, CheckSummary{Files: 1, Records: 2}},
		{"cut pretty in JSONL", "a.jsonl", "{\n\"class\":\"normal\",\n", []string{"3:1   json"}, CheckSummary{Files: 1, Findings: 1}},
		{"broken first line hides no other", "a.jsonl", "{\"id\":\n" + checkedInsight + "\n" + checkedRecord("a"), []string{"1:7   json"}, CheckSummary{Files: 1, Records: 1, Insights: 1, Findings: 1}},
		{"broken first line on stdin", "-", "{\"id\":\n\n" + checkedInsight + "\n" + checkedRecord("a"), []string{"1:7   json"}, CheckSummary{Files: 1, Records: 1, Insights: 1, Findings: 1}},
		{"broken first object on stdin", "-", "{\n\"class\":spin\n}\n" + checkedInsight, []string{"2:9   json"}, CheckSummary{Files: 1, Insights: 1, Findings: 1}},
		{"schema and rules", "a.jsonl", strings.NewReplacer(`"confidence":0.6`, `"confidence":6`, `["look"]`, `[]`, "w=5", "w=x").Replace(checkedRecord("a")),
			[]string{"1:99 a /context/telemetry_summary summary-parses", "1:227 a /insight/confidence insight.schema.json#/properties/confidence/maximum", "1:289 a /insight/actions actions-for-an-incident"},
			CheckSummary{Files: 1, Records: 1, Findings: 3}},
		{"schema in the place of rules", "a.jsonl", strings.NewReplacer(`"cpu_spin"`, `"cpu_spni"`, `["look"]`, `[]`, `"w=5 eps=1 frk=0 exe=0 ext=0 top=java tree=n/a"`, `""`).Replace(checkedRecord("a")),
			[]string{"1:99 a /context/telemetry_summary record.schema.json#/properties/context/properties/telemetry_summary/minLength", "1:158 a /insight/class insight.schema.json#/properties/class/enum"},
			CheckSummary{Files: 1, Records: 1, Findings: 2}},
		{"a missing member and rules", "a.jsonl", strings.NewReplacer(`"version":"v1.0",`, ``, `["look"]`, `[]`).Replace(checkedRecord("a")),
			[]string{"1:1 a  record.schema.json#/required", "1:274 a /insight/actions actions-for-an-incident"},
			CheckSummary{Files: 1, Records: 1, Findings: 2}},
		{"a figure where there are no facts", "a.jsonl", strings.Replace(checkedRecord("a"), "one core is full", "one core is full (f1)", 1), nil, CheckSummary{Files: 1, Records: 1}},
		{"summary names nobody", "a.jsonl", strings.Replace(checkedRecord("a"), "w=5", "w=x", 1),
			[]string{"1:99 a /context/telemetry_summary summary-parses"}, CheckSummary{Files: 1, Records: 1, Findings: 1}},
		{"no such day", "a.jsonl", strings.Replace(checkedRecord("a"), `"kb_snippets":[]`, `"kb_snippets":[],"incident":{"onset":"2026-02-31T00:00:00.000000000Z"}`, 1),
			[]string{"1:203 a /context/incident/onset readable"}, CheckSummary{Files: 1, Records: 1, Findings: 1}},
		{"incident without an end", "a.jsonl", strings.Replace(checkedRecord("a"), `"kb_snippets":[]`, `"kb_snippets":[],"incident":{"onset":"2026-11-22T12:00:00.000000000Z"}`, 1),
			nil, CheckSummary{Files: 1, Records: 1}},
		{"imported", "a.jsonl", strings.NewReplacer(`"recorded"`, `"imported"`, `["look"]`, `[]`, `"java","why"`, `"perl","why"`, "w=5", "w=x").Replace(checkedRecord("a")),
			nil, CheckSummary{Files: 1, Records: 1}},
		{"broken in the second", "a.json", pretty(checkedInsight) + "\n{\n  \"class\": spin\n}",
			[]string{"7:12   json"}, CheckSummary{Files: 1, Insights: 1, Findings: 1}},
		{"broken elements hide no other", "a.json", "[{\"a\":x},\n " + strings.Replace(checkedInsight, "cpu_spin", "cpu_spim", 1) + ",\n{\"]}\":1 2},{},\n" + checkedRecord("a") + "]",
			[]string{"1:7   json", "2:11  /class insight.schema.json#/properties/class/enum", "3:9   json",
				"3:12   record.schema.json#/required", "3:12   record.schema.json#/required", "3:12   record.schema.json#/required", "3:12   record.schema.json#/required", "3:12   record.schema.json#/required"},
			CheckSummary{Files: 1, Records: 2, Insights: 1, Findings: 8}},
		{"text behind an array", "a.json", "[" + checkedInsight + "]\n]", []string{"2:1   json"}, CheckSummary{Files: 1, Insights: 1, Findings: 1}},
		{"arrays one after the other", "a.json", "[" + checkedInsight + "]\n[]" + checkedInsight + "[{}", []string{"2:110   record.schema.json#/required", "2:110   record.schema.json#/required", "2:110   record.schema.json#/required", "2:110   record.schema.json#/required", "2:110   record.schema.json#/required", "2:112   json"},
			CheckSummary{Files: 1, Insights: 2, Records: 1, Findings: 6}},
		{"no quote", "a.json", "[" + strings.Replace(checkedInsight, `"look"`, `"look`, 1) + ",\n" + checkedInsight + "]", []string{"1:108   json"}, CheckSummary{Files: 1, Findings: 1}},
		{"cut array", "a.json", "[" + checkedInsight + ",\n", []string{"2:1   json"}, CheckSummary{Files: 1, Insights: 1, Findings: 1}},
		{"same id", "a.jsonl", checkedRecord("a") + "\n" + checkedRecord("a"),
			[]string{"2:7 a /id unique-id"}, CheckSummary{Files: 1, Records: 2, Findings: 1}},
		{"not an object", "a.jsonl", "7\n", []string{"1:1   record.schema.json#/type"}, CheckSummary{Files: 1, Records: 1, Findings: 1}},
		{"line too long", "a.jsonl", long + " \n" + checkedRecord("a"), []string{"1:1   json"}, CheckSummary{Files: 1, Records: 1, Findings: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, summary := check(t, tt.file, tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.summary, summary); diff != "" {
				t.Errorf("summary (-want +got):\n%s", diff)
			}
		})
	}
}

// newChecker returns a checker that goes through the values in an odd order.
func newChecker(t testing.TB, report func(Finding)) *Checker {
	t.Helper()
	c, err := NewChecker(report, func(n int, do func(int)) {
		for i := range n {
			do(n - 1 - i)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func check(t testing.TB, file, text string) ([]string, CheckSummary) {
	t.Helper()
	var got []string
	c := newChecker(t, func(f Finding) {
		got = append(got, fmt.Sprintf("%d:%d %s %s %s", f.Line, f.Column, f.Record, f.Instance, f.Source()))
	})
	if err := c.File(file, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return got, c.Summary()
}

// TestCheckerRules breaks each rule beyond the schema once.
func TestCheckerRules(t *testing.T) {
	const summary = `w=5 eps=1 frk=0 exe=0 ext=0 top=java tree=n/a`
	const noon, later = `"2026-11-22T12:00:00.000000000Z"`, `"2026-11-22T13:00:00.000000000Z"`
	incident := func(onset, end string) string {
		return `"kb_snippets":[],"incident":{"onset":` + onset + `,"end":` + end + `,"severity":"info","primary":null,"candidates":[],"alternatives":[],"unknown_inputs":[]}`
	}
	tests := []struct{ name, old, new, want string }{
		{"summary", summary, "w=5 eps=many", "1:88 a /context/telemetry_summary summary-parses"},
		{"actions", `["look"]`, `[]`, "1:308 a /insight/actions actions-for-an-incident"},
		{"process", `"primary_process":"java"`, `"primary_process":"perl"`, "1:259 a /insight/primary_process process-in-context"},
		{"window", `"kb_snippets":[]`, `"kb_snippets":[],"window":{"from":` + later + `,"to":` + noon + `}`, "1:229 a /context/window/to times-in-order"},
		{"incident", `"kb_snippets":[]`, incident(later, noon), "1:231 a /context/incident/end times-in-order"},
		{"facts", `"kb_snippets":[]`, `"kb_snippets":[],"facts":[{"id":"f1","text":"a","value":1,"unit":""},{"id":"f1","text":"b","value":1,"unit":""}]`,
			"1:232 a /context/facts/1/id unique-facts"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(checkedRecord("a"), tt.old, tt.new, 1)
			got, _ := check(t, "a.jsonl", text)
			if len(got) != 1 || !strings.Contains(tt.want, strings.Fields(got[0])[3]) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			instance := strings.Fields(tt.want)[2]
			place := strings.LastIndex(text, `"`+instance[strings.LastIndexByte(instance, '/')+1:]+`"`)
			column := place + strings.IndexByte(text[place:], ':') + 2
			want := fmt.Sprintf("1:%d a %s %s", column, instance, strings.Fields(tt.want)[3])
			if got[0] != want {
				t.Errorf("got %q, want %q", got[0], want)
			}
		})
	}
	if got, _ := check(t, "a.jsonl", strings.Replace(checkedInsight, `["look"]`, `[]`, 1)); len(got) != 0 {
		t.Errorf("a bare incident without actions gave %q: only its schema counts", got)
	}
	if got, _ := check(t, "a.jsonl", `{"class":"normal","confidence":1,"primary_process":null,"why":"calm","actions":[]}`); len(got) != 0 {
		t.Errorf("normal without actions gave %q", got)
	}
}

// TestCheckerManyFiles holds that ids are unique over files, and the second says where
// the first is.
func TestCheckerManyFiles(t *testing.T) {
	var got []Finding
	c := newChecker(t, func(f Finding) { got = append(got, f) })
	for _, name := range []string{"a.jsonl", "b.jsonl"} {
		if err := c.File(name, strings.NewReader("\n"+checkedRecord("x"))); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 1 || got[0].File != "b.jsonl" || !strings.Contains(got[0].Found, "a.jsonl:2:1") {
		t.Errorf("got %v, want one in b.jsonl that names a.jsonl:2:1", got)
	}
}

// TestNothingIsFetched offers schemas at an address that answers, in every place where a
// document might name one.
func TestNothingIsFetched(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was fetched", r.URL)
	}))
	defer server.Close()
	for _, name := range []string{"$schema", "$ref", "$id", "$dynamicRef"} {
		member := `{"` + name + `":"` + server.URL + `/insight.schema.json",`
		for _, text := range []string{
			strings.Replace(checkedInsight, "{", member, 1),
			strings.Replace(checkedRecord("a"), "{", member, 1),
			strings.Replace(checkedRecord("a"), `"context":{`, `"context":`+member, 1),
			strings.Replace(checkedRecord("a"), `"insight":{`, `"insight":`+member, 1),
		} {
			got, _ := check(t, "a.json", text)
			if len(got) != 1 || !strings.Contains(got[0], "/"+name+" ") || !strings.HasSuffix(got[0], "/additionalProperties") {
				t.Errorf("%s: %q, want an unknown member", text, got)
			}
		}
	}
}

// TestExamples holds the committed examples against schema and rules.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../datasets/examples/*.json*")
	if err != nil {
		t.Fatal(err)
	}
	c := newChecker(t, func(f Finding) { t.Error(f) })
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := c.File(name, file); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzChecker(f *testing.F) {
	for _, text := range []string{
		checkedRecord("a"), checkedInsight, pretty(checkedRecord("b")), "[" + checkedInsight + "]", "[[{}]]", "{}\n{", "7", "]", "[,]",
	} {
		f.Add("a.jsonl", text)
		f.Add("a.json", text)
		f.Add("-", text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		lines := int64(strings.Count(text, "\n")) + 1
		c := newChecker(t, func(f Finding) {
			if f.Line < 1 || f.Line > lines || f.Column < 1 || f.Source() == "" {
				t.Fatalf("finding %+v in a file of %d lines", f, lines)
			}
		})
		if err := c.File(name, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkChecker checks real and small records, and for comparison each with the
// whole validator, which the checker calls where it must report.
func BenchmarkChecker(b *testing.B) {
	real, err := os.ReadFile("../datasets/examples/fork_storm.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name, record string
	}{{"real", strings.TrimSpace(string(real))}, {"small", checkedRecord("a")}} {
		const records = 1000
		var text strings.Builder
		for i := range records {
			text.WriteString(`{"id":"r` + strconv.Itoa(i) + bench.record[strings.Index(bench.record, `","version"`):] + "\n")
		}
		perRecord := func(b *testing.B, check func()) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				check()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		}
		b.Run(bench.name, func(b *testing.B) {
			perRecord(b, func() {
				c := newChecker(b, func(f Finding) { b.Fatal(f) })
				if err := c.File("a.jsonl", strings.NewReader(text.String())); err != nil {
					b.Fatal(err)
				}
			})
		})
		b.Run(bench.name+"/plain", func(b *testing.B) {
			perRecord(b, func() {
				for line := range strings.Lines(text.String()) {
					if j := examine([]byte(line)); len(j.findings) > 0 {
						b.Fatal(j.findings)
					}
				}
			})
		})
	}
}
