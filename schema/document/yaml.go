package document

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
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
	return fromYAML(document.Content[0])
}

func (f *File) yamlProblem(err error) {
	at := &Node{Line: 1, Col: 1}
	message := err.Error()
	var where *yaml.LoadError
	if errors.As(err, &where) {
		message = where.Message
		at.Line, at.Col = max(where.Mark.Line, 1), max(where.Mark.Column, 1)
	}
	f.Report(at, CodeSyntax, "", "%s", strings.TrimPrefix(message, "yaml: "))
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

func fromYAML(y *yaml.Node) *Node {
	n := place(y)
	switch y.Kind {
	case yaml.ScalarNode:
		n.Kind, n.Text = scalarKind(y.ShortTag()), y.Value
	case yaml.SequenceNode:
		n.Kind = List
		for _, item := range y.Content {
			n.Items = append(n.Items, fromYAML(item))
		}
	case yaml.MappingNode:
		n.Kind = Map
		for i := 0; i+1 < len(y.Content); i += 2 {
			n.Keys = append(n.Keys, fromYAML(y.Content[i]))
			n.Items = append(n.Items, fromYAML(y.Content[i+1]))
		}
	default:
		n.Kind = Other
	}
	return n
}
