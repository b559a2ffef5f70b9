package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// recording is 'linnix record' under way, outside of any terminal.
type recording struct {
	t      *testing.T
	cmd    *exec.Cmd
	output string
	stderr bytes.Buffer
}

// startRecording records to a new file with the given extension and returns once
// nothing is missed any more.
func startRecording(t *testing.T, extension string, flags ...string) *recording {
	t.Helper()
	return startRecordingTo(t, filepath.Join(t.TempDir(), "x"+extension), flags...)
}

func startRecordingTo(t *testing.T, output string, flags ...string) *recording {
	t.Helper()
	return startProgram(t, "linnix", output, flags...)
}

func startProgram(t *testing.T, program, output string, flags ...string) *recording {
	t.Helper()
	requireLiveKernel(t)
	r := &recording{t: t, output: output}
	ready, told, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	r.cmd = exec.Command(program, append([]string{"record", "-o", r.output, "--ready-fd", "3"}, flags...)...)
	r.cmd.Stderr, r.cmd.ExtraFiles = &r.stderr, []*os.File{told}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	told.Close()
	if n, err := ready.Read(make([]byte, 1)); n != 1 {
		t.Fatalf("the recording did not begin: %v; %s", err, r.stderr.String())
	}
	return r
}

func (r *recording) signal(signals ...os.Signal) {
	r.t.Helper()
	for _, sig := range signals {
		if err := r.cmd.Process.Signal(sig); err != nil {
			r.t.Fatal(err)
		}
	}
}

// wait waits for the end and returns the exit code.
func (r *recording) wait() int {
	r.t.Helper()
	ended := time.AfterFunc(patience, func() { _ = r.cmd.Process.Kill() })
	defer ended.Stop()
	_ = r.cmd.Wait() // the exit code says the same
	return r.cmd.ProcessState.ExitCode()
}

// captureFacts are what 'capture info' says of a capture.
type captureFacts struct {
	Records    int64
	Complete   bool
	StopReason string `json:"stop_reason"`
	Lost       int64
}

func factsOf(t *testing.T, name string) (facts captureFacts) {
	t.Helper()
	out, err := exec.Command("linnix", "capture", "info", "--format", "json", name).Output()
	if err == nil {
		err = json.Unmarshal(out, &facts)
	}
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return facts
}

// TestEndsWell holds what ends a recording well: one signal, or what sends two at once.
func TestEndsWell(t *testing.T) {
	for name, signals := range map[string][]os.Signal{
		"SIGINT":               {syscall.SIGINT},
		"SIGTERM":              {syscall.SIGTERM},
		"SIGHUP":               {syscall.SIGHUP},
		"timeout":              {syscall.SIGTERM, syscall.SIGCONT, syscall.SIGTERM, syscall.SIGCONT},
		"service manager":      {syscall.SIGTERM, syscall.SIGHUP, syscall.SIGCONT},
		"terminal that closes": {syscall.SIGHUP, syscall.SIGCONT, syscall.SIGHUP},
	} {
		t.Run(name, func(t *testing.T) {
			r := startRecording(t, ".jsonl")
			r.signal(signals...)
			code := r.wait()
			facts := factsOf(t, r.output)
			if code != 0 || !facts.Complete || facts.StopReason != "signal" {
				t.Errorf("exit code %d, %+v", code, facts)
			}
			if !strings.HasPrefix(r.stderr.String(), "linnix: recorded ") {
				t.Errorf("printed %q", r.stderr.String())
			}
		})
	}
}

