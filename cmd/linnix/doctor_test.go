package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/record"
	"golang.org/x/sys/unix"
)

// asUser runs what follows as a user without privileges, who keeps the capabilities.
func asUser(capabilities string) []string {
	command := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
	if capabilities != "" {
		command = append(command, "--inh-caps="+capabilities, "--ambient-caps="+capabilities)
	}
	return command
}

func rootWithout(capabilities string) []string {
	return []string{"setpriv", "--bounding-set=" + capabilities, "--inh-caps=" + capabilities}
}

// doctorCases say under what 'linnix record' is tried, its exit code, and what it says. A
// doctor exits with 0 where record does, else with 7. The folder "open" belongs to the
// user, "closed" to root, and "full" is a disk without room.
var doctorCases = []struct {
	name   string
	under  []string
	output string
	code   int
	says   string
}{
	{name: "root"},
	{name: "user", under: asUser(""), code: 7, says: `missing CAP_BPF and CAP_PERFMON: .*sudo setcap cap_bpf,cap_perfmon\+ep`},
	{name: "CAP_BPF and CAP_PERFMON", under: asUser("+bpf,+perfmon")},
	{name: "CAP_BPF alone", under: asUser("+bpf"), code: 7, says: "missing CAP_PERFMON: .*sudo"},
	{name: "CAP_PERFMON alone", under: asUser("+perfmon"), code: 7, says: "missing CAP_BPF: .*sudo"},
	{name: "CAP_SYS_ADMIN alone", under: asUser("+sys_admin")},
	{name: "capabilities of the file", under: append(asUser(""), "./capable/linnix")},
	{name: "root without any", under: rootWithout("-all"), output: "closed/x.jsonl", code: 7, says: "missing CAP_BPF and CAP_PERFMON: .*--cap-add=BPF"},
	{name: "root without CAP_BPF", under: rootWithout("-bpf,-sys_admin"), code: 7, says: "missing CAP_BPF: .*--cap-add=BPF"},
	{name: "root without CAP_PERFMON", under: rootWithout("-perfmon,-sys_admin"), code: 7, says: "missing CAP_PERFMON: .*--cap-add="},
	{name: "no new privileges", under: append(asUser(""), "setpriv", "--no-new-privs"), code: 7, says: "no_new_privs"},
	{name: "user namespace", under: []string{"unshare", "--map-root-user"}, output: "closed/x.jsonl", code: 7, says: "user namespace of its own.*sudo"},
	{name: "pid namespace", under: []string{"unshare", "--fork", "--pid"}, code: 7, says: "pid namespace of its own.*--pid=host"},
	{name: "time namespace", under: []string{"unshare", "--time", "--boottime", "100000"}, code: 7, says: "time namespace of its own"},
	{name: "few files", under: []string{"prlimit", "--nofile=24:24"}, code: 7, says: "24 files may be open: type 'ulimit -n 1024'"},
	{name: "fewer files than wished", under: []string{"prlimit", "--nofile=60:60"}},
	{name: "little locked memory", under: append([]string{"prlimit", "--memlock=0:0"}, asUser("+bpf,+perfmon")...)},
	{name: "Parquet", output: "open/x.parquet"},
	{name: "standard output", output: "-"},
	{name: "in place", output: "/dev/null"},
	{name: "forbidden folder", under: asUser("+bpf,+perfmon"), output: "closed/x.jsonl", code: 8, says: "permission denied"},
	{name: "no folder", output: "nosuch/x.jsonl", code: 8, says: "no such file"},
	{name: "taken name", output: "closed/taken.jsonl", code: 2, says: "already exists"},
	{name: "unknown extension", output: "open/x.csv", code: 2, says: "use .jsonl"},
	{name: "full disk", output: "full/x.jsonl", code: 8, says: "no space left"},
}

// TestDoctorAgrees holds that the doctor is right about what record then does, and that
// record says what is missing and never the library's guess at it.
func TestDoctorAgrees(t *testing.T) {
	if ok, err := live(); err != nil {
		t.Fatal(err)
	} else if !ok || os.Geteuid() != 0 {
		t.Skip("only root can take the place of every user")
	}
	lab := newDoctorLab(t)
	for _, c := range doctorCases {
		t.Run(c.name, func(t *testing.T) {
			if c.output == "" {
				c.output = "open/x.jsonl"
			}
			lab.need(t, c.under)
			before := lab.files(t)
			checks, doctor := lab.doctor(t, c.under, c.output)
			if got := lab.files(t); got != before {
				t.Errorf("the doctor left something: %s, before: %s", got, before)
			}
			_, said, code := lab.run(t, c.under, "record", "-q", "-d", "300ms", "-o", c.output)
			if code == 0 {
				os.Remove(filepath.Join(lab.folder, c.output))
			}
			if got := lab.files(t); got != before {
				t.Errorf("record left something: %s, before: %s", got, before)
			}
			if code != c.code || (doctor == 0) != (code == 0) {
				t.Errorf("doctor exits with %d, record with %d, want %d\n%s\n%v", doctor, code, c.code, said, checks)
			}
			if !regexp.MustCompile(c.says).MatchString(said) || strings.Contains(said, "MEMLOCK") {
				t.Errorf("record says %q, want %q", said, c.says)
			}
		})
	}
}

