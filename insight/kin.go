package insight

import "github.com/linnix-os/linnix/replay"

// kin tells who is below or above any of some processes. It climbs over each process
// once, however many are asked about and however deep the tree is. It is good for as
// long as the tree does not change.
type kin struct {
	// above holds the processes above them.
	above map[*replay.Process]bool
	// known says of the processes that were passed whether they are one of them or below.
	known map[*replay.Process]bool
}

func kinOf(list ...*replay.Process) *kin {
	k := &kin{above: map[*replay.Process]bool{}, known: map[*replay.Process]bool{}}
	for _, p := range list {
		k.known[p] = true
		for q := p.Parent(); q != nil && !k.above[q]; q = q.Parent() {
			k.above[q] = true
		}
	}
	return k
}

// below says that the process is one of them, or below one; see [replay.Process.Within].
func (k *kin) below(p *replay.Process) bool {
	var way []*replay.Process
	found := false
	for q := p; q != nil; q = q.Parent() {
		known, passed := k.known[q]
		if passed {
			found = known
			break
		}
		way = append(way, q)
	}
	for _, q := range way {
		k.known[q] = found
	}
	return found
}

// related says that the process is one of them, or below or above one.
func (k *kin) related(p *replay.Process) bool { return k.above[p] || k.below(p) }
