package record

import (
	"testing"
	"unsafe"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// bytesOf returns the memory of an event, as the ring hands it out.
func bytesOf[T any](e *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(e)), unsafe.Sizeof(*e))
}

func testRecorder() *recorder {
	d := &decoder{cgroups: newCgroupPaths(func() error { return nil })}
	table := newProcessTable(d)
	return &recorder{decoder: d, table: table, queue: newQueue(table.ended), filtered: make(map[schema.Type]int64)}
}

// FuzzTake feeds the decoder with events of any bytes: an error, never a panic.
func FuzzTake(f *testing.F) {
	for eventType := range uint32(8) {
		header := bpf.Header{Type: eventType}
		f.Add(bytesOf(&bpf.ExitEvent{Header: header}))
		f.Add(bytesOf(&bpf.CgroupEvent{Header: header, Depth: 3}))
		f.Add(bytesOf(&bpf.OOMEvent{Header: header, RssPages: 5}))
		f.Add(append(bytesOf(&bpf.ExecEvent{Header: header, FilenameLen: 2, ArgsLen: 4}), "/xa\x00\x00b"...))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := testRecorder()
		aligned := make([]uint64, len(raw)/8+1)
		event := unsafe.Slice((*byte)(unsafe.Pointer(&aligned[0])), len(raw))
		copy(event, raw)
		if err := r.take(event); err != nil {
			return
		}
		_ = r.queue.release(^uint64(0), func(rec *schema.Record) error {
			schema.AppendJSON(nil, rec)
			return nil
		})
	})
}

// TestExitWaitsForItsTail holds that an exit keeps its place and gets its final CPU
// time, whatever stands behind it.
func TestExitWaitsForItsTail(t *testing.T) {
	const bornNs, tid = 1000, 8
	process := bpf.Process{Pid: 7, StartNs: bornNs}
	exit := &bpf.ExitEvent{Header: bpf.Header{TimeNs: 2000, Type: bpf.TypeExit}, Process: process, Tid: tid, CpuNs: 115, LastNs: 100}
	tail := func(tid uint32, cpuNs, lastNs uint64, running uint32) *bpf.TailEvent {
		return &bpf.TailEvent{Header: bpf.Header{Type: bpf.TypeTail}, Pid: 7, StartNs: bornNs, Tid: tid, CpuNs: cpuNs, LastNs: lastNs, Running: running}
	}
	torn := tail(tid, 999, 130, 0)
	torn.Torn = 1
	tests := map[string]struct {
		tails []*bpf.TailEvent
		nowNs uint64
		want  []int64 // CPU time of the exit; nothing is released before it
	}{
		"final time":               {[]*bpf.TailEvent{tail(tid, 145, 130, 0)}, 2000, []int64{145}},
		"reaped before":            {[]*bpf.TailEvent{tail(tid, 115, 130, 0)}, 2000, []int64{145}},
		"another thread ended too": {[]*bpf.TailEvent{tail(tid, 165, 130, 0)}, 2000, []int64{165}},
		"sums in motion":           {[]*bpf.TailEvent{torn}, 2000, []int64{145}},
		"tail of another thread":   {[]*bpf.TailEvent{tail(9, 120, 20, 0)}, 2000, nil},
		"another thread first":     {[]*bpf.TailEvent{tail(9, 120, 20, 1), tail(tid, 150, 130, 0)}, 2000, []int64{150}},
		"another still runs":       {[]*bpf.TailEvent{tail(tid, 145, 130, 1)}, 2000, nil},
		"another comes later":      {[]*bpf.TailEvent{tail(tid, 145, 130, 1), tail(7, 265, 90, 0)}, 2000, []int64{265}},
		"another not out in time":  {[]*bpf.TailEvent{tail(tid, 145, 130, 1)}, 2000 + maxHoldNs, []int64{145}},
		"no tail yet":              {nil, 2000 + maxHoldNs - 1, nil},
		"no tail in time":          {nil, 2000 + maxHoldNs, []int64{115}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := testRecorder()
			if err := r.take(bytesOf(exit)); err != nil {
				t.Fatal(err)
			}
			if err := r.take(bytesOf(&bpf.ForkEvent{Header: bpf.Header{Type: bpf.TypeFork}})); err != nil {
				t.Fatal(err)
			}
			for _, e := range test.tails {
				if err := r.take(bytesOf(e)); err != nil {
					t.Fatal(err)
				}
			}
			var got []int64
			var types []schema.Type
			err := r.queue.release(test.nowNs, func(rec *schema.Record) error {
				types = append(types, rec.Type)
				if rec.Type == schema.TypeExit {
					got = append(got, rec.CPUNs.V)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(test.want) || len(got) > 0 && got[0] != test.want[0] {
				t.Errorf("CPU time %v, want %v", got, test.want)
			}
			if len(test.want) == 1 && (len(types) != 2 || types[0] != schema.TypeExit) || len(test.want) == 0 && types != nil {
				t.Errorf("released %v", types)
			}
		})
	}
}

// TestSetArgv holds that every argument counts, the empty ones too.
func TestSetArgv(t *testing.T) {
	tests := map[string]struct {
		raw       string
		trueBytes int64
		want      []string
		truncated bool
	}{
		"plain":         {"ls\x00-l\x00", 6, []string{"ls", "-l"}, false},
		"empty ones":    {"a\x00\x00\x00", 4, []string{"a", "", ""}, false},
		"one empty":     {"\x00", 1, []string{""}, false},
		"none":          {"", 0, []string{}, false},
		"cut inside":    {"cat\x00/etc/pas", 30, []string{"cat", "/etc/pas"}, true},
		"cut at an end": {"cat\x00", 30, []string{"cat"}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var r schema.Record
			setArgv(&r, []byte(test.raw), test.trueBytes)
			if len(r.Argv.V) != len(test.want) || r.ArgvTruncated.V != test.truncated || !r.Argv.OK {
				t.Fatalf("argv %q, truncated %v", r.Argv.V, r.ArgvTruncated.V)
			}
			for i := range test.want {
				if r.Argv.V[i] != test.want[i] {
					t.Errorf("argv %q, want %q", r.Argv.V, test.want)
				}
			}
		})
	}
}

func TestCgroupPath(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	tests := map[string]struct {
		names           []string // innermost first
		depth           uint32
		path, container string
		known           bool
	}{
		"root":     {nil, 0, "/", "", true},
		"slice":    {[]string{"ssh.service", "system.slice"}, 2, "/system.slice/ssh.service", "", true},
		"docker":   {[]string{"docker-" + id + ".scope", "system.slice"}, 2, "/system.slice/docker-" + id + ".scope", id, true},
		"v1":       {[]string{id, "docker"}, 2, "/docker/" + id, id, true},
		"too deep": {[]string{"a"}, uint32(bpf.MaxCgroupDepth) + 1, "", "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := bpf.CgroupEvent{Id: 5, Hierarchy: 1, Depth: test.depth}
			for i, text := range test.names {
				copy(e.Names[i][:], text)
			}
			paths := newCgroupPaths(nil)
			if err := paths.add(&e); err != nil {
				t.Fatal(err)
			}
			got, known := paths.of(cgroupKey{id: 5, hierarchy: 1})
			if known != test.known || got.path != test.path || got.container != test.container {
				t.Errorf("path %q, container %q, known %v", got.path, got.container, known)
			}
		})
	}
}

