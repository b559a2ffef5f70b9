package rules

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// node is a value of a rule file with its place, whatever language it was written in.
type node struct {
	line, col int
	kind      nodeKind
	// text is a scalar's.
	text string
	// items are a list's elements, or a map's values beside keys.
	items []*node
	keys  []*node
}

type nodeKind uint8

const (
	nodeNull nodeKind = iota
	nodeText
	nodeInt
	nodeFloat
	nodeBool
	nodeList
	nodeMap
	nodeOther
)

// String says what a value is, for 'found …'.
func (n *node) String() string {
	switch n.kind {
	case nodeNull:
		return "nothing"
	case nodeText:
		return "text " + quote(n.text)
	case nodeList:
		return "a list"
	case nodeMap:
		return "a map"
	case nodeOther:
		return "an alias or a tag"
	}
	return n.text
}

// parseYAML reads one YAML document. It returns nil after a problem, and a null node
// for a document without a value.
func (c *checker) parseYAML(data []byte) *node {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		c.yamlProblem(err)
		return nil
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil && !errors.Is(err, io.EOF) {
		c.yamlProblem(err)
		return nil
	}
	if err := loader.Load(&second); err == nil {
		c.report(place(&second), "", "a second document: write all rules in one")
	} else if !errors.Is(err, io.EOF) {
		c.yamlProblem(err)
	}
	if len(document.Content) == 0 {
		return &node{line: 1, col: 1}
	}
	return fromYAML(document.Content[0])
}

func (c *checker) yamlProblem(err error) {
	at := &node{line: 1, col: 1}
	message := err.Error()
	var where *yaml.LoadError
	if errors.As(err, &where) {
		message = where.Message
		at.line, at.col = max(where.Mark.Line, 1), max(where.Mark.Column, 1)
	}
	c.report(at, "", "%s", strings.TrimPrefix(message, "yaml: "))
}

func place(n *yaml.Node) *node { return &node{line: n.Line, col: n.Column} }

// yamlKinds are the scalar kinds by YAML's short tags.
var yamlKinds = map[string]nodeKind{
	"!!null": nodeNull, "!!str": nodeText, "!!int": nodeInt, "!!float": nodeFloat, "!!bool": nodeBool,
}

func fromYAML(y *yaml.Node) *node {
	n := place(y)
	switch y.Kind {
	case yaml.ScalarNode:
		n.text = y.Value
		kind, known := yamlKinds[y.ShortTag()]
		if n.kind = kind; !known {
			n.kind = nodeOther
		}
	case yaml.SequenceNode:
		n.kind = nodeList
		for _, item := range y.Content {
			n.items = append(n.items, fromYAML(item))
		}
	case yaml.MappingNode:
		n.kind = nodeMap
		for i := 0; i+1 < len(y.Content); i += 2 {
			n.keys = append(n.keys, fromYAML(y.Content[i]))
			n.items = append(n.items, fromYAML(y.Content[i+1]))
		}
	default:
		n.kind = nodeOther
	}
	return n
}
