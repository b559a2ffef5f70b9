package report

import (
	"strconv"
	"strings"
	"unicode"
)

// code shows text that a process may have chosen as code, in which neither markdown nor
// what a ticket system adds (mentions, links, emoji) has a meaning.
func code(s string) string {
	s = printable(s)
	if s != "" && !strings.ContainsAny(s, "`|") && strings.Trim(s, " ") == s && !strings.HasSuffix(s, `\`) {
		return "`" + s + "`"
	}
	// Within tags only entities are safe everywhere, tables included.
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range s {
		if r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/()=,+- ", r) {
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteString("</code>")
	return b.String()
}

// codeIf is code, or empty for no text.
func codeIf(s string) string {
	if s == "" {
		return ""
	}
	return code(s)
}

// prose shows words of ours, or of whoever worded the insight: what could be more than
// text to markdown or to a ticket system is shown as code, word by word.
func prose(s string) string {
	words := strings.Fields(printable(s))
	for i, word := range words {
		core := strings.TrimRight(strings.TrimLeft(word, "("), ".,;:)")
		switch {
		case i == 0 && listMark(word) || core == "" && !plainWord(word):
			words[i] = code(word)
		case !plainWord(word):
			at := strings.Index(word, core)
			words[i] = word[:at] + code(core) + word[at+len(core):]
		}
	}
	return strings.Join(words, " ")
}

// listMark says that the word would begin a list, where it is the first of a line.
func listMark(word string) bool {
	number := strings.TrimLeft(word, "0123456789")
	return word == "-" || word == "+" || number != word && (number == "." || number == ")")
}

// plainWord says that the word is text and nothing else.
func plainWord(word string) bool {
	lower := strings.ToLower(word)
	if strings.HasPrefix(strings.TrimLeft(lower, "("), "www.") || strings.Contains(word, "://") || strings.Count(word, ":") > 1 {
		return false
	}
	return strings.IndexFunc(word, func(r rune) bool {
		return r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(`.,;:%()/+-='"?!`, r)
	}) < 0
}
