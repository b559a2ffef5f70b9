package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/schema"
)

// hostileTexts would break a table, end a list or a code span, link, mention somebody or
// run in a browser, were they not escaped.
var hostileTexts = []string{
	"|", "a|b", "`", "``a`", "a`|`b", `\`, `\|`, "a\\", "\n# title\n", "\r\n\r\n| a |", "<script>alert(1)</script>",
	"<!--", "--> x", "</code>", "&lt;", "&#124;", "[a](http://x)", "![a](http://x/y.png)", "http://x", "www.x.org",
	"WWW.x.org", "(www.x.org)", "@everyone", "user/repo#1", ":boom:", "*b*", "_i_", "~~s~~", "$x$", " ", "  a  ", "---",
	"- a", "+ a", "1. a", "1) a", "> a", "# a", "=== a", "\x1b[31m", "\u202eabc\u202c", "\u200b", "\u2028", "\xff", "日本", "a\tb", "\x00",
	"``` ", "~~~", "    code", "<", "a<b>c", "mailto:a@b", "[^1]", "]: x", "(", ").", "|-|", "\u00a0",
}

// code spans and code tags as they may be, in which all is text.
var codeForms = regexp.MustCompile("`[^`|\n]+`|<code>(?:[A-Za-z0-9/()=,+ -]|&#[0-9]+;|[^\x00-\x7f])*</code>")

// skeleton is what remains of a report without its code.
func skeleton(t *testing.T, list []schema.DatasetRecord) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, "markdown", list, Options{}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(strings.ReplaceAll(b.String(), "\n", ""), hidden) {
		t.Errorf("a hidden character in %q", b.String())
	}
	return codeForms.ReplaceAllString(b.String(), "CODE")
}

// chosen returns records in which everything that a process or a host can choose is s.
func chosen(s string) []schema.DatasetRecord {
	list := records()[:1]
	c := &list[0].Context
	p := c.Incident.Primary
	p.Comm, p.Exe, p.Argv, p.Cgroup, c.Incident.Host = s, s, []string{s}, s, s
	c.Incident.Candidates[1].Comm = s
	c.Incident.BlastRadius.Cgroups, c.Incident.BlastRadius.Victims[1].Comm = []string{s}, s
	for i := range c.ProcessTable {
		c.ProcessTable[i].Comm, c.ProcessTable[i].Args = s, []string{s}
	}
	return list
}

// worded returns records in which everything that a person or a model can word is s.
func worded(s string) []schema.DatasetRecord {
	list := records()[:1]
	c := &list[0].Context
	list[0].ID, list[0].Source.Capture = s, s
	list[0].Insight.Why, list[0].Insight.Actions = s, []string{s, s}
	c.Facts = []schema.Fact{{ID: s, Text: s}}
	c.Incident.Alternatives = []schema.Alternative{{Class: schema.Class(s), WhyNot: s}}
	c.Incident.UnknownInputs, c.Incident.BlastRadius.Text = []string{s}, s
	return list
}

func checkMarkdown(t *testing.T, s string) {
	t.Helper()
	if s == "" {
		return
	}
	if diff := cmp.Diff(skeleton(t, chosen("plain")), skeleton(t, chosen(s))); diff != "" {
		t.Errorf("%q changes the report (-plain +got):\n%s", s, diff)
	}
	if strings.TrimSpace(printable(s)) == "" {
		return
	}
	want, got := strings.Split(skeleton(t, worded("plain")), "\n"), strings.Split(skeleton(t, worded(s)), "\n")
	if len(want) != len(got) {
		t.Fatalf("%q makes %d lines, want %d", s, len(got), len(want))
	}
	for i, line := range got {
		// Where the words stand nothing may be more than text.
		head, _, _ := strings.Cut(want[i], "plain")
		rest, same := strings.CutPrefix(line, head)
		rest = strings.ReplaceAll(rest, "CODE", "")
		if want[i] != line && (!same || strings.ContainsAny(rest, "`|<>[]{}*_~#&@$\\^") || listMark(strings.SplitN(rest+" ", " ", 2)[0])) {
			t.Errorf("%q makes of %q the line %q", s, want[i], line)
		}
	}
}

func TestMarkdownEscapes(t *testing.T) {
	for _, s := range hostileTexts {
		checkMarkdown(t, s)
		checkMarkdown(t, "a "+s+" b")
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range hostileTexts {
		f.Add(s)
	}
	f.Fuzz(checkMarkdown)
}

func TestCode(t *testing.T) {
	tests := []struct{ text, want string }{
		{"bomb", "`bomb`"}, {"<b>", "`<b>`"}, {`a\x2db`, "`a\\x2db`"}, {"", "<code></code>"}, {" a", "<code> a</code>"},
		{"a|b", "<code>a&#124;b</code>"}, {"a`b", "<code>a&#96;b</code>"}, {`a\`, "<code>a&#92;</code>"},
		{"`<b>&", "<code>&#96;&#60;b&#62;&#38;</code>"}, {"|www.x.org", "<code>&#124;www&#46;x&#46;org</code>"}, {"é|", "<code>é&#124;</code>"},
	}
	for _, tt := range tests {
		if got := code(tt.text); got != tt.want {
			t.Errorf("code(%q) = %s, want %s", tt.text, got, tt.want)
		}
	}
}

func TestProse(t *testing.T) {
	tests := []struct{ text, want string }{
		{"99 % under pid 4412, so (say) it forks: stop?", "99 % under pid 4412, so (say) it forks: stop?"},
		{"not a fork_storm, but", "not a `fork_storm`, but"}, {"(fork_storm)", "(`fork_storm`)"},
		{"see http://x now", "see `http://x` now"}, {"ask @ops.", "ask `@ops`."}, {"- a", "`-` a"}, {"12. a - b", "`12.` a - b"},
		{"405 forks", "405 forks"}, {"a  b\nc", "a `b\\x0ac`"}, {"a | b", "a <code>&#124;</code> b"}, {"(www.x.org)", "(`www.x.org`)"}, {":a: 1:2", "`:a`: 1:2"},
	}
	for _, tt := range tests {
		if got := prose(tt.text); got != tt.want {
			t.Errorf("prose(%q) = %s, want %s", tt.text, got, tt.want)
		}
	}
}

// TestActionMarkdown shows the commands of known actions as code, and nothing of others.
func TestActionMarkdown(t *testing.T) {
	tests := []struct{ text, want string }{
		{"pause it while you decide: kill -STOP 7 (undo: kill -CONT 7)", "pause it while you decide: `kill -STOP 7` (undo: `kill -CONT 7`)"},
		{"see the tree and who started it: pstree -aps 7", "see the tree and who started it: `pstree -aps 7`"},
		{"note: ask the owner", "note: ask the owner"},
		{"see the tree and who started it: pstree -aps 7 | sh", "see the tree and who started it: pstree -aps 7 <code>&#124;</code> sh"},
	}
	for _, tt := range tests {
		if got := actionMarkdown(schema.ClassForkStorm, tt.text); got != tt.want {
			t.Errorf("actionMarkdown(%q) = %s, want %s", tt.text, got, tt.want)
		}
	}
}
