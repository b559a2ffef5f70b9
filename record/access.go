package record

import (
	"errors"
	"fmt"
	"os"
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

	fileRemedy    = "type 'ulimit -n 1024' first"
	seccompRemedy = "its seccomp filter may refuse bpf(): start the container with --security-opt seccomp=unconfined"
)

// refusal is an error of opening the kernel side, in words that do not mislead.
type refusal struct {
	text string
	err  error
}

func (r *refusal) Error() string   { return ErrUnavailable.Error() + ": " + r.text }
func (r *refusal) Unwrap() []error { return []error{ErrUnavailable, r.err} }

// unavailable says an error of opening the kernel side by its likeliest cause.
func unavailable(err error) error {
	reason, remedy := explain(err)
	return &refusal{text: reason + ": " + remedy, err: err}
}

// explain says why the kernel side cannot be opened, and what to type. Where no cause is
// known the reason is the kernel's own words.
func explain(err error) (reason, remedy string) {
	var ns *namespaceError
	switch {
	case errors.As(err, &ns):
		return ns.reason, ns.remedy
	case errors.Is(err, unix.EMFILE):
		return fmt.Sprintf("no more than %d files may be open", fileLimit()), fileRemedy
	case errors.Is(err, unix.ENOMEM):
		return "too little memory for the ring buffer", "try --ring-size 4MiB, or a larger memory limit"
	}
	for _, look := range [...]func() (string, string){lookKernel, lookBTF, lookUserNamespace, lookCapabilities} {
		if reason, remedy := look(); reason != "" {
			return reason, remedy
		}
	}
	return kernelWords(err), remedyOfRefusal(err)
}

// kernelWords are an error's own, without the guess at RLIMIT_MEMLOCK that the BPF library
// adds to each EPERM: no kernel since 5.11 counts BPF memory against it.
func kernelWords(err error) string {
	return strings.ReplaceAll(err.Error(), " (MEMLOCK may be too low, consider rlimit.RemoveMemlock)", "")
}

// remedyOfRefusal says what to do about a kernel that refuses although nothing is missing.
func remedyOfRefusal(err error) string {
	switch p, _ := readPrivilege(); {
	case errors.Is(err, ebpf.ErrNotSupported):
		return "the kernel lacks a BPF feature; 'linnix doctor' tells which program it refuses"
	case !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES):
		return "'linnix doctor' tells what is missing"
	case p.seccomp != 0:
		return seccompRemedy
	default:
		return "a security module or lockdown refuses BPF; 'linnix doctor' and 'sudo dmesg | tail' tell more"
	}
}

// lookKernel says why the kernel is too old, and what to do; "" if it is not.
func lookKernel() (reason, remedy string) {
	if major, minor, ok := kernelVersion(); ok && !supported(major, minor) {
		return fmt.Sprintf("Linux %d.%d is too old", major, minor), fmt.Sprintf("boot Linux %d.%d or later", minMajor, minMinor)
	}
	return "", ""
}

func lookBTF() (reason, remedy string) {
	if _, err := os.Stat(btfPath); err != nil {
		return "the kernel has no type information (" + btfPath + ")", "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y"
	}
	return "", ""
}

func lookUserNamespace() (reason, remedy string) {
	if err := userNamespace.check(); err != nil {
		return err.Error(), userNamespace.remedy
	}
	return "", ""
}

func lookCapabilities() (reason, remedy string) {
	p, err := readPrivilege()
	if err != nil || p.missing() == nil {
		return "", ""
	}
	return "missing " + strings.Join(p.missing(), " and "), p.remedy()
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

// fileLimit is how many files this process may have open.
func fileLimit() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Cur
}
