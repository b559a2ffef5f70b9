package insight

import "github.com/linnix-os/linnix/schema"

// risk says how far an action goes. Each but the last can be taken back, and its text
// says how.
type risk string

const (
	riskLook  risk = "look"  // changes nothing
	riskLimit risk = "limit" // slows the process or keeps it from growing
	riskPause risk = "pause" // halts it, with all that it holds in memory
	riskStop  risk = "stop"  // ends it: never suggested, for a person may write it
)

// action is one row of the catalogue.
type action struct {
	id      string
	classes []schema.Class
	// step is the place among an incident's actions, from 1. Of the rows of one class
	// and step the first that applies is taken; step 0 is taken by people alone.
	step int
	risk risk
	// when are the conditions, all of which must hold.
	when condition
	// text is the action with its slots: {pid}, {ppid}, {cgroup} and {mib}.
	text string
}

// condition is a set of things that must be so for an action to make sense.
type condition uint16

const (
	isHost      condition = 1 << iota // no process is named
	isAlive                           // the process runs at the end of the capture
	isPausable                        // it runs, and is neither init nor a kernel thread
	isGone                            // it has exited
	hasParent                         // what started it runs, and is not init
	hasCgroup2                        // its v2 cgroup is known, and can be typed as it is
	hasCgroup1                        // so is its v1 cgroup
	inContainer                       // its cgroup is that of a container
	atLimit                           // the cgroup is at its limit: see verdict.atLimit
	hasMemory                         // the memory of its tree is known
)

var (
	forGrowth  = []schema.Class{schema.ClassForkStorm, schema.ClassRunawayTree}
	forFlood   = []schema.Class{schema.ClassShortJobFlood}
	forSpin    = []schema.Class{schema.ClassCPUSpin}
	forDisk    = []schema.Class{schema.ClassIOSaturation}
	forMemory  = []schema.Class{schema.ClassOOMRisk}
	forPausing = []schema.Class{
		schema.ClassForkStorm, schema.ClassRunawayTree, schema.ClassShortJobFlood, schema.ClassIOSaturation, schema.ClassOOMRisk}
	forGone = []schema.Class{
		schema.ClassForkStorm, schema.ClassRunawayTree, schema.ClassShortJobFlood, schema.ClassCPUSpin, schema.ClassIOSaturation}
	forAll = []schema.Class{
		schema.ClassForkStorm, schema.ClassRunawayTree, schema.ClassShortJobFlood, schema.ClassCPUSpin,
		schema.ClassIOSaturation, schema.ClassOOMRisk}
)