// TestForkAfterItsProcess holds that a process which the iterator saw before its fork
// was told is introduced once.
func TestForkAfterItsProcess(t *testing.T) {
	r := testRecorder()
	fork := &bpf.ForkEvent{Header: bpf.Header{Type: bpf.TypeFork}, Process: bpf.Process{Pid: 7, StartNs: 1000}}
	r.table.add(keyOf(&fork.Process)).cpuNs = 5
	if err := r.take(bytesOf(fork)); err != nil {
		t.Fatal(err)
	}
	if len(r.queue.items) != 0 || r.filtered[schema.TypeFork] != 1 || r.table.all[keyOf(&fork.Process)].cpuNs != 5 {
		t.Errorf("%d records queued, %d filtered, %+v known", len(r.queue.items), r.filtered[schema.TypeFork], r.table.all)
	}
}

// TestStateOf compares the letters with those of ps (fs/proc/array.c).
func TestStateOf(t *testing.T) {
	tests := map[string]struct {
		state, exitState uint32
		want             byte
	}{
		"running":         {0, 0, 'R'},
		"sleeping":        {0x1, 0, 'S'},
		"freezable sleep": {0x2001, 0, 'S'},
		"disk sleep":      {0x2, 0, 'D'},
		"killable":        {0x102, 0, 'D'},
		"frozen":          {0x8000, 0, 'D'},
		"idle kernel":     {0x402, 0, 'I'},
		"stopped":         {0x104, 0, 'T'},
		"traced":          {0x8, 0, 't'},
		"parked":          {0x40, 0, 'P'},
		"zombie":          {0x80, 0x20, 'Z'},
		"dead":            {0x80, 0x10, 'X'},
	}
	for name, test := range tests {
		if got := stateOf(test.state, test.exitState); got != test.want {
			t.Errorf("%s: %c, want %c", name, got, test.want)
		}
	}
}

// TestIntroducedThenGone holds that a process which a filter told of at the start, and
// which has ended before the tasks were written, is introduced once, before its exit.
func TestIntroducedThenGone(t *testing.T) {
	r := testRecorder()
	r.forked, r.introduced = make(map[processKey]bool), make(map[processKey]bpf.TaskEvent)
	var m memory
	r.w, r.summary.Records = &m, make(map[schema.Type]int64)
	process := bpf.Process{Pid: 7, StartNs: 1000}
	task := &bpf.TaskEvent{Header: bpf.Header{Type: bpf.TypeTask}, Process: process, Kept: 1}
	exit := &bpf.ExitEvent{Header: bpf.Header{Type: bpf.TypeExit}, Process: process, Tid: 7}
	for _, raw := range [][]byte{bytesOf(task), bytesOf(task), bytesOf(exit)} {
		if err := r.take(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.writeIntroduced(); err != nil {
		t.Fatal(err)
	}
	if err := r.queue.release(^uint64(0), r.write); err != nil {
		t.Fatal(err)
	}
	if len(m.records) != 2 || m.records[0].Type != schema.TypeTask || m.records[0].Phase.V != schema.PhaseBegin || m.records[1].Type != schema.TypeExit {
		t.Errorf("%d records: %+v", len(m.records), m.records)
	}
	if _, ended := r.table.pastCPU(keyOf(&process)); !ended || r.table.all[keyOf(&process)] != nil {
		t.Errorf("the table has %+v, ended: %v", r.table.all, ended)
	}
}
