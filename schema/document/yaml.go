package document

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/linnix-os/linnix/schema"
)

// parseYAML reads one YAML document. It returns nil after a problem, and a null node
// for a document without a value.
func (f *File) parseYAML(data []byte) *Node {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		f.yamlProblem(err)
		return nil
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil && !errors.Is(err, io.EOF) {
		f.yamlProblem(err)
		return nil
	}
	if err := loader.Load(&second); err == nil {
		f.Report(place(&second), CodeSyntax, "", "a second document: write all in one")
	} else if !errors.Is(err, io.EOF) {
		f.yamlProblem(err)
	}
	if len(document.Content) == 0 {
		return &Node{Line: 1, Col: 1}
	}
	before := f.errors.n
	root := f.fromYAML(document.Content[0])
	if f.errors.n > before {
		return nil
	}
	return root
}

func (f *File) yamlProblem(err error) {
	at := &Node{Line: 1, Col: 1}
	message := err.Error()
	var where *yaml.LoadError
	if errors.As(err, &where) {
		message = where.Message
		at.Line, at.Col = max(where.Mark.Line, 1), max(where.Mark.Column, 1)
	}
	hint := ""
	for _, known := range [...]struct{ part, hint string }{
		{"incompatible YAML document", "leave out the line that begins with %YAML"},
		{"unknown anchor", "put text that begins with * in quotes"},
	} {
		if strings.Contains(message, known.part) {
			hint = known.hint
		}
	}
	f.Report(at, CodeSyntax, hint, "%s", strings.TrimPrefix(message, "yaml: "))
}

func place(n *yaml.Node) *Node { return &Node{Line: n.Line, Col: n.Column} }

// scalarKind is the kind of a scalar with one of YAML's short tags.
func scalarKind(tag string) Kind {
	switch tag {
	case "!!null":
		return Null
	case "!!str":
		return Text
	case "!!int":
		return Int
	case "!!float":
		return Float
	case "!!bool":
		return Bool
	}
	return Other
}

// fromYAML turns the library's tree into one of ours. Aliases are refused: what a value
// is must be told at its place, and a few lines of them can stand for any number of values.
func (f *File) fromYAML(y *yaml.Node) *Node {
	n := place(y)
	switch y.Kind {
	case yaml.ScalarNode:
		n.Kind, n.Text = scalarKind(y.ShortTag()), y.Value
	case yaml.SequenceNode:
		n.Kind = List
		for _, item := range y.Content {
			n.Items = append(n.Items, f.fromYAML(item))
		}
	case yaml.MappingNode:
		n.Kind = Map
		for i := 0; i+1 < len(y.Content); i += 2 {
			n.Keys = append(n.Keys, f.fromYAML(y.Content[i]))
			n.Items = append(n.Items, f.fromYAML(y.Content[i+1]))
		}
	case yaml.AliasNode:
		f.Report(n, CodeSyntax, "write the value itself", "anchors and aliases are not supported: *%s", schema.Clip(y.Value, 40))
		n.Kind = Other
	default:
		n.Kind = Other
	}
	return n
}
