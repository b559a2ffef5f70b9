package record

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// lifecycleCase is one row of LIFECYCLE.md: a scenario of testdata/lifecycle*.c and what
// the capture must have of it.
type lifecycleCase struct {
	name string // as in the table
	run  string // the scenario
	when when
	want []wantLife
	// also says in the table what check holds beyond the comparison of every life.
	also  string
	check func(*testing.T, *scenarioRun)
	// older says in the table what a kernel before 6.16 gives where it differs.
	older string
}

// when says how a scenario's life lies to the recording.
type when int

const (
	during       when = iota
	fromBefore        // its subject is older than the recording
	beyondTheEnd      // its runner ends after the recording
)

// wantLife is what the capture must have of each process with a role.
type wantLife struct {
	role   string // "subject" if empty
	count  int    // 1 if 0
	events string // its records in their order, samples aside
	parent string // the role of who bore it, "runner" if empty
	exec   []wantExec
	cpu    cpuRule
	rss    rssRule
}

// wantExec is one exec record. SELF stands for the program.
type wantExec struct {
	filename, exe string
	argv          []string
}

// leafExec is the exec of most scenarios.
var leafExec = []wantExec{{"SELF", "SELF", []string{"leaf", "leaf"}}}

const fatOlder = "the peak memory of an earlier address space hides a smaller last one: `max_rss_bytes` is then what was sampled, or absent"

