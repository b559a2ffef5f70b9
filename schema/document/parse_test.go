package document

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// dump writes a tree with the place of each value.
func dump(b *strings.Builder, n *Node) {
	fmt.Fprintf(b, "%d:%d ", n.Line, n.Col)
	switch n.Kind {
	case List:
		b.WriteString("[")
		for _, item := range n.Items {
			dump(b, item)
		}
		b.WriteString("] ")
	case Map:
		b.WriteString("{")
		for i, k := range n.Keys {
			fmt.Fprintf(b, "%s@%d:%d=", k.Text, k.Line, k.Col)
			dump(b, n.Items[i])
		}
		b.WriteString("} ")
	default:
		fmt.Fprintf(b, "%s(%d) ", n, n.Kind)
	}
}

func TestPlaces(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a.yaml", "", "1:1 nothing(0) "},
		{"a.toml", "# nothing\n", "1:1 nothing(0) "},
		{"a.yaml", "é: 1\nb: [x, 2.5, true]\n", "1:1 {é@1:1=1:4 1(2) b@2:1=2:4 [2:5 text \"x\"(1) 2:8 2.5(3) 2:13 true(4) ] } "},
		{"a.toml", "\"é\" = 1\nb = ['x', 2.5, true]\n",
			"1:1 {é@1:1=1:7 1(2) b@2:1=2:1 [2:6 text \"x\"(1) 2:11 2.5(3) 2:16 true(4) ] } "},
		{"A.TOML", "[[r]]\nn = 0x1_0\nw.a = {b = 1_0.5}\n[r.s]\nd = 2020-01-01\n[[r]]\n",
			"1:1 {r@1:3=1:3 [1:3 {n@2:1=2:5 16(2) w@3:1=3:1 {a@3:3=3:7 {b@3:8=3:12 10.5(3) } } " +
				"s@4:4=4:4 {d@5:1=5:5 a date or a tag(7) } } 6:3 {} ] } "},
	}
	for _, test := range tests {
		f, n := Parse(test.name, []byte(test.text))
		if n == nil || f.Err() != nil {
			t.Errorf("%s %q: %v", test.name, test.text, f.Err())
			continue
		}
		var b strings.Builder
		dump(&b, n)
		if b.String() != test.want {
			t.Errorf("%s %q\ngot  %s\nwant %s", test.name, test.text, b.String(), test.want)
		}
	}
}

func TestDocumentsThatCannotBeRead(t *testing.T) {
	tests := []struct {
		name, text string
		line, col  int
		code       Code
	}{
		{"a.yaml", "a: [1\nb: 2\n", 2, 2, CodeSyntax},
		{"a.yaml", "a: 1\n---\nb: 1\n", 2, 1, CodeSyntax},
		{"a.yaml", "a: é\xff\n", 1, 5, CodeNotUTF8},
		{"a.yaml", strings.Repeat("#\n", MaxBytes), 1, 1, CodeTooLarge},
		{"a.toml", "a = \n", 1, 5, CodeSyntax},
		{"a.toml", "a = 'é' b\n", 1, 9, CodeSyntax},
		{"a.toml", "[a]\nb = 1\nb = 2\n", 3, 1, CodeSyntax},
		{"a.toml", "a = " + strings.Repeat("[", 1000), 1, 4 + maxTOMLDepth + 1, CodeSyntax},
	}
	for _, test := range tests {
		f, _ := Parse(test.name, []byte(test.text))
		problems := f.Problems()
		if len(problems) != 1 {
			t.Errorf("%s %.30q: %d problems", test.name, test.text, len(problems))
			continue
		}
		if p := problems[0]; p.Line != test.line || p.Col != test.col || p.Code != test.code {
			t.Errorf("%s %.30q: %d:%d %s, want %d:%d %s", test.name, test.text, p.Line, p.Col, p.Code, test.line, test.col, test.code)
		}
	}
}

