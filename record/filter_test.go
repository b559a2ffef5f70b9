package record

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// recordFiltered records a workload beside a storm of processes that do not match, and
// checks what holds for every filter.
func recordFiltered(t *testing.T, f Filter, workload func()) (*memory, *Summary) {
	t.Helper()
	const storm = 300
	m, sum := recordLive(t, Options{Filter: f, Interval: 50 * time.Millisecond}, func() {
		done := make(chan int)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go func() { done <- churn(ctx, storm) }()
		workload()
		if n := <-done; n != storm {
			t.Errorf("the storm had %d processes, want %d", n, storm)
		}
	})
	checkAccount(t, m, sum)
	checkSchema(t, m)
	checkParents(t, m)
	checkEnds(t, m)
	if sum.Lost() != 0 {
		t.Errorf("lost %d events", sum.Lost())
	}
	for _, typ := range []schema.Type{schema.TypeFork, schema.TypeExec, schema.TypeExit} {
		if c := sum.Counts[typ]; c.Filtered < storm {
			t.Errorf("%s: %d filtered, want at least the storm of %d", typ, c.Filtered, storm)
		}
	}
	return m, sum
}

// checkParents holds that whoever is recorded has been introduced once, and its parents
// before it, up to the first process.
func checkParents(t *testing.T, m *memory) {
	t.Helper()
	parent := make(map[int64]int64)
	introduced := make(map[[2]int64]bool)
	for _, r := range m.records {
		if !r.PID.OK {
			continue
		}
		key := [2]int64{r.PID.V, int64(r.StartTime.V)}
		if r.Type == schema.TypeFork || r.Type == schema.TypeTask && r.Phase.V == schema.PhaseBegin {
			if introduced[key] {
				t.Errorf("process %d (%s) is introduced twice", r.PID.V, r.Comm.V)
			}
			introduced[key] = true
			parent[r.PID.V] = r.PPID.V
		} else if !introduced[key] {
			t.Errorf("process %d (%s) has a record of type %s but was not introduced", r.PID.V, r.Comm.V, r.Type)
		}
		if r.Type == schema.TypeTask {
			continue // those of the start stand in any order
		}
		for pid, steps := r.PID.V, 0; pid > 1; steps++ {
			above, known := parent[pid]
			if !known || steps > 100 {
				t.Errorf("%s of process %d (%s): its ancestor %d was not introduced", r.Type, r.PID.V, r.Comm.V, pid)
				break
			}
			pid = above
		}
	}
}

// kept returns the processes that are recorded for their own sake, with their events. Of
// an ancestor there is at most the exit.
func kept(m *memory) map[[2]int64][]*schema.Record {
	all := make(map[[2]int64][]*schema.Record)
	ancestor := make(map[[2]int64]bool)
	for _, r := range m.records {
		if !r.PID.OK {
			continue
		}
		key := [2]int64{r.PID.V, int64(r.StartTime.V)}
		switch {
		case r.Type == schema.TypeTask && r.Phase.V == schema.PhaseBegin:
			ancestor[key] = true
		case r.Type == schema.TypeExit && ancestor[key] && all[key] == nil:
		case r.Type != schema.TypeTask:
			all[key] = append(all[key], r)
		}
	}
	return all
}

// checkEnds holds that each process that was introduced ends once, by an exit or a task.
func checkEnds(t *testing.T, m *memory) {
	t.Helper()
	ends := make(map[[2]int64]int)
	for _, r := range m.records {
		if !r.PID.OK || r.PID.V == 1 { // which this kernel may hide
			continue
		}
		key := [2]int64{r.PID.V, int64(r.StartTime.V)}
		if r.Type == schema.TypeExit || r.Type == schema.TypeTask && r.Phase.V == schema.PhaseEnd {
			ends[key]++
		} else {
			ends[key] += 0
		}
	}
	for key, n := range ends {
		if n != 1 {
			t.Errorf("process %d ends %d times", key[0], n)
		}
	}
}