// lifecycleTable is the truth table.
var lifecycleTable = []lifecycleCase{
	{name: "fork, exit", run: "plain", want: []wantLife{{events: "fork exit"}}},
	{name: "vfork, exec", run: "vfork_exec", want: []wantLife{{events: "fork exec exit",
		exec: []wantExec{{"SELF", "SELF", []string{"leaf", "leaf", "", "\xff\xfe café", ""}}}}},
		also: "empty and non-UTF-8 arguments"},
	{name: "vfork, _exit", run: "vfork_exit", want: []wantLife{{events: "fork exit"}},
		also: "the memory is the parent's, as in getrusage"},
	{name: "posix_spawn", run: "spawned", want: []wantLife{{events: "fork exec exit", exec: leafExec}}},
	{name: "fork by a worker thread", run: "worker_forks", want: []wantLife{{events: "fork exit"}},
		also: "the parent is the process, not the thread"},
	{name: "CLONE_PARENT", run: "clone_parent", want: []wantLife{{events: "fork exit"}, {role: "middle", events: "fork exit"}},
		also: "`ppid` is the grandparent"},
	{name: "clone with CLONE_VM", run: "clone_vm", want: []wantLife{{events: "fork exit"}},
		also: "a process, no thread; the memory is shared, as in getrusage"},
	{name: "process with children", run: "with_child", want: []wantLife{
		{events: "fork exit", cpu: cpuWithChild, rss: rssExact}, {role: "child", events: "fork exit", parent: "subject"}},
		also: "wait4 adds the reaped children, the capture does not"},
	{name: "double fork under a subreaper", run: "subreaper", want: []wantLife{
		{events: "fork exit", parent: "middle"}, {role: "middle", events: "fork exit"}},
		also: "`ppid` of the fork is the parent, of the exit the subreaper", check: checkSubreaper},
	{name: "orphan of a daemon (setsid, double fork)", run: "daemon_orphan", want: []wantLife{
		{events: "fork exit", parent: "middle"}, {role: "middle", events: "fork exit"}},
		also: "`ppid` of the exit is who adopted it", check: exitsWith(10)},

	{name: "execveat of a memfd", run: "memfd", want: []wantLife{{events: "fork exec exit",
		exec: []wantExec{{"/dev/fd/9", "/dev/fd/9", []string{"leaf", "leaf"}}}}}},
	{name: "fexecve", run: "fexecve", want: []wantLife{{events: "fork exec exit",
		exec: []wantExec{{"/dev/fd/9", "/dev/fd/9", []string{"leaf", "leaf"}}}}}},
	{name: "script with a shebang", run: "script", want: []wantLife{{events: "fork exec exit",
		exec: []wantExec{{"./script", "SELF", []string{"SELF", "leaf", "./script", "one"}}}}},
		also: "`filename` is the script, `exe` its interpreter"},
	{name: "failed exec", run: "failed", want: []wantLife{{events: "fork exit"}},
		also: "no exec record: nothing there, no permission, no program"},
	{name: "exec by a worker thread", run: "worker_execs", want: []wantLife{{events: "fork exec exit", exec: leafExec}},
		also: "pid and start time stay"},
	{name: "exec after exec", run: "chain", want: []wantLife{{events: "fork exec exec exit",
		exec: []wantExec{{"SELF", "SELF", []string{"leaf", "leaf", "again", "SELF"}}, {"SELF", "SELF", []string{"lifecycle", "leaf"}}}}},
		also: "the totals are of the whole process"},
	{name: "exec without arguments", run: "empty_argv", want: []wantLife{{events: "fork exec exit",
		exec: []wantExec{{"SELF", "SELF", []string{""}}}}},
		also: "the kernel makes one empty argument (since 5.18)"},
	{name: "exec of the ELF interpreter", run: "by_loader", want: []wantLife{{events: "fork exec exit",
		exec: []wantExec{{"./loader", "./loader", []string{"loader", "SELF", "leaf"}}}}},
		also: "`exe` is the interpreter: it was asked for"},
	{name: "fat before its exec", run: "fat_before", want: []wantLife{{events: "fork exec exit", exec: leafExec, rss: rssFat}},
		also: "getrusage has the memory from before the exec, the capture that of the last program", older: fatOlder},
	{name: "vfork and exec from a fat parent", run: "fat_parent", want: []wantLife{{events: "fork exec exit", exec: leafExec, rss: rssFat}},
		also: "getrusage has the parent's memory, the capture that of the program", older: fatOlder},
	{name: "setuid change", run: "sets_uid", want: []wantLife{{events: "fork exec exec exit",
		exec: []wantExec{{"SELF", "SELF", []string{"leaf", "leaf", "setuid", "9"}}, {"/dev/fd/9", "/dev/fd/9", []string{"lifecycle", "leaf"}}}}},
		also: "`uid` and `gid` before and after", check: checkSetuid},

	{name: "SIGKILL", run: "killed", want: []wantLife{{events: "fork exit"}}},
	{name: "SIGKILL of a stopped process", run: "stopped", want: []wantLife{{events: "fork exit"}}},
	{name: "SIGSEGV with a core", run: "core", want: []wantLife{{events: "fork exit"}},
		also: "`core_dumped` is WCOREDUMP"},
	{name: "SIGABRT without a core", run: "no_core", want: []wantLife{{events: "fork exit"}}},
	{name: "ptraced by its parent", run: "traced", want: []wantLife{{events: "fork exec exit", exec: leafExec}},
		also: "stopped at its exec and at its exit"},
	{name: "ptraced by another process", run: "traced_by_other", want: []wantLife{
		{events: "fork exit"}, {role: "tracer", events: "fork exit"}},
		also: "one exit; `ppid` is the real parent, not the tracer"},
	{name: "reaped by nobody (SIGCHLD ignored)", run: "autoreaped", want: []wantLife{{events: "fork exit"}},
		check: exitsWith(11)},
	{name: "OOM kill in a memory cgroup", run: "oom_killed", want: []wantLife{{events: "fork oom exit"}},
		also: "signal 9; `cgroup` is that of /proc", older: "before 6.8 there is no oom record"},
	{name: "zombie never reaped", run: "zombie", when: beyondTheEnd, want: []wantLife{{events: "fork exit"}},
		also: "samples with state Z after the exit", check: checkZombie},

	{name: "leader exits first", run: "leader_first", want: []wantLife{{events: "fork exit", cpu: cpuAtLeast}},
		also: "with 136 MiB to tear down, counted once"},
	{name: "each thread ends by itself", run: "each_by_itself", want: []wantLife{{events: "fork exit", cpu: cpuAtLeast}},
		also: "the code is the last thread's", older: "where the kernel keeps the leader's code instead, wait4 and the capture both give that"},
	{name: "exit_group by a worker thread", run: "worker_ends_all", want: []wantLife{{events: "fork exit", cpu: cpuAtLeast}}},
	{name: "two threads that end together", run: "twins", want: []wantLife{{events: "fork exit", count: 3000, cpu: cpuAtLeast}},
		also: "one exit each"},
	{name: "1,000 threads", run: "thousand", want: []wantLife{{events: "fork exit"}},
		also: "one process"},
	{name: "1,000 threads killed at once", run: "thousand_killed", want: []wantLife{{events: "fork exit", cpu: cpuAtLeast}}},

	{name: "new pid namespace", run: "pid_namespace", want: []wantLife{{events: "fork exit"}},
		also: "`pid` is the host's, `pid_ns` the namespace's inode"},
	{name: "pid reuse under a small pid_max", run: "small_pid_max", want: []wantLife{
		{events: "fork exit", count: 330, parent: "init", cpu: cpuAtLeast},
		{role: "init", events: "fork exit", cpu: cpuWithChild, rss: rssExact}},
		also: "the namespace's pids come again, the host's do not", check: checkWrapped,
		older: "before 6.14 pid_max is the whole host's: not tested there"},
	{name: "same pid again on the host", run: "same_pid", want: []wantLife{
		{role: "first", events: "fork exit"}, {role: "second", events: "fork exit"}},
		also: "two processes: `start_time` differs", check: checkSamePID},
	{name: "comm change by prctl", run: "renamed", want: []wantLife{{events: "fork exit"}},
		also: "`comm` of the exit is the new name", check: checkRenamed},
	{name: "process older than the capture", run: "held", when: fromBefore, want: []wantLife{{events: "begin exit"}},
		also: "totals from its birth on", older: "`max_rss_bytes` is what was sampled: what it was before an exec is not known"},
	{name: "process that outlives the capture", run: "held", when: beyondTheEnd, want: []wantLife{{events: "fork end"}},
		also: "no exit", check: checkOutlives},
}