// doctorLab is a folder that every user can look into, with a linnix that each can run.
type doctorLab struct{ folder string }

func newDoctorLab(t *testing.T) *doctorLab {
	t.Helper()
	// The folders of t.TempDir are closed to other users.
	folder, err := os.MkdirTemp("", "linnix-doctor-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(folder, name) }
	err = errors.Join(os.Chmod(folder, 0o755),
		os.Mkdir(at("capable"), 0o755), os.Mkdir(at("open"), 0o755), os.Mkdir(at("closed"), 0o755), os.Mkdir(at("full"), 0o755),
		os.Chown(at("open"), 65534, 65534),
		os.WriteFile(at("linnix"), program, 0o755), os.WriteFile(at("capable/linnix"), program, 0o755),
		os.WriteFile(at("closed/taken.jsonl"), nil, 0o600),
		unix.Setxattr(at("capable/linnix"), "security.capability", fileCapabilities(unix.CAP_BPF, unix.CAP_PERFMON), 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", at("full"), "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(at("full"), unix.MNT_DETACH) })
	if err := os.WriteFile(at("full/filler"), make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	return &doctorLab{folder}
}

// fileCapabilities is what setcap(8) writes for cap+ep (struct vfs_cap_data).
func fileCapabilities(capabilities ...uint) []byte {
	const revision2, effective = 0x02000000, 1
	var sets [2]uint32
	for _, c := range capabilities {
		sets[c/32] |= 1 << (c % 32)
	}
	var b []byte
	for _, word := range []uint32{revision2 | effective, sets[0], 0, sets[1], 0} {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return b
}

// need skips the test where the program that prepares a case is not there.
func (l *doctorLab) need(t *testing.T, under []string) {
	t.Helper()
	if len(under) == 0 {
		return
	}
	if _, err := exec.LookPath(under[0]); err != nil {
		t.Skip(err)
	}
}

// run runs linnix under what the case says; a case may bring its own linnix.
func (l *doctorLab) run(t *testing.T, under []string, args ...string) (stdout []byte, stderr string, code int) {
	t.Helper()
	command := append([]string{}, under...)
	if len(command) == 0 || !strings.HasSuffix(command[len(command)-1], "/linnix") {
		command = append(command, "./linnix")
	}
	command = append(command, args...)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = l.folder
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.Bytes(), errs.String(), cmd.ProcessState.ExitCode()
}

// doctor runs the doctor and holds that each check stands alone on its line, is told once,
// has a remedy of one line if something is amiss, and that the exit code is their sum.
func (l *doctorLab) doctor(t *testing.T, under []string, output string) (checks []record.Check, code int) {
	t.Helper()
	out, said, code := l.run(t, under, "doctor", "--json", "-o", output)
	if said != "" {
		t.Errorf("doctor --json says %q", said)
	}
	want, seen := exitOK, make(map[string]bool)
	for line := range bytes.Lines(out) {
		var c record.Check
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&c); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if seen[c.Name] || c.Detail == "" || c.OK != (c.Remedy == "") || strings.ContainsAny(c.Detail+c.Remedy, "\n\r") {
			t.Errorf("wrong check: %s", line)
		}
		if seen[c.Name] = true; c.Needed && !c.OK {
			want = exitNotPermitted
		}
		checks = append(checks, c)
	}
	if len(checks) < 15 || code != want {
		t.Errorf("%d checks, exit code %d, want %d", len(checks), code, want)
	}
	return checks, code
}

// files lists what is in the lab.
func (l *doctorLab) files(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(l.folder, "*/*"))
	hidden, hiddenErr := filepath.Glob(filepath.Join(l.folder, "*/.*"))
	if err := errors.Join(err, hiddenErr); err != nil {
		t.Fatal(err)
	}
	return strings.Join(append(names, hidden...), " ")
}
