package insight

import (
	"bytes"
	"flag"
	"fmt"
	"math/bits"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/replay/replaytest"
	"github.com/linnix-os/linnix/schema"
)

var update = flag.Bool("update", false, "rewrite ACTIONS.md")

// actionsOf are the functions that the rows of heuristics name.
var actionsOf = map[schema.Class]func(*verdict) []string{
	schema.ClassForkStorm: forkStormActions, schema.ClassRunawayTree: runawayTreeActions,
	schema.ClassShortJobFlood: shortJobFloodActions, schema.ClassCPUSpin: cpuSpinActions,
	schema.ClassIOSaturation: ioSaturationActions, schema.ClassOOMRisk: oomRiskActions,
}

// suspect is the process that the actions of these tests are about, child of shell.
const suspect = 4412

// docker is a container's cgroup of the usual length.
var docker = "/system.slice/docker-" + strings.Repeat("0123456789abcdef", 4) + ".scope"

// suspectIn replays a capture in which a process lives in a cgroup, and what else change
// does, and returns the process as it stands at the end.
func suspectIn(t *testing.T, cgroup string, hierarchy int64, change func(c *replaytest.Capture)) *replay.Process {
	t.Helper()
	c := replaytest.New("boot-1")
	c.Task(shell, 1, "bash", "bash", "-l")
	r := c.At(sec).Fork(shell, suspect)
	r.Process.Cgroup, r.CgroupHierarchy = schema.Some(cgroup), schema.Some(hierarchy)
	c.At(2*sec).Sample(suspect, "R", 300<<20)
	c.System(0)
	if change != nil {
		change(c)
	}
	c.At(3 * sec).End()
	var p *replay.Process
	replaytest.Run(t, func(h *replay.Host) []replay.Handler { return []replay.Handler{&lookout{&p}} }, c.Source())
	if p == nil {
		t.Fatal("no such process")
	}
	return p
}

// lookout keeps the suspect.
type lookout struct{ found **replay.Process }

func (l *lookout) Record(h *replay.Host, _ *schema.Record) {
	if p := h.Current(); p != nil && p.Key.PID == suspect {
		*l.found = p
	}
}

func (l *lookout) Tick(*replay.Host) {}

func (l *lookout) End(*replay.Host) {}

func exits(pid int64) func(c *replaytest.Capture) {
	return func(c *replaytest.Capture) { c.Exit(pid) }
}

