package insight

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const heuristicsDocument = "HEURISTICS.md"

// TestHeuristicsDocument holds that the document has a section for each class, and the
// constants of each as the code has them. -update writes these.
func TestHeuristicsDocument(t *testing.T) {
	text, err := os.ReadFile(heuristicsDocument)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- thresholds -->\n", "<!-- end of thresholds -->\n"
	head, rest, found := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the thresholds", heuristicsDocument)
	}
	var table strings.Builder
	for _, class := range Classes() {
		if !strings.Contains(head, "\n### "+string(class)+"\n") {
			t.Errorf("%s has no section for %s", heuristicsDocument, class)
		}
		rows := constantsOf(t, string(class)+".go")
		if len(rows) == 0 {
			t.Errorf("%s.go has no constants", class)
		}
		fmt.Fprintf(&table, "\n| %s | value | meaning and source |\n| --- | --- | --- |\n%s", class, strings.Join(rows, ""))
	}
	want := head + begin + table.String() + "\n" + end + tail
	if *update {
		if err := os.WriteFile(heuristicsDocument, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s is not that of the code; go test ./insight -run TestHeuristicsDocument -update (-want +got):\n%s", heuristicsDocument, diff)
	}
}

// constantsOf returns a row of a table for each constant at the top of the file. One
// without a comment of its own shares that of the one before.
func constantsOf(t *testing.T, file string) []string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, d := range f.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		meaning := strings.TrimSpace(decl.Doc.Text())
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			if own := strings.TrimSpace(spec.Doc.Text() + spec.Comment.Text()); own != "" {
				meaning = own
			}
			for i, name := range spec.Names {
				var value strings.Builder
				if err := format.Node(&value, fset, spec.Values[i]); err != nil {
					t.Fatal(err)
				}
				said := strings.ReplaceAll(strings.ReplaceAll(meaning, "\n", " "), "|", `\|`)
				rows = append(rows, fmt.Sprintf("| `%s` | `%s` | %s |\n", name.Name, value.String(), said))
			}
		}
	}
	return rows
}
