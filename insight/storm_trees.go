package insight

import "github.com/linnix-os/linnix/replay"

// stormTrees returns the largest subtrees that are a storm by themselves. The tree of a
// whole session may be none, as a build beside the storm dilutes it: the search then
// goes down to the children, as long as they hold enough births to be one.
func (f *features) stormTrees() []birthTree {
	var storms []birthTree
	for _, tree := range f.Trees {
		if tree.Top == nil || !couldStorm(tree) {
			continue
		}
		if isForkStorm(tree.Born, tree.Alive) {
			storms = append(storms, tree)
			continue
		}
		below := f.birthsBelow(tree.Top)
		for pending := []*replay.Process{tree.Top.Place()}; len(pending) > 0; {
			p := pending[0]
			pending = pending[1:]
			for c := range p.Children() {
				switch sub := below[c]; {
				case !couldStorm(sub):
				case isForkStorm(sub.Born, sub.Alive):
					storms = append(storms, sub)
				default:
					pending = append(pending, c)
				}
			}
		}
	}
	return storms
}

// couldStorm says that the tree, or one within it, has enough births for a storm, of
// which half must be alive.
func couldStorm(t birthTree) bool {
	return t.Born >= forkStormBorn && t.Alive >= forkStormAlive && 2*t.Alive >= forkStormBorn
}

// birthsBelow counts, for each process of the tree, the births in its subtree, itself
// included: one pass over the births and one over the tree.
func (f *features) birthsBelow(top *replay.Process) map[*replay.Process]birthTree {
	below := map[*replay.Process]birthTree{}
	for _, bucket := range f.buckets {
		for i := range bucket.births {
			b := &bucket.births[i]
			if b.top != top {
				continue
			}
			// From where it was last: the way from one that exited long ago is far.
			b.place = b.place.Place()
			t := below[b.place]
			t.Born++
			if b.place == b.child && b.child.Alive() {
				t.Alive++
			}
			below[b.place] = t
		}
	}
	var order []*replay.Process
	for p := range top.Place().Subtree() {
		order = append(order, p)
	}
	for i := len(order) - 1; i >= 0; i-- {
		t := below[order[i]]
		t.Top = order[i]
		below[order[i]] = t
		if parent := order[i].Parent(); i > 0 {
			above := below[parent]
			above.Born += t.Born
			above.Alive += t.Alive
			below[parent] = above
		}
	}
	return below
}
