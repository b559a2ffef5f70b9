package insight

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// fullRecord has every member that the schema lists, and several that it leaves open.
const fullRecord = `{"id":"a","version":"v1.0",
"source":{"type":"recorded","notes":"n","capture":"capture-1","recipe":"make","more":1,"other":[]},
"context":{"telemetry_summary":"w=5 eps=1.5 frk=0 exe=0 ext=0 top=java,web%20server rss=4412:java:61.2% tree=pid=4412 comm=java ppid=1; free words","events_per_sec":1.5,
"kb_snippets":[{"title":"t","excerpt":"e"}],"window":{"from":"2026-11-22T12:00:00.000000000Z","to":"2026-11-22T12:00:05.000000000Z"},
"facts":[{"id":"f1","text":"busy","value":99.25,"unit":"%"},{"id":"f2","text":"calm","value":null},{"id":"f3","text":"calm","value":"x"},{"id":"f4","text":"calm","value":true}],
"process_table":[{"pid":4412,"ppid":1,"start_time":"2026-11-22T11:00:00.000000000Z","comm":"java","args":["java","-jar"],"cpu_percent":100.5,"rss_bytes":1024,"mem_percent":0.5}],
"incident":{"onset":"2026-11-22T12:00:01.000000000Z","end":"2026-11-22T12:00:05.000000000Z","severity":"warning",
"primary":{"pid":4412,"start_time":"2026-11-22T11:00:00.000000000Z","comm":"java","exe":"/usr/bin/java","argv":["java"]},
"candidates":[{"pid":4412,"comm":"java","share":1}],"alternatives":[{"class":"fork_storm","why_not":"few forks"}],"unknown_inputs":["psi"]}},
"insight":{"class":"cpu_spin","confidence":0.6,"primary_process":"java","why":"one core is full","actions":["look"]},
"llm":{"status":"off","model":"m","prompt_sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","tokens":1,"duration_ms":2,"tries":1,"dropped":0}}`

// oddValues are put in the place of values.
var oddValues = []string{
	`null`, `true`, `0`, `-0`, `-1`, `1`, `1.0`, `1.00000000000000000001`, `-1e-400`, `1e3`, `1e999`, `01`, `1.`, `.5`, `+1`, `NaN`, `12345678901234567890123`,
	`""`, `"a"`, `"a\u0041"`, `"\ud800"`, `"\/"`, `"é"`, "\"\xff\"", "\"a\tb\"", `"none"`, `"java"`, `"web server"`, `"web%20server"`, `"imported"`, `"recorded"`, `"normal"`,
	`"2026-02-31T00:00:00.000000000Z"`, `"2028-02-29T23:59:59.999999999Z"`, `"0001-01-01T00:00:00.000000000Z"`, `"2026-11-22T24:00:00.000000000Z"`, `"2026-11-22T12:00:00Z"`,
	`"` + strings.Repeat("é", 120) + `"`, `"` + strings.Repeat("x", 121) + `"`, `"` + strings.Repeat("x", 2001) + `"`,
	`[]`, `[1]`, `["a"]`, `["a","b","c","d"]`, `[[]]`, `{}`, `{"a":1}`, `{"a":1,"a":2}`, `{"pid":1}`,
}

// mutate changes one thing in a text: a byte, a token, or a stretch.
func mutate(r *rand.Rand, text string) string {
	from := r.IntN(len(text))
	to := min(len(text), from+1+r.IntN(12))
	switch r.IntN(6) {
	case 0:
		return text[:from] + string(rune(r.IntN(128))) + text[from+1:]
	case 1:
		return text[:from] + text[to:]
	case 2:
		return text[:to] + text[from:]
	case 3:
		at := r.IntN(len(text))
		return text[:at] + text[from:to] + text[at:]
	}
	// The value behind a colon or comma.
	at := from + strings.IndexAny(text[from:], ":,") + 1
	end := at
	for end < len(text) && !strings.ContainsRune(",]}\n", rune(text[end])) {
		end++
	}
	return text[:at] + oddValues[r.IntN(len(oddValues))] + text[end:]
}

