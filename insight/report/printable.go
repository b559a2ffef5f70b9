package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// printable escapes what a terminal would act on or not show: control, bidirectional,
// zero-width and private characters, line separators, and bytes that are not UTF-8.
func printable(s string) string {
	if strings.IndexFunc(s, hidden) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + hex(uint64(s[i]), 2))
		case r < 0x80 && hidden(r):
			b.WriteString(`\x` + hex(uint64(r), 2))
		case r < 0x10000 && hidden(r):
			b.WriteString(`\u` + hex(uint64(r), 4))
		case hidden(r):
			b.WriteString(`\U` + hex(uint64(r), 8))
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func hidden(r rune) bool {
	return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || r != ' ' && unicode.IsSpace(r) || unicode.Is(unicode.Variation_Selector, r)
}

func hex(v uint64, digits int) string {
	text := strconv.FormatUint(v, 16)
	return strings.Repeat("0", max(0, digits-len(text))) + text
}

// commandLine shows an argv as one would type it: an argument that is empty or holds a
// space or a quote is quoted.
func commandLine(argv []string) string {
	words := make([]string, 0, len(argv))
	for _, arg := range argv {
		if arg == "" || strings.ContainsAny(arg, " '\"") {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

// columns measures text as a terminal shows it. The library's own default follows the
// locale, and the output must not.
func columns() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }

func width(s string) int { return columns().StringWidth(s) }

// cutMark stands where a line was cut; it is ASCII, as tables are.
const cutMark = "..."

// truncate cuts s to at most n columns, marking the cut.
func truncate(s string, n int) string {
	n = max(n, 1)
	return columns().Truncate(s, n, cutMark[:min(n, len(cutMark))])
}

// cutAt returns the longest head of s of at most n columns, at least one character.
func cutAt(s string, n int) string {
	if head := columns().Truncate(s, n, ""); head != "" {
		return head
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// padLeft and padRight fill s up to n columns.
func padLeft(s string, n int) string { return strings.Repeat(" ", max(0, n-width(s))) + s }

func padRight(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }
