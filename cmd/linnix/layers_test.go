package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const modulePath = "github.com/linnix-os/linnix"

// layer is one row of the table of packages in ARCHITECTURE.md.
type layer struct {
	// imports are the packages of ours it may use; "replay/..." means replay and all
	// below it.
	imports []string
	// libraries are the third-party modules it may use.
	libraries []string
	// pure packages give the same answer for the same input: no clock, environment,
	// randomness, goroutines, files or network.
	pure bool
}

// layers maps each package to what it may use. A package that is not here may not
// exist; a library stands in one row (cilium/ebpf in two that work as one).
var layers = map[string]layer{
	"schema": {pure: true, libraries: []string{
		"github.com/santhosh-tekuri/jsonschema/v5", "github.com/go-json-experiment/json"}},
	"schema/document": {pure: true, imports: []string{"schema"}, libraries: []string{
		"go.yaml.in/yaml/v4", "github.com/pelletier/go-toml/v2"}},
	"bpf": {libraries: []string{"github.com/cilium/ebpf"}},
	"record/capture": {imports: []string{"schema"}, libraries: []string{
		"github.com/parquet-go/parquet-go", "github.com/klauspost/compress"}},
	"record": {imports: []string{"bpf", "record/capture", "schema"}, libraries: []string{
		"github.com/cilium/ebpf"}},
	"replay":          {pure: true, imports: []string{"schema"}},
	"replay/rules":    {pure: true, imports: []string{"replay", "schema/..."}},
	"replay/snapshot": {pure: true, imports: []string{"replay", "schema"}},
	"replay/expect":   {pure: true, imports: []string{"replay/...", "schema/..."}},
	"insight":         {pure: true, imports: []string{"replay/...", "schema"}},
	"insight/score":   {pure: true, imports: []string{"insight", "replay/...", "schema"}},
	"insight/report": {pure: true, imports: []string{"insight", "replay/...", "schema"}, libraries: []string{
		"github.com/mattn/go-runewidth"}},
	"cmd/linnix": {
		imports:   []string{"schema/...", "record/...", "replay/...", "insight/...", "bpf"},
		libraries: []string{"github.com/urfave/cli/v2"}},
	"replay/replaytest": {imports: []string{"replay", "schema"}},
	"scripts/label":     {imports: []string{"record/capture", "schema"}},
	"scripts/publish":   {imports: []string{"record/capture", "schema"}},
	"scripts/workload":  {},
}

// Everyone may use the system calls of x/sys; tests may use the test libraries, and
// read captures.
var (
	commonLibraries = []string{"golang.org/x/sys"}
	testLibraries   = []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "golang.org/x/sys"}
	testImports     = []string{"record/capture", "replay/replaytest", "schema"}
)

// topLevel lists the folders at the root; "bin" is where make builds.
var topLevel = []string{"cmd", "record", "replay", "insight", "schema", "datasets", "bpf", "scripts", "bin"}

// impureImports may not be imported by a pure package.
var impureImports = []string{"os", "net", "syscall", "runtime", "math/rand", "crypto/rand", "golang.org/x/sys"}

// harmlessImports lie below an impure import and touch nothing outside the program.
var harmlessImports = []string{"net/url", "net/netip"}

// impureCalls may not be named in a pure package; the first part is an import path.
var impureCalls = []string{
	"time.Now", "time.Since", "time.Until", "time.After", "time.AfterFunc", "time.Sleep",
	"time.Tick", "time.NewTimer", "time.NewTicker", "time.Local", "time.LoadLocation",
}

// commandCalls belong to cmd/: only it knows the process, its streams and environment.
var commandCalls = []string{
	"os.Exit", "os.Getenv", "os.LookupEnv", "os.Environ", "os.Args", "os.Stdin", "os.Stdout", "os.Stderr",
	"fmt.Print", "fmt.Printf", "fmt.Println", "log.Fatal", "log.Fatalf", "log.Print", "log.Printf",
}

