package document

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxTOMLDepth bounds nested arrays and tables, for the library parses them by
// recursion.
const maxTOMLDepth = 100

// maxTOMLKeys bounds keys and tables, for the library looks at each of a table before it
// takes the next one.
const maxTOMLKeys = 20_000

// parseTOML reads a TOML document. It returns nil after a problem. The library's decoder
// says whether the document is sound, its parser where things are.
func (f *File) parseTOML(data []byte) *Node {
	if at := tooDeep(data); at >= 0 {
		f.Report(f.placesIn().at(at), CodeSyntax, "", "nested deeper than %d", maxTOMLDepth)
		return nil
	}
	if at := tooMany(data); at >= 0 {
		f.Report(f.placesIn().at(at), CodeTooLarge, "split it", "more than %d keys and tables", maxTOMLKeys)
		return nil
	}
	var values map[string]any
	if err := toml.Unmarshal(data, &values); err != nil {
		f.tomlProblem(err)
		return nil
	}
	t := tomlTree{places: f.placesIn(), root: &Node{Line: 1, Col: 1, Kind: Map}, values: make(map[member]*Node)}
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

// tooMany returns the offset at which there are too many keys and tables, or -1. As with
// brackets, those in text count as well.
func tooMany(data []byte) int {
	count, first := 0, true // the first of its line but for blanks
	for i, b := range data {
		if b == '=' || b == '[' && first {
			if count++; count > maxTOMLKeys {
				return i
			}
		}
		first = b == '\n' || first && (b == ' ' || b == '\t')
	}
	return -1
}

func (f *File) tomlProblem(err error) {
	at := &Node{Line: 1, Col: 1}
	message := err.Error()
	var where *toml.DecodeError
	if errors.As(err, &where) {
		line, col := where.Position()
		at = f.placeOf(max(line, 1), max(col, 1))
	}
	f.Report(at, CodeSyntax, "", "%s", strings.TrimPrefix(message, "toml: "))
}

// placeOf turns a line and a column in bytes into a place in characters.
func (f *File) placeOf(line, col int) *Node {
	text := f.Line(line)
	return &Node{Line: line, Col: utf8.RuneCountInString(text[:min(col-1, len(text))]) + 1}
}

// places finds the places of offsets in a document.
type places struct {
	lines  []string
	starts []int // the offset of each line
	last   position
}

func (f *File) placesIn() *places {
	p := &places{lines: f.lines, starts: make([]int, len(f.lines))}
	for i := 1; i < len(f.lines); i++ {
		p.starts[i] = p.starts[i-1] + len(f.lines[i-1]) + len("\n")
	}
	return p
}

// at is the place of an offset.
func (p *places) at(offset int) *Node {
	i, found := slices.BinarySearch(p.starts, offset)
	if !found {
		i--
	}
	p.last.toOffset(p.lines[i], i+1, offset-p.starts[i])
	return &Node{Line: i + 1, Col: p.last.col}
}

// tomlTree builds the tree of a sound document.
type tomlTree struct {
	places *places
	parser unstable.Parser
	root   *Node
	table  *Node // the map that key-values go to
	// values are those of all maps so far.
	values map[member]*Node
}

// member is a key in a map.
type member struct {
	of  *Node
	key string
}

// put adds a value to a map.
func (t *tomlTree) put(to, key, value *Node) {
	to.Keys, to.Items = append(to.Keys, key), append(to.Items, value)
	if at := (member{to, key.Text}); t.values[at] == nil {
		t.values[at] = value
	}
}

func (t *tomlTree) expression(e *unstable.Node) {
	switch e.Kind {
	case unstable.Table, unstable.ArrayTable:
		t.table = t.root
		keys := t.keys(e)
		for i, key := range keys {
			last := i == len(keys)-1
			t.table = t.child(t.table, key, last && e.Kind == unstable.ArrayTable)
		}
	case unstable.KeyValue:
		t.keyValue(t.table, e)
	}
}

// keys are the parts of a dotted key.
func (t *tomlTree) keys(e *unstable.Node) []*Node {
	var keys []*Node
	for it := e.Key(); it.Next(); {
		k := t.places.at(int(it.Node().Raw.Offset))
		k.Kind, k.Text = Text, string(it.Node().Data)
		keys = append(keys, k)
	}
	return keys
}

// child returns the map under a key, which it makes if need be: of a list the last
// element, or a new one.
func (t *tomlTree) child(n *Node, key *Node, element bool) *Node {
	value := t.values[member{n, key.Text}]
	if value == nil {
		value = &Node{Line: key.Line, Col: key.Col, Kind: Map}
		if element {
			value.Kind = List
		}
		t.put(n, key, value)
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
		to = t.child(to, key, false)
	}
	last := keys[len(keys)-1]
	t.put(to, last, t.value(e.Value(), last))
}

// value turns a value into a node. The parser gives arrays no place: they get their
// key's.
func (t *tomlTree) value(v *unstable.Node, key *Node) *Node {
	n := &Node{Line: key.Line, Col: key.Col, Text: string(v.Data)}
	if v.Raw.Length > 0 {
		n = t.places.at(int(v.Raw.Offset))
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
