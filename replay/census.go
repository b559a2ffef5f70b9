package replay

import "slices"

// await notes a process whose parent the capture may yet list.
func (t *tree) await(p *Process) {
	if p.parent == nil && p.PPID > 0 {
		t.orphans[p.PPID] = append(t.orphans[p.PPID], p)
	}
}

// gather joins the orphans that waited for p.
func (t *tree) gather(p *Process) {
	waiting := t.orphans[p.Key.PID]
	if waiting == nil {
		return
	}
	delete(t.orphans, p.Key.PID)
	for _, c := range waiting {
		if c.life != alive || c.Key.StartNs < p.Key.StartNs || p.Within(c) || p.Top() == c {
			continue
		}
		t.join(c, p) // those below c find their new top through it
	}
}

// endCensus drops the processes that a capture's list of the living did not show,
// which exited while nobody recorded.
func (t *tree) endCensus(epoch int64) {
	for newest := range t.pids.all() {
		for p := newest; p != nil; p = p.older {
			if p.life == alive && p.epoch < epoch {
				t.exit(p)
			}
		}
	}
	slices.SortFunc(t.leaving, Compare)
}
