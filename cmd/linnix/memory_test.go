package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var events = flag.Int("events", 300_000, "how many events TestReplayMemory replays, of which 20,000 are a second")

// maxReplayMemory is what a replay may take, however long the capture is.
const maxReplayMemory = 256 << 20

// TestReplayMemory streams a capture of any length, with a rule for each detector, and
// reads how much memory the replay took.
func TestReplayMemory(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte(eachDetector), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "linnix", "replay", "--rules", rules, "--alerts", "/dev/null", "-")
	var stdout strings.Builder
	cmd.Stdout = &stdout
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- writeBusyHost(stdin, *events) }()
	peaks := make(chan int64, 1)
	go func() { peaks <- peakMemory(cmd.Process.Pid) }()
	err = cmd.Wait()
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, stdout.String())
	}
	peak := <-peaks
	t.Logf("%d events: peak %s, %.2f µs of CPU each\n%s", *events, byteSize(peak),
		float64(cmd.ProcessState.UserTime().Microseconds()+cmd.ProcessState.SystemTime().Microseconds())/float64(*events), stdout.String())
	if peak == 0 || peak > maxReplayMemory {
		t.Errorf("the replay took %s, want at most %s", byteSize(peak), byteSize(maxReplayMemory))
	}
	if strings.Contains(stdout.String(), "never evaluated") || !strings.Contains(stdout.String(), "\ndigest ") {
		t.Errorf("not every detector had something to judge:\n%s", stdout.String())
	}
}

// peakMemory reads the most memory that a process has had, until it ends. The Maxrss of
// wait4 will not do: a child inherits it from the process that forked it.
func peakMemory(pid int) (peak int64) {
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, after, found := strings.Cut(string(status), "VmHWM:")
		if err != nil || !found {
			return peak // ended, or about to
		}
		kib, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
		if err != nil {
			return peak
		}
		peak = kib << 10
		time.Sleep(20 * time.Millisecond)
	}
}

// busyHost is a host with two thousand processes, of which workers run short jobs. It
// writes lines by hand, for encoding takes longer than replaying.
type busyHost struct {
	w    *bufio.Writer
	line []byte
	seq  int
	now  int64 // ns since the start
}

const (
	busyProcesses = 2000
	busyWorkers   = 50
	// busyGap is the time between two events: 20,000 a second.
	busyGap   = int64(50 * time.Microsecond)
	busyStart = int64(syntheticStart)
)

// writeBusyHost writes a capture with n events, a multiple of three.
func writeBusyHost(to io.WriteCloser, n int) error {
	b := &busyHost{w: bufio.NewWriterSize(to, 1<<20)}
	b.record("meta", `"format":"linnix-capture","format_version":1,"host":"busy","boot_id":"b","cpus":8,"mem_total_bytes":34359738368,"wall_offset_ns":%d,"interval_ns":1000000000`, busyStart-int64(time.Hour))
	for pid := range busyProcesses {
		ppid := 1
		if pid > busyWorkers {
			ppid = 1000 + pid%busyWorkers
		}
		b.record("task", `"phase":"begin",`+process, 1000+pid, ppid, stamp(-int64(time.Minute)), "worker")
	}
	next := int64(0)
	for i := 0; i < n; i += 3 {
		if b.now >= next {
			b.sample(next / int64(time.Second))
			next += int64(time.Second)
		}
		b.job(i)
	}
	b.record("end", `"stop_reason":"duration"`)
	if err := b.w.Flush(); err != nil {
		return err
	}
	return to.Close()
}

// process are the fields of each record about a process.
const process = `"pid":%d,"ppid":%d,"start_time":"%s","comm":"%s"`

// job is a fork, an exec and an exit, which is of the job a second before.
func (b *busyHost) job(i int) {
	const behind = 3 * 6000
	worker := 1000 + i/3%busyWorkers
	b.now += busyGap
	b.record("fork", process, jobPID(i), worker, stamp(b.now), "worker")
	b.now += busyGap
	b.record("exec", process+`,"filename":"/bin/job","argv":["job","--number","%d"]`, jobPID(i), worker, stamp(b.now-busyGap), "job", i)
	b.now += busyGap
	if i >= behind {
		born := b.now - 2*busyGap - behind*busyGap
		b.record("exit", process+`,"exit_code":0,"cpu_ns":1000000`, jobPID(i-behind), 1000+(i-behind)/3%busyWorkers, stamp(born), "job")
		return
	}
	b.record("exec", process, worker, 1, stamp(-int64(time.Minute)), "worker")
}

// jobPID is used again after a million jobs.
func jobPID(i int) int { return 10_000 + i/3%1_000_000 }

// sample samples half of the processes, and the system.
func (b *busyHost) sample(second int64) {
	for pid := range busyProcesses {
		if (int64(pid)+second)%2 == 0 {
			b.record("sample", process+`,"state":"S","threads":1,"cpu_ns":%d,"rss_bytes":%d`, 1000+pid, 1, stamp(-int64(time.Minute)), "worker",
				second*int64(pid)*200_000, 1_000_000+pid*int(second%100)*100)
		}
	}
	if second%10 == 0 {
		b.record("oom", process+`,"rss_bytes":1000000`, 1000+int(second)%busyProcesses, 1, stamp(-int64(time.Minute)), "worker")
	}
	b.record("system", `"psi_cpu_some_us":%d,"psi_memory_full_us":%d,"psi_io_full_us":%d`, second*300_000, second/20%2*second*10_000, second*200_000)
}

// record writes one record. The format has %d and %s alone.
func (b *busyHost) record(kind, format string, args ...any) {
	line := append(b.line[:0], `{"type":"`...)
	line = append(append(line, kind...), `","time":"`...)
	line = appendStamp(line, b.now)
	line = strconv.AppendInt(append(line, `","seq":`...), int64(b.seq), 10)
	line = fmt.Appendf(append(line, ','), format, args...)
	b.line = append(line, '}', '\n')
	b.seq++
	b.w.Write(b.line) // a failure comes up at the flush
}

func stamp(since int64) string { return string(appendStamp(nil, since)) }

func appendStamp(b []byte, since int64) []byte {
	return time.Unix(0, busyStart+since).UTC().AppendFormat(b, "2006-01-02T15:04:05.000000000Z")
}
