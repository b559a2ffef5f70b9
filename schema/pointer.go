package schema

import (
	"net/url"
	"path"
	"strconv"
	"strings"
)

// splitLocation splits a keyword's URL into the schema file and the pointer's tokens.
func splitLocation(location string) (file string, tokens []string) {
	base, fragment, _ := strings.Cut(location, "#")
	return path.Base(base), pointerTokens(fragment)
}

// pointerTokens splits a pointer as the library writes it, with URL escapes.
func pointerTokens(p string) []string {
	if p == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, token := range tokens {
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
	}
	return tokens
}

// pointer writes tokens as a JSON pointer (RFC 6901).
func pointer(tokens []string) string {
	var b strings.Builder
	for _, token := range tokens {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
	}
	return b.String()
}

func lookUp(v any, tokens []string) any {
	for _, token := range tokens {
		switch node := v.(type) {
		case map[string]any:
			v = node[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}
