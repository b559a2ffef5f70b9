package record

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

func checkKernel(*examination) finding {
	major, minor, _ := kernelVersion()
	_, remedy := lookKernel()
	return finding{fmt.Sprintf("Linux %d.%d; %d.%d or later is needed", major, minor, minMajor, minMinor), remedy}
}

func checkBTF(*examination) finding {
	if reason, remedy := lookBTF(); reason != "" {
		return finding{reason, remedy}
	}
	return fine("the kernel's types are in %s", btfPath)
}

func checkJIT(*examination) finding {
	const path = "/proc/sys/net/core/bpf_jit_enable"
	switch value, err := readWord(path); {
	case err != nil:
		return fine("unknown: %v", err)
	case value == "0":
		return finding{"off: each event costs several times as much", "sudo sysctl net.core.bpf_jit_enable=1"}
	default:
		return fine("on: the programs run as machine code")
	}
}

// checkLockdown reads the kernel's lockdown (man 7 kernel_lockdown): integrity forbids
// programs to write user memory, which ours never do, confidentiality to read the kernel's.
func checkLockdown(*examination) finding {
	const path = "/sys/kernel/security/lockdown"
	text, err := os.ReadFile(path)
	if err != nil {
		return fine("unknown: %s is not there", path)
	}
	return lockdownFinding(string(text))
}

func lockdownFinding(text string) finding {
	_, after, _ := strings.Cut(text, "[")
	mode, _, _ := strings.Cut(after, "]")
	if mode == "confidentiality" {
		return finding{"confidentiality: programs may not read the kernel's memory", "boot with lockdown=integrity on the kernel's command line"}
	}
	return fine("%s: programs may read what they need", mode)
}

// checkBPFStats takes the statistics as a recorder does that tells its in-kernel time.
func checkBPFStats(*examination) finding {
	stats, err := ebpf.EnableStats(uint32(unix.BPF_STATS_RUN_TIME))
	if err == nil {
		stats.Close()
		return fine("the programs' own run time can be measured")
	}
	if value, _ := readWord("/proc/sys/kernel/bpf_stats_enabled"); value == "1" {
		return fine("on: the programs' own run time is measured")
	}
	return finding{"the programs' own run time cannot be measured (" + kernelWords(err) + ")",
		"sudo sysctl kernel.bpf_stats_enabled=1"}
}

// checkSeccomp asks for a BPF command that no kernel has: who is let through to the
// kernel is told that the argument is wrong, who is not, that it is not permitted.
func checkSeccomp(e *examination) finding {
	_, _, errno := unix.Syscall(unix.SYS_BPF, ^uintptr(0)>>33, 0, 0)
	filter := "no filter"
	if e.privilege.seccomp != 0 {
		filter = fmt.Sprintf("a filter is set (Seccomp: %d in /proc/self/status)", e.privilege.seccomp)
	}
	switch {
	case errno == unix.ENOSYS:
		return finding{filter + ", and there is no system call bpf()", seccompRemedy}
	case e.privilege.seccomp != 0 && errors.Is(errno, unix.EPERM):
		return finding{filter + ", and it refuses the system call bpf()", seccompRemedy}
	}
	return fine("%s: the system call bpf() reaches the kernel", filter)
}

// readWord reads a setting of the kernel's.
func readWord(path string) (string, error) {
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
}
