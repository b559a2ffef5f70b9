package document

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestProblemsAreBounded(t *testing.T) {
	for _, test := range []struct {
		errors, warnings, told int
		last                   string
	}{
		{maxProblems - 1, 0, maxProblems - 1, "wrong"},
		{maxProblems, 0, maxProblems, "wrong"},
		{maxProblems + 1, 0, maxProblems + 1, "1 more problems that are not told"},
		{0, maxProblems + 7, maxProblems + 1, "7 more problems that are not told"},
		{1, maxProblems + 7, maxProblems + 2, "7 more problems that are not told"}, // the error is told, though it comes last
	} {
		f, n := Parse("a.yaml", []byte("a: 1\n"))
		for range test.warnings {
			f.Warn(n, "odd", "", "odd")
		}
		for range test.errors {
			f.Report(n, CodeWrongType, "", "wrong")
		}
		list := f.Problems()
		if len(list) != test.told || list[len(list)-1].Message != test.last || f.Count() != test.errors+test.warnings {
			t.Errorf("%d errors, %d warnings: %d told of %d, the last %q, want %d, %q",
				test.errors, test.warnings, len(list), f.Count(), list[len(list)-1].Message, test.told, test.last)
		}
		if errs, _ := f.Err().(Problems); (len(errs) > 0) != (test.errors > 0) {
			t.Errorf("%d errors, %d warnings: %d errors are told", test.errors, test.warnings, len(errs))
		}
	}
}

// TestLongLinesAreCut holds what a problem shows of a line, at its ends and in between.
func TestLongLinesAreCut(t *testing.T) {
	line := strings.Repeat("é", 500)
	for _, test := range []struct{ col, caret, shown int }{
		{1, 0, maxShown}, {maxBefore, maxBefore - 1, maxShown}, {maxBefore + 1, maxBefore, maxShown}, {maxBefore + 2, maxBefore, maxShown},
		{461, maxBefore, maxShown}, {462, maxBefore, maxShown - 1}, {500, maxBefore, maxBefore + 1}, {501, maxBefore, maxBefore}, {900, maxBefore, maxBefore},
	} {
		f := &File{lines: []string{line}}
		f.Report(&Node{Line: 1, Col: test.col}, CodeSyntax, "", "wrong")
		if p := f.Problems()[0]; p.Caret != test.caret || utf8.RuneCountInString(p.Text) != test.shown {
			t.Errorf("column %d: caret %d of %d, want %d of %d", test.col, p.Caret, utf8.RuneCountInString(p.Text), test.caret, test.shown)
		}
	}
}

// TestPositionsFollowEachOther holds that a position that was moved is that of one which
// was not, wherever it came from.
func TestPositionsFollowEachOther(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	lines := []string{"", "añb€c", "x\xff\xffy", strings.Repeat("é", 20)}
	var moved position
	for range 2000 {
		at := rnd.IntN(len(lines))
		line, to := lines[at], 1+rnd.IntN(25)
		var fresh position
		if rnd.IntN(2) == 0 {
			moved.to(line, at+1, to)
			fresh.to(line, at+1, to)
		} else {
			moved.toOffset(line, at+1, to)
			fresh.toOffset(line, at+1, to)
		}
		if moved != fresh || moved.col != utf8.RuneCountInString(line[:moved.offset])+1 {
			t.Fatalf("%q to %d: %+v, want %+v", line, to, moved, fresh)
		}
	}
}

// TestLargestDocuments reads documents that take very long if their work grows with the
// square of their length.
func TestLargestDocuments(t *testing.T) {
	var line, tables strings.Builder
	line.WriteString("a = [0")
	for i := 0; line.Len() < MaxBytes-10; i++ {
		line.WriteString(", 'é'")
	}
	line.WriteString("]")
	for i := range maxTOMLKeys / 4 {
		fmt.Fprintf(&tables, "[a%d]\nb.c = 1\n", i)
	}
	double := "{" + strings.Repeat("a: 1, ", MaxBytes/6-1) + "a: 1}"
	for name, text := range map[string]string{"line.toml": line.String(), "tables.toml": tables.String(), "double.yaml": double} {
		f, n := Parse(name, []byte(text))
		if n == nil {
			t.Fatal(f.Err())
		}
		if name == "line.toml" {
			if items := n.Items[0].Items; items[len(items)-1].Col != 7*(len(items)-2)-2*(len(items)-2)+9 {
				t.Errorf("the last of %d items stands at column %d", len(items), items[len(items)-1].Col)
			}
			continue
		}
		if f.Members(n, []string{"a"}); f.Count() < 1000 {
			t.Errorf("%s: %d problems", name, f.Count())
		}
	}
}

func TestTOMLKeysAreBounded(t *testing.T) {
	for _, one := range []string{"k = 1\n", " [k]\n", "k = [\n1, 2,\n]\n"} {
		text := strings.Repeat(one, maxTOMLKeys)
		if at := tooMany([]byte(text)); at >= 0 {
			t.Errorf("%q: too many at %d of %d", one, at, len(text))
		}
		f, n := Parse("a.toml", []byte(text+one))
		problems := f.Problems()
		if n != nil || len(problems) != 1 || problems[0].Code != CodeTooLarge || problems[0].Line != 1+strings.Count(text, "\n") {
			t.Errorf("%q: %v", one, problems)
		}
	}
}
