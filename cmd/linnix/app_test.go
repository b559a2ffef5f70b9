package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryCommandHasARow holds that each newXCommand of this package is called in
// commandTable.
func TestEveryCommandHasARow(t *testing.T) {
	declared, called := map[string]bool{}, map[string]bool{}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if isCommandConstructor(n.Name.Name) {
					declared[n.Name.Name] = true
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && name == "app.go" && isCommandConstructor(f.Name) {
					called[f.Name] = true
				}
			}
			return true
		})
	}
	if len(declared) == 0 || !maps.Equal(declared, called) {
		t.Errorf("declared: %v\nin the table: %v", slices.Sorted(maps.Keys(declared)), slices.Sorted(maps.Keys(called)))
	}
}

func isCommandConstructor(name string) bool {
	return strings.HasPrefix(name, "new") && strings.HasSuffix(name, "Command")
}
