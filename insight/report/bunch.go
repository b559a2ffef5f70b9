package report

import (
	"fmt"
	"strings"

	"github.com/linnix-os/linnix/replay/snapshot"
	"github.com/linnix-os/linnix/schema"
)

const (
	// maxSame is how many children that run the same are shown one by one, and on how many
	// lines those are that ended and have one name.
	maxSame = 8
	// maxAlike is on how many lines living ones of one name are.
	maxAlike = 24
)

// bunch is a process, or several alike that one line tells of.
type bunch struct {
	nodes []*snapshot.Node
	// various says that their arguments differ, or how they ended.
	various bool
}

// bunches folds children that are alike: more than maxSame of one command and end, and all
// of one name if they would still take more than maxAlike lines, or maxSame where they have
// ended. A bunch stands where its first process would. Only what has nothing alive below it
// is folded.
func (t *tree) bunches(children []*snapshot.Node) []bunch {
	list := make([]bunch, 0, len(children))
	if t.opts.All || len(children) <= maxSame {
		for _, n := range children {
			list = append(list, bunch{nodes: []*snapshot.Node{n}})
		}
		return list
	}
	keys := foldKeys(children)
	at := make(map[string]int)
	for i, n := range children {
		key := keys[i]
		if j, ok := at[key.text]; ok && key.text != "" {
			list[j].nodes = append(list[j].nodes, n)
			continue
		}
		at[key.text] = len(list)
		list = append(list, bunch{[]*snapshot.Node{n}, key.various})
	}
	return list
}

// foldKey is equal for the children that one line tells of; without a text it is alone.
type foldKey struct {
	text    string
	various bool
}

func foldKeys(children []*snapshot.Node) []foldKey {
	same, lines := make(map[string]int), make(map[string]int)
	folds := make([]bool, len(children))
	for i, n := range children {
		if folds[i] = foldable(n); !folds[i] {
			continue
		}
		key := sameKey(n.ProcessView)
		same[key]++
		switch wide := alikeKey(n.ProcessView); {
		case same[key] <= maxSame:
			lines[wide]++
		case same[key] == maxSame+1:
			lines[wide] -= maxSame - 1 // one line for all
		}
	}
	keys := make([]foldKey, len(children))
	for i, n := range children {
		limit := maxAlike
		if n.Ended != nil {
			limit = maxSame
		}
		switch key, wide := sameKey(n.ProcessView), alikeKey(n.ProcessView); {
		case !folds[i]:
		case lines[wide] > limit:
			keys[i] = foldKey{wide, true}
		case same[key] > maxSame:
			keys[i] = foldKey{key, false}
		}
	}
	return keys
}

// foldable says that nothing lives below a process.
func foldable(n *snapshot.Node) bool {
	living := false
	n.Walk(func(c *snapshot.Node, depth int) { living = living || depth > 0 && c.Ended == nil })
	return !living
}

// sameKey is equal for processes that run the same and ended alike.
func sameKey(v *schema.ProcessView) string {
	text := alikeKey(v) + "\x00" + strings.Join(v.Args, "\x00")
	if v.Ended != nil {
		text += fmt.Sprintf("\x00%d %d", v.Ended.ExitCode.V, v.Ended.Signal.V)
	}
	return text
}

// alikeKey is equal for processes of one name that all live, all ended or all are zombies.
func alikeKey(v *schema.ProcessView) string {
	return fmt.Sprintf("%t %t\x00%s", v.Ended != nil, v.Zombie, v.Comm)
}

// remark says what is special about all processes of a bunch.
func (b *bunch) remark() string {
	first := b.nodes[0].ProcessView
	v := schema.ProcessView{Zombie: first.Zombie}
	if first.Ended != nil && !b.various {
		v.Ended = &schema.Ended{ExitCode: first.Ended.ExitCode, Signal: first.Ended.Signal}
	} else if first.Ended != nil && !v.Zombie {
		return "[ended] "
	}
	return remarkOf(&v)
}

// command is what they run, and how many processes are below them.
func (b *bunch) command() string {
	first := b.nodes[0].ProcessView
	text := commandOf(first)
	if b.various {
		text = nameOf(first) + " with various arguments"
	}
	below := -len(b.nodes)
	for _, n := range b.nodes {
		n.Walk(func(*snapshot.Node, int) { below++ })
	}
	if below > 0 {
		text += fmt.Sprintf(", and %d below them", below)
	}
	return text
}

// sum adds up the figures of what a line tells of; its age is that of the first.
func (b *bunch) sum() schema.ProcessView {
	sum := *b.nodes[0].ProcessView
	sum.CPUPercent, sum.RSSBytes, sum.Threads = schema.Opt[float64]{}, schema.Opt[int64]{}, schema.Opt[int64]{}
	add := func(n *snapshot.Node, _ int) {
		sum.CPUPercent = plus(sum.CPUPercent, n.CPUPercent)
		sum.RSSBytes, sum.Threads = plus(sum.RSSBytes, n.RSSBytes), plus(sum.Threads, n.Threads)
	}
	for _, n := range b.nodes {
		if len(b.nodes) == 1 {
			add(n, 0)
		} else {
			n.Walk(add)
		}
		if stateOf(n.ProcessView) != stateOf(b.nodes[0].ProcessView) {
			sum.State = ""
		}
	}
	return sum
}

// plus adds up what is known.
func plus[T int64 | float64](a, b schema.Opt[T]) schema.Opt[T] {
	return schema.Opt[T]{V: a.V + b.V, OK: a.OK || b.OK}
}