func TestInsists(t *testing.T) {
	type step struct {
		sig  os.Signal
		at   time.Duration
		want bool
	}
	begin := time.Now()
	for name, steps := range map[string][]step{
		"second Ctrl-C":       {{syscall.SIGINT, 0, false}, {syscall.SIGINT, signalEcho, true}},
		"SIGTERM after it":    {{syscall.SIGINT, 0, false}, {syscall.SIGTERM, time.Minute, true}},
		"echo":                {{syscall.SIGTERM, 0, false}, {syscall.SIGTERM, signalEcho - 1, false}, {syscall.SIGTERM, signalEcho, true}},
		"hang-ups":            {{syscall.SIGHUP, 0, false}, {syscall.SIGHUP, time.Second, false}},
		"SIGTERM and hang-up": {{syscall.SIGTERM, 0, false}, {syscall.SIGHUP, time.Second, false}},
		"hang-up and SIGTERM": {{syscall.SIGHUP, 0, false}, {syscall.SIGTERM, time.Second, false}, {syscall.SIGTERM, 2 * time.Second, true}},
	} {
		t.Run(name, func(t *testing.T) {
			var wish endWish
			for i, s := range steps {
				if got := wish.insists(s.sig, begin.Add(s.at)); got != s.want {
					t.Errorf("signal %d, %v after %v: %v", i, s.sig, s.at, got)
				}
			}
		})
	}
}

// unfinishedFormats are the formats that hold what was recorded when a recording does
// not get to its end.
var unfinishedFormats = [...]string{".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"}

// TestInsist holds that a second signal ends a recording at once. To send it before the
// first has done its work, the recorder is stopped in between; it may still be too late,
// and then that recording is complete.
func TestInsist(t *testing.T) {
	const attempts = 20
	for _, extension := range unfinishedFormats {
		t.Run(extension, func(t *testing.T) {
			for _, sig := range [...]os.Signal{syscall.SIGINT, syscall.SIGTERM} {
				code := 0
				for n := 0; n < attempts && code != exitInterrupted; n++ {
					code = insist(t, extension, sig)
				}
				if code != exitInterrupted {
					t.Errorf("%v: no exit code 130 in %d attempts", sig, attempts)
				}
			}
		})
	}
}

func insist(t *testing.T, extension string, sig os.Signal) int {
	t.Helper()
	r := startRecording(t, extension)
	// A flush comes twice a second: the records of the start are in the file by then.
	time.Sleep(time.Second)
	r.signal(sig)
	time.Sleep(15 * time.Millisecond)
	if r.cmd.Process.Signal(syscall.SIGSTOP) == nil {
		time.Sleep(2 * signalEcho)
		r.signal(sig, syscall.SIGCONT)
	}
	code := r.wait()
	facts := factsOf(t, r.output)
	if facts.Records == 0 || facts.Complete != (code == 0) || code != 0 && code != exitInterrupted {
		t.Errorf("exit code %d, %+v", code, facts)
	}
	if code == exitInterrupted && r.stderr.Len() > 0 {
		t.Errorf("printed %q", r.stderr.String())
	}
	return code
}

