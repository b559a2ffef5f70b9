package document

// Node is a value of a document with its place, whatever language it was written in.
type Node struct {
	// Line and Col are counted from 1, columns in characters.
	Line, Col int
	Kind      Kind
	// Text is a scalar's, as written but for quotes; an integer of TOML is decimal.
	Text string
	// Items are a list's elements, or a map's values beside Keys.
	Items []*Node
	Keys  []*Node
}

// Kind is what a node holds.
type Kind uint8

// The kinds. Other is what no file here may hold: tags, dates.
const (
	Null Kind = iota
	Text
	Int
	Float
	Bool
	List
	Map
	Other
)

// String says what a value is, for 'found …'.
func (n *Node) String() string {
	switch n.Kind {
	case Null:
		return "nothing"
	case Text:
		return "text " + Quote(n.Text)
	case List:
		return "a list"
	case Map:
		return "a map"
	case Other:
		return "a date or a tag"
	}
	return n.Text
}

// Get returns a map's value, the first one if the key is there twice; nil without it.
func (n *Node) Get(key string) *Node {
	for i, k := range n.Keys {
		if k.Text == key {
			return n.Items[i]
		}
	}
	return nil
}
