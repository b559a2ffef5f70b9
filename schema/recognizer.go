package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Recognizer knows documents that are surely right, in one pass over their text and at a
// small part of the price of [Validate]. It is made from the same schema files. What it
// does not recognise may be right all the same, as it leaves what is rare to Validate:
// escapes in the names of members, numbers with exponents, objects in the open parts of
// a document. Safe for concurrent use.
type Recognizer struct{ root *shape }

// shape is what one value may be: a schema, with its references followed.
type shape struct {
	kinds kinds
	// enum lists the texts that are allowed, quoted; empty is no limit.
	enum                 []string
	minimum, maximum     *float64
	minLength, maxLength int
	pattern              func(body []byte) bool
	maxItems             int
	items                *shape
	members              []shapeMember
	// required has a bit for each member that must be there.
	required uint64
	closed   bool
	// watched is the index of the value among those to be shown, or -1.
	watched int
}

type shapeMember struct {
	name  string
	shape *shape
}

// maxShapeMembers is how many bits there are for members.
const maxShapeMembers = 64

// noLimit stands for the absence of a maximum of characters or items.
const noLimit = int(^uint(0) >> 1)

// NewRecognizer returns a recognizer of the document. Each of watched is the pointer of
// values to be shown by [Recognizer.Recognize]; in it * stands for any element of an
// array. The error says which part of the schema a recognizer cannot follow.
func NewRecognizer(document Document, watched ...string) (*Recognizer, error) {
	c := shapeCompiler{watched: map[string]int{}}
	for i, at := range watched {
		c.watched[at] = i
	}
	for _, d := range documents {
		if d.document != document {
			continue
		}
		root, err := c.shape(d.file, schemaTrees()[d.file], "")
		if err != nil {
			return nil, fmt.Errorf("follow schema %s: %w", d.file, err)
		}
		if len(c.watched) > 0 {
			return nil, fmt.Errorf("no schema in %s for %s", d.file, strings.Join(slices.Sorted(maps.Keys(c.watched)), ", "))
		}
		return &Recognizer{root}, nil
	}
	return nil, fmt.Errorf("no schema for %q", string(document))
}

// shapeCompiler makes shapes of schemas; of watched it takes away what it has met.
type shapeCompiler struct{ watched map[string]int }

// shape follows the schema in a file, for the values at a pointer.
func (c *shapeCompiler) shape(file string, tree any, at string) (*shape, error) {
	rules, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("no object at %q", at)
	}
	if ref, ok := rules["$ref"].(string); ok {
		// Beside a reference draft-07 takes nothing into account.
		name, fragment, _ := strings.Cut(ref, "#")
		if name != "" {
			file = name
		}
		return c.shape(file, lookUp(schemaTrees()[file], pointerTokens(fragment)), at)
	}
	s := &shape{kinds: anyKind, maxLength: noLimit, maxItems: noLimit, watched: -1}
	if i, ok := c.watched[at]; ok {
		s.watched = i
		delete(c.watched, at)
	}
	for _, keyword := range slices.Sorted(maps.Keys(rules)) {
		if err := c.keyword(s, keyword, rules[keyword], file, at); err != nil {
			return nil, fmt.Errorf("%s at %q: %w", keyword, at, err)
		}
	}
	return s, s.require(texts(listOf(rules["required"])))
}

// keyword puts one keyword of a schema into its shape.
func (c *shapeCompiler) keyword(s *shape, keyword string, limit any, file, at string) (err error) {
	switch keyword {
	case "$schema", "$id", "title", "description", "definitions", "required":
	case "type":
		s.kinds, err = kindsOf(limit)
	case "enum":
		s.enum, err = quotedTexts(listOf(limit))
	case "minimum":
		s.minimum, err = floatOf(limit)
	case "maximum":
		s.maximum, err = floatOf(limit)
	case "minLength":
		s.minLength, err = intOf(limit)
	case "maxLength":
		s.maxLength, err = intOf(limit)
	case "maxItems":
		s.maxItems, err = intOf(limit)
	case "pattern":
		s.pattern, err = knownPattern(text(limit))
	case "items":
		s.items, err = c.shape(file, limit, at+"/*")
	case "properties":
		s.members, err = c.members(file, limit, at)
	case keywordClosed:
		s.closed = limit == false
	default:
		err = fmt.Errorf("unknown keyword")
	}
	return err
}

// members returns the shapes of an object's members by name.
func (c *shapeCompiler) members(file string, tree any, at string) ([]shapeMember, error) {
	properties, _ := tree.(map[string]any)
	if len(properties) > maxShapeMembers {
		return nil, fmt.Errorf("%d members, at most %d can be followed", len(properties), maxShapeMembers)
	}
	var members []shapeMember
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		member, err := c.shape(file, properties[name], at+pointer([]string{name}))
		if err != nil {
			return nil, err
		}
		members = append(members, shapeMember{name, member})
	}
	return members, nil
}

// require notes which members must be there.
func (s *shape) require(names []string) error {
	for _, name := range names {
		i := slices.IndexFunc(s.members, func(m shapeMember) bool { return m.name == name })
		if i < 0 {
			return fmt.Errorf("the required member %q is not among the properties", name)
		}
		s.required |= 1 << i
	}
	return nil
}

// quotedTexts returns plain texts as they stand in a document.
func quotedTexts(list []any) ([]string, error) {
	var quoted []string
	for _, v := range list {
		text, ok := v.(string)
		if !ok || !isPrintableASCII([]byte(text)) || strings.ContainsAny(text, `"\`) {
			return nil, fmt.Errorf("%v is no plain text", v)
		}
		quoted = append(quoted, `"`+text+`"`)
	}
	return quoted, nil
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

func intOf(limit any) (int, error) {
	n, ok := limit.(int64)
	if !ok {
		return 0, fmt.Errorf("%v is no integer", limit)
	}
	return int(n), nil
}

func floatOf(limit any) (*float64, error) {
	switch n := limit.(type) {
	case int64:
		f := float64(n)
		return &f, nil
	case float64:
		return &n, nil
	}
	return nil, fmt.Errorf("%v is no number", limit)
}
