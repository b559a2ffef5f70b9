package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/linnix-os/linnix/record/capture"
)

// maxInsightMemory is what an analysis may take, however long the capture is.
const maxInsightMemory = 256 << 20

// TestInsightTenMillion names the incidents in a capture of -events events, which are
// ten million under 'make speed', in each format. It tells how long that took and holds
// the memory to its bound and the words to be the same.
func TestInsightTenMillion(t *testing.T) {
	var first []byte
	for _, format := range [...]capture.Format{capture.Parquet, capture.JSONLZstd, capture.JSONL} {
		name := filepath.Join(t.TempDir(), "busy"+format.Extension())
		convertBusyHost(t, name)
		ran := measure(t, "insight", "--format", "json", name)
		t.Logf("%s: %d events in %.2f s, %.2f million/s, %.2f s of CPU, peak %s", format, *events, ran.elapsed.Seconds(),
			float64(*events)/ran.elapsed.Seconds()/1e6, ran.cpu.Seconds(), byteSize(ran.peak))
		if ran.peak == 0 || ran.peak > maxInsightMemory {
			t.Errorf("%s: the analysis took %s, want at most %s", format, byteSize(ran.peak), byteSize(maxInsightMemory))
		}
		if first == nil {
			first = ran.stdout
		}
		if len(first) == 0 || !bytes.Equal(first, ran.stdout) {
			t.Errorf("%s: found\n%s\nwant, as in Parquet,\n%s", format, ran.stdout, first)
		}
	}
}

// convertBusyHost writes a capture of a busy host, in the format of its name.
func convertBusyHost(t *testing.T, name string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "linnix", "capture", "convert", "-", name)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wrote := writeBusyHost(stdin, *events)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, output.Bytes())
	}
	if wrote != nil {
		t.Fatal(wrote)
	}
}

// measured is what a command printed, and what it took.
type measured struct {
	stdout       []byte
	elapsed, cpu time.Duration
	peak         int64 // bytes of memory
}

// measure runs linnix, which must succeed in silence on the error stream.
func measure(t *testing.T, args ...string) measured {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "linnix", args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peaks := make(chan int64, 1)
	go func() { peaks <- peakMemory(cmd.Process.Pid) }()
	err := cmd.Wait()
	elapsed := time.Since(begin)
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("linnix %s: %v\n%s", args, err, stderr.Bytes())
	}
	return measured{
		stdout: stdout.Bytes(), elapsed: elapsed, peak: <-peaks,
		cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
	}
}
