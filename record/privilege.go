package record

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// capability is one privilege of the kernel's (include/uapi/linux/capability.h).
type capability struct {
	name string
	bit  uint
}

var (
	capSysPtrace = capability{"CAP_SYS_PTRACE", 19}
	capSysAdmin  = capability{"CAP_SYS_ADMIN", 21}
	capPerfmon   = capability{"CAP_PERFMON", 38}
	capBPF       = capability{"CAP_BPF", 39}
)

// capabilitySet is one of a process's sets, as /proc/PID/status has it.
type capabilitySet uint64

func (s capabilitySet) has(c capability) bool { return s>>c.bit&1 == 1 }

// lacking names what of the wanted is not in the set.
func (s capabilitySet) lacking(wanted ...capability) (names []string) {
	for _, c := range wanted {
		if !s.has(c) {
			names = append(names, c.name)
		}
	}
	return names
}

// privilege is what this process may do, as far as /proc/self/status tells.
type privilege struct {
	effective, bounding capabilitySet
	// noNewPrivs says that neither sudo nor a file's capabilities can give more.
	noNewPrivs bool
	// seccomp is 0 without a filter.
	seccomp int
}

func readPrivilege() (p privilege, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return p, fmt.Errorf("read privileges: %w", err)
	}
	found := false
	eachLine(status, func(f []string) {
		switch {
		case len(f) < 2:
		case f[0] == "CapEff:":
			p.effective, found = parseSet(f[1]), true
		case f[0] == "CapBnd:":
			p.bounding = parseSet(f[1])
		case f[0] == "NoNewPrivs:":
			p.noNewPrivs = f[1] == "1"
		case f[0] == "Seccomp:":
			p.seccomp = int(parseInt(f[1]))
		}
	})
	if !found {
		return p, errors.New("read privileges: /proc/self/status has no CapEff")
	}
	return p, nil
}

func parseSet(text string) capabilitySet {
	n, _ := strconv.ParseUint(text, 16, 64)
	return capabilitySet(n)
}

// missing names what recording lacks: CAP_SYS_ADMIN alone serves, or CAP_BPF and
// CAP_PERFMON together.
func (p privilege) missing() []string {
	if p.effective.has(capSysAdmin) {
		return nil
	}
	return p.effective.lacking(capBPF, capPerfmon)
}

// remedy says what to type to be given capabilities, CAP_BPF and CAP_PERFMON among them.
func (p privilege) remedy(more ...capability) string {
	wanted := append([]capability{capBPF, capPerfmon}, more...)
	names := make([]string, len(wanted))
	for i, c := range wanted {
		names[i] = strings.TrimPrefix(c.name, "CAP_")
	}
	switch {
	case !p.bounding.has(capSysAdmin) && p.bounding.lacking(wanted...) != nil:
		return "run it outside of this container or service, or start that with --cap-add=" + strings.Join(names, " --cap-add=")
	case p.noNewPrivs:
		return "run it where no_new_privs is not set: without NoNewPrivileges=yes or --security-opt=no-new-privileges"
	default:
		return "run it with sudo, or type 'sudo setcap cap_" + strings.ToLower(strings.Join(names, ",cap_")) +
			"+ep \"$(command -v linnix)\"' once"
	}
}

// namespace is one kind of namespace in which a recording is only right if it is the
// host's own.
type namespace struct {
	// file is its name below /proc/self/ns.
	file string
	// initial is the inode of the host's own (include/uapi/linux/nsfs.h).
	initial uint64
	// reason says why no other one will do, remedy what to do.
	reason, remedy string
}

var (
	pidNamespace = namespace{
		file: "pid", initial: 0xEFFFFFFC,
		// The iterator would show its processes only, the events those of the whole
		// host, and /proc yet other pids.
		reason: "in a pid namespace of its own, where pids are not those of the host",
		remedy: "run it on the host, or in a container with --pid=host",
	}
	userNamespace = namespace{
		file: "user", initial: 0xEFFFFFFD,
		reason: "in a user namespace of its own, whose capabilities the kernel does not accept for BPF",
		remedy: "run it with sudo on the host, or in a container with --userns=host --privileged",
	}
	timeNamespace = namespace{
		file: "time", initial: 0xEFFFFFFA,
		// The kernel side stamps events with the host's boot clock.
		reason: "in a time namespace of its own, whose boot clock is not that of the host",
		remedy: "run it on the host, or start it without a time namespace (unshare without -T)",
	}
)

// check returns an error if this process is in another namespace than the host's. Where
// the kernel has no such namespaces there is none to be in.
func (n *namespace) check() error {
	var stat unix.Stat_t
	err := unix.Stat("/proc/self/ns/"+n.file, &stat)
	switch {
	case errors.Is(err, unix.ENOENT) && n != &pidNamespace:
		return nil
	case err != nil:
		return fmt.Errorf("find the %s namespace: %w", n.file, err)
	case stat.Ino != n.initial:
		return &namespaceError{n}
	}
	return nil
}

// namespaceError says that this process sees the host otherwise than the kernel side.
type namespaceError struct{ *namespace }

func (e *namespaceError) Error() string { return e.reason }

// checkNamespaces refuses to record where the kernel side would tell of other pids, or
// of other times, than this process sees.
func checkNamespaces() error {
	for _, n := range [...]*namespace{&pidNamespace, &timeNamespace} {
		if err := n.check(); err != nil {
			return err
		}
	}
	return nil
}
