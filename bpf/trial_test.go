package bpf

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTry holds that each program loads without the others, and that one exit program is
// tried, as Load takes one.
func TestTry(t *testing.T) {
	trials, err := Try(Options{RingBytes: 64 << 10, MaxArgs: MaxArgs})
	if err != nil {
		t.Fatal(err)
	}
	tried := make(map[string]int)
	for _, trial := range trials {
		tried[trial.AttachTo]++
		if errors.Is(trial.Err, unix.EPERM) && os.Getenv("LINNIX_REQUIRE_LIVE") == "" {
			continue
		}
		if trial.Err != nil {
			t.Errorf("%s: %v", trial.Program, trial.Err)
		}
	}
	for _, target := range []string{"sched_process_fork", "sched_process_exec", "sched_process_exit", "sched_switch", "task"} {
		if tried[target] != 1 {
			t.Errorf("%s is tried %d times", target, tried[target])
		}
	}
}
