package document

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxTOMLDepth bounds nested arrays and tables, for the library parses them by
// recursion.
const maxTOMLDepth = 100

// parseTOML reads a TOML document. It returns nil after a problem. The library's decoder
// says whether the document is sound, its parser where things are.
func (f *File) parseTOML(data []byte) *Node {
	if at := tooDeep(data); at >= 0 {
		f.Report(placeAt(data, at), CodeSyntax, "", "nested deeper than %d", maxTOMLDepth)
		return nil
	}
	var values map[string]any
	if err := toml.Unmarshal(data, &values); err != nil {
		f.tomlProblem(data, err)
		return nil
	}
	t := tomlTree{data: data, root: &Node{Line: 1, Col: 1, Kind: Map}}
	t.table = t.root
	t.parser.Reset(data)
	for t.parser.NextExpression() {
		t.expression(t.parser.Expression())
	}
	if len(t.root.Keys) == 0 {
		return &Node{Line: 1, Col: 1}
	}
	return t.root
}

// tooDeep returns the offset of a bracket that is nested too deeply, or -1. Brackets in
// text count as well: no document of ours has that many.
func tooDeep(data []byte) int {
	depth := 0
	for i, b := range data {
		switch b {
		case '[', '{':
			if depth++; depth > maxTOMLDepth {
				return i
			}
		case ']', '}':
			depth = max(depth-1, 0)
		}
	}
	return -1
}

func (f *File) tomlProblem(data []byte, err error) {
	at := &Node{Line: 1, Col: 1}
	message := err.Error()
	var where *toml.DecodeError
	if errors.As(err, &where) {
		line, col := where.Position()
		at = placeOf(data, max(line, 1), max(col, 1))
	}
	f.Report(at, CodeSyntax, "", "%s", strings.TrimPrefix(message, "toml: "))
}

// placeOf turns a line and a column in bytes into a place in characters.
func placeOf(data []byte, line, col int) *Node {
	rest := data
	for range line - 1 {
		_, rest, _ = bytes.Cut(rest, []byte("\n"))
	}
	return &Node{Line: line, Col: utf8.RuneCount(rest[:min(col-1, len(rest))]) + 1}
}

// placeAt is the place of an offset.
func placeAt(data []byte, offset int) *Node {
	before := data[:min(offset, len(data))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return &Node{Line: bytes.Count(before, []byte("\n")) + 1, Col: utf8.RuneCount(before[start:]) + 1}
}

// tomlTree builds the tree of a sound document.
type tomlTree struct {
	data   []byte
	parser unstable.Parser
	root   *Node
	table  *Node // the map that key-values go to
}

func (t *tomlTree) expression(e *unstable.Node) {
	switch e.Kind {
	case unstable.Table, unstable.ArrayTable:
		t.table = t.root
		keys := t.keys(e)
		for i, key := range keys {
			last := i == len(keys)-1
			t.table = child(t.table, key, last && e.Kind == unstable.ArrayTable)
		}
	case unstable.KeyValue:
		t.keyValue(t.table, e)
	}
}

// keys are the parts of a dotted key.
func (t *tomlTree) keys(e *unstable.Node) []*Node {
	var keys []*Node
	for it := e.Key(); it.Next(); {
		k := placeAt(t.data, int(it.Node().Raw.Offset))
		k.Kind, k.Text = Text, string(it.Node().Data)
		keys = append(keys, k)
	}
	return keys
}

// child returns the map under a key, which it makes if need be: of a list the last
// element, or a new one.
func child(n *Node, key *Node, element bool) *Node {
	value := n.Get(key.Text)
	if value == nil {
		value = &Node{Line: key.Line, Col: key.Col, Kind: Map}
		if element {
			value.Kind = List
		}
		n.Keys, n.Items = append(n.Keys, key), append(n.Items, value)
	}
	switch {
	case value.Kind == List && element:
		item := &Node{Line: key.Line, Col: key.Col, Kind: Map}
		value.Items = append(value.Items, item)
		return item
	case value.Kind == List && len(value.Items) > 0:
		return value.Items[len(value.Items)-1]
	}
	return value
}

func (t *tomlTree) keyValue(to *Node, e *unstable.Node) {
	keys := t.keys(e)
	if len(keys) == 0 {
		return
	}
	for _, key := range keys[:len(keys)-1] {
		to = child(to, key, false)
	}
	last := keys[len(keys)-1]
	to.Keys, to.Items = append(to.Keys, last), append(to.Items, t.value(e.Value(), last))
}

// value turns a value into a node. The parser gives arrays no place: they get their
// key's.
func (t *tomlTree) value(v *unstable.Node, key *Node) *Node {
	n := &Node{Line: key.Line, Col: key.Col, Text: string(v.Data)}
	if v.Raw.Length > 0 {
		n = placeAt(t.data, int(v.Raw.Offset))
		n.Text = string(v.Data)
	}
	switch v.Kind {
	case unstable.String:
		n.Kind = Text
	case unstable.Bool:
		n.Kind = Bool
	case unstable.Integer:
		n.Kind, n.Text = Int, decimal(n.Text)
	case unstable.Float:
		n.Kind, n.Text = Float, strings.ReplaceAll(n.Text, "_", "")
	case unstable.Array:
		n.Kind, n.Text = List, ""
		for it := v.Children(); it.Next(); {
			n.Items = append(n.Items, t.value(it.Node(), key))
		}
	case unstable.InlineTable:
		n.Kind, n.Text = Map, ""
		for it := v.Children(); it.Next(); {
			t.keyValue(n, it.Node())
		}
	default:
		n.Kind = Other
	}
	return n
}

// decimal writes an integer of any base in decimal.
func decimal(text string) string {
	v, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 0, 64)
	if err != nil {
		return text
	}
	return strconv.FormatInt(v, 10)
}
