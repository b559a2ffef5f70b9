package snapshot

import (
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// TestAccount adds measurements of one counter, each with the number of its system record,
// and holds what is known of the growth since a system record.
func TestAccount(t *testing.T) {
	type reading struct {
		batch, ns int64
		absent    bool
	}
	unknown := schema.Opt[int64]{}
	for _, test := range []struct {
		name    string
		born    bool
		list    []reading
		base    int64
		sampled bool
		want    schema.Opt[int64]
	}{
		{"nothing", true, nil, 1, true, unknown},
		{"one, older", false, []reading{{1, 7, false}}, 1, true, schema.Some[int64](0)},
		{"one, and no record since", false, []reading{{2, 7, false}}, 1, false, unknown},
		{"one, within", false, []reading{{2, 7, false}}, 1, true, schema.Some[int64](0)},
		{"one, born within", true, []reading{{2, 7, false}}, 1, false, schema.Some[int64](7)},
		{"one, born before", true, []reading{{1, 7, false}}, 1, true, schema.Some[int64](0)},
		{"two", false, []reading{{1, 7, false}, {2, 9, false}}, 1, true, schema.Some[int64](2)},
		{"two, both older", true, []reading{{1, 7, false}, {2, 9, false}}, 2, true, schema.Some[int64](0)},
		{"two of one record, found by the first", false, []reading{{2, 7, false}, {2, 9, false}}, 1, true, schema.Some[int64](2)},
		{"two of one record, born", true, []reading{{2, 7, false}, {2, 9, false}}, 1, true, schema.Some[int64](9)},
		{"the last without it", false, []reading{{1, 7, false}, {2, 9, false}, {3, 0, true}}, 1, true, schema.Some[int64](2)},
		{"one that falls", false, []reading{{1, 7, false}, {2, 5, false}}, 1, true, schema.Some[int64](0)},
	} {
		a := account{born: test.born}
		for _, r := range test.list {
			record := schema.Record{}
			record.ReadBytes = schema.Some[int64](1)
			if !r.absent {
				record.CPUNs = schema.Some(r.ns)
			}
			a.add(r.batch, test.base, &record)
		}
		if got, _ := a.used(test.base, test.sampled); got[cpuNs] != test.want {
			t.Errorf("%s: %v, want %v", test.name, got[cpuNs], test.want)
		}
	}
}
