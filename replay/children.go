package replay

import "iter"

// Childless says that the process has no children in the tree.
func (p *Process) Childless() bool { return p.firstChild == nil }

// Children yields its children in the tree in the order in which they joined it.
func (p *Process) Children() iter.Seq[*Process] {
	return func(yield func(*Process) bool) {
		for c := p.firstChild; c != nil; c = c.nextSibling {
			if !yield(c) {
				return
			}
		}
	}
}

// Subtree yields the process and all its descendants in the tree, parents first.
func (p *Process) Subtree() iter.Seq[*Process] {
	return func(yield func(*Process) bool) {
		for q := p; q != nil; q = q.after(p) {
			if !yield(q) {
				return
			}
		}
	}
}

// after is the next process of root's subtree, in preorder.
func (p *Process) after(root *Process) *Process {
	if p.firstChild != nil {
		return p.firstChild
	}
	for ; p != root; p = p.Parent() {
		if p.nextSibling != nil {
			return p.nextSibling
		}
	}
	return nil
}

// adopt appends a child.
func (p *Process) adopt(c *Process) {
	c.parent, c.prevSibling, c.nextSibling = p, p.lastChild, nil
	if p.lastChild == nil {
		p.firstChild = c
	} else {
		p.lastChild.nextSibling = c
	}
	p.lastChild = c
}

// release takes a child out; its parent pointer stays.
func (p *Process) release(c *Process) {
	if c.prevSibling == nil {
		p.firstChild = c.nextSibling
	} else {
		c.prevSibling.nextSibling = c.nextSibling
	}
	if c.nextSibling == nil {
		p.lastChild = c.prevSibling
	} else {
		c.nextSibling.prevSibling = c.prevSibling
	}
	c.prevSibling, c.nextSibling = nil, nil
}

// adoptAll takes over the children of q, which has folded into p, behind its own. It
// touches none but the outer two: the others find p through q (Parent).
func (p *Process) adoptAll(q *Process) {
	switch {
	case q.firstChild == nil:
		return
	case p.lastChild == nil:
		p.firstChild = q.firstChild
	default:
		p.lastChild.nextSibling, q.firstChild.prevSibling = q.firstChild, p.lastChild
	}
	p.lastChild = q.lastChild
	q.firstChild, q.lastChild = nil, nil
}
