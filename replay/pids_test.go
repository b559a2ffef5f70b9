package replay

import (
	"slices"
	"testing"
)

// TestPids sets pids around every edge of the table, and takes them out again.
func TestPids(t *testing.T) {
	numbers := []int64{0, 1, pageSize - 1, pageSize, pageSize + 1, 3 * pageSize, pidLimit - 1,
		pidLimit, pidLimit + 1, -1, -pageSize, 1<<63 - 1, -1 << 63}
	var table pids
	processes := map[int64]*Process{}
	for round := range 2 {
		for _, pid := range numbers {
			if table.get(pid) != nil {
				t.Errorf("round %d: pid %d is there before it was set", round, pid)
			}
			table.set(pid, new(Process)) // replaced by the next
			processes[pid] = &Process{Key: Key{PID: pid}}
			table.set(pid, processes[pid])
		}
		for _, pid := range numbers {
			if table.get(pid) != processes[pid] {
				t.Errorf("round %d: pid %d is not what was set", round, pid)
			}
		}
		comparePIDs(t, &table, numbers)
		for _, pid := range numbers {
			table.remove(pid)
			if table.get(pid) != nil {
				t.Errorf("round %d: pid %d is there after it was removed", round, pid)
			}
		}
		comparePIDs(t, &table, nil)
		for i, page := range table.pages {
			if page != nil {
				t.Errorf("round %d: page %d is kept without a pid in it", round, i)
			}
		}
	}
}

func comparePIDs(t *testing.T, table *pids, want []int64) {
	t.Helper()
	var got []int64
	for p := range table.all() {
		got = append(got, p.Key.PID)
	}
	want = slices.Sorted(slices.Values(want))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("all: %d, want %d", got, want)
	}
}