// catalogue has one row for each action there is; ACTIONS.md is made of it. An action
// is words, a colon and a command that can be typed, or words alone. It never kills,
// removes or drops anything.
var catalogue = [...]action{
	{"tree", forGrowth, 1, riskLook, isAlive, "see the tree and who started it: pstree -aps {pid}"},
	{"jobs", forFlood, 1, riskLook, isAlive, "see what it starts again and again: ps -o pid,ppid,etime,args -p {pid} --ppid {pid}"},
	{"where-it-runs", forSpin, 1, riskLook, isAlive, "see where it runs: perf top -p {pid}"},
	{"files", forDisk, 1, riskLook, isAlive, "see which files it has open: ls -l /proc/{pid}/fd"},
	{"kills-2", forMemory, 1, riskLook, isAlive | atLimit | hasCgroup2,
		"see how often its limit struck: cat /sys/fs/cgroup{cgroup}/memory.events"},
	{"kills-1", forMemory, 1, riskLook, isAlive | atLimit | hasCgroup1,
		"see how often its limit struck: cat /sys/fs/cgroup/memory{cgroup}/memory.failcnt"},
	{"memory-map", forMemory, 1, riskLook, isAlive, "see what of its memory grows: cat /proc/{pid}/smaps_rollup"},
	{"kernel-log", forMemory, 1, riskLook, isGone, "pid {pid} has exited; see whom the kernel killed and why: journalctl -k -g oom"},
	{"parent", forGone, 1, riskLook, isGone | hasParent, "pid {pid} has exited; see what started it: pstree -aps {ppid}"},
	{"log", forGone, 1, riskLook, isGone, "pid {pid} has exited; read what it logged: journalctl _PID={pid}"},
	{"host-tree", forGrowth, 1, riskLook, isHost, "see who forks: ps -e --forest -o pid,ppid,etime,args"},
	{"host-jobs", forFlood, 1, riskLook, isHost, "see who starts the jobs: linnix record -d 10s"},
	{"host-cpu", forSpin, 1, riskLook, isHost, "see who runs: top -b -n 1"},
	{"host-disk", forDisk, 1, riskLook, isHost, "see which device is busy and who waits: ps -e -o state,pid,wchan:20,args"},
	{"host-memory", forMemory, 1, riskLook, isHost, "see who holds the memory: ps -e --sort=-rss -o pid,rss,etime,args"},

	{"pids-2", forGrowth, 2, riskLimit, hasCgroup2,
		"limit its forks: echo 512 > /sys/fs/cgroup{cgroup}/pids.max (undo: echo max)"},
	{"pids-1", forGrowth, 2, riskLimit, hasCgroup1,
		"limit its forks: echo 512 > /sys/fs/cgroup/pids{cgroup}/pids.max (undo: echo max)"},
	{"pids-by-pid", forGrowth, 2, riskLimit, isAlive,
		"limit its forks by a pids.max of 512 in the cgroup that /proc/{pid}/cgroup names, and set max again"},
	{"pids-unit", forGrowth, 2, riskLimit, 0,
		"hold the processes of the unit at fault: systemctl set-property --runtime UNIT TasksMax=512 (undo: TasksMax=infinity)"},
	{"half-core-2", forFlood, 2, riskLimit, hasCgroup2,
		"cap its CPU: echo 50000 > /sys/fs/cgroup{cgroup}/cpu.max (undo: echo max)"},
	{"half-core-1", forFlood, 2, riskLimit, hasCgroup1,
		"cap its CPU: echo 50000 > /sys/fs/cgroup/cpu{cgroup}/cpu.cfs_quota_us (undo: echo -1)"},
	{"meant", forSpin, 2, riskLook, isAlive, "ask whether it is a computation that is meant to run: ps -o pid,ppid,etime,args -p {pid}"},
	{"disk-last", forDisk, 2, riskLimit, isAlive,
		"let the disk serve others first: ionice -c 3 -p {pid} (undo: ionice -c 2 -n 4 -p {pid})"},
	{"limit-asked", forMemory, 2, riskLook, atLimit | hasCgroup2,
		"ask whether its limit is meant: cat /sys/fs/cgroup{cgroup}/memory.max"},
	{"limit-asked-1", forMemory, 2, riskLook, atLimit | hasCgroup1,
		"ask whether its limit is meant: cat /sys/fs/cgroup/memory{cgroup}/memory.limit_in_bytes"},
	{"memory-2", forMemory, 2, riskLimit, hasCgroup2 | hasMemory | isAlive,
		"cap memory: echo {mib}M > /sys/fs/cgroup{cgroup}/memory.high (undo: echo max)"},
	{"memory-1", forMemory, 2, riskLimit, hasCgroup1 | hasMemory | isAlive,
		"ask for its memory first: echo {mib}M > /sys/fs/cgroup/memory{cgroup}/memory.soft_limit_in_bytes (undo: echo -1)"},
	{"victim", forMemory, 2, riskLimit, isPausable,
		"if memory runs out, let the kernel choose it: choom -n 500 -p {pid} (undo: choom -n 0 -p {pid})"},
	{"cpu-last", forFlood, 2, riskLimit, isAlive,
		"let others run first: renice -n 10 -p {pid} (undo: renice -n 0 -p {pid})"},
	{"record-again", forAll, 2, riskLook, 0, "if it comes again, record it from its start: linnix record -d 60s"},

	{"throttled-2", forSpin, 3, riskLook, isAlive | atLimit | hasCgroup2,
		"see how long its quota holds it up: cat /sys/fs/cgroup{cgroup}/cpu.stat"},
	{"throttled-1", forSpin, 3, riskLook, isAlive | atLimit | hasCgroup1,
		"see how long its quota holds it up: cat /sys/fs/cgroup/cpu{cgroup}/cpu.stat"},
	{"cpu-after", forSpin, 3, riskLimit, isAlive,
		"let others run first: renice -n 10 -p {pid} (undo: renice -n 0 -p {pid})"},
	{"freeze-2", forPausing, 3, riskPause, isPausable | hasCgroup2 | inContainer,
		"pause it all: echo 1 > /sys/fs/cgroup{cgroup}/cgroup.freeze (undo: echo 0)"},
	{"freeze-1", forPausing, 3, riskPause, isPausable | hasCgroup1 | inContainer,
		"pause it all: echo FROZEN > /sys/fs/cgroup/freezer{cgroup}/freezer.state (undo: echo THAWED)"},
	{"pause", forPausing, 3, riskPause, isPausable,
		"pause it while you decide: kill -STOP {pid} (undo: kill -CONT {pid})"},

	{"ask-owner", forAll, 0, riskLook, 0, "ask its owner whether it is meant to run"},
	{"pause-spin", forSpin, 0, riskPause, isPausable, "pause it while you decide: kill -STOP {pid} (undo: kill -CONT {pid})"},
	{"end", forAll, 0, riskStop, isPausable, "if it is not meant to run, ask it to end: kill -TERM {pid}"},
	{"stop-unit", forAll, 0, riskStop, 0, "if it is not meant to run, stop its unit: systemctl stop UNIT"},
}
