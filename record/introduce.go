package record

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// filtering says whether something is left out.
func (r *recorder) filtering() bool { return r.opts.filter.Set() }

// keeps says whether a task is recorded for its own sake.
func (r *recorder) keeps(t *task) bool { return !r.filtering() || t.marks&bpf.MarkKept != 0 }

// introduces says whether a task is recorded at all.
func (r *recorder) introduces(t *task) bool {
	return !r.filtering() || t.marks&(bpf.MarkKept|bpf.MarkTold) != 0
}

// maxFamilyPasses bounds the search for descendants; each pass but the last finds one.
const maxFamilyPasses = 1000

// findTasks returns every process. Under a filter by pid it looks until no descendant is
// new: one whose pid is smaller than its parent's is visited before it.
func (r *recorder) findTasks() ([]*task, error) {
	for range maxFamilyPasses {
		found, err := r.tasks.processes()
		if err != nil {
			return nil, err
		}
		fresh := false
		for _, t := range found {
			fresh = fresh || t.marks&bpf.MarkNew != 0
		}
		if !fresh {
			return found, nil
		}
	}
	return nil, errors.New("the process of --pid forks too fast: try again")
}

// takeTask takes in a process that is told of because something kept comes from it, or
// because it is kept from now on. Those of the start are written among its tasks.
func (r *recorder) takeTask(e *bpf.TaskEvent) error {
	switch {
	case r.bornAtTheEnd(&e.Process) || r.table.has(keyOf(&e.Process)):
	case r.forked != nil:
		r.introduced[keyOf(&e.Process)] = *e
	default:
		r.introduce(&r.queue.push().record, e)
	}
	return nil
}

// introduce writes a process that was there already into rec.
func (r *recorder) introduce(rec *schema.Record, e *bpf.TaskEvent) {
	r.decoder.task(rec, e)
	if e.Kept == 0 {
		return
	}
	r.summary.Processes++
	if key := keyOf(&e.Process); !r.table.has(key) { // else its exit was taken in
		r.table.add(key)
	}
}

// adopt takes in a process that has come to match; as an ancestor it was introduced
// already.
func (r *recorder) adopt(key processKey) {
	if r.filtering() && !r.table.has(key) {
		r.table.add(key)
		r.summary.Processes++
	}
}

func (d *decoder) task(r *schema.Record, e *bpf.TaskEvent) {
	r.Type, r.Time = schema.TypeTask, d.clock.wall(e.Header.TimeNs)
	r.Phase.Set(schema.PhaseBegin)
	d.process(r, &e.Process)
}

// hide leaves of the hidden processes those that are recorded.
func (r *recorder) hide(list []*hidden) {
	r.hidden = list
	if r.filtering() {
		r.hidden = slices.DeleteFunc(list, func(h *hidden) bool {
			_, told := r.introduced[h.key]
			return !told
		})
	}
	for _, h := range r.hidden {
		delete(r.introduced, h.key)
	}
}

func byStart(a, b processKey) int {
	return cmp.Or(cmp.Compare(a.startNs, b.startNs), cmp.Compare(a.pid, b.pid))
}

// writeIntroduced writes the processes that were told of at the start but are gone, or
// were born, since they were visited.
func (r *recorder) writeIntroduced() error {
	for _, key := range slices.SortedFunc(maps.Keys(r.introduced), byStart) {
		e := r.introduced[key]
		if r.forked[key] {
			continue
		}
		var rec schema.Record
		r.introduce(&rec, &e)
		if err := r.write(&rec); err != nil {
			return err
		}
	}
	r.introduced = nil
	return nil
}
