package record

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// cpuLoadTime is how long each load runs: long enough for the ticks of /proc/stat.
const cpuLoadTime = 15 * time.Second

// TestCPUAddsUp holds that the CPU time of all processes is what /proc/stat calls busy,
// within 2 %, under a load of short processes and under a compile.
func TestCPUAddsUp(t *testing.T) {
	loads := map[string]func(t *testing.T){"storm": runStorm, "compile": runCompile}
	for name, load := range loads {
		t.Run(name, func(t *testing.T) {
			m, sum := recordLive(t, Options{Duration: cpuLoadTime}, func() { load(t) })
			checkAccount(t, m, sum)
			processes, busy, stolen := processCPU(m), busyCPU(m), stolenCPU(m)
			ratio := float64(processes) / float64(busy)
			t.Logf("processes %.2f s, busy %.2f s, ratio %.4f; stolen %.2f s; %d forks", float64(processes)/1e9, float64(busy)/1e9, ratio, float64(stolen)/1e9, len(m.of(schema.TypeFork)))
			// A process's own clock runs on while the hypervisor has taken its CPU away.
			if ratio < 0.98 || float64(processes) > 1.02*float64(busy+stolen) {
				t.Errorf("CPU of all processes is %.1f %% of /proc/stat busy, want 98 to 102", 100*ratio)
			}
		})
	}
}

// processCPU adds up what each process used during the capture.
func processCPU(m *memory) int64 {
	type key struct {
		pid   int64
		start schema.Time
	}
	first, last := make(map[key]int64), make(map[key]int64)
	for _, r := range m.records {
		if !r.PID.OK || !r.CPUNs.OK {
			continue
		}
		k := key{r.PID.V, r.StartTime.V}
		if r.Type == schema.TypeTask && r.Phase.V == schema.PhaseBegin {
			first[k] = r.CPUNs.V
		}
		last[k] = r.CPUNs.V
	}
	var total int64
	for k, ns := range last {
		total += ns - first[k]
	}
	return total
}

// busyCPU is user + nice + system + irq + softirq between the first and last record.
func busyCPU(m *memory) int64 {
	systems := m.of(schema.TypeSystem)
	busy := func(r *schema.Record) int64 {
		return r.CPUUserNs.V + r.CPUNiceNs.V + r.CPUSystemNs.V + r.CPUIrqNs.V + r.CPUSoftirqNs.V
	}
	return busy(systems[len(systems)-1]) - busy(systems[0])
}

// stolenCPU is what the hypervisor took between the first and last system record.
func stolenCPU(m *memory) int64 {
	systems := m.of(schema.TypeSystem)
	return systems[len(systems)-1].CPUStealNs.V - systems[0].CPUStealNs.V
}

// runStorm starts short processes, one after the other on each of two workers.
func runStorm(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), cpuLoadTime-time.Second)
	defer cancel()
	const script = `i=0; while [ $i -lt 20000 ]; do /bin/true; i=$((i+1)); done`
	storms := [2]*exec.Cmd{}
	for i := range storms {
		storms[i] = exec.CommandContext(ctx, "sh", "-c", script)
		if err := storms[i].Start(); err != nil {
			t.Error(err)
			return
		}
	}
	for _, storm := range storms {
		_ = storm.Wait() // ended by the time limit, mostly
	}
	<-ctx.Done()
	time.Sleep(time.Second)
}

// runCompile compiles small C files, two at a time.
func runCompile(t *testing.T) {
	dir := t.TempDir()
	const files = 200
	makefile := "all:"
	for i := range files {
		source := fmt.Sprintf("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint f%d(int x) { return printf(\"%%d\", x * %d); }\n", i, i)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%d.c", i)), []byte(source), 0o600); err != nil {
			t.Error(err)
			return
		}
		makefile += fmt.Sprintf(" f%d.o", i)
	}
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(makefile+"\n"), 0o600); err != nil {
		t.Error(err)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), cpuLoadTime-time.Second)
	defer cancel()
	for ctx.Err() == nil {
		_ = exec.CommandContext(ctx, "make", "-B", "-s", "-j2", "-C", dir, "CFLAGS=-O2").Run() // cut by the time limit
	}
	time.Sleep(time.Second)
}