// TestHintsOfYAML holds what to do about what YAML has and a document here may not.
func TestHintsOfYAML(t *testing.T) {
	for _, test := range []struct{ text, want, hint string }{
		{"%YAML 1.2\n---\na: 1\n", "1:1: found incompatible YAML document", "leave out the line that begins with %YAML"},
		{"a: *x\n", "1:4: unknown anchor", "put text that begins with * in quotes"},
		{"a: &x 1\nb: *x\n", "2:4: anchors and aliases are not supported: *x", "write the value itself"},
		{"a: &x {c: 1}\nb: {<<: *x}\n", "2:9: anchors and aliases are not supported: *x", "write the value itself"},
	} {
		f, n := Parse("a.yaml", []byte(test.text))
		problems := f.Problems()
		if n != nil || len(problems) != 1 || problems[0].Hint != test.hint || !strings.HasPrefix(problems.Error(), "a.yaml:"+test.want) {
			t.Errorf("%q: %v, want %s and the hint %q", test.text, problems, test.want, test.hint)
		}
	}
}

// TestByteOrderMark holds that a mark is no part of the first line, in either language.
func TestByteOrderMark(t *testing.T) {
	for name, text := range map[string]string{"a.yaml": "a: 1\n", "a.toml": "a = 1\n"} {
		f, n := Parse(name, []byte(byteOrderMark+text))
		if n == nil || n.Get("a") == nil || n.Keys[0].Col != 1 || f.Line(1)+"\n" != text {
			t.Errorf("%s: %+v, %v", name, n, f.Problems())
		}
	}
}

func TestHours(t *testing.T) {
	for _, test := range []struct {
		text string
		most time.Duration
		want string
	}{{"1h1ns", time.Hour, "is more than 1 hour"}, {"25h", 24 * time.Hour, "is more than 24 hours"}} {
		f, n := Parse("a.yaml", []byte(test.text))
		if _, ok := f.Span(n, "a", time.Second, 0, test.most); ok || !strings.HasSuffix(f.Problems()[0].Message, test.want) {
			t.Errorf("%s: %v", test.text, f.Problems())
		}
	}
}

// TestTheOtherLanguageIsHintedAt names files for the language that they are not in.
func TestTheOtherLanguageIsHintedAt(t *testing.T) {
	tests := []struct{ name, text, hint string }{
		{"a.yaml", "[[a]]\nb = 1\n", "give the file a name that ends in .toml: that is what it holds"},
		{"a", "[[a]]\nb = 1\n", "give the file a name that ends in .toml: that is what it holds"},
		{"a.toml", "- a: 1\n", "give the file a name that ends in .yaml: that is what it holds"},
		{"a.toml", "a: 1\nb: [x]\n", "give the file a name that ends in .yaml: that is what it holds"},
		{"a.toml", "a = \n", ""},
		{"a.toml", "[[a]\nb = 1\n", ""},
		{"a.yaml", "a: [1\n", ""},
	}
	for _, test := range tests {
		f, _ := Parse(test.name, []byte(test.text))
		if problems := f.Problems(); len(problems) != 1 || problems[0].Hint != test.hint {
			t.Errorf("%s %q: %v, want one problem with the hint %q", test.name, test.text, problems, test.hint)
		}
	}
}

// TestWarningsAreNoErrors holds what Err leaves out, and the order of problems.
func TestWarningsAreNoErrors(t *testing.T) {
	f, n := Parse("a.yaml", []byte("a: 1\nb: 2\n"))
	f.Warn(n.Get("b"), "odd", "", "odd")
	if f.Err() != nil {
		t.Errorf("a warning is an error: %v", f.Err())
	}
	f.Report(n.Get("a"), CodeWrongType, "write c", "wrong")
	if got, want := f.Problems().Error(), "a.yaml:1:4: wrong\n    a: 1\n       ^\n    hint: write c\na.yaml:2:4: warning: odd\n    b: 2\n       ^"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if errs, ok := f.Err().(Problems); !ok || len(errs) != 1 {
		t.Errorf("errors %v, want the first alone", f.Err())
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"a: 1\n", "- {x: [1, 2]}\n", "[[r]]\na.b = {c = 1}\n[r.s]\n", "a = [[1], {b = '''x'''}]\n", "a = \"\xff\""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"f.yaml", "f.toml"} {
			file, n := Parse(name, []byte(text))
			if n == nil && file.Err() == nil {
				t.Fatalf("%s: no value and no problem", name)
			}
			if n != nil {
				var b strings.Builder
				dump(&b, n)
			}
			for _, p := range file.Problems() {
				if p.Line < 1 || p.Col < 1 || p.Message == "" || p.Caret > maxShown || strings.ContainsAny(p.String(), "\x00\x1b\r") {
					t.Fatalf("%s: problem %+v", name, p)
				}
			}
		}
	})
}
