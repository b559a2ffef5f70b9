package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

var soak = flag.Duration("soak", 5*time.Second, "how long the storms of TestStormIsKept and TestMemoryIsFlat last, in whole seconds")

// memoryLimit is what a recorder may use, the ring included.
const memoryLimit = 64 << 20

// stormFor starts a storm of 2 workers that lasts as long as -soak says.
func stormFor(t *testing.T, perWorker int, kind string) *exec.Cmd {
	t.Helper()
	seconds := strconv.Itoa(int(soak.Seconds()))
	load := exec.CommandContext(t.Context(), compileStorm(t), seconds, "2", strconv.Itoa(perWorker), kind)
	if err := load.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endProcess(load) })
	return load
}

// TestStormIsKept holds that nothing is lost at the highest exec rate that the machine can
// make, nor while the recorder is stopped for a second at 3,000 execs a second, with the
// default ring, in Parquet. 'make soak' does it for a minute.
func TestStormIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		perWorker int
		stall     time.Duration
	}{
		"highest rate": {},
		"stall":        {perWorker: 1500, stall: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			r := startRecording(t, ".parquet")
			load := stormFor(t, test.perWorker, "exec")
			if test.stall > 0 {
				time.Sleep(*soak / 2)
				r.signal(syscall.SIGSTOP)
				time.Sleep(test.stall)
				r.signal(syscall.SIGCONT)
			}
			if err := load.Wait(); err != nil {
				t.Fatalf("storm: %v", err)
			}
			r.signal(os.Interrupt)
			if code := r.wait(); code != exitOK {
				t.Fatalf("exit code %d\n%s", code, r.stderr.String())
			}
			a := readAccounts(t, r.output)
			if lost := checkAccounts(t, a); lost != 0 {
				t.Errorf("%d events were lost:\n%s", lost, r.stderr.String())
			}
			events := a.written[schema.TypeFork] + a.written[schema.TypeExec] + a.written[schema.TypeExit]
			info, err := os.Stat(r.output)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%.0f execs/s; %d events, %.1f bytes an event; recorder CPU %.2f µs an event",
				float64(a.written[schema.TypeExec])/soak.Seconds(), events, float64(info.Size())/float64(events),
				float64(a.end.SelfCPUNs.V)/1e3/float64(events))
		})
	}
}

// TestMemoryIsFlat holds that a recorder of a busy machine stays within its memory, and
// over a longer time that it does not grow and ends within 2 s.
func TestMemoryIsFlat(t *testing.T) {
	program := buildProgram(t)
	for _, extension := range captureExtensions {
		t.Run(extension, func(t *testing.T) {
			r := startProgram(t, program, filepath.Join(t.TempDir(), "x"+extension))
			load := stormFor(t, 0, "exec")
			var thirds [3]int64 // the largest of each third of the time
			for began, i := time.Now(), 0; i < len(thirds); i = int(3 * time.Since(began) / *soak) {
				thirds[i] = max(thirds[i], residentBytes(t, r.cmd.Process.Pid))
				time.Sleep(50 * time.Millisecond)
			}
			ending := time.Now()
			r.signal(os.Interrupt)
			if code := r.wait(); code != exitOK {
				t.Errorf("exit code %d\n%s", code, r.stderr.String())
			}
			took := time.Since(ending)
			if err := load.Wait(); err != nil {
				t.Errorf("storm: %v", err)
			}
			if peak := max(thirds[0], thirds[1], thirds[2]); peak > memoryLimit {
				t.Errorf("%s of memory, want at most %s", byteSize(peak), byteSize(memoryLimit))
			}
			if long := *soak >= time.Minute; long && (took > 2*time.Second || thirds[2] > thirds[1]+thirds[1]/10) {
				t.Errorf("ended in %v; memory of each third: %v", took, thirds)
			}
			t.Logf("memory of each third: %s, %s, %s; ended in %v; %s", byteSize(thirds[0]), byteSize(thirds[1]), byteSize(thirds[2]),
				took.Round(time.Millisecond), strings.TrimSpace(r.stderr.String()))
		})
	}
}

// buildProgram builds linnix as 'make build' does: the code of a test binary, which stands
// in for it elsewhere, is memory too.
func buildProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "linnix")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build linnix: %v\n%s", err, out)
	}
	return program
}

// residentBytes reads what memory a process has.
func residentBytes(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		t.Fatalf("process %d has no memory", pid)
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
