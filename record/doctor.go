package record

import (
	"fmt"
	"os"
	"strings"
)

// Check is one thing that a doctor looks at.
type Check struct {
	// Name is short and stable, such as "btf".
	Name string `json:"name"`
	// OK says that it is as it should be.
	OK bool `json:"ok"`
	// Needed says that [Record] fails without it; else a field or two stay absent.
	Needed bool `json:"needed"`
	// Detail says what was found.
	Detail string `json:"detail"`
	// Remedy says in one line what to do; empty if OK.
	Remedy string `json:"remedy,omitempty"`
}

// checkTable lists what Diagnose looks at. To add a check: its function and a row.
var checkTable = [...]func() Check{
	checkKernel, checkBTF, checkCapabilities, checkNamespace, checkPrograms, checkIterator, checkPressure,
}

// Diagnose says whether [Record] will work here: it will if every check that is needed
// is OK. The programs are loaded and attached for a moment, nothing is recorded.
func Diagnose() []Check {
	checks := make([]Check, len(checkTable))
	for i, check := range checkTable {
		checks[i] = check()
	}
	return checks
}

func checkKernel() Check {
	c := Check{Name: "kernel", Needed: true}
	major, minor, ok := kernelVersion()
	c.OK = ok && supported(major, minor)
	c.Detail = fmt.Sprintf("Linux %d.%d, needs %d.%d or later", major, minor, minMajor, minMinor)
	if !c.OK {
		c.Remedy = fmt.Sprintf("boot Linux %d.%d or later", minMajor, minMinor)
	}
	return c
}

func checkBTF() Check {
	c := Check{Name: "btf", Needed: true, OK: true, Detail: btfPath + " is there"}
	if _, err := os.Stat(btfPath); err != nil {
		c.OK, c.Detail = false, err.Error()
		c.Remedy = "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y"
	}
	return c
}

func checkCapabilities() Check {
	c := Check{Name: "capabilities", Needed: true, OK: true, Detail: "CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, are there"}
	if missing := missingCapabilities(); len(missing) > 0 {
		c.OK, c.Detail = false, "missing "+strings.Join(missing, " and ")
		c.Remedy = "use sudo, or type 'sudo setcap cap_bpf,cap_perfmon+ep \"$(command -v linnix)\"' once"
	}
	return c
}

func checkNamespace() Check {
	c := Check{Name: "pid_namespace", Needed: true, OK: true, Detail: "the host's own"}
	if err := checkPIDNamespace(); err != nil {
		c.OK, c.Detail, c.Remedy = false, err.Error(), causeOfRefusal(err)
	}
	return c
}

// checkPrograms does what Record does: it loads the programs and attaches them.
func checkPrograms() Check {
	return tryOpen(Check{Name: "programs", Needed: true, Detail: fmt.Sprintf("all %d load and attach", len(probeTable))},
		func(*recorder) error { return nil })
}

func checkIterator() Check {
	return tryOpen(Check{Name: "task_iterator", Needed: true, Detail: "reads the processes that are there"},
		func(r *recorder) error {
			_, err := r.tasks.processes()
			return err
		})
}

func tryOpen(c Check, use func(*recorder) error) Check {
	if len(missingCapabilities()) > 0 {
		c.Detail, c.Remedy = "not tried without the capabilities", "see capabilities"
		return c
	}
	opts, err := Options{RingBytes: MinRingBytes}.withDefaults()
	if err == nil {
		var r *recorder
		if r, err = newRecorder(nil, opts); err == nil {
			defer r.close()
			err = use(r)
		}
	}
	if c.OK = err == nil; !c.OK {
		c.Detail, c.Remedy = err.Error(), causeOfRefusal(err)
	}
	return c
}

func checkPressure() Check {
	c := Check{Name: "pressure", OK: true, Detail: "/proc/pressure is there"}
	if _, err := os.ReadFile("/proc/pressure/cpu"); err != nil {
		c.OK, c.Detail = false, err.Error()
		c.Remedy = "boot with psi=1; without it no psi_ field is recorded"
	}
	return c
}