// TestLifecycle records every row of the truth table at once, on the program for this
// kernel and on that for older ones.
func TestLifecycle(t *testing.T) {
	program := compile(t, "lifecycle")
	t.Run("this kernel", func(t *testing.T) { recordLifecycle(t, program, Options{}) })
	t.Run("before 6.16", func(t *testing.T) { recordLifecycle(t, program, Options{compat: true}) })
}

func recordLifecycle(t *testing.T, program string, opts Options) {
	opts.Interval = 100 * time.Millisecond
	runs := make([]*scenarioRun, len(lifecycleTable))
	for i := range lifecycleTable {
		runs[i] = newScenarioRun(t, program, &lifecycleTable[i])
	}
	startAll(t, runs, fromBefore)
	m, sum := recordLive(t, opts, func() {
		startAll(t, runs, beyondTheEnd)
		for _, r := range runs {
			if r.row.when == during {
				r.start(t)
				r.finish(t)
			}
		}
		finishAll(t, runs, fromBefore)
		time.Sleep(500 * time.Millisecond) // the last exit's way out, beside other load
	})
	finishAll(t, runs, beyondTheEnd)
	checkAccount(t, m, sum)
	if sum.Lost() != 0 {
		t.Errorf("lost %d events", sum.Lost())
	}
	lives := collectLives(m)
	for _, r := range runs {
		t.Run(r.row.name, func(t *testing.T) { r.compare(t, lives, opts.compat) })
	}
}

func startAll(t *testing.T, runs []*scenarioRun, w when) {
	for _, r := range runs {
		if r.row.when == w {
			r.start(t)
		}
	}
}

func finishAll(t *testing.T, runs []*scenarioRun, w when) {
	for _, r := range runs {
		if r.row.when == w {
			r.finish(t)
		}
	}
}

// TestLifecycleDocumented holds that LIFECYCLE.md has exactly the rows of the table.
func TestLifecycleDocumented(t *testing.T) {
	text, err := os.ReadFile("LIFECYCLE.md")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| ") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	got = got[min(2, len(got)):] // the head and the line below it
	for i := range lifecycleTable {
		want = append(want, lifecycleTable[i].documented())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the rows of LIFECYCLE.md must be:\n%s", strings.Join(want, "\n"))
	}
	if len(want) < 24 {
		t.Errorf("%d rows, want 24 or more", len(want))
	}
}

// documented is the row's line in LIFECYCLE.md.
func (c *lifecycleCase) documented() string {
	var has, against []string
	for _, w := range c.want {
		events := strings.ReplaceAll(w.events, " ", ", ")
		events = strings.NewReplacer("begin", "task (begin)", "end", "task (end)").Replace(events)
		if w.role != "" {
			events = w.role + ": " + events
		}
		if w.count > 1 {
			events = fmt.Sprintf("%d × %s", w.count, events)
		}
		has = append(has, events)
		if !slices.Contains(against, w.against()) {
			against = append(against, w.against())
		}
	}
	if c.also != "" {
		has = append(has, c.also)
	}
	against = slices.DeleteFunc(against, func(s string) bool { return s == "" })
	return fmt.Sprintf("| %s | %s | %s | %s |", c.name, strings.Join(has, "; "), strings.Join(against, "; "), c.older)
}
