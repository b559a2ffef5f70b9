package schema

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// keywordClosed is the keyword that refuses members a schema does not list.
const keywordClosed = "additionalProperties"

// maxFound bounds a quotation from the data in a message, in bytes.
const maxFound = 60

// schemaTrees holds the schema files as JSON values, for what a keyword allows: the
// library's own messages follow map order.
var schemaTrees = sync.OnceValue(readSchemaTrees)

func readSchemaTrees() map[string]any {
	trees := map[string]any{}
	entries, _ := schemaFiles.ReadDir(".")
	for _, entry := range entries {
		text, _ := schemaText(entry.Name())
		trees[entry.Name()], _ = decodeJSON(text)
	}
	return trees
}

// leaves appends the innermost errors, those that name a broken keyword.
func leaves(e *jsonschema.ValidationError, to []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return append(to, e)
	}
	for _, cause := range e.Causes {
		to = leaves(cause, to)
	}
	return to
}

func hasKeyword(location, keyword string) bool { return path.Base(location) == keyword }

// explain turns one error of the library into problems: one for each name when
// several members are missing or not allowed.
func explain(leaf *jsonschema.ValidationError, document any) []Problem {
	file, tokens := splitLocation(leaf.AbsoluteKeywordLocation)
	at := pointerTokens(leaf.InstanceLocation)
	p := Problem{Instance: pointer(at), Schema: file + "#" + pointer(tokens)}
	rules, keyword := schemaTrees()[file], ""
	if n := len(tokens); n > 0 {
		rules, keyword = lookUp(rules, tokens[:n-1]), tokens[n-1]
	}
	object, _ := rules.(map[string]any)
	found := lookUp(document, at)
	switch keyword {
	case "required":
		return missing(p, object, found)
	case keywordClosed:
		return notAllowed(p, object, found, at)
	}
	p.Found, p.Allowed = describe(keyword, object[keyword], found)
	if p.Allowed == "" {
		p.Allowed = leaf.Message
	}
	if list, ok := object[keyword].([]any); ok && keyword == "enum" {
		p.Hint = Nearest(text(found), texts(list))
	}
	return []Problem{p}
}

func missing(p Problem, rules map[string]any, found any) []Problem {
	members, _ := found.(map[string]any)
	names, _ := rules["required"].([]any)
	var problems []Problem
	for _, name := range texts(names) {
		if _, ok := members[name]; !ok {
			p.Found, p.Allowed = fmt.Sprintf("no member %q", name), "it, as it is required"
			p.Missing = p.Instance + pointer([]string{name})
			problems = append(problems, p)
		}
	}
	return problems
}

func notAllowed(p Problem, rules map[string]any, found any, at []string) []Problem {
	members, _ := found.(map[string]any)
	known, _ := rules["properties"].(map[string]any)
	allowed := slices.Sorted(maps.Keys(known))
	var problems []Problem
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if _, ok := known[name]; ok {
			continue
		}
		p.Instance = pointer(append(slices.Clone(at), name))
		p.Found = "member " + strconv.Quote(Clip(name, maxFound))
		p.Allowed = "only " + strings.Join(allowed, ", ")
		p.Hint = Nearest(name, absent(allowed, members))
		problems = append(problems, p)
	}
	return problems
}

// absent returns the names that are no member yet: only such a one can be meant.
func absent(names []string, members map[string]any) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, ok := members[name]
		return ok
	})
}
