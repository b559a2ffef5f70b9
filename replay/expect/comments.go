package expect

import (
	"strings"

	"github.com/linnix-os/linnix/schema/document"
)

// owner is what a line of an expectation file tells: a key of the file, or a key of one
// of its alerts.
type owner struct {
	key   string
	alert int // -1 for a key of the file
}

// remark is the comments of one owner: the lines above it, blank ones included, and
// what stands behind it on its line, with the space between.
type remark struct {
	above  []string
	behind string
}

// comments are those of an expectation file, by what they belong to.
type comments struct {
	of map[owner]*remark
	// head is all there is in a file without a value, and foot what follows the last one.
	head, foot []string
	// verbatim has the lines of keys of the file that can be copied as they are.
	verbatim map[string][]string
}

// readComments finds the comments of a YAML file whose tree is root.
func readComments(lines []string, root *document.Node) *comments {
	c := &comments{of: make(map[owner]*remark), verbatim: make(map[string][]string)}
	owners := ownersOf(root)
	current := owner{alert: -1}
	var pending []string
	for i, line := range lines {
		line = strings.TrimRight(line, " \t\r")
		if text := strings.TrimSpace(line); text == "" || text[0] == '#' {
			pending = append(pending, line)
			continue
		}
		o, known := owners[i+1]
		switch {
		case known:
		case current.key == "":
			continue // the mark of a document's start
		default:
			o = current
		}
		copied := o.alert < 0 && o.key != "alerts" && copiable(root, o.key)
		switch r := c.remark(o); {
		case copied && o == current:
			c.verbatim[o.key] = append(append(c.verbatim[o.key], pending...), line)
		case copied:
			r.above = append(r.above, pending...)
			c.verbatim[o.key] = []string{line}
		default:
			r.above = append(r.above, pending...)
			r.behind += commentOf(line)
		}
		current, pending = o, nil
	}
	if len(owners) == 0 {
		c.head = pending
	} else {
		c.foot = pending
	}
	return c
}

func (c *comments) remark(o owner) *remark {
	if c.of[o] == nil {
		c.of[o] = &remark{}
	}
	return c.of[o]
}

// ownersOf tells for lines, from 1, what they hold. The first line of an alert is that
// of its rule, which will stand there.
func ownersOf(root *document.Node) map[int]owner {
	owners := make(map[int]owner)
	if alerts := root.Get("alerts"); alerts != nil {
		for i, alert := range alerts.Items {
			for k, key := range alert.Keys {
				markLines(owners, alert.Items[k], owner{key.Text, i})
				owners[key.Line] = owner{key.Text, i}
			}
			owners[alert.Line] = owner{"rule", i}
		}
	}
	for k, key := range root.Keys {
		if key.Text != "alerts" {
			markLines(owners, root.Items[k], owner{key.Text, -1})
		}
		owners[key.Line] = owner{key.Text, -1}
	}
	return owners
}

// markLines gives the lines of a value and what is in it to o.
func markLines(owners map[int]owner, n *document.Node, o owner) {
	owners[n.Line] = o
	for i, item := range n.Items {
		markLines(owners, item, o)
		if i < len(n.Keys) {
			owners[n.Keys[i].Line] = o
		}
	}
}

// copiable says that the lines of a key of the file hold nothing else.
func copiable(root *document.Node, name string) bool {
	alone := false
	for _, key := range root.Keys {
		alone = alone || key.Text == name && key.Col == 1
	}
	return alone
}

// commentOf returns the comment at the end of a line with the space before it, or "".
func commentOf(line string) string {
	var quote, before byte // before is the last character that is no space
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case quote == '"' && b == '\\':
			i++
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '#' && i > 0 && (line[i-1] == ' ' || line[i-1] == '\t'):
			return line[len(strings.TrimRight(line[:i], " \t")):]
		case (b == '"' || b == '\'') && strings.IndexByte("\x00:,[{-'", before) >= 0:
			quote = b
		}
		if line[i:] != "" && line[i] != ' ' && line[i] != '\t' {
			before = line[i]
		}
	}
	return ""
}
