package snapshot

import (
	"cmp"
	"slices"

	"github.com/linnix-os/linnix/schema"
)

// Node is a process in the tree of a view.
type Node struct {
	*schema.ProcessView
	Parent *Node
	// Children are by start time, then pid.
	Children []*Node
}

// Tree hangs the processes of a view below their real parents, as ps does, and returns
// those that have none, by start time, then pid. Orphans whose new parent no record names
// hang on pid 1, which the kernel gives most of them to; what ended stays where it was.
// The nodes refer to the view's processes, whose Depth it sets.
func (v *View) Tree() []*Node {
	nodes := make([]*Node, len(v.Processes))
	for i := range v.Processes {
		nodes[i] = &Node{ProcessView: &v.Processes[i]}
	}
	byPID := make(map[int64][]*Node, len(nodes))
	for _, n := range nodes {
		byPID[n.PID] = append(byPID[n.PID], n)
	}
	var roots []*Node
	for _, n := range nodes {
		if n.Parent = n.findParent(byPID); n.Parent == nil {
			roots = append(roots, n)
		} else {
			n.Parent.Children = append(n.Parent.Children, n)
		}
	}
	for _, root := range roots {
		root.Walk(func(n *Node, depth int) { n.Depth = schema.Some(int64(depth)) })
	}
	return roots
}

// findParent finds the node that this one hangs on, the last to have had the pid by then;
// nil for none.
func (n *Node) findParent(byPID map[int64][]*Node) *Node {
	var parent *Node
	for _, p := range byPID[n.PPID] {
		if n.mayHangOn(p) {
			parent = p
		}
	}
	if parent == nil && n.PPID > 0 && n.PID > 1 {
		for _, init := range byPID[1] {
			if n.mayHangOn(init) && init.lives() {
				parent = init
			}
		}
	}
	return parent
}

// lives says that the process may have children: a zombie has none.
func (n *Node) lives() bool { return n.Ended == nil && !n.Zombie }

// mayHangOn says that p may be the parent: it is older, and it lives, or n does not.
// Hanging on nothing that hangs on n, however a capture names parents, it makes no ring.
func (n *Node) mayHangOn(p *Node) bool {
	if n.lives() && !p.lives() {
		return false
	}
	if order := cmp.Compare(p.start(), n.start()); order != 0 {
		return order < 0
	}
	for q := p; q != nil; q = q.Parent {
		if q == n {
			return false
		}
	}
	return true
}

// start is 0, before all others, for a process whose start is unknown.
func (n *Node) start() schema.Time { return n.StartTime.V }

// Walk calls visit for the node and all below it, parents first.
func (n *Node) Walk(visit func(n *Node, depth int)) {
	type place struct {
		node  *Node
		depth int
	}
	for stack := []place{{n, 0}}; len(stack) > 0; {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		visit(at.node, at.depth)
		for _, c := range slices.Backward(at.node.Children) {
			stack = append(stack, place{c, at.depth + 1})
		}
	}
}

// Find returns the node with the pid: the one that lives, else the last to have had it.
// It is nil if there is none.
func Find(roots []*Node, pid int64) *Node {
	var found *Node
	for _, root := range roots {
		root.Walk(func(n *Node, _ int) {
			if n.PID == pid && (found == nil || n.Ended == nil || found.Ended != nil && n.start() > found.start()) {
				found = n
			}
		})
	}
	return found
}
