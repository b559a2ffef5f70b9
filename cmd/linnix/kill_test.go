package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

var kills = flag.Int("kills", 2, "how often TestKilledAnywhere kills a recorder of each format")

// crashNs is how old a record can be that a crash loses.
const crashNs = int64(time.Second)

// TestKilledAnywhere kills recorders with SIGKILL at random moments of a storm, one of
// each format at a time, and holds that what is left is read under the name that was
// given, that each record older than a second is there, by the storm's own log, and that
// it can be recovered; in each tenth round also that every command reads it. 'make kills'
// does it 200 times.
func TestKilledAnywhere(t *testing.T) {
	requireLiveKernel(t)
	storm := compileStorm(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	loads := []string{"3 2 1000 exec", "3 2 4000 vfork"}
	for round := range *kills {
		load := loads[round%len(loads)]
		t.Run(fmt.Sprintf("%d %s", round, load), func(t *testing.T) {
			for _, k := range killRound(t, random, storm, load) {
				if round%10 == 0 {
					checkCommandsRead(t, k.output)
				}
				checkRecovered(t, k)
			}
		})
	}
}

// killed is a recorder that was killed, and when, on CLOCK_BOOTTIME.
type killed struct {
	*recording
	atNs int64
	// records is how many it left.
	records int64
}

// killRound kills a recorder of each format in a storm and checks what they left.
func killRound(t *testing.T, random *rand.Rand, storm, load string) (recorders []*killed) {
	for _, extension := range captureExtensions {
		recorders = append(recorders, &killed{recording: startRecording(t, extension, "-q")})
	}
	logName := filepath.Join(t.TempDir(), "storm.log")
	log, err := os.Create(logName)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.CommandContext(t.Context(), storm, strings.Fields(load)...)
	cmd.Stdout = log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// One in each quarter of the time, so that they do not wait for each other.
	const first, quarter = 1100 * time.Millisecond, 450 * time.Millisecond
	for i, n := range random.Perm(len(recorders)) {
		at := first + time.Duration(i)*quarter + time.Duration(random.Int64N(int64(quarter)))
		time.Sleep(time.Until(began.Add(at)))
		recorders[n].kill(t)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("storm: %v", err)
	}
	children := readStormLog(t, logName)
	for _, r := range recorders {
		checkKilled(t, r, children)
	}
	return recorders
}

// kill ends the recorder at once, and notes the time before it could.
func (k *killed) kill(t *testing.T) {
	t.Helper()
	k.atNs = bootTime(t)
	if err := k.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = k.cmd.Wait() // it was killed
}

// stormChild is one line of the log of testdata/storm.c: a child that lived between two
// times of CLOCK_BOOTTIME.
type stormChild struct{ pid, beforeNs, afterNs int64 }

func readStormLog(t *testing.T, name string) (children []stormChild) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var c stormChild
		if _, err := fmt.Sscan(lines.Text(), &c.pid, &c.beforeNs, &c.afterNs); err != nil {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		children = append(children, c)
	}
	return children
}

// checkKilled holds what is left of a killed recorder against the log of the storm.
func checkKilled(t *testing.T, k *killed, children []stormChild) {
	t.Helper()
	type lives struct{ forks, exits []int64 }
	byPID := make(map[int64]*lives)
	var offset, lost int64
	status := eachRecord(t, k.output, func(r *schema.Record) {
		k.records++
		if r.Type == schema.TypeMeta {
			offset = r.WallOffsetNs.V
		}
		lost += r.Count.V
		if r.Type != schema.TypeFork && r.Type != schema.TypeExit {
			return
		}
		l := byPID[r.PID.V]
		if l == nil {
			l = &lives{}
			byPID[r.PID.V] = l
		}
		if at := int64(r.Time) - offset; r.Type == schema.TypeFork {
			l.forks = append(l.forks, at)
		} else {
			l.exits = append(l.exits, at)
		}
	})
	if status.Complete || status.Reason == "" {
		t.Errorf("%s: complete %v, reason %q", k.output, status.Complete, status.Reason)
	}
	old, missing := 0, int64(0)
	for _, c := range children {
		if c.afterNs > k.atNs-crashNs {
			continue
		}
		old++
		l := byPID[c.pid]
		if l == nil || !within(l.forks, c) || !within(l.exits, c) {
			missing++
		}
	}
	if missing > lost {
		t.Errorf("%s: of %d children that ended more than a second before the kill %d are missing, and %d events are told as lost", k.output, old, missing, lost)
	}
}

// within says whether one of the times lies in the life of the child.
func within(times []int64, c stormChild) bool {
	for _, at := range times {
		if at >= c.beforeNs && at <= c.afterNs {
			return true
		}
	}
	return false
}

// checkCommandsRead holds that every command reads an unfinished capture and says that it
// is one.
func checkCommandsRead(t *testing.T, name string) {
	t.Helper()
	for _, args := range [][]string{{"replay"}, {"insight"}, {"capture", "info"}, {"capture", "cat"}} {
		if _, stderr := mustRun(t, exitOK, append(args, name)...); !strings.Contains(stderr, "linnix: unfinished capture: ") {
			t.Errorf("%s %s does not say what is missing: %s", args, name, stderr)
		}
	}
	mustRun(t, exitIncomplete, "replay", "--strict", name)
	mustRun(t, exitIncomplete, "replay", "--require-complete", name)
}

// checkRecovered holds that what a recorder left can be recovered, and has then an end
// and nothing more.
func checkRecovered(t *testing.T, k *killed) {
	t.Helper()
	mustRun(t, exitOK, "capture", "recover", k.output)
	var records int64
	var last schema.Record
	status := eachRecord(t, k.output, func(r *schema.Record) {
		records++
		last = *r
	})
	if !status.Complete || records != k.records+1 || last.StopReason.V != "recovered" {
		t.Errorf("%s after recover: complete %v, %d records of %d, stop reason %q", k.output, status.Complete, records, k.records, last.StopReason.V)
	}
	wantOnly(t, k.output)
}

// mustRun runs linnix and returns both its streams.
func mustRun(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("linnix", args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the code is what counts
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("linnix %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, errs.String())
	}
	return out.String(), errs.String()
}
