package report

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/insight"
	"github.com/linnix-os/linnix/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const at = schema.Time(1_700_000_000_123_456_789)

func text1(s string) *string { return &s }

// records has one incident with everything that is hard to print, one plain normal.
func records() []schema.DatasetRecord {
	hostile := "\x1b[31m\u202egpj\u200b"
	row := func(pid int64, comm string, cpu float64, rss int64, args ...string) schema.ProcessRow {
		r := schema.ProcessRow{PID: pid, PPID: 1, StartTime: at, Comm: comm, Args: args}
		r.CPUPercent.Set(cpu)
		if rss > 0 {
			r.RSSBytes.Set(rss)
			r.MemPercent.Set(float64(rss) * 100 / (8 << 30))
		}
		return r
	}
	storm := schema.DatasetRecord{
		ID: "fork_storm-0123456789abcdef", Version: schema.RecordVersion,
		Source: schema.Source{Type: schema.SourceRecorded, Capture: "capture-0123456789abcdef"},
		Context: schema.Context{
			TelemetrySummary: "w=10 eps=50 frk=500 exe=1 ext=2 top=bomb tree=pid=4412 comm=bomb ppid=100",
			EventsPerSec:     50.3,
			KBSnippets:       []schema.KBSnippet{},
			Window:           &schema.Window{From: at, To: at + 10_000_000_000},
			Facts: []schema.Fact{
				{ID: "f1", Text: "500 processes were born in 10.0 s", Value: 500, Unit: "forks"},
				{ID: "f2", Text: "480 of them were alive at the end of it", Value: 480, Unit: "processes"},
			},
			ProcessTable: []schema.ProcessRow{
				row(4412, "bomb", 187.25, 3<<20, "bomb", "--children", "500", "a b", ""),
				row(7, "日本語", 12.5, 2<<30, "日本語", "--設定", strings.Repeat("長い", 60)),
				row(123456, hostile, 3, 0, hostile, "\n\xff"),
				row(9, "e\u0301té", 0.5, 512, "e\u0301té"),
				row(10, "", 0, 900<<20),
			},
			Incident: &schema.Incident{
				Host: "web1", Onset: at, End: at + 2_500_000_000, Severity: schema.SeverityCritical,
				Primary: &schema.ProcessRef{PID: 4412, PPID: 100, Cgroup: `/app.slice/a\x2db|c`, StartTime: at, Comm: "bomb", Exe: "/usr/local/bin/bomb", Argv: []string{"bomb", "--children", "500", "it's", hostile}},
				Candidates: []schema.Candidate{
					{ProcessRef: schema.ProcessRef{PID: 4412, StartTime: at, Comm: "bomb"}, Share: 0.99},
					{ProcessRef: schema.ProcessRef{PID: 100, StartTime: at, Comm: hostile}, Share: 0.01},
				},
				Alternatives:  []schema.Alternative{{Class: schema.ClassNormal, WhyNot: "the host is not calm: 50 forks/s (calm is under 15), cpu pressure 55 % (calm is under 10), io pressure 12 % (calm is under 10)"}},
				UnknownInputs: []string{"events lost in the window: counts are lower bounds"},
				BlastRadius: &schema.BlastRadius{
					Processes: 481, Cgroups: []string{"/app.slice/web.service", "/a`b|c\n# d"},
					Victims: []schema.ProcessRef{{PID: 7, Comm: "日本語"}, {PID: 8, Comm: "@all"}},
					Text:    "481 of 502 live processes, 93 % of the CPU time that was used, 2 outside waited 10 % of the time or more",
				},
			},
		},
		Insight: schema.Insight{
			Class: schema.ClassForkStorm, Confidence: 0.883, PrimaryProcess: text1("bomb"),
			Why:     "500 forks in 10.0 s and 480 of them still alive, 99 % under pid 4412",
			Actions: []string{"see the tree and who started it: pstree -aps 4412", "pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"},
		},
	}
	normal := schema.DatasetRecord{
		ID: "normal-0123456789abcdef", Version: schema.RecordVersion,
		Source: schema.Source{Type: schema.SourceRecorded, Capture: "capture-0123456789abcdef"},
		Context: schema.Context{
			TelemetrySummary: "w=10 eps=0 frk=0 exe=0 ext=0 top=none tree=n/a", KBSnippets: []schema.KBSnippet{},
			Incident: &schema.Incident{Host: "web2", Onset: at, End: at + 15_000_000_000, Severity: schema.SeverityInfo,
				Candidates: []schema.Candidate{}, Alternatives: []schema.Alternative{}, UnknownInputs: []string{}},
		},
		Insight: schema.Insight{Class: schema.ClassNormal, Confidence: 0.95, Why: "nobody waits, few processes are born, memory is available", Actions: []string{}},
	}
	return []schema.DatasetRecord{storm, normal}
}

func TestGolden(t *testing.T) {
	tests := []struct {
		file, format string
		width        int
	}{
		{"report.txt", "text", 0}, {"report-80.txt", "text", 80}, {"report.jsonl", "json", 0}, {"report.md", "markdown", 0},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			var b bytes.Buffer
			if err := Write(&b, tt.format, records(), Options{Width: tt.width}); err != nil {
				t.Fatal(err)
			}
			golden(t, tt.file, b.Bytes())
		})
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	name := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got, -update rewrites it):\n%s", name, diff)
	}
}

// TestTextFits holds for many widths that no line is wider than the page and nothing
// hidden gets through.
func TestTextFits(t *testing.T) {
	for w := minWidth; w <= 200; w++ {
		var b bytes.Buffer
		if err := Write(&b, "text", records(), Options{Width: w}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if got := width(line); got > w {
				t.Errorf("a line of %d columns on a page of %d:\n%s", got, w, line)
			}
			if at := strings.IndexFunc(line, hidden); at >= 0 {
				t.Errorf("a hidden character in %q", line)
			}
		}
	}
}

