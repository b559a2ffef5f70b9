package record

import (
	"bufio"
	"os/exec"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// TestEndedThreadsCount holds that the CPU time of a live process has that of its
// threads that are gone, and that their run delay is not made up.
func TestEndedThreadsCount(t *testing.T) {
	burner := exec.Command(compile(t, "burner"))
	hold, err := burner.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := burner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := burner.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		hold.Close()
		if err := burner.Wait(); err != nil {
			t.Error(err)
		}
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("burner said %q: %v", line, err)
	}
	m, _ := recordLive(t, Options{Duration: 200 * time.Millisecond}, func() { <-t.Context().Done() })
	const burntNs = 300_000_000 // BURN_NS in burner.c
	tasks := 0
	for _, r := range m.of(schema.TypeTask) {
		if r.PID.V != int64(burner.Process.Pid) {
			continue
		}
		tasks++
		if r.CPUNs.V < burntNs || r.CPUNs.V > 2*burntNs || r.RunDelayNs.OK || r.Threads.V != 1 {
			t.Errorf("%s: CPU %d ns, run delay %+v, %d threads", r.Phase.V, r.CPUNs.V, r.RunDelayNs, r.Threads.V)
		}
	}
	if tasks != 2 {
		t.Errorf("%d task records, want one at the start and one at the end", tasks)
	}
}
