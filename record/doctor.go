package record

import (
	"fmt"
	"slices"

	"github.com/cilium/ebpf/btf"
	"github.com/linnix-os/linnix/schema"
)

// Check is one thing that a doctor looks at.
type Check struct {
	// Name is short and stable, such as "btf".
	Name string `json:"name"`
	// OK says that it is as it should be.
	OK bool `json:"ok"`
	// Needed says that recording fails without it; else something stays absent, or is
	// slower or less sure.
	Needed bool `json:"needed"`
	// Detail says what was found.
	Detail string `json:"detail"`
	// Remedy says in one line what to do; empty if OK.
	Remedy string `json:"remedy,omitempty"`
}

// checkRow is one row of the table: what is looked at, and how.
type checkRow struct {
	name   string
	needed bool
	look   func(*examination) finding
}

// finding is what a look found. One that is fine has no remedy.
type finding struct{ detail, remedy string }

func fine(format string, args ...any) finding {
	return finding{detail: fmt.Sprintf(format, args...)}
}

// The values of checkRow.needed.
const (
	needed  = true
	helpful = false
)

// checkTable lists what Diagnose looks at beside the probes, which have rows of their own
// before the recording. To add a check: its function and a row.
var checkTable = [...]checkRow{
	{"kernel", needed, checkKernel},
	{"btf", needed, checkBTF},
	{"bpf_jit", helpful, checkJIT},
	{"lockdown", needed, checkLockdown},
	{"capabilities", needed, checkCapabilities},
	{"user_namespace", needed, checkUserNamespace},
	{"pid_namespace", needed, checkPIDNamespace},
	{"time_namespace", needed, checkTimeNamespace},
	{"seccomp", needed, checkSeccomp},
	{"open_files", needed, checkOpenFiles},
	{"memory", needed, checkMemory},
	{"cpus", needed, checkCPUs},
	{"boot_clock", needed, checkBootClock},
	{"recording", needed, checkRecording},
	{"wall_clock", helpful, checkWallClock},
	{"bpf_stats", helpful, checkBPFStats},
	{"pressure", helpful, checkPressure},
	{"cgroup", helpful, checkCgroup},
	{"proc_visible", helpful, checkProcVisible},
	{"proc_exe", helpful, checkProcExe},
}

// Diagnose says whether [Record] will work here: it will if every check that is needed
// is OK. A recording is begun for that and given up at once, nothing is kept. Diagnose
// says nothing of the capture's file.
func Diagnose() []Check {
	e := examine()
	defer e.close()
	var checks []Check
	for _, row := range rows() {
		checks = append(checks, e.check(row))
	}
	return checks
}

// check looks at one thing. A recording that has begun has the last word: what is amiss
// beside it is no obstacle.
func (e *examination) check(row checkRow) Check {
	found := row.look(e)
	ok := found.remedy == ""
	return Check{Name: row.name, OK: ok, Needed: row.needed && (ok || e.err != nil), Detail: found.detail, Remedy: found.remedy}
}

// rows returns the table with the rows of the probes in their place.
func rows() []checkRow {
	at := slices.IndexFunc(checkTable[:], func(row checkRow) bool { return row.name == "recording" })
	return slices.Insert(slices.Clone(checkTable[:]), at, probeRows()...)
}

// examination is what the checks share: a recording that was begun.
type examination struct {
	// recorder is open if the kernel side could be; else nil.
	recorder *recorder
	// err says why [Record] would fail; nil if it would not.
	err error
	// privilege is what this process may do.
	privilege privilege
	// room is how much memory was left below the limits before the recording began;
	// limited says that there is one.
	room    int64
	limited bool
	// types are the kernel's; nil before the first look.
	types *btf.Spec
	// trials are what the kernel says to each program alone; none if all load together.
	trials trials
}

// examine begins a recording as [Record] does. Where the memory will not do, it does
// not: the kernel would kill this process.
func examine() *examination {
	e := &examination{}
	if e.privilege, e.err = readPrivilege(); e.err != nil {
		return e
	}
	if e.room, e.limited = memoryRoom("/"); e.limited && e.room < leastMemory {
		e.err = errMemory
		return e
	}
	opts, err := Options{}.withDefaults()
	if err != nil {
		e.err = err
		return e
	}
	if e.recorder, e.err = newRecorder(discard{}, opts); e.err == nil {
		e.err = e.recorder.begin()
	}
	return e
}

func (e *examination) close() {
	if e.recorder != nil {
		// Nothing is kept, so nothing is lost.
		_ = e.recorder.close()
	}
}

// discard is a [Writer] that keeps nothing.
type discard struct{}

func (discard) Write(*schema.Record) error { return nil }
func (discard) Flush() error               { return nil }
func (discard) Size() int64                { return 0 }