// TestTerminalSignals holds what the keys of a terminal do.
func TestTerminalSignals(t *testing.T) {
	requireLiveKernel(t)
	t.Run("Ctrl-C", func(t *testing.T) {
		term := inTerminal(t, 80, "linnix", "record", "-o", "x.jsonl")
		term.expect(0, "Ctrl-C ends it")
		term.typed("\x03")
		text, code := term.wait()
		if _, left := progressLines(t, text); code != 0 || !strings.HasPrefix(left, "linnix: recorded ") {
			t.Errorf("exit code %d; stayed %q", code, left)
		}
		facts := factsOf(t, filepath.Join(term.cmd.Dir, "x.jsonl"))
		if !facts.Complete || facts.StopReason != "signal" {
			t.Errorf("%+v", facts)
		}
	})
	t.Run("hang-up", func(t *testing.T) {
		term := inTerminal(t, 80, "linnix", "record", "-o", "x.jsonl")
		term.expect(0, "Ctrl-C ends it")
		if err := term.master.Close(); err != nil {
			t.Fatal(err)
		}
		_, code := term.wait()
		facts := factsOf(t, filepath.Join(term.cmd.Dir, "x.jsonl"))
		if code != 0 || !facts.Complete || facts.StopReason != "signal" {
			t.Errorf("exit code %d, %+v", code, facts)
		}
	})
	t.Run("Ctrl-S", func(t *testing.T) {
		term := inTerminal(t, 80, "linnix", "record", "-o", "x.jsonl")
		term.expect(0, "Ctrl-C ends it")
		term.typed("\x13")
		// Long enough for the line to be drawn in vain.
		time.Sleep(3 * meterEvery)
		term.signal(syscall.SIGTERM)
		output := filepath.Join(term.cmd.Dir, "x.jsonl")
		for deadline := time.Now().Add(patience); !factsOf(t, output).Complete; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("a terminal that was stopped has stopped the recorder")
			}
		}
		term.typed("\x11")
		if text, code := term.wait(); code != 0 || !strings.Contains(text, "linnix: recorded ") {
			t.Errorf("exit code %d: %q", code, text)
		}
	})
	t.Run("command", func(t *testing.T) {
		term := inTerminal(t, 80, "linnix", "record", "-o", "x.jsonl", "--", "sh", "-c",
			`trap 'echo trapped; key=1' INT; echo go; while [ -z "$key" ]; do sleep 0.1; done; sleep 1; exit 7`)
		at := term.expect(0, "go\r\n")
		// While linnix is stopped the key reaches the command by the terminal alone.
		term.signal(syscall.SIGSTOP)
		term.typed("\x03")
		term.expect(at, "trapped")
		term.signal(syscall.SIGCONT)
		text, code := term.wait()
		if code != 7 || strings.Count(text, "trapped") != 1 {
			t.Errorf("exit code %d: %q", code, text)
		}
	})
	t.Run("Ctrl-Z", testSuspend)
}

// testSuspend stops a recording by a key of the terminal and has more happen than the
// ring holds before it goes on.
func testSuspend(t *testing.T) {
	term := inTerminal(t, 80, "PS1=> ", "bash", "--norc", "--noediting", "-i")
	term.typed("linnix record --ring-size 64KiB -o x.jsonl\n")
	at := term.expect(0, "Ctrl-C ends it")
	term.typed("\x1a")
	at = term.expect(at, `Stopped`)
	term.typed("for i in {1..2000}; do (:); done; echo all-''born\n")
	at = term.expect(at, `all-born`)
	term.typed("fg\n")
	at = term.expect(at, `\d LOST`)
	term.typed("\x03")
	term.expect(at, `linnix: \d+ processes; LOST [^\r]*--ring-size`)
	term.typed("exit $?\n")
	if text, code := term.wait(); code != 0 {
		t.Errorf("exit code %d: %q", code, text)
	}
	facts := factsOf(t, filepath.Join(term.cmd.Dir, "x.jsonl"))
	if !facts.Complete || facts.Lost == 0 {
		t.Errorf("%+v", facts)
	}
}

// TestEndsUnderLoad ends recordings amid an exec storm, which is bounded by time. The
// end may take 2 s; of three, on a machine that is busy with other things too, the
// quickest counts.
func TestEndsUnderLoad(t *testing.T) {
	const limit, attempts = 2 * time.Second, 3
	var took time.Duration
	for range attempts {
		r := startRecording(t, ".parquet")
		storm := exec.Command("timeout", "20", "sh", "-c", "while :; do /bin/true; done")
		if err := storm.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		begin := time.Now()
		r.signal(syscall.SIGINT)
		code := r.wait()
		took = time.Since(begin)
		_ = storm.Process.Signal(syscall.SIGTERM)
		_ = storm.Wait()
		summary := r.stderr.String()
		if facts := factsOf(t, r.output); code != 0 || !facts.Complete || !regexp.MustCompile(`\d{3,} exec`).MatchString(summary) {
			t.Fatalf("exit code %d, %+v: %s", code, facts, summary)
		}
		if took < limit {
			return
		}
	}
	t.Errorf("the end took %v", took)
}
