package record

import (
	"fmt"
	"strings"
)

func checkCapabilities(e *examination) finding {
	if reason, remedy := lookCapabilities(); reason != "" {
		if value, err := readWord("/proc/sys/kernel/unprivileged_bpf_disabled"); err == nil {
			reason += " (kernel.unprivileged_bpf_disabled=" + value + ")"
		}
		return finding{reason, remedy}
	}
	var has []string
	for _, c := range [...]capability{capBPF, capPerfmon, capSysAdmin, capSysPtrace} {
		if e.privilege.effective.has(c) {
			has = append(has, c.name)
		}
	}
	return fine("%s", strings.Join(has, ", "))
}

func checkUserNamespace(*examination) finding { return userNamespace.finding() }
func checkPIDNamespace(*examination) finding  { return pidNamespace.finding() }
func checkTimeNamespace(*examination) finding { return timeNamespace.finding() }

func (n *namespace) finding() finding {
	if err := n.check(); err != nil {
		return finding{err.Error(), n.remedy}
	}
	return fine("the host's own")
}

// checkOpenFiles compares the limit with what a recording has open: 31 files before the
// first capture, and a few for the capture.
func checkOpenFiles(*examination) finding {
	const least = 64
	if limit := fileLimit(); limit < least {
		return finding{fmt.Sprintf("at most %d may be open; a recording wants %d", limit, least), fileRemedy}
	}
	return fine("up to %d may be open", fileLimit())
}
