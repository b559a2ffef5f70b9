package record

import (
	"slices"
	"strings"
	"testing"

	"github.com/linnix-os/linnix/schema"
)

// cpuRule says how the CPU time of a life compares with that of wait4.
type cpuRule int

const (
	// Unless said otherwise: equal within 1 % + 50 µs.
	_ cpuRule = iota
	// cpuAtLeast: wait4 lacks up to a tick of a thread that is reaped at once, as is
	// every thread but the leader; the capture has that of the last one.
	cpuAtLeast
	// cpuWithChild: wait4 adds the children reaped.
	cpuWithChild
)

// rssRule says how max_rss_bytes compares with ru_maxrss.
type rssRule int

const (
	// rssExact: equal, unless a sample saw more.
	rssExact rssRule = iota
	// rssFat: ru_maxrss is that of an earlier address space.
	rssFat
)

func (w *wantLife) name() string {
	if w.role == "" {
		return "subject"
	}
	return w.role
}

// against says in LIFECYCLE.md what the life is compared with.
func (w *wantLife) against() string {
	switch {
	case w.cpu == cpuAtLeast:
		return "wait4, getrusage (CPU: at least), /proc"
	case w.cpu == cpuWithChild:
		return "wait4, getrusage less that of its children, /proc"
	case w.rss == rssFat:
		return "wait4, getrusage (max RSS: less), /proc"
	default:
		return "wait4, getrusage, /proc"
	}
}

// compare holds the capture against what the scenario observed.
func (r *scenarioRun) compare(t *testing.T, lives map[lifeKey]*biography, compat bool) {
	if r.skip != "" {
		t.Skip(r.skip)
	}
	r.lives = lives
	for i := range r.row.want {
		r.compareRole(t, &r.row.want[i], compat)
	}
	if r.row.check != nil {
		r.row.check(t, r)
	}
}

func (r *scenarioRun) compareRole(t *testing.T, w *wantLife, compat bool) {
	t.Helper()
	seen := make(map[*biography]bool)
	for _, o := range r.seen {
		if o.Role != w.name() {
			continue
		}
		b := r.life(o)
		if b == nil {
			t.Errorf("the capture lacks %s %d, started at tick %d", o.Role, o.PID, o.StartTicks)
			continue
		}
		seen[b] = true
		if got := b.events(); got != w.events {
			t.Errorf("%s: records %q, want %q", o.Role, got, w.events)
			continue
		}
		r.compareLife(t, w, &o, b, compat)
	}
	if len(seen) != max(w.count, 1) {
		t.Errorf("%d processes with the role %s, want %d", len(seen), w.name(), max(w.count, 1))
	}
}

func (r *scenarioRun) compareLife(t *testing.T, w *wantLife, o *observation, b *biography, compat bool) {
	t.Helper()
	r.compareBirth(t, w, b)
	compareExecs(t, r.cmd.Path, w.exec, b.of(schema.TypeExec))
	last := b.records[len(b.records)-1]
	if exits := b.of(schema.TypeExit); len(exits) == 1 {
		last = exits[0]
	}
	switch o.How {
	case "proc":
		compareProc(t, o, last)
	case "clock":
		compareClock(t, o, last)
	case "wait4":
		if last.Type != schema.TypeExit {
			return // it outlived the capture
		}
		compareStatus(t, o, last)
		compareUsage(t, r.ownUsage(w, *o), w, b, last, compat)
	}
}

// compareBirth holds that the fork names the right parent.
func (r *scenarioRun) compareBirth(t *testing.T, w *wantLife, b *biography) {
	t.Helper()
	for _, fork := range b.of(schema.TypeFork) {
		parent := r.runner
		if w.parent != "" {
			parent = func(t *testing.T) *schema.Record { return r.roleLife(t, w.parent).records[0] }
		}
		p := parent(t)
		if fork.PPID.V != p.PID.V || fork.ParentStartTime != p.StartTime {
			t.Errorf("parent %d, started %v; want %d, %v", fork.PPID.V, fork.ParentStartTime.V, p.PID.V, p.StartTime.V)
		}
	}
}

func compareExecs(t *testing.T, program string, want []wantExec, got []*schema.Record) {
	t.Helper()
	for i, e := range got {
		if i == len(want) {
			t.Errorf("an exec too much: %q", e.Argv.V)
			return
		}
		w := want[i]
		argv := slices.Clone(w.argv)
		for j := range argv {
			argv[j] = strings.ReplaceAll(argv[j], "SELF", program)
		}
		filename, exe := strings.ReplaceAll(w.filename, "SELF", program), strings.ReplaceAll(w.exe, "SELF", program)
		if e.Filename.V != filename || e.Exe.V != exe || !slices.Equal(e.Argv.V, argv) || e.ArgvTruncated.V {
			t.Errorf("exec of %q, ran %q, argv %q; want %q, %q, %q", e.Filename.V, e.Exe.V, e.Argv.V, filename, exe, argv)
		}
	}
}

