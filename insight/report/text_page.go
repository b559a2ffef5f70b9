package report

import (
	"bytes"
	"strings"

	"github.com/linnix-os/linnix/schema"
)

const (
	// indent is what each section's lines stand in.
	indent = "  "
	// labelColumns bounds the id of a fact.
	labelColumns = 20
)

// text is a page in the making.
type text struct {
	b     bytes.Buffer
	width int
	color bool
	// hosts says that there are several, so that each record must name its own.
	hosts bool
}

// item is one of a list; what its text needs of further lines stands below the text.
type item struct{ label, text string }

// list writes a titled list, unless it is empty.
func (t *text) list(title string, items []item) {
	if len(items) == 0 {
		return
	}
	t.line("")
	t.line(indent + title)
	for _, i := range items {
		t.wrapped(indent+indent, i.label, i.text)
	}
}

// pairs writes a titled list with two items on a line where both are short enough.
func (t *text) pairs(title string, items []item) {
	if len(items) == 0 {
		return
	}
	t.line("")
	t.line(indent + title)
	half := (t.width - len(indent+indent)) / 2
	short := func(i int) bool {
		return i < len(items) && width(items[i].label)+width(printable(items[i].text)) <= half-len(indent)
	}
	for i := 0; i < len(items); i++ {
		if !short(i) || !short(i+1) {
			t.wrapped(indent+indent, items[i].label, items[i].text)
			continue
		}
		left, right := items[i], items[i+1]
		t.line(indent + indent + padRight(left.label+printable(left.text), half) + right.label + printable(right.text))
		i++
	}
}

// wrappedList writes a short list behind a label, unless it is empty.
func (t *text) wrappedList(label string, list []string) {
	if len(list) > 0 {
		t.wrapped(indent, label, strings.Join(list, "; "))
	}
}

func (t *text) line(s string) {
	t.b.WriteString(strings.TrimRight(s, " "))
	t.b.WriteByte('\n')
}

// cut writes one line that ends at the page's edge.
func (t *text) cut(label, s string) {
	t.line(label + truncate(printable(s), t.width-width(label)))
}

// wrapped writes a text over as many lines as it needs, broken at spaces; later lines
// stand below the first one's text.
func (t *text) wrapped(margin, label, s string) {
	hang := margin + strings.Repeat(" ", width(label))
	line := margin + label
	room := t.width - width(line)
	used := 0
	for _, word := range strings.Split(printable(s), " ") {
		for used > 0 && used+1+width(word) > room || width(word) > room {
			if used > 0 {
				t.line(line)
				line, used = hang, 0
				continue
			}
			// A word longer than a line is broken where the line ends.
			head := cutAt(word, room)
			t.line(line + head)
			line, word = hang, word[len(head):]
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+width(word)
	}
	t.line(line)
}

// moment shows a time to the millisecond, as people read it.
func moment(t schema.Time) string { return t.Std().Format("2006-01-02 15:04:05.000 UTC") }

// timeOfDay is moment without its day.
func timeOfDay(t schema.Time) string { return moment(t)[len("2006-01-02 "):] }
