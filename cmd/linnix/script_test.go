package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/linnix-os/linnix/record"
	"github.com/linnix-os/linnix/record/capture"
	"github.com/linnix-os/linnix/schema"
)

// requireLive is the variable that forbids tests to skip what needs the live kernel.
const requireLive = "LINNIX_REQUIRE_LIVE"

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"linnix": main})
}

// tests are those of this package, not the command that a test runs.
type tests struct{ *testing.M }

// Run runs the tests, under nohup too: the commands that they start inherit an ignored
// SIGHUP, and those that must end at one would not. What is caught is not inherited.
func (t tests) Run() int {
	if signal.Ignored(syscall.SIGHUP) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	return t.M.Run()
}

// TestScripts runs each script of testdata/script: what a user types, with exit codes,
// both streams and silence. Beside the standard commands a script has
//
//	exits CODE COMMAND ARG…   run a command and compare its exit code
//	capture KIND FILE…        write a synthetic capture (see syntheticKinds)
//	leave WHOLE FILE…         leave of a capture what a recorder leaves that dies
//	cut FILE BYTES            keep the first BYTES of a file, or drop the last -BYTES
//	same FILE FILE…           compare files byte for byte, none of them empty
//
// and the condition [live]: this kernel lets us record.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exitsCommand,
			"capture": captureCommand,
			"leave":   leaveCommand,
			"cut":     cutCommand,
			"same":    sameCommand,
		},
		Condition: func(condition string) (bool, error) {
			if condition != "live" {
				return false, errors.New("no such condition")
			}
			return live()
		},
	})
}

func setupScript(env *testscript.Env) error {
	root, err := filepath.Abs("../..")
	env.Setenv("REPO", root)
	// The home folder must not matter, but a cache for the Go command may.
	env.Setenv("HOME", env.WorkDir)
	return err
}

// live says whether this kernel lets us record. Under LINNIX_REQUIRE_LIVE it is an
// error if not.
func live() (bool, error) {
	for _, check := range record.Diagnose() {
		if check.Needed && !check.OK {
			if os.Getenv(requireLive) != "" {
				return false, fmt.Errorf("%s is set, but recording does not work here: %s: %s", requireLive, check.Name, check.Detail)
			}
			return false, nil
		}
	}
	return true, nil
}

func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func captureCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || syntheticKinds[args[0]] == nil {
		ts.Fatalf("usage: capture KIND FILE…")
	}
	for _, name := range args[1:] {
		ts.Check(writeSynthetic(args[0], ts.MkAbs(name)))
	}
}

// writeSynthetic writes one of syntheticKinds to a file.
func writeSynthetic(kind, name string) error {
	file, err := capture.Create(name, capture.CreateOptions{})
	if err != nil {
		return err
	}
	records := syntheticKinds[kind]()
	for i := range records {
		if err := file.Write(&records[i]); err != nil {
			return err
		}
	}
	return file.Close()
}

func leaveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: leave WHOLE FILE…")
	}
	for _, name := range args[1:] {
		ts.Check(leaveUnfinished(ts.MkAbs(args[0]), ts.MkAbs(name)))
	}
}

// leaveUnfinished records the records of a capture, but for its end, and stops there.
func leaveUnfinished(whole, name string) error {
	source, err := capture.Open(whole)
	if err != nil {
		return err
	}
	defer source.Close()
	file, err := capture.Create(name, capture.CreateOptions{Journal: true})
	if err != nil {
		return err
	}
	for {
		r, err := source.Read()
		if err != nil || r.Type == schema.TypeEnd {
			return errors.Join(err, file.Abandon())
		}
		if r.Type == schema.TypeMeta {
			r.Checksum.Set(schema.ChecksumCRC32C)
		}
		if err := file.Write(r); err != nil {
			return errors.Join(err, file.Abandon())
		}
	}
}

func cutCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE BYTES")
	}
	name := ts.MkAbs(args[0])
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	if size < 0 {
		info, err := os.Stat(name)
		ts.Check(err)
		size += info.Size()
	}
	ts.Check(os.Truncate(name, size))
}

func sameCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: same FILE FILE…")
	}
	first := ts.ReadFile(args[0])
	if first == "" {
		ts.Fatalf("%s is empty", args[0])
	}
	for _, name := range args[1:] {
		if ts.ReadFile(name) != first {
			ts.Fatalf("%s and %s differ", args[0], name)
		}
	}
}