// TestOneScreen holds that an incident with all that a heuristic tells fits a screen.
func TestOneScreen(t *testing.T) {
	const lines, columns = 45, 120
	list := records()[:1]
	c := &list[0].Context
	for len(c.Facts) < 12 {
		c.Facts = append(c.Facts, c.Facts[0])
	}
	c.Incident.Alternatives = nil
	for _, class := range schema.Classes[1:] {
		c.Incident.Alternatives = append(c.Incident.Alternatives, schema.Alternative{Class: class, WhyNot: strings.Repeat("no reason ", 9)})
	}
	list[0].Insight.Actions = append(list[0].Insight.Actions, strings.Repeat("a step ", schema.MaxAction/7))
	var b bytes.Buffer
	if err := Write(&b, "text", list, Options{Width: columns}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n > lines {
		t.Errorf("%d lines, want at most %d:\n%s", n, lines, b.String())
	}
}

func TestRecordsInGoldenAreValid(t *testing.T) {
	for _, r := range records() {
		line, err := r.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		problems, err := schema.Validate(schema.DocumentDatasetRecord, line)
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, %v", r.ID, problems, err)
		}
	}
}

// TestNothingChecked holds that the sum does not call valid what was not there.
func TestNothingChecked(t *testing.T) {
	var b bytes.Buffer
	w, err := NewFindingWriter(&b, "text")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.End(insight.CheckSummary{Files: 1}); err != nil {
		t.Fatal(err)
	}
	if want := "0 records in 1 file: nothing checked\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestTruncate(t *testing.T) {
	tests := []struct {
		s    string
		n    int
		want string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdef", 5, "ab..."}, {"abcdef", 4, "a..."}, {"abcdef", 3, "..."},
		{"abcdef", 2, ".."}, {"abcdef", 1, "."}, {"abcdef", 0, "."}, {"日本語", 5, "日..."}, {"日本語", 4, "..."},
	}
	for _, tt := range tests {
		if got := truncate(tt.s, tt.n); got != tt.want {
			t.Errorf("truncate(%q, %d) = %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := Write(&bytes.Buffer{}, "xml", nil, Options{})
	if err == nil || !strings.Contains(err.Error(), "text|json|markdown") {
		t.Errorf("error %v does not name the formats", err)
	}
	if _, err := NewFindingWriter(&bytes.Buffer{}, "xml"); err == nil || !strings.Contains(err.Error(), "text|json|github") {
		t.Errorf("error %v does not name the formats", err)
	}
}

func TestPrintable(t *testing.T) {
	tests := []struct{ text, want string }{
		{"plain text", "plain text"}, {"日本 é", "日本 é"}, {"e\u0301", "e\u0301"},
		{"\x1b[0m", `\x1b[0m`}, {"a\nb\tc", `a\x0ab\x09c`}, {"\x7f\u0085", `\x7f\u0085`},
		{"\u202e\u200b\ufeff", `\u202e\u200b\ufeff`}, {"\xff\xfe", `\xff\xfe`}, {"\u2028", `\u2028`},
		{"\U000e0041", `\U000e0041`}, {"\u00a0", `\u00a0`},
	}
	for _, tt := range tests {
		if got := printable(tt.text); got != tt.want {
			t.Errorf("printable(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("bomb", "--children 500", 100)
	f.Add("\x1b\u202e", "日本\xff", 80)
	f.Fuzz(func(t *testing.T, comm, arg string, w int) {
		list := records()
		list[0].Context.Incident.Primary.Comm = comm
		list[0].Context.Incident.Primary.Argv = []string{comm, arg}
		list[0].Context.ProcessTable[0].Comm, list[0].Context.ProcessTable[0].Args = comm, []string{arg}
		list[0].Insight.Why = arg
		w = minWidth + (w%200+200)%200
		var b bytes.Buffer
		if err := Write(&b, "text", list, Options{Width: w}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if strings.ContainsFunc(line, hidden) || width(line) > w {
				t.Fatalf("bad line of %d columns on a page of %d: %q", width(line), w, line)
			}
		}
	})
}

func findings(n int) []insight.Finding {
	var list []insight.Finding
	for i := range n {
		list = append(list, insight.Finding{
			File: "a,b:c.jsonl", Line: int64(i + 1), Column: 7, Record: "r1",
			Problem: schema.Problem{
				Offset: 6, Instance: "/class", Schema: "insight.schema.json#/properties/class/enum",
				Found: `"fork_strom"`, Allowed: "one of fork_storm, normal\n100%", Hint: "fork_storm",
			},
		})
	}
	return list
}

func TestFindings(t *testing.T) {
	for _, format := range FindingFormats() {
		for _, n := range []int{0, 1, 10, 11, 25} {
			t.Run(fmt.Sprintf("%s-%d", format, n), func(t *testing.T) {
				var b bytes.Buffer
				w, err := NewFindingWriter(&b, format)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range findings(n) {
					if err := w.Finding(f); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.End(insight.CheckSummary{Files: 1, Records: 3, Insights: 1, Findings: int64(n)}); err != nil {
					t.Fatal(err)
				}
				golden(t, fmt.Sprintf("findings-%s-%d.txt", format, n), b.Bytes())
				if lines := strings.Count(b.String(), "\n"); format == "github" && lines > schema.MaxAnnotations {
					t.Errorf("%d annotations, GitHub shows %d", lines, schema.MaxAnnotations)
				}
			})
		}
	}
}
