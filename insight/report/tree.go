package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/linnix-os/linnix/replay/snapshot"
	"github.com/linnix-os/linnix/schema"
)

// maxIndent is how many levels of a tree are indented. What lies deeper stands there with
// its depth: a chain of thousands of processes must not give lines of thousands of columns.
const maxIndent = 32

// kernelThreads is the pid of kthreadd, the parent of all kernel threads.
const kernelThreads = 2

// twigs are what a tree is drawn with.
type twigs struct{ branch, last, through, none, times string }

var (
	lineTwigs  = twigs{"├─ ", "└─ ", "│  ", "   ", "×"}
	asciiTwigs = twigs{"|- ", "`- ", "|  ", "   ", "x"}
)

// WriteTree writes trees of processes, those of a host at one moment, or of one process
// with the way to it. Children alike without children of their own are folded into one
// line, and so are the kernel threads of a host.
func WriteTree(w io.Writer, h *schema.HostView, roots []*snapshot.Node, opts ViewOptions) error {
	t := tree{page: page{opts: opts}, twigs: lineTwigs}
	if opts.ASCII {
		t.twigs = asciiTwigs
	}
	t.title(h)
	if len(roots) == 1 && roots[0].Parent != nil {
		t.path(roots[0].Parent)
	}
	t.line()
	for _, root := range roots {
		t.node(root, "", "", 0)
	}
	t.page.rows([]string{"PID", "CPU%", "RSS", "S", "THR", "AGE", "COMMAND"}, t.lines)
	_, err := w.Write(t.b.Bytes())
	return err
}

// tree is a tree in the making.
type tree struct {
	page
	twigs
	lines []row
}

// path tells the ancestors of a process, the oldest first.
func (t *tree) path(n *snapshot.Node) {
	var names []string
	for ; n != nil; n = n.Parent {
		names = append(names, fmt.Sprintf("%d %s", n.PID, nameOf(n.ProcessView)))
	}
	slices.Reverse(names)
	if len(names) > maxIndent {
		names = append(names[:1], append([]string{"..."}, names[len(names)-maxIndent:]...)...)
	}
	t.line(piece{"below " + strings.Join(names, " / "), plain})
}

// nameOf is the name of a process.
func nameOf(v *schema.ProcessView) string {
	if v.Comm == "" {
		return commandOf(v)
	}
	return printable(v.Comm)
}

// node adds a process and all below it. twig stands before it and margin before what is
// below it.
func (t *tree) node(n *snapshot.Node, twig, margin string, depth int) {
	if n.PID == kernelThreads && depth == 0 && n.Parent == nil && len(n.Children) > 0 && !t.opts.All {
		t.kernel(n)
		return
	}
	t.add(bunch{nodes: []*snapshot.Node{n}}, twig)
	bunches := t.bunches(n.Children)
	for i, b := range bunches {
		twig, below := margin+t.branch, margin+t.through
		if i == len(bunches)-1 {
			twig, below = margin+t.last, margin+t.none
		}
		if depth >= maxIndent {
			twig, below = fmt.Sprintf("%s(%d) ", margin, depth+1), margin
		}
		if len(b.nodes) > 1 {
			t.add(b, twig)
			continue
		}
		t.node(b.nodes[0], twig, below, depth+1)
	}
}

// kernel adds the kernel threads in one line.
func (t *tree) kernel(n *snapshot.Node) {
	var b bunch
	n.Walk(func(n *snapshot.Node, _ int) { b.nodes = append(b.nodes, &snapshot.Node{ProcessView: n.ProcessView}) })
	text := fmt.Sprintf("%s and %d kernel threads", nameOf(n.ProcessView), len(b.nodes)-1)
	t.lines = append(t.lines, row{t.cells(b), []piece{{text, plain}}, plain})
}

// add adds a line for a process, or for several alike.
func (t *tree) add(b bunch, twig string) {
	v := b.nodes[0].ProcessView
	pieces := []piece{{twig, dim}}
	if n := len(b.nodes); n > 1 {
		pieces = append(pieces, piece{fmt.Sprintf("%d %s ", n, t.times), bold}, piece{b.remark(), dim}, piece{b.command(), styleOf(v)})
	} else {
		pieces = append(pieces, piece{remarkOf(v), dim}, piece{commandOf(v), styleOf(v)})
	}
	t.lines = append(t.lines, row{t.cells(b), pieces, styleOf(v)})
}

func (t *tree) cells(b bunch) []string {
	v := b.sum()
	return []string{
		strconv.FormatInt(v.PID, 10), tenths(v.CPUPercent), size(v.RSSBytes), stateOf(&v), number(v.Threads), age(v.AgeNs),
	}
}
