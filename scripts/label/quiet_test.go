package main

import (
	"errors"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

func TestQuiet(t *testing.T) {
	const recorder, workload, other, kernel = 10, 11, 20, 30
	// cpu is a record of a process at ms, with what it has used by then.
	cpu := func(kind schema.Type, at, pid, ppid int64, used time.Duration) schema.Record {
		r := record(kind, at, pid, 0, "p")
		r.PPID.Set(ppid)
		if kind != schema.TypeFork {
			r.CPUNs.Set(int64(used))
		}
		return r
	}
	for name, test := range map[string]struct {
		records []schema.Record
		quiet   bool
	}{
		"nobody": {nil, true},
		"at the limit": {[]schema.Record{cpu(schema.TypeTask, 1, other, 1, time.Hour),
			cpu(schema.TypeSample, 9000, other, 1, time.Hour+3*time.Second)}, true},
		"beyond it": {[]schema.Record{cpu(schema.TypeTask, 1, other, 1, time.Hour),
			cpu(schema.TypeSample, 9000, other, 1, time.Hour+3*time.Second+1)}, false},
		"all together": {[]schema.Record{cpu(schema.TypeTask, 1, other, 1, 0), cpu(schema.TypeTask, 1, other+1, 1, 0),
			cpu(schema.TypeSample, 9000, other, 1, 2*time.Second), cpu(schema.TypeExit, 9000, other+1, 1, 2*time.Second)}, false},
		"one that is born": {[]schema.Record{cpu(schema.TypeFork, 1, other, 1, 0),
			cpu(schema.TypeExit, 9000, other, 1, 4*time.Second)}, false},
		"the workload": {[]schema.Record{cpu(schema.TypeFork, 1, workload, recorder, 0), cpu(schema.TypeFork, 2, workload+1, workload, 0),
			cpu(schema.TypeExit, 9000, workload+1, 1, 9*time.Second)}, true},
		"its pid, used again": {[]schema.Record{cpu(schema.TypeFork, 1, workload, recorder, 0), cpu(schema.TypeFork, 2, workload, 1, 0),
			cpu(schema.TypeExit, 9000, workload, 1, 4*time.Second)}, false},
		"the recorder": {[]schema.Record{cpu(schema.TypeTask, 1, recorder, 1, 0), cpu(schema.TypeSample, 9000, recorder, 1, 9*time.Second)}, true},
		"the kernel":   {[]schema.Record{cpu(schema.TypeTask, 1, kernel, kthreadd, 0), cpu(schema.TypeSample, 9000, kernel, kthreadd, 9*time.Second)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			meta := record(schema.TypeMeta, 0, 0, 0, "")
			meta.SelfPID.Set(recorder)
			var o others
			o.see(&meta)
			for i := range test.records {
				o.see(&test.records[i])
			}
			end := record(schema.TypeEnd, 10_000, 0, 0, "")
			o.see(&end)
			if err := o.quiet(); (err == nil) != test.quiet || err != nil && !errors.Is(err, errNotQuiet) {
				t.Errorf("error %v, want quiet: %v", err, test.quiet)
			}
		})
	}
}
