package record

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/linnix-os/linnix/schema"
	"golang.org/x/sys/unix"
)

const memoryRemedy = "give it room for 64 MiB: 'systemctl set-property UNIT MemoryMax=128M', or end what fills the memory"

// errMemory says that a recording would be killed for its memory.
var errMemory = errors.New("not enough memory for a recording")

// checkMemory compares what is free, on the host and below each limit of a cgroup, with
// what a recording takes.
func checkMemory(e *examination) finding {
	var host schema.Record
	newSystemReader().fill(&host)
	if !host.MemAvailableBytes.OK {
		return fine("unknown: /proc/meminfo does not tell")
	}
	room, from := host.MemAvailableBytes.V, "on the host"
	if e.limited && e.room < room {
		room, from = e.room, "below the limit of its cgroup"
	}
	detail := fmt.Sprintf("%d MiB are free %s; a recording takes up to %d MiB", room>>20, from, goodMemory>>20)
	if room < goodMemory {
		return finding{detail, memoryRemedy}
	}
	return fine("%s", detail)
}

func checkCPUs(*examination) finding {
	var host schema.Record
	if err := countCPUs(&host); err != nil {
		return finding{err.Error(), "mount all of /proc: sudo mount -t proc proc /proc"}
	}
	return fine("%d online", host.CPUs.V)
}

func checkBootClock(*examination) finding {
	ns, err := bootNs()
	if err != nil {
		return finding{err.Error(), "run it outside of the sandbox that forbids clock_gettime()"}
	}
	return fine("up for %v", time.Duration(ns).Round(time.Second))
}

// checkWallClock asks whether somebody keeps the wall clock right: each time in a capture
// is the boot clock's plus an offset taken from it once.
func checkWallClock(*examination) finding {
	var state unix.Timex
	if _, err := unix.Adjtimex(&state); err != nil {
		return fine("unknown: %v", err)
	}
	if state.Status&unix.STA_UNSYNC != 0 {
		return finding{"not synchronised: the times in a capture may be off as a whole", "sudo timedatectl set-ntp true"}
	}
	return fine("synchronised, within %v", time.Duration(state.Maxerror)*time.Microsecond)
}

func checkPressure(*examination) finding {
	if text, err := os.ReadFile("/proc/pressure/cpu"); err != nil || len(text) == 0 {
		return finding{"the kernel does not tell it: no psi_ field is recorded", "boot with psi=1 on the kernel's command line"}
	}
	return fine("/proc/pressure tells it for cpu, memory and io")
}

// checkCgroup says which hierarchies name the cgroup of a process.
func checkCgroup(*examination) finding {
	var v1 []string
	v2 := false
	mounts, err := readHierarchies("/")
	if err != nil {
		return finding{err.Error() + ": limits and pressure of cgroups stay unknown", "sudo mount -t proc proc /proc"}
	}
	for _, m := range mounts {
		v2 = v2 || m.v2
		v1 = append(v1, m.controllers...)
	}
	switch {
	case v2 && v1 != nil:
		return fine("hybrid: v2 beside v1 (%s)", strings.Join(v1, " "))
	case v2:
		return fine("v2")
	case v1 != nil:
		return fine("v1 (%s)", strings.Join(v1, " "))
	}
	return finding{"no hierarchy is mounted: limits and pressure of cgroups stay unknown", "sudo mount -t cgroup2 none /sys/fs/cgroup"}
}

// checkProcVisible looks at a process of root's, which hidepid keeps from others.
func checkProcVisible(*examination) finding {
	if _, err := os.ReadFile("/proc/1/stat"); err != nil {
		return finding{"/proc hides the processes of others: no argv of those that run already", "sudo mount -o remount,hidepid=0 /proc"}
	}
	return fine("the processes of every user")
}

// checkProcExe looks at what it takes to read /proc/PID/exe of the processes of others.
func checkProcExe(e *examination) finding {
	if !e.privilege.effective.has(capSysPtrace) {
		return finding{"no exe of the processes of others that run already: missing CAP_SYS_PTRACE", e.privilege.remedy(capSysPtrace)}
	}
	return fine("exe of the processes of every user")
}
