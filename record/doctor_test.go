package record

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDiagnose holds that each probe has its two checks, that no name comes twice, and
// that the sum of all is what Record does.
func TestDiagnose(t *testing.T) {
	checks := Diagnose()
	works := true
	var names []string
	for _, c := range checks {
		works = works && (c.OK || !c.Needed)
		names = append(names, c.Name)
		if c.OK != (c.Remedy == "") || c.Detail == "" {
			t.Errorf("%+v", c)
		}
	}
	for _, p := range probeTable {
		if !slices.Contains(names, "tracepoint_"+p.name) || !slices.Contains(names, "program_"+p.name) {
			t.Errorf("no check for %s in %v", p.name, names)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(checks) {
		t.Errorf("a name comes twice: %v", names)
	}
	_, err := Record(t.Context(), discard{}, Options{Duration: 1})
	if works != (err == nil) {
		t.Errorf("the doctor says %t, Record says %v\n%+v", works, err, checks)
	}
	if err != nil && os.Getenv("LINNIX_REQUIRE_LIVE") != "" {
		t.Error(err)
	}
}

// TestObstacle holds that nothing is needed without which a recording has begun, and that
// nothing hides why it has not.
func TestObstacle(t *testing.T) {
	amiss := checkRow{"amiss", needed, func(*examination) finding { return finding{"it is amiss", "mend it"} }}
	for _, e := range []*examination{{}, {err: errMemory}} {
		if c := e.check(amiss); c.OK || c.Needed != (e.err != nil) {
			t.Errorf("recording %v: %+v", e.err, c)
		}
	}
	for _, err := range []error{errMemory, unavailable(unix.EMFILE), errors.New("read /proc/stat")} {
		if f := checkRecording(&examination{err: err}); f.remedy == "" || f.detail == "" {
			t.Errorf("%v: %+v", err, f)
		}
	}
}

// TestUnavailable holds that an error says what to type and keeps its cause, but not the
// library's guess at RLIMIT_MEMLOCK.
func TestUnavailable(t *testing.T) {
	guess := fmt.Errorf("map create: %w (MEMLOCK may be too low, consider rlimit.RemoveMemlock)", unix.EPERM)
	for err, want := range map[error]string{
		guess:                          ": ",
		unix.EMFILE:                    "ulimit -n 1024",
		unix.ENOMEM:                    "--ring-size 4MiB",
		&namespaceError{&pidNamespace}: "--pid=host",
	} {
		got := unavailable(err)
		if !errors.Is(got, ErrUnavailable) || !errors.Is(got, err) || !strings.Contains(got.Error(), want) || strings.Contains(got.Error(), "MEMLOCK") {
			t.Errorf("%v: %v, want %s", err, got, want)
		}
	}
}

// TestRemedyOfCapabilities holds that what is told to type can help where it is told.
func TestRemedyOfCapabilities(t *testing.T) {
	const all = ^capabilitySet(0)
	for name, c := range map[string]struct {
		of   privilege
		more []capability
		want string
	}{
		"a user":           {of: privilege{bounding: all}, want: "setcap cap_bpf,cap_perfmon+ep"},
		"one more":         {of: privilege{bounding: all}, more: []capability{capSysPtrace}, want: "setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep"},
		"a container":      {of: privilege{bounding: 1}, want: "--cap-add=BPF --cap-add=PERFMON"},
		"an older one":     {of: privilege{bounding: 1 << capSysAdmin.bit}, want: "sudo"},
		"no new privilege": {of: privilege{bounding: all, noNewPrivs: true}, want: "NoNewPrivileges"},
	} {
		if got := c.of.remedy(c.more...); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestLockdown holds which mode hinders programs.
func TestLockdown(t *testing.T) {
	for text, hinders := range map[string]bool{
		"[none] integrity confidentiality\n": false,
		"none [integrity] confidentiality\n": false,
		"none integrity [confidentiality]\n": true,
	} {
		if f := lockdownFinding(text); (f.remedy != "") != hinders {
			t.Errorf("%q: %+v", text, f)
		}
	}
}
