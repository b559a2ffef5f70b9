package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
	"golang.org/x/sys/unix"
)

// captureExtensions are those of every format.
var captureExtensions = [...]string{".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"}

// TestFullDisk records a storm to small disks and holds that the capture is finished in
// what room there is, that it says why it ended, and that what was not kept is told.
func TestFullDisk(t *testing.T) {
	requireLiveKernel(t)
	storm := compileStorm(t)
	for _, size := range [...]string{"1m", "3m"} {
		for _, extension := range captureExtensions {
			t.Run(size+extension, func(t *testing.T) {
				r := startRecordingTo(t, filepath.Join(mountTmpfs(t, size), "x"+extension))
				load := exec.CommandContext(t.Context(), storm, "60", "2", "0", "vfork")
				if err := load.Start(); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { endProcess(load) })
				code := r.wait()
				if code != exitOutput || !strings.Contains(r.stderr.String(), "no space left on device") {
					t.Errorf("exit code %d, want %d:\n%s", code, exitOutput, r.stderr.Bytes())
				}
				wantOnly(t, r.output)
				a := readAccounts(t, r.output)
				if a.end.StopReason.V != "output_error" {
					t.Errorf("stop reason %q", a.end.StopReason.V)
				}
				checkAccounts(t, a)
				for i := range a.lost {
					if reason := a.lost[i].Reason.V; reason != "output" && reason != "ring_full" {
						t.Errorf("lost %s: %s", a.lost[i].LostType.V, reason)
					}
				}
				mustRun(t, exitOK, "replay", r.output)
			})
		}
	}
}

// mountTmpfs mounts a small file system for the test and returns its folder.
func mountTmpfs(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("linnix-test", dir, "tmpfs", 0, "size="+size); err != nil {
		skipUnlessRequired(t, fmt.Sprintf("mount a tmpfs: %v", err))
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// wantOnly holds that a finished capture has nothing beside it.
func wantOnly(t *testing.T, name string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(name) {
			t.Errorf("beside %s lies %s", name, e.Name())
		}
	}
}

// TestUnmounted takes the file system of a recording out of the tree while it goes on.
// The recording ends well on the file system where it began.
func TestUnmounted(t *testing.T) {
	requireLiveKernel(t)
	for _, extension := range captureExtensions {
		t.Run(extension, func(t *testing.T) {
			target, other := mountTmpfs(t, "64m"), t.TempDir()
			if err := unix.Mount(target, other, "", unix.MS_BIND, ""); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := unix.Unmount(other, unix.MNT_DETACH); err != nil {
					t.Error(err)
				}
			})
			name := "x" + extension
			r := startRecordingTo(t, filepath.Join(target, name))
			if err := unix.Unmount(target, unix.MNT_DETACH); err != nil {
				t.Fatal(err)
			}
			// What is unmounted at the end is then this one.
			if err := unix.Mount("linnix-test", target, "tmpfs", 0, "size=64k"); err != nil {
				t.Fatal(err)
			}
			if err := exec.Command("true", target).Run(); err != nil {
				t.Fatal(err)
			}
			r.signal(os.Interrupt)
			if code := r.wait(); code != exitOK {
				t.Errorf("exit code %d:\n%s", code, r.stderr.Bytes())
			}
			found := false
			status := eachRecord(t, filepath.Join(other, name), func(r *schema.Record) {
				found = found || r.Type == schema.TypeExec && slices.Equal(r.Argv.V, []string{"true", target})
			})
			if !found || !status.Complete {
				t.Errorf("has what came after: %v, complete: %v", found, status.Complete)
			}
			wantOnly(t, filepath.Join(other, name))
		})
	}
}

// TestKilledForMemory lets the kernel end the recorder for its memory.
func TestKilledForMemory(t *testing.T) {
	requireLiveKernel(t)
	hog := compileC(t, "hog")
	for _, extension := range captureExtensions {
		t.Run(extension, func(t *testing.T) {
			cgroup := memoryCgroup(t, 32<<20)
			k := &killed{recording: startRecording(t, extension, "-q")}
			pid := k.cmd.Process.Pid
			writeText(t, fmt.Sprintf("/proc/%d/oom_score_adj", pid), "1000")
			writeText(t, filepath.Join(cgroup, "cgroup.procs"), fmt.Sprint(pid))
			time.Sleep(2 * time.Second)
			k.atNs = bootTime(t)
			// It needs more than the limit, but the recorder is the one to go first.
			load := exec.CommandContext(t.Context(), "sh", "-c", `echo $$ > "$0/cgroup.procs" && exec "$@"`, cgroup, hog)
			if err := load.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { endProcess(load) })
			k.wait()
			if status, ok := k.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("the recorder was not killed: %v\n%s", k.cmd.ProcessState, k.stderr.String())
			}
			checkKilled(t, k, nil)
			checkCommandsRead(t, k.output)
			checkRecovered(t, k)
		})
	}
}

// memoryCgroup makes a cgroup with a memory limit and returns its folder.
func memoryCgroup(t *testing.T, limit int64) string {
	t.Helper()
	name := fmt.Sprintf("linnix-test-%d", os.Getpid())
	for _, c := range []struct{ folder, file string }{
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "memory.max"},
	} {
		dir := filepath.Join(c.folder, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			continue
		}
		t.Cleanup(func() { removeCgroup(t, dir) })
		if err := os.WriteFile(filepath.Join(dir, c.file), fmt.Append(nil, limit), 0o644); err == nil {
			return dir
		}
	}
	skipUnlessRequired(t, "no memory cgroup can be made here")
	return ""
}

// skipUnlessRequired skips a test for want of a right, unless LINNIX_REQUIRE_LIVE forbids it.
func skipUnlessRequired(t *testing.T, why string) {
	t.Helper()
	if os.Getenv(requireLive) != "" {
		t.Fatalf("%s is set, but: %s", requireLive, why)
	}
	t.Skip(why)
}

// removeCgroup removes a cgroup, once the last process in it has been reaped.
func removeCgroup(t *testing.T, dir string) {
	t.Helper()
	var err error
	for range 100 {
		if err = os.Remove(dir); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error(err)
}

func writeText(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// endProcess ends a process that the test started, and its children with it if it waits
// for them.
func endProcess(cmd *exec.Cmd) {
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
}