// agree holds that what is recognised has no finding. It returns whether it was.
func agree(t testing.TB, text []byte) bool {
	t.Helper()
	known, err := theRecognizers()
	if err != nil {
		t.Fatal(err)
	}
	fast, ok := known.recognize(text)
	if !ok {
		return false
	}
	slow := examine(text)
	if len(slow.findings) > 0 || fast.document != slow.document || fast.id != slow.id {
		t.Fatalf("recognised as %s %q:\n%s\nbut it is %s %q: %v", fast.document, fast.id, text, slow.document, slow.id, slow.findings)
	}
	return true
}

// TestRecognizersAgree holds over thousands of changes that the short way never passes
// what the long way does not, and takes what is right.
func TestRecognizersAgree(t *testing.T) {
	examples, err := os.ReadFile("../datasets/examples/fork_storm.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	example, _, _ := strings.Cut(string(examples), "\n")
	full := strings.Replace(fullRecord, `,"other":[]`, "", 1)
	seeds := []string{full, example, checkedRecord("a"), checkedInsight, pretty(checkedInsight)}
	const changes = 4000
	for _, seed := range seeds {
		if !agree(t, []byte(seed)) {
			t.Errorf("not recognised: %s", seed)
		}
		r := rand.New(rand.NewPCG(5, 17))
		passed := 0
		for range changes {
			text := mutate(r, seed)
			for r.IntN(3) == 0 {
				text = mutate(r, text)
			}
			if agree(t, []byte(text)) {
				passed++
			}
		}
		if passed < changes/50 {
			t.Errorf("%d of %d changes of %s were recognised; the comparison needs more", passed, changes, seed)
		}
	}
}

// TestRecognizersTakeOurs holds that what this code writes goes the short way.
func TestRecognizersTakeOurs(t *testing.T) {
	for _, r := range mixed().analyze(t) {
		text, err := r.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !agree(t, text) {
			t.Errorf("not recognised: %s", text)
		}
	}
}

// TestRecognizersRefuse breaks what chance would seldom find.
func TestRecognizersRefuse(t *testing.T) {
	for _, change := range [][2]string{
		{`"confidence":0.6`, `"confidence":1.001`},
		{`"events_per_sec":1.5`, `"events_per_sec":-0.1`},
		{`"actions":["look"]`, `"actions":[]`},
		{`"id":"f2"`, `"id":"f1"`},
		{`"id":"f2"`, `"id":"\u00661"`},
		{`"end":"2026-11-22T12:00:05`, `"end":"2026-11-22T12:00:00`},
		{`"to":"2026-11-22T12:00:05`, `"to":"2026-11-22T11:00:05`},
		{`"onset":"2026-11-22T12:00:01`, `"onset":"2026-11-22T12:00:06`},
		{`"one core is full"`, `"one core is full (f1, f9)"`},
		{`"one core is full"`, `"one core is full \u005bf9]"`},
		{`"actions":["look"]`, `"actions":["look [f9]"]`},
		{`"dropped":0}}`, `"dropped":0}} {}`},
	} {
		text := strings.Replace(strings.Replace(fullRecord, `,"other":[]`, "", 1), change[0], change[1], 1)
		if findings := examine([]byte(text)).findings; len(findings) == 0 {
			t.Errorf("%s is right", change[1])
		}
		if agree(t, []byte(text)) {
			t.Errorf("%s was recognised", change[1])
		}
	}
}

// TestRecognizersRefuseMutations holds that no broken record goes the short way.
func TestRecognizersRefuseMutations(t *testing.T) {
	for _, m := range append(mutations, broken...) {
		text := strings.Replace(strings.NewReplacer(m.edits...).Replace(goodRecord()), mark, "", 1)
		if agree(t, []byte(text)) && !strings.HasSuffix(m.want, ruleUniqueID) {
			t.Errorf("%s was recognised", m.name)
		}
	}
}

func FuzzRecognizersAgree(f *testing.F) {
	for _, text := range []string{fullRecord, checkedRecord("a"), checkedInsight} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { agree(t, bytes.Clone(text)) })
}
