package expect

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/linnix-os/linnix/schema/document"
)

// word is one word of a statement with its place in the file. A quoted text is one word.
type word struct {
	text   string
	quoted bool
	node   document.Node
}

// line is one statement as it was written, with the place of its first character.
type line struct {
	text string
	at   document.Node
	// exact says that the words stand in the file as they do in the text; else all that
	// is known is the place of the whole.
	exact bool
}

// lines takes the statements of a timeline apart. Empty lines of a text and those that
// begin with # are passed over.
func (c *compiler) lines(n *document.Node) []line {
	const form = "write a list of statements such as '- fork 20/s for 3s under bash'"
	switch n.Kind {
	case document.Text:
		return c.textLines(n)
	case document.List:
	default:
		c.Report(n, document.CodeWrongType, form, "timeline: want a list of statements, found %s", n)
		return nil
	}
	var lines []line
	for _, item := range n.Items {
		if item.Kind != document.Text {
			c.Report(item, document.CodeWrongType, form, "want a statement, found %s", item)
			continue
		}
		lines = append(lines, c.textLines(item)...)
	}
	return lines
}

// textLines splits a text into lines and finds the place of each in the file: neither
// quotes nor the indentation of a block are part of the text.
func (c *compiler) textLines(n *document.Node) []line {
	var lines []line
	row := n.Line
	for text := range strings.Lines(n.Text) {
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			continue
		}
		l := line{text: text, at: document.Node{Line: n.Line, Col: n.Col, Kind: document.Text, Text: text}}
		if found, col := c.find(text, row, n); found > 0 {
			l.at.Line, l.at.Col, l.exact = found, col, true
			row = found
			if strings.Contains(n.Text, "\n") {
				row++
			}
		}
		lines = append(lines, l)
	}
	return lines
}

// find looks for a text from a row of the file on, and returns its line and column; 0
// if it does not stand there as it is, as with escapes.
func (c *compiler) find(text string, row int, n *document.Node) (found, col int) {
	last := n.Line + strings.Count(n.Text, "\n") + 1
	for ; row <= last; row++ {
		raw, from := c.Line(row), 0
		if row == n.Line {
			from = byteOffset(raw, n.Col)
		}
		if at := strings.Index(raw[from:], text); at >= 0 {
			return row, utf8.RuneCountInString(raw[:from+at]) + 1
		}
	}
	return 0, 0
}

// byteOffset is the offset of a column, which counts characters from 1.
func byteOffset(s string, col int) int {
	for i := range s {
		if col--; col <= 0 {
			return i
		}
	}
	return len(s)
}

// words splits a statement at blanks, up to a comment; it reports a quote that is not
// closed.
func (c *compiler) words(l line) (words []word, ok bool) {
	col := l.at.Col
	rest := l.text
	for rest != "" {
		r, size := utf8.DecodeRuneInString(rest)
		if unicode.IsSpace(r) {
			rest = rest[size:]
			col++
			continue
		}
		if r == '#' {
			break
		}
		length, quoted := wordEnd(rest), r == '"'
		w := word{text: rest[:length], quoted: quoted, node: l.at}
		w.node.Text = w.text
		if l.exact {
			w.node.Col = col
		}
		if quoted {
			if length < 2 || w.text[length-1] != '"' {
				c.Report(&w.node, CodeBadStatement, `write "cc1 -O2"`, "a quote that is not closed")
				return nil, false
			}
			w.text = w.text[1 : length-1]
		}
		words = append(words, w)
		col += utf8.RuneCountInString(rest[:length])
		rest = rest[length:]
	}
	return words, true
}

// wordEnd is the length of the word that a text begins with.
func wordEnd(s string) int {
	if s[0] == '"' {
		if end := strings.IndexByte(s[1:], '"'); end >= 0 {
			return end + 2
		}
		return len(s)
	}
	if end := strings.IndexFunc(s, unicode.IsSpace); end >= 0 {
		return end
	}
	return len(s)
}