// compareProc compares a record with what /proc said shortly before.
func compareProc(t *testing.T, o *observation, r *schema.Record) {
	t.Helper()
	if r.PPID.V != o.PPID || r.UID.V != o.UID || r.GID.V != o.GID || r.Comm.V != o.Comm || r.PIDNS.V != o.PIDNS {
		t.Errorf("ppid %d, uid %d, gid %d, comm %q, pid_ns %d; /proc has %d, %d, %d, %q, %d",
			r.PPID.V, r.UID.V, r.GID.V, r.Comm.V, r.PIDNS.V, o.PPID, o.UID, o.GID, o.Comm, o.PIDNS)
	}
	if want := wantCgroup(o.Cgroup); o.Cgroup != "" && r.Process.Cgroup.V != want {
		t.Errorf("cgroup %q; /proc has %q", r.Process.Cgroup.V, want)
	}
}

// wantCgroup takes from the lines of /proc/PID/cgroup the one that a capture names.
func wantCgroup(lines string) string {
	paths := make(map[string]string)
	for line := range strings.SplitSeq(lines, "|") {
		if f := strings.SplitN(line, ":", 3); len(f) == 3 {
			for controller := range strings.SplitSeq(f[1], ",") {
				paths[controller] = f[2]
			}
		}
	}
	for _, controller := range []string{"", "memory", "pids", "cpu"} {
		if p := paths[controller]; p != "" && p != "/" {
			return p
		}
	}
	return "/"
}

// compareClock holds the final CPU time against what the process itself read before.
func compareClock(t *testing.T, o *observation, exit *schema.Record) {
	t.Helper()
	const wayOutUs = 8000
	if got := exit.CPUNs.V / 1000; got < o.CPUUs || got > o.CPUUs+wayOutUs {
		t.Errorf("CPU %d µs; its own clock had %d µs shortly before its end", got, o.CPUUs)
	}
}

func compareStatus(t *testing.T, o *observation, exit *schema.Record) {
	t.Helper()
	status := exit.ExitCode.V<<8 | exit.Event.Signal.V
	if exit.CoreDumped.V {
		status |= 0x80
	}
	if status != o.Status {
		t.Errorf("exit code %d, signal %d, core %v; wait4 gave status %#x", exit.ExitCode.V, exit.Event.Signal.V, exit.CoreDumped.V, o.Status)
	}
	if exit.PPID.V != o.PPID || exit.UID.V != o.UID || exit.GID.V != o.GID || exit.Comm.V != o.Comm {
		t.Errorf("ppid %d, uid %d, gid %d, comm %q; /proc has %d, %d, %d, %q",
			exit.PPID.V, exit.UID.V, exit.GID.V, exit.Comm.V, o.PPID, o.UID, o.GID, o.Comm)
	}
}

// ownUsage takes from what wait4 told of a process what its reaped children used.
func (r *scenarioRun) ownUsage(w *wantLife, o observation) observation {
	if w.cpu != cpuWithChild {
		return o
	}
	for i := range r.row.want {
		child := &r.row.want[i]
		if child.parent != w.name() {
			continue
		}
		for _, c := range r.by("wait4", child.name()) {
			o.CPUUs -= c.CPUUs
			o.MinFaults, o.MajFaults = o.MinFaults-c.MinFaults, o.MajFaults-c.MajFaults
			o.Voluntary, o.Involunt = o.Voluntary-c.Voluntary, o.Involunt-c.Involunt
		}
	}
	return o
}

// compareUsage compares the totals of an exit with those of wait4.
func compareUsage(t *testing.T, o observation, w *wantLife, b *biography, exit *schema.Record, compat bool) {
	t.Helper()
	compareCPU(t, o, w.cpu, exit)
	compareRSS(t, o, w.rss, b, exit, compat)
	counts := []struct {
		name      string
		got, want int64
	}{
		{"minor faults", exit.MinFaults.V, o.MinFaults},
		{"major faults", exit.MajFaults.V, o.MajFaults},
		{"voluntary switches", exit.VoluntarySwitches.V, o.Voluntary},
		{"involuntary switches", exit.InvoluntarySwitches.V, o.Involunt},
	}
	for _, c := range counts {
		if c.got < c.want-2 || c.got > c.want+2 {
			t.Errorf("%s: %d %s; getrusage has %d", o.Role, c.got, c.name, c.want)
		}
	}
}

func compareCPU(t *testing.T, o observation, rule cpuRule, exit *schema.Record) {
	t.Helper()
	const tickUs = 4000
	got, slack := exit.CPUNs.V/1000, o.CPUUs/100+50
	above := slack
	if rule == cpuAtLeast {
		above += tickUs
	}
	if got < o.CPUUs-slack || got > o.CPUUs+above {
		t.Errorf("%s: CPU %d µs; wait4 gave %d µs", o.Role, got, o.CPUUs)
	}
}

func compareRSS(t *testing.T, o observation, rule rssRule, b *biography, exit *schema.Record, compat bool) {
	t.Helper()
	got, want := exit.MaxRSSBytes.V/1024, max(o.MaxRSSKB, sampledPeak(b)/1024)
	switch {
	case rule == rssFat && compat:
		want = sampledPeak(b) / 1024
	case rule == rssFat && got > 0 && got < o.MaxRSSKB/2:
		return
	}
	if got != want {
		t.Errorf("%s: peak memory %d KiB (known: %v); want %d KiB, getrusage has %d KiB", o.Role, got, exit.MaxRSSBytes.OK, want, o.MaxRSSKB)
	}
}

// sampledPeak is the largest memory that a sample saw since the last exec.
func sampledPeak(b *biography) (peak int64) {
	for _, r := range b.records {
		if r.Type == schema.TypeExec {
			peak = 0
		}
		peak = max(peak, r.RSSBytes.V)
	}
	return peak
}
