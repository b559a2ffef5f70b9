package record

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// ErrUnavailable says that this host, or this user, cannot record. Its message says
// what is missing and what to type.
var ErrUnavailable = errors.New("cannot record here")

const (
	btfPath = "/sys/kernel/btf/vmlinux"
	// minKernel is the oldest kernel whose tracepoints and iterators serve.
	minMajor, minMinor = 6, 1
	// initPIDNamespace is the inode of the host's pid namespace (PROC_PID_INIT_INO,
	// include/linux/proc_ns.h).
	initPIDNamespace = 0xEFFFFFFC
)

// errPIDNamespace says that this process sees other pids than the kernel side does.
var errPIDNamespace = errors.New("in a pid namespace of its own")

// capability is one privilege of the kernel's (include/uapi/linux/capability.h).
type capability struct {
	name string
	bit  uint
}

var (
	capSysAdmin = capability{"CAP_SYS_ADMIN", 21}
	capPerfmon  = capability{"CAP_PERFMON", 38}
	capBPF      = capability{"CAP_BPF", 39}
)

// unavailable wraps an error of opening the kernel side with its likeliest cause. Where
// a privilege is missing, the kernel's own words would only mislead.
func unavailable(err error) error {
	if len(missingCapabilities()) > 0 {
		return fmt.Errorf("%w: %s", ErrUnavailable, causeOfRefusal(err))
	}
	return fmt.Errorf("%w: %s (%w)", ErrUnavailable, causeOfRefusal(err), err)
}

// causeOfRefusal says what is missing and what to type.
func causeOfRefusal(err error) string {
	if _, statErr := os.Stat(btfPath); statErr != nil {
		return "the kernel has no type information (" + btfPath + "): boot one built with CONFIG_DEBUG_INFO_BTF=y"
	}
	if major, minor, ok := kernelVersion(); ok && !supported(major, minor) {
		return fmt.Sprintf("kernel %d.%d is too old: Linux %d.%d or later is needed", major, minor, minMajor, minMinor)
	}
	if errors.Is(err, errPIDNamespace) {
		return "only the host's own processes can be told apart: run it on the host, or in a container with --pid=host"
	}
	if missing := missingCapabilities(); len(missing) > 0 {
		return "missing " + strings.Join(missing, " and ") + ": run it with sudo, or type " +
			"'sudo setcap cap_bpf,cap_perfmon+ep \"$(command -v linnix)\"' once"
	}
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return "the kernel refuses BPF to this user (a container's seccomp profile, a security module or lockdown): type 'linnix doctor'"
	}
	if errors.Is(err, ebpf.ErrNotSupported) {
		return "the kernel lacks a BPF feature: type 'linnix doctor'"
	}
	return "type 'linnix doctor' to see what is missing"
}

// missingCapabilities names what this process lacks: CAP_SYS_ADMIN alone serves, or
// CAP_BPF and CAP_PERFMON together.
func missingCapabilities() []string {
	effective, err := effectiveCapabilities()
	if err != nil || effective>>capSysAdmin.bit&1 == 1 {
		return nil
	}
	var missing []string
	for _, c := range [...]capability{capBPF, capPerfmon} {
		if effective>>c.bit&1 == 0 {
			missing = append(missing, c.name)
		}
	}
	return missing
}

// checkPIDNamespace refuses to record from inside a pid namespace: the iterator would
// show its processes only, the events those of the whole host, and /proc yet other pids.
func checkPIDNamespace() error {
	var stat unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &stat); err != nil {
		return fmt.Errorf("find the pid namespace: %w", err)
	}
	if stat.Ino != initPIDNamespace {
		return errPIDNamespace
	}
	return nil
}

func effectiveCapabilities() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("read capabilities: %w", err)
	}
	_, after, found := bytes.Cut(status, []byte("CapEff:"))
	if !found {
		return 0, errors.New("read capabilities: /proc/self/status has no CapEff")
	}
	line, _, _ := bytes.Cut(after, []byte("\n"))
	return strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 64)
}

// kernelVersion returns the running kernel's version, as in "6.18.44-generic".
func kernelVersion() (major, minor int, ok bool) {
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return 0, 0, false
	}
	n, _ := fmt.Sscanf(unix.ByteSliceToString(uts.Release[:]), "%d.%d", &major, &minor)
	return major, minor, n == 2
}

func supported(major, minor int) bool {
	return major > minMajor || major == minMajor && minor >= minMinor
}
