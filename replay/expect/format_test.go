package expect

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/schema"
)

// hostile are cases whose texts mean something to a format or a terminal.
func hostile() *Suite {
	return &Suite{Cases: []Case{
		{Name: "storm fires", Class: "storm", File: "a.yaml", Line: 3, Passed: true},
		{Name: "a\nb,c:d]]>&<\"'", Class: "%0A::error::\r", File: "a,b:c%.yaml", Line: 4, Reason: Different,
			Message: "100 %\n::warning::x", Details: []string{"- comm: ]]>\x00\x1b[31m", "+ comm: \u202ex\xff\xfe\ufffe\u2028"}},
		{Name: "never", Class: "b", File: "a.yaml", Line: 5, Reason: NeverEvaluated, Message: "never evaluated"},
	}}
}

const hostileText = `a,b:c%.yaml:4: a\nb,c:d]]>&<"': 100 %\n::warning::x
    - comm: ]]>\x00\x1b[31m
    + comm: \u202ex` + "\ufffd\ufffd" + `\ufffe\u2028
a.yaml:5: never: never evaluated
2 of 3 expectations not met: 1 different, 1 never evaluated
`

const hostileGitHub = `::error file=a%2Cb%3Ac%25.yaml,line=4,title=a\nb%2Cc%3Ad]]>&<"'::a\nb,c:d]]>&<"': 100 %25\n::warning::x%0A- comm: ]]>\x00\x1b[31m%0A+ comm: \u202ex` + "\ufffd\ufffd" + `\ufffe\u2028
::error file=a.yaml,line=5,title=never::never: never evaluated
`

const hostileJUnit = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="2" errors="0" skipped="0">
  <testsuite name="a.yaml" tests="2" failures="1" errors="0" skipped="0">
    <testcase name="storm fires" classname="storm" file="a.yaml" line="3"/>
    <testcase name="never" classname="b" file="a.yaml" line="5">
      <failure message="never evaluated" type="never_evaluated">a.yaml:5: never evaluated</failure>
    </testcase>
  </testsuite>
  <testsuite name="a,b:c%.yaml" tests="1" failures="1" errors="0" skipped="0">
    <testcase name="a\nb,c:d]]&gt;&amp;&lt;&#34;&#39;" classname="%0A::error::\r" file="a,b:c%.yaml" line="4">
      <failure message="100 %\n::warning::x" type="different">a,b:c%.yaml:4: 100 %\n::warning::x&#xA;- comm: ]]&gt;\x00\x1b[31m&#xA;+ comm: \u202ex` + "\ufffd\ufffd" + `\ufffe\u2028</failure>
    </testcase>
  </testsuite>
</testsuites>
`

func TestFormats(t *testing.T) {
	for format, want := range map[string]string{"text": hostileText, "github": hostileGitHub, "junit": hostileJUnit} {
		if diff := cmp.Diff(want, formatted(t, format)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}

// TestGitHubIsBounded holds that no annotation is lost on the way: GitHub shows ten.
func TestGitHubIsBounded(t *testing.T) {
	for _, test := range []struct {
		failed, lines int
		last          string
	}{
		{0, 0, ""}, {1, 1, "line=1,"}, {schema.MaxAnnotations - 1, 9, "line=9,"}, {schema.MaxAnnotations, 10, "line=10,"},
		{schema.MaxAnnotations + 1, 10, "::error title=linnix replay::2 more not met: "}, {2000, 10, "::1991 more not met: "},
	} {
		s := &Suite{Cases: []Case{{Name: "met", Passed: true}}}
		for i := range test.failed {
			s.Cases = append(s.Cases, Case{Name: "a", File: "a.yaml", Line: i + 1, Reason: Missing, Message: "was not raised"})
		}
		var b bytes.Buffer
		if err := Write(&b, "github", s); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if n := strings.Count(b.String(), "\n"); n != test.lines || !strings.Contains(lines[len(lines)-1], test.last) {
			t.Errorf("%d failed: %d lines, the last %q", test.failed, n, lines[len(lines)-1])
		}
	}
}

// TestEveryFormat holds for each row of the table: the same bytes each time, ended by a
// newline, and none that a terminal acts on.
func TestEveryFormat(t *testing.T) {
	for _, format := range Formats() {
		got := formatted(t, format)
		if got != formatted(t, format) || !strings.HasSuffix(got, "\n") {
			t.Errorf("%s: not the same twice, or cut: %q", format, got)
		}
		if strings.ContainsAny(got, "\x00\x1b\r\x7f") {
			t.Errorf("%s: control characters in %q", format, got)
		}
	}
	if err := Write(io.Discard, "xml", hostile()); err == nil || !strings.Contains(err.Error(), "text|json|junit|github") {
		t.Errorf("an unknown format: %v", err)
	}
}

func TestJUnitIsXML(t *testing.T) {
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Text string `xml:",chardata"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(formatted(t, "junit")), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 3 || got.Failures != 2 || len(got.Suites) != 2 || len(got.Suites[0].Cases) != 2 || got.Suites[0].Cases[0].Failure != nil {
		t.Errorf("read back: %+v", got)
	}
	if text := got.Suites[1].Cases[0].Failure.Text; strings.Count(text, "\n") != 2 || !strings.Contains(text, "]]>") {
		t.Errorf("the failure says %q", text)
	}
}

func TestJSONIsOneCaseALine(t *testing.T) {
	lines := strings.SplitAfter(strings.TrimSuffix(formatted(t, "json"), "\n"), "\n")
	if len(lines) != 3 || lines[0] != `{"name":"storm fires","class":"storm","file":"a.yaml","line":3,"passed":true}`+"\n" {
		t.Fatalf("got %q", lines)
	}
	var c Case
	if err := json.Unmarshal([]byte(lines[1]), &c); err != nil || c.Name != hostile().Cases[1].Name || c.Passed || c.Reason != Different {
		t.Errorf("read back %+v (error %v)", c, err)
	}
}

func formatted(t *testing.T, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, hostile()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