func TestActions(t *testing.T) {
	const v2 = "/sys/fs/cgroup/app.slice/web.service/"
	inContainer := func(c *replaytest.Capture) { c.Sample(suspect, "R", 300<<20).Container = schema.Some("0123") }
	tests := []struct {
		name      string
		class     schema.Class
		cgroup    string
		hierarchy int64
		change    func(c *replaytest.Capture)
		atLimit   bool
		want      []string
	}{
		{"storm", schema.ClassForkStorm, "/app.slice/web.service", 0, nil, false, []string{
			"see the tree and who started it: pstree -aps 4412",
			"limit its forks: echo 512 > " + v2 + "pids.max (undo: echo max)",
			"pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"}},
		{"storm in a container", schema.ClassForkStorm, docker, 0, inContainer, false, []string{
			"see the tree and who started it: pstree -aps 4412",
			"limit its forks: echo 512 > /sys/fs/cgroup" + docker + "/pids.max (undo: echo max)",
			"pause it all: echo 1 > /sys/fs/cgroup" + docker + "/cgroup.freeze (undo: echo 0)"}},
		{"storm in a v1 container", schema.ClassForkStorm, "/docker/0123", 4, inContainer, false, []string{
			"see the tree and who started it: pstree -aps 4412",
			"limit its forks: echo 512 > /sys/fs/cgroup/pids/docker/0123/pids.max (undo: echo max)",
			"pause it all: echo FROZEN > /sys/fs/cgroup/freezer/docker/0123/freezer.state (undo: echo THAWED)"}},
		{"storm that is over", schema.ClassForkStorm, "/app.slice/web.service", 0, exits(suspect), false, []string{
			"pid 4412 has exited; see what started it: pstree -aps 100",
			"limit its forks: echo 512 > " + v2 + "pids.max (undo: echo max)"}},
		{"storm of an orphan that is over", schema.ClassForkStorm, "/", 0, func(c *replaytest.Capture) { c.Exit(shell); c.Exit(suspect) }, false, []string{
			"pid 4412 has exited; read what it logged: journalctl _PID=4412",
			"hold the processes of the unit at fault: systemctl set-property --runtime UNIT TasksMax=512 (undo: TasksMax=infinity)"}},
		{"tree in a hostile cgroup", schema.ClassRunawayTree, "/a;reboot", 0, nil, false, []string{
			"see the tree and who started it: pstree -aps 4412",
			"limit its forks by a pids.max of 512 in the cgroup that /proc/4412/cgroup names, and set max again",
			"pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"}},
		{"flood", schema.ClassShortJobFlood, "/app.slice/web.service", 0, nil, false, []string{
			"see what it starts again and again: ps -o pid,ppid,etime,args -p 4412 --ppid 4412",
			"cap its CPU: echo 50000 > " + v2 + "cpu.max (undo: echo max)",
			"pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"}},
		{"spin", schema.ClassCPUSpin, "/app.slice/web.service", 0, nil, false, []string{
			"see where it runs: perf top -p 4412",
			"ask whether it is a computation that is meant to run: ps -o pid,ppid,etime,args -p 4412",
			"let others run first: renice -n 10 -p 4412 (undo: renice -n 0 -p 4412)"}},
		{"throttled spin", schema.ClassCPUSpin, "/app.slice/web.service", 0, nil, true, []string{
			"see where it runs: perf top -p 4412",
			"ask whether it is a computation that is meant to run: ps -o pid,ppid,etime,args -p 4412",
			"see how long its quota holds it up: cat " + v2 + "cpu.stat"}},
		{"spin that is over", schema.ClassCPUSpin, "/app.slice/web.service", 0, exits(suspect), true, []string{
			"pid 4412 has exited; see what started it: pstree -aps 100",
			"if it comes again, record it from its start: linnix record -d 60s"}},
		{"busy disk", schema.ClassIOSaturation, "/app.slice/web.service", 0, nil, false, []string{
			"see which files it has open: ls -l /proc/4412/fd",
			"let the disk serve others first: ionice -c 3 -p 4412 (undo: ionice -c 2 -n 4 -p 4412)",
			"pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"}},
		{"growth", schema.ClassOOMRisk, "/app.slice/web.service", 0, nil, false, []string{
			"see what of its memory grows: cat /proc/4412/smaps_rollup",
			"cap memory: echo 300M > " + v2 + "memory.high (undo: echo max)",
			"pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"}},
		{"growth in no cgroup", schema.ClassOOMRisk, "", 0, nil, false, []string{
			"see what of its memory grows: cat /proc/4412/smaps_rollup",
			"if memory runs out, let the kernel choose it: choom -n 500 -p 4412 (undo: choom -n 0 -p 4412)",
			"pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"}},
		{"growth in a container", schema.ClassOOMRisk, docker, 0, nil, false, []string{
			"see what of its memory grows: cat /proc/4412/smaps_rollup",
			"cap memory: echo 300M > /sys/fs/cgroup" + docker + "/memory.high (undo: echo max)",
			"pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"}},
		{"container at its limit", schema.ClassOOMRisk, docker, 0, nil, true, []string{
			"see how often its limit struck: cat /sys/fs/cgroup" + docker + "/memory.events",
			"ask whether its limit is meant: cat /sys/fs/cgroup" + docker + "/memory.max",
			"pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"}},
		{"cgroup at its limit", schema.ClassOOMRisk, "/docker/0123", 4, nil, true, []string{
			"see how often its limit struck: cat /sys/fs/cgroup/memory/docker/0123/memory.failcnt",
			"ask whether its limit is meant: cat /sys/fs/cgroup/memory/docker/0123/memory.limit_in_bytes",
			"pause it while you decide: kill -STOP 4412 (undo: kill -CONT 4412)"}},
		{"cgroup killed it", schema.ClassOOMRisk, "/app.slice/web.service", 0, exits(suspect), true, []string{
			"pid 4412 has exited; see whom the kernel killed and why: journalctl -k -g oom",
			"ask whether its limit is meant: cat " + v2 + "memory.max"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := &verdict{primary: suspectIn(t, tt.cgroup, tt.hierarchy, tt.change), atLimit: tt.atLimit, cgroupBytes: 300 << 20}
			if diff := cmp.Diff(tt.want, actionsOf[tt.class](v)); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestKernelThreadsAreNotPaused holds that nothing is suggested that a kernel thread or
// init would not bear.
func TestKernelThreadsAreNotPaused(t *testing.T) {
	thread := suspectIn(t, "/", 0, func(c *replaytest.Capture) { c.Task(suspect, 2, "kworker") })
	init := suspectIn(t, "/", 0, nil).Parent().Parent()
	for _, p := range []*replay.Process{thread, init} {
		for class, actions := range actionsOf {
			for _, text := range actions(&verdict{primary: p}) {
				if strings.Contains(text, "STOP") || strings.Contains(text, "choom") {
					t.Errorf("%s of pid %d: %q", class, p.Key.PID, text)
				}
			}
		}
	}
	if init.Key.PID != 1 || thread.PPID != 2 {
		t.Errorf("pid %d and a child of %d", init.Key.PID, thread.PPID)
	}
}

// TestCgroupIsInherited holds that a child whose records tell no cgroup has its parent's.
func TestCgroupIsInherited(t *testing.T) {
	p := suspectIn(t, "/a", 0, nil)
	child := suspectIn(t, "/b", 3, func(c *replaytest.Capture) {
		c.Exit(suspect)
		c.Last().Process.Cgroup = schema.Some("/c")
		c.Task(99, 1, "sh")
		c.Last().Process.Cgroup, c.Last().CgroupHierarchy = schema.Some("/a"), schema.Some[int64](0)
		c.At(2500*ms).Fork(99, suspect)
	})
	if child.Cgroup != p.Cgroup || child.CgroupHierarchy != p.CgroupHierarchy || !child.Alive() {
		t.Errorf("%q in %+v, want %q in %+v", child.Cgroup, child.CgroupHierarchy, p.Cgroup, p.CgroupHierarchy)
	}
}

// TestActionsOfAnyCase goes through all cases that there can be: each gets two or three
// actions, all of the catalogue, short enough and harmless, and each row is of use.
func TestActionsOfAnyCase(t *testing.T) {
	used := map[string]bool{}
	paths := []string{"", "/", "/a", docker, "/" + strings.Repeat("k", 300), "/a b", "/a$(reboot)", "/../x", "/a\nb", "/a\\x2db"}
	for _, class := range schema.Classes[:len(schema.Classes)-1] {
		for _, path := range paths {
			for hierarchy := range int64(2) {
				for _, change := range []func(c *replaytest.Capture){
					nil, exits(suspect), exits(shell), func(c *replaytest.Capture) { c.Sample(suspect, "R", 0).Container = schema.Some("c") },
				} {
					for _, limited := range []bool{false, true} {
						for _, bytes := range []int64{0, 300 << 20} {
							v := &verdict{primary: suspectIn(t, path, hierarchy, change), atLimit: limited, cgroupBytes: bytes}
							checkActions(t, class, actionsOf[class](v), used)
						}
					}
				}
			}
		}
		checkActions(t, class, actionsOf[class](&verdict{}), used)
	}
	for _, a := range catalogue {
		for _, class := range a.classes {
			if key := a.id + " for " + string(class); a.step > 0 && !used[key] && a.id != "log" && a.id != "record-again" {
				t.Errorf("%s is never suggested", key)
			}
		}
	}
}

func checkActions(t *testing.T, class schema.Class, actions []string, used map[string]bool) {
	t.Helper()
	if len(actions) < 2 || len(actions) > schema.MaxActions {
		t.Errorf("%s: %d actions, want 2 or 3: %q", class, len(actions), actions)
	}
	for _, text := range actions {
		checkAction(t, class, text)
		for _, a := range catalogue {
			if matches(a.text, text) {
				used[a.id+" for "+string(class)] = true
			}
		}
	}
}

// destructive finds what no suggestion may hold: it cannot be taken back.
var destructive = regexp.MustCompile(`-9\b|KILL|TERM|\brm\b|reboot|shutdown|drop_caches|systemctl (stop|kill)|\bdd\b|mkfs|[;|&$` + "`" + `\n\\]`)

func checkAction(t *testing.T, class schema.Class, text string) {
	t.Helper()
	if !IsCatalogueAction(class, text) {
		t.Errorf("%s: not of the catalogue: %q", class, text)
	}
	// The words before the command may have a semicolon.
	_, command, found := strings.Cut(text, ": ")
	if found && destructive.MatchString(command) {
		t.Errorf("%s: destructive: %q", class, text)
	}
	if n := len([]rune(text)); n > schema.MaxAction || n == 0 {
		t.Errorf("%s: %d characters: %q", class, n, text)
	}
}

func TestIsCatalogueAction(t *testing.T) {
	storm := schema.ClassForkStorm
	tests := []struct {
		class schema.Class
		text  string
		want  bool
	}{
		{storm, "see the tree and who started it: pstree -aps 1", true},
		{storm, "see the tree and who started it: pstree -aps 0", false},
		{storm, "see the tree and who started it: pstree -aps", false},
		{storm, "see the tree and who started it: pstree -aps ", false},
		{storm, "limit its forks: echo 512 > /sys/fs/cgroup/a//pids.max (undo: echo max)", false},
		{storm, "see the tree and who started it: pstree -aps 01", false},
		{storm, "see the tree and who started it: pstree -aps 12345678901", false},
		{storm, "see the tree and who started it: pstree -aps 1; reboot", false},
		{storm, " see the tree and who started it: pstree -aps 1", false},
		{schema.ClassCPUSpin, "see the tree and who started it: pstree -aps 1", false},
		{schema.ClassNormal, "see the tree and who started it: pstree -aps 1", false},
		{storm, "limit its forks: echo 512 > /sys/fs/cgroup/a/pids.max/pids.max (undo: echo max)", true},
		{storm, "limit its forks: echo 512 > /sys/fs/cgroup/pids.max (undo: echo max)", false},
		{storm, "limit its forks: echo 512 > /sys/fs/cgroup/../a/pids.max (undo: echo max)", false},
		{storm, "limit its forks: echo 512 > /sys/fs/cgroup/a b/pids.max (undo: echo max)", false},
		{storm, "limit its forks: echo 512 > /sys/fs/cgroup/" + strings.Repeat("a", 200) + "/pids.max (undo: echo max)", false},
		{storm, "if it is not meant to run, ask it to end: kill -TERM 4412", true},
		{storm, "if it is not meant to run, ask it to end: kill -KILL 4412", false},
		{storm, "", false},
	}
	for _, tt := range tests {
		if got := IsCatalogueAction(tt.class, tt.text); got != tt.want {
			t.Errorf("IsCatalogueAction(%s, %q) = %v", tt.class, tt.text, got)
		}
	}
}

// TestCatalogue holds what the rows promise: what can be undone says how, the suggested
// are harmless, every class has its steps, and no id comes twice.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range catalogue {
		if seen[a.id] || a.id == "" {
			t.Errorf("%q again", a.id)
		}
		seen[a.id] = true
		undone := strings.Contains(a.text, "(undo: ") || strings.HasSuffix(a.text, "again")
		if reversible := a.risk == riskLimit || a.risk == riskPause; reversible != undone {
			t.Errorf("%s: %s, but undo is %v", a.id, a.risk, undone)
		}
		if a.risk == riskStop && a.step != 0 {
			t.Errorf("%s would be suggested", a.id)
		}
		if slots := strings.Count(a.text, slotCgroup); (slots > 0) != (a.when&(hasCgroup1|hasCgroup2) != 0) {
			t.Errorf("%s: %d cgroups, and conditions %b", a.id, slots, a.when)
		}
	}
}

// TestLimitsAreTold holds that the heuristics tell the catalogue when a limit of the
// cgroup is what their incident is about.
func TestLimitsAreTold(t *testing.T) {
	growth, full := newBox(still(5*mebi), map[int64]level{300: rising(20*mebi, 5*mebi, 4*sec, 92*mebi)})
	growth.hold(30*sec, full)
	spin := newScenario()
	pid := spin.fork(3*sec, shell)
	spin.Last().Process.Cgroup = schema.Some("/limited")
	for at := 3 * sec; at <= 20*sec; at += sec {
		spin.to(at - ms).At(at - ms)
		c := spin.Cgroup("/limited")
		c.CPUThrottledNs, c.CPUUsageNs = schema.Some(int64((at-3*sec)*6/10)), schema.Some(int64((at-3*sec)*4/10))
		c.CPUQuotaNs = schema.Some(int64(40 * ms))
		spin.run(pid, at, at, work{})
		spin.Last().Process.Cgroup = schema.Some("/limited")
		spin.Burn(pid, 400*ms)
	}
	for s, want := range map[*scenario]string{
		growth.end(40 * sec): "see how often its limit struck: cat /sys/fs/cgroup/box/memory.events",
		spin.end(20 * sec):   "see how long its quota holds it up: cat /sys/fs/cgroup/limited/cpu.stat",
	} {
		for i := range s.Records {
			s.Records[i].CgroupHierarchy = schema.Some[int64](0)
		}
		if r := s.only(t); !slices.Contains(r.Insight.Actions, want) {
			t.Errorf("%s (%s): %q, want %q", r.Insight.Class, r.Insight.Why, r.Insight.Actions, want)
		}
	}
}

// TestEmittedActions holds that what the heuristics emit is of the catalogue.
func TestEmittedActions(t *testing.T) {
	for i, r := range mixed().analyze(t) {
		if len(r.Insight.Actions) == 0 && r.Insight.Class != schema.ClassNormal {
			t.Errorf("record %d has no action", i)
		}
		for _, text := range r.Insight.Actions {
			checkAction(t, r.Insight.Class, text)
		}
	}
}

// TestActionsDocument compares ACTIONS.md with the table.
func TestActionsDocument(t *testing.T) {
	want := actionsDocument()
	if *update {
		if err := os.WriteFile("ACTIONS.md", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("ACTIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("ACTIONS.md is not that of the table; go test ./insight -run TestActionsDocument -update (-want +got):\n%s", diff)
	}
}

// conditionWords has the words for each condition, by its bit.
var conditionWords = [...]string{
	"no process is named", "it runs", "it runs, and is neither init nor a kernel thread", "it has exited",
	"its parent runs", "its cgroup is known (v2)", "its cgroup is known (v1)", "it runs in a container",
	"the cgroup is at its limit", "its memory is known",
}

func actionsDocument() []byte {
	var b bytes.Buffer
	b.WriteString(`# Actions

The next steps that ` + "`linnix insight`" + ` can suggest. Of each step the first row that applies and
fits is taken: 2 or 3 for an incident. Nothing that is suggested kills, removes or drops
anything; what limits or pauses says how to undo it. Rows without a step are never
suggested: reviewed words may use them. Made from actions_table.go by
` + "`go test ./insight -run TestActionsDocument -update`" + `.

`)
	for _, class := range schema.Classes[:len(schema.Classes)-1] {
		fmt.Fprintf(&b, "## %s\n\n| step | risk | when | action |\n| --- | --- | --- | --- |\n", class)
		for _, step := range []int{1, 2, 3, 0} {
			for _, a := range catalogue {
				if a.step == step && slices.Contains(a.classes, class) {
					fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", stepWord(step), a.risk, whenWords(a.when), a.text)
				}
			}
		}
		b.WriteString("\n")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func stepWord(step int) string {
	if step == 0 {
		return "–"
	}
	return fmt.Sprint(step)
}

func whenWords(when condition) string {
	var words []string
	for ; when != 0; when &= when - 1 {
		words = append(words, conditionWords[bits.TrailingZeros16(uint16(when))])
	}
	if words == nil {
		return "always"
	}
	return strings.Join(words, "; ")
}