// named copies /bin/true under a name.
func named(t *testing.T, name string) string {
	t.Helper()
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// runOften runs a program from a shell, as other processes of other names, n times.
func runOften(t *testing.T, program string, n int) {
	script := `i=0; while [ $i -lt $1 ]; do "$0" $i; i=$((i+1)); done`
	output(t, "sh", "-c", script, program, fmt.Sprint(n))
}

// checkRuns holds that the capture has n runs of a program, and nothing else.
func checkRuns(t *testing.T, m *memory, program string, n int) {
	t.Helper()
	var got []string
	for _, r := range m.of(schema.TypeExec) {
		if r.Filename.V != program {
			t.Errorf("exec of %s is in the capture", r.Filename.V)
			continue
		}
		got = append(got, r.Argv.V[1])
	}
	if len(got) != n || len(slices.Compact(slices.Sorted(slices.Values(got)))) != n {
		t.Errorf("%d runs of %s, want %d: %v", len(got), program, n, got)
	}
	all := kept(m)
	if len(all) != n {
		t.Errorf("%d processes are kept, want %d", len(all), n)
	}
	for key, records := range all {
		exits := 0
		for _, r := range records {
			if r.Type == schema.TypeExit {
				exits++
			}
		}
		if exits != 1 || records[0].Type != schema.TypeExec {
			t.Errorf("process %d begins with %s and has %d exits", key[0], records[0].Type, exits)
		}
	}
}

// TestFilterByComm keeps those whose exec gives them the name.
func TestFilterByComm(t *testing.T) {
	const runs = 40
	program := named(t, "t7-kept-one")
	for _, pattern := range []string{"t7-kept-one", "t[5-9]-*", "*kept*", "t?-kept-???"} {
		m, sum := recordFiltered(t, Filter{Comm: pattern}, func() { runOften(t, program, runs) })
		checkRuns(t, m, program, runs)
		if got := string(m.records[0].Filters.V); got != `{"comm":"`+pattern+`"}` {
			t.Errorf("filters of meta: %s", got)
		}
		if sum.Processes != runs {
			t.Errorf("%d processes, want %d", sum.Processes, runs)
		}
	}
}

// TestFilterByUID keeps a process that takes the user, from then on, and its children.
func TestFilterByUID(t *testing.T) {
	const user = 54321
	uid := uint32(user)
	program := compile(t, "kin")
	m, _ := recordFiltered(t, Filter{UID: &uid}, func() { output(t, program, "setuid", fmt.Sprint(user)) })
	for _, records := range kept(m) {
		for _, r := range records {
			if r.UID.V != user {
				t.Errorf("a %s of user %d is in the capture", r.Type, r.UID.V)
			}
		}
	}
	codes := make(map[int64]int)
	for _, r := range m.of(schema.TypeExit) {
		if r.UID.V == user {
			codes[r.ExitCode.V]++
		}
	}
	if len(m.of(schema.TypeFork)) != 1 || len(codes) != 2 || codes[3] != 1 || codes[4] != 1 {
		t.Errorf("%d forks, exit codes of the user %v; want 1, and one each of 3 and 4", len(m.of(schema.TypeFork)), codes)
	}
}

// waiting starts kin before a recording; tell lets it go on and waits for its end.
func waiting(t *testing.T) (pid int64, tell func()) {
	t.Helper()
	cmd := exec.Command(compile(t, "kin"), "daemon")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	t.Cleanup(func() {
		if !ended { // an error of another kind has been told
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return int64(cmd.Process.Pid), func() {
		ended = true
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// TestFilterByPID keeps a process with all that comes from it, orphans too.
func TestFilterByPID(t *testing.T) {
	pid, tell := waiting(t)
	m, _ := recordFiltered(t, Filter{PID: pid}, tell)
	family := map[int64]bool{pid: true}
	codes := make(map[int64]int)
	for _, r := range m.records {
		switch r.Type {
		case schema.TypeFork:
			if !family[r.PPID.V] {
				t.Errorf("process %d, child of %d, is in the capture", r.PID.V, r.PPID.V)
			}
			family[r.PID.V] = true
		case schema.TypeExec, schema.TypeSample, schema.TypeExit:
			if !family[r.PID.V] {
				t.Errorf("a %s of process %d (%s) is in the capture", r.Type, r.PID.V, r.Comm.V)
			}
			if r.Type == schema.TypeExit {
				codes[r.ExitCode.V]++
			}
		}
	}
	if len(family) != 4 || codes[0] != 2 || codes[5] != 1 || codes[6] != 1 {
		t.Errorf("%d in the family, exit codes %v; want 4, two of 0, one of 5 and 6", len(family), codes)
	}
}

// TestFilterFindsTheFamily holds that those who were there before the recording are
// found.
func TestFilterFindsTheFamily(t *testing.T) {
	shell := exec.Command("sh", "-c", "sh -c 'sleep 60 & sleep 60 & wait' & wait")
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	pid := int64(shell.Process.Pid)
	children := func() (list []string) {
		out, _ := exec.Command("ps", "-eo", "pid=,ppid=,comm=").Output()
		family := map[string]bool{fmt.Sprint(pid): true}
		for line := range strings.Lines(string(out)) {
			if f := strings.Fields(line); len(f) == 3 && family[f[1]] {
				family[f[0]] = true
				list = append(list, f[0])
			}
		}
		return list
	}
	for deadline := time.Now().Add(20 * time.Second); len(children()) < 3; {
		if time.Now().After(deadline) {
			t.Fatal("the family did not come up")
		}
		time.Sleep(10 * time.Millisecond)
	}
	want := append(children(), fmt.Sprint(pid))
	defer func() {
		for _, p := range want {
			_ = exec.Command("kill", "-9", p).Run() // each is ours
		}
		_ = shell.Wait()
	}()
	m, sum := recordFiltered(t, Filter{PID: pid}, func() {})
	if sum.Processes != int64(len(want)) {
		t.Errorf("%d processes, want %d", sum.Processes, len(want))
	}
	begun := make(map[string]int)
	for _, r := range m.of(schema.TypeTask) {
		begun[fmt.Sprint(r.PID.V)]++
	}
	for _, p := range want {
		if begun[p] != 2 {
			t.Errorf("process %s has %d task records, want 2", p, begun[p])
		}
	}
}

// TestFilterByCgroup keeps who is in a cgroup or below it, on both hierarchies, by the
// path of a record and by the folder.
func TestFilterByCgroup(t *testing.T) {
	for name, test := range map[string]struct{ fsType, option string }{"v2": {"cgroup2", "rw"}, "v1": {"cgroup", "memory"}} {
		t.Run(name, func(t *testing.T) {
			recordLive(t, Options{Duration: time.Millisecond}, func() {}) // skips where it cannot work
			mount := cgroupMount(t, test.fsType, test.option)
			dir := filepath.Join(mount, fmt.Sprintf("linnix-filter-%d", os.Getpid()))
			below := filepath.Join(dir, "below")
			if err := os.MkdirAll(below, 0o755); err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() { removeCgroup(t, below); removeCgroup(t, dir) })
			for _, path := range []string{strings.TrimPrefix(dir, mount), dir} {
				m, _ := recordFiltered(t, Filter{Cgroup: path}, func() {
					for i, at := range []string{dir, below} {
						if out, err := inCgroup(at, "/bin/true", fmt.Sprint(i)).CombinedOutput(); err != nil {
							t.Errorf("%v\n%s", err, out)
						}
					}
				})
				checkRuns(t, m, "/bin/true", 2)
			}
		})
	}
}

// TestFiltersTogether holds that all must match, and that a family goes on through
// members that are not kept themselves.
func TestFiltersTogether(t *testing.T) {
	const runs = 10
	program, other := named(t, "t8-both"), named(t, "t8-other")
	self := int64(os.Getpid())
	m, _ := recordFiltered(t, Filter{PID: self, Comm: "t8-b*"}, func() {
		runOften(t, program, runs)
		runOften(t, other, runs)
	})
	checkRuns(t, m, program, runs)
	nobody := uint32(65534)
	m, _ = recordFiltered(t, Filter{PID: self, Comm: "t8-b*", UID: &nobody}, func() { runOften(t, program, runs) })
	checkRuns(t, m, program, 0)
}

// TestFilterIsInTheKernel holds that what does not match costs the ring nothing.
func TestFilterIsInTheKernel(t *testing.T) {
	m, sum := recordFiltered(t, Filter{Comm: "no-such-name"}, func() {})
	for _, e := range eventTypes {
		if c := sum.Counts[e.name]; c.Written != 0 || c.Attempted != c.Filtered {
			t.Errorf("%s: %+v, want all filtered", e.name, c)
		}
	}
	if n := len(m.of(schema.TypeTask)) + len(m.of(schema.TypeSample)); n != 0 {
		t.Errorf("%d tasks and samples, want none", n)
	}
}

func TestFilterErrors(t *testing.T) {
	tests := map[string]struct {
		filter Filter
		want   string
	}{
		"no process":   {Filter{PID: 1 << 30}, "there is no process 1073741824: type 'ps -e'"},
		"no pid":       {Filter{PID: -1}, "no process has the pid -1"},
		"no cgroup":    {Filter{Cgroup: "/no/such"}, `there is no cgroup "/no/such": see`},
		"no path":      {Filter{Cgroup: "user.slice"}, "is no path from the root"},
		"open bracket": {Filter{Comm: "a[b"}, "at byte 2: the [ is not closed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := (Options{Filter: test.filter}).Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	thread := int64(0)
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if id := parseInt(entry.Name()); id != int64(os.Getpid()) {
			thread = id
		}
	}
	if err := (Options{Filter: Filter{PID: thread}}).Validate(); err == nil || !strings.Contains(err.Error(), "is a thread of process") {
		t.Errorf("a thread as --pid: %v", err)
	}
}