// TestLayers holds the table of packages for the whole tree.
func TestLayers(t *testing.T) {
	for _, finding := range checkLayers(t, os.DirFS("../..")) {
		t.Error(finding)
	}
}

// TestLayersFindings proves that the check can fail, once for each thing it forbids.
func TestLayersFindings(t *testing.T) {
	for name, test := range map[string]struct {
		file, text, want string
	}{
		"upward import":      {"replay/a.go", `import "github.com/linnix-os/linnix/insight"`, "replay/a.go: replay may not import insight"},
		"upward from a test": {"replay/a_test.go", `import "github.com/linnix-os/linnix/insight"`, "replay/a_test.go: replay may not import insight"},
		"second parquet user": {"insight/a.go", `import "github.com/parquet-go/parquet-go"`,
			"insight/a.go: insight may not use the library github.com/parquet-go/parquet-go"},
		"part of a library": {"schema/a.go", `import "github.com/parquet-go/parquet-go/compress/zstd"`,
			"schema/a.go: schema may not use the library github.com/parquet-go/parquet-go/compress/zstd"},
		"second cli user":   {"record/a.go", `import "github.com/urfave/cli/v2"`, "record/a.go: record may not use the library github.com/urfave/cli/v2"},
		"new package":       {"record/disk/a.go", ``, "record/disk/a.go: the package record/disk stands in no row of the table"},
		"internal":          {"replay/internal/x/a.go", ``, "replay/internal/x/a.go: the package replay/internal/x stands in no row of the table"},
		"top-level folder":  {"docs/a.md", ``, "docs: no folder of the fixed top level"},
		"init":              {"bpf/a.go", `func init() {}`, "bpf/a.go: no init functions: use a row in an explicit table"},
		"clock":             {"replay/a.go", `import "time"; var t = time.Now`, "replay/a.go: replay is pure and may not use time.Now"},
		"clock, renamed":    {"schema/a.go", `import z "time"; var t = z.Since`, "schema/a.go: schema is pure and may not use time.Since"},
		"randomness":        {"insight/a.go", `import "math/rand/v2"`, "insight/a.go: insight is pure and may not import math/rand/v2"},
		"network":           {"replay/rules/a.go", `import "net/http"`, "replay/rules/a.go: replay/rules is pure and may not import net/http"},
		"environment":       {"insight/report/a.go", `import "os"`, "insight/report/a.go: insight/report is pure and may not import os"},
		"goroutine":         {"replay/a.go", `func f() { go f() }`, "replay/a.go: replay is pure and may not start goroutines"},
		"select":            {"insight/a.go", `func f() { select {} }`, "insight/a.go: insight is pure and may not select"},
		"exit in a library": {"record/a.go", `import "os"; var f = os.Exit`, "record/a.go: only cmd/ may use os.Exit"},
		"print in a library": {"record/capture/a.go", `import "fmt"; func f() { fmt.Println() }`,
			"record/capture/a.go: only cmd/ may use fmt.Println"},
		"nothing wrong": {"schema/document/a.go", `import ("time"; "go.yaml.in/yaml/v4"; "github.com/linnix-os/linnix/schema"); var d = time.Second`, ""},
		"a fine test":   {"replay/a_test.go", `import ("os"; "github.com/linnix-os/linnix/record/capture"; "github.com/google/go-cmp/cmp")`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := test.text
			if path.Ext(test.file) == ".go" {
				text = "package p\n" + text
			}
			got := strings.Join(checkLayers(t, fstest.MapFS{test.file: {Data: []byte(text)}}), "\n")
			if got != test.want {
				t.Errorf("findings:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// checkLayers returns what breaks the rules in a source tree, in order.
func checkLayers(t *testing.T, tree fs.FS) []string {
	t.Helper()
	var findings []string
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() && path.Dir(name) == "." && !slices.Contains(topLevel, name):
			findings = append(findings, name+": no folder of the fixed top level")
			return fs.SkipDir
		case path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		findings = append(findings, checkSource(name, file)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// checkSource returns what breaks the rules in one file.
func checkSource(name string, file *ast.File) []string {
	pkg := path.Dir(name)
	l, ok := layers[pkg]
	if !ok {
		return []string{fmt.Sprintf("%s: the package %s stands in no row of the table", name, pkg)}
	}
	var problems []string
	test := strings.HasSuffix(name, "_test.go")
	for imported := range fileImports(file) {
		problems = append(problems, checkImport(pkg, l, imported, test)...)
	}
	slices.Sort(problems)
	if !test {
		problems = append(problems, checkBody(pkg, l, file)...)
	}
	for i, p := range problems {
		problems[i] = name + ": " + p
	}
	return problems
}

func checkImport(pkg string, l layer, imported string, test bool) []string {
	if ours, ok := strings.CutPrefix(imported, modulePath+"/"); ok {
		allowed := ours == pkg || under(ours, l.imports) || test && under(ours, testImports)
		return findingIf(!allowed, "%s may not import %s", pkg, ours)
	}
	if l.pure && !test && isOrBelow(imported, impureImports) && !slices.Contains(harmlessImports, imported) {
		return findingIf(true, "%s is pure and may not import %s", pkg, imported)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return nil // the standard library
	}
	allowed := isOrBelow(imported, l.libraries) || isOrBelow(imported, commonLibraries) ||
		test && isOrBelow(imported, testLibraries)
	return findingIf(!allowed, "%s may not use the library %s", pkg, imported)
}

// checkBody looks for forbidden names and statements.
func checkBody(pkg string, l layer, file *ast.File) []string {
	var problems []string
	add := func(bad bool, format string, args ...any) {
		problems = append(problems, findingIf(bad, format, args...)...)
	}
	names := map[string]string{} // local name → import path
	for imported, local := range fileImports(file) {
		names[local] = imported
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			add(n.Recv == nil && n.Name.Name == "init", "no init functions: use a row in an explicit table")
		case *ast.GoStmt:
			add(l.pure, "%s is pure and may not start goroutines", pkg)
		case *ast.SelectStmt:
			add(l.pure, "%s is pure and may not select", pkg)
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && names[x.Name] != "" {
				used := names[x.Name] + "." + n.Sel.Name
				add(l.pure && slices.Contains(impureCalls, used), "%s is pure and may not use %s", pkg, used)
				add(!isCommand(pkg) && slices.Contains(commandCalls, used), "only cmd/ may use %s", used)
			}
		}
		return true
	})
	return problems
}

// isCommand says that a package is a program: it may end the process and print.
func isCommand(pkg string) bool {
	return strings.HasPrefix(pkg, "cmd/") || strings.HasPrefix(pkg, "scripts/")
}

// fileImports maps each import path of a file to the name it goes by in it.
func fileImports(file *ast.File) map[string]string {
	imports := map[string]string{}
	for _, spec := range file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		imports[imported] = path.Base(imported)
		if spec.Name != nil {
			imports[imported] = spec.Name.Name
		}
	}
	return imports
}

// under says whether pkg is one of the patterns, of which "a/..." means a and all
// below it.
func under(pkg string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		parent, tree := strings.CutSuffix(p, "/...")
		return pkg == parent || tree && strings.HasPrefix(pkg, parent+"/")
	})
}

func isOrBelow(imported string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool {
		return imported == m || strings.HasPrefix(imported, m+"/")
	})
}

func findingIf(bad bool, format string, args ...any) []string {
	if !bad {
		return nil
	}
	return []string{fmt.Sprintf(format, args...)}
}

// TestOneLibraryOnePackage holds that the table itself gives a library to one package.
func TestOneLibraryOnePackage(t *testing.T) {
	users := map[string][]string{}
	for _, pkg := range slices.Sorted(maps.Keys(layers)) {
		for _, library := range layers[pkg].libraries {
			users[library] = append(users[library], pkg)
		}
	}
	delete(users, "github.com/cilium/ebpf") // The loader and its reader work as one.
	for library, packages := range users {
		if len(packages) != 1 {
			t.Errorf("%s has %d users: %v", library, len(packages), packages)
		}
	}
}
