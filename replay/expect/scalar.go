package expect

import (
	"strconv"
	"strings"
)

// plainWords mean something else than text when they stand without quotes, in one
// version of YAML or another.
var plainWords = map[string]bool{
	"y": true, "n": true, "yes": true, "no": true, "on": true, "off": true, "true": true, "false": true, "null": true,
}

// scalar writes a text so that YAML reads it back: plain if it cannot be taken for
// anything else, else in double quotes.
func scalar(s string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	plain := s != "" && strings.IndexByte(letters, s[0]) >= 0 && !plainWords[strings.ToLower(s)]
	for i := range len(s) {
		plain = plain && strings.IndexByte(letters+"0123456789-./+", s[i]) >= 0
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}
