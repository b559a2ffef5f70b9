// Package replaytest makes synthetic captures for tests: a clock that the test sets,
// and one method for each kind of record. It fills in what a real recording would hold
// (times, seq, start times, parents) and nothing else.
package replaytest

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// Start is the time of every capture's meta record; its wall offset makes that one
// hour after boot.
const (
	Start      = schema.Time(1_700_000_000_000_000_000)
	WallOffset = int64(Start) - int64(time.Hour)
)

// Capture is a capture in the making. Records come in the order of the calls.
type Capture struct {
	Records []schema.Record
	now     schema.Time
	procs   map[int64]*process
	stalled [8]time.Duration // the pressure totals, by replay.Stall
}

type process struct {
	ppid  int64
	start schema.Time
	comm  string
	cpuNs int64
	rss   int64
}

// New starts a capture of the host "testhost" with the given boot id, 4 CPUs, 8 GiB
// and 1 s between samples, and makes pid 1 and 2 known.
func New(bootID string) *Capture {
	c := &Capture{now: Start, procs: make(map[int64]*process)}
	r := c.add(schema.TypeMeta)
	r.Meta.Format, r.FormatVersion = schema.Some(schema.Format), schema.Some[int64](schema.FormatVersion)
	r.Host, r.BootID = schema.Some("testhost"), schema.Some(bootID)
	r.CPUs, r.MemTotalBytes = schema.Some[int64](4), schema.Some[int64](8<<30)
	r.WallOffsetNs, r.IntervalNs = schema.Some(WallOffset), schema.Some(int64(time.Second))
	c.Task(1, 0, "init", "/sbin/init")
	c.Task(2, 0, "kthreadd")
	return c
}

// At sets the clock to an offset from the start.
func (c *Capture) At(offset time.Duration) *Capture {
	c.now = Start.Add(offset)
	return c
}

// Now returns the clock.
func (c *Capture) Now() schema.Time { return c.now }

// Last returns the latest record, to change it.
func (c *Capture) Last() *schema.Record { return &c.Records[len(c.Records)-1] }

func (c *Capture) add(t schema.Type) *schema.Record {
	c.Records = append(c.Records, schema.Record{Type: t, Time: c.now, Seq: int64(len(c.Records))})
	return c.Last()
}

func (c *Capture) about(t schema.Type, pid int64) (*schema.Record, *process) {
	p := c.procs[pid]
	r := c.add(t)
	r.PID, r.PPID, r.StartTime = schema.Some(pid), schema.Some(p.ppid), schema.Some(p.start)
	r.Comm = schema.Some(p.comm)
	return r, p
}

// Task lists a process that lived before the capture; argv may be empty.
func (c *Capture) Task(pid, ppid int64, comm string, argv ...string) *schema.Record {
	c.procs[pid] = &process{ppid: ppid, start: Start.Add(-time.Minute) + schema.Time(pid), comm: comm}
	r, p := c.about(schema.TypeTask, pid)
	r.Phase = schema.Some(schema.PhaseBegin)
	r.State, r.CPUNs, r.RSSBytes = schema.Some("S"), schema.Some(p.cpuNs), schema.Some(p.rss)
	if len(argv) > 0 {
		r.Argv = schema.Some(argv)
	}
	return r
}

// Fork starts pid as a child of ppid, which must have been made.
func (c *Capture) Fork(ppid, pid int64) *schema.Record {
	parent := c.procs[ppid]
	c.procs[pid] = &process{ppid: ppid, start: c.now, comm: parent.comm}
	r, _ := c.about(schema.TypeFork, pid)
	r.ParentStartTime = schema.Some(parent.start)
	return r
}

// Exec runs argv in pid.
func (c *Capture) Exec(pid int64, argv ...string) *schema.Record {
	c.procs[pid].comm = argv[0]
	r, _ := c.about(schema.TypeExec, pid)
	r.Argv, r.Filename = schema.Some(argv), schema.Some("/bin/"+argv[0])
	return r
}

// Exit ends pid.
func (c *Capture) Exit(pid int64) *schema.Record {
	r, p := c.about(schema.TypeExit, pid)
	r.ExitCode, r.CPUNs = schema.Some[int64](0), schema.Some(p.cpuNs)
	return r
}

// Burn adds to pid's CPU time, without a record.
func (c *Capture) Burn(pid int64, used time.Duration) *Capture {
	c.procs[pid].cpuNs += int64(used)
	return c
}

// Sample samples pid with its memory in bytes.
func (c *Capture) Sample(pid int64, state string, rss int64) *schema.Record {
	r, p := c.about(schema.TypeSample, pid)
	r.State, r.CPUNs, r.RSSBytes = schema.Some(state), schema.Some(p.cpuNs), schema.Some(rss)
	return r
}

// Stall adds to a total of pressure, without a record.
func (c *Capture) Stall(s replay.Stall, stalled time.Duration) *Capture {
	c.stalled[s] += stalled
	return c
}

// System samples the system, with cpu pressure since the last such record.
func (c *Capture) System(stalled time.Duration) *schema.Record {
	c.Stall(replay.CPUSome, stalled)
	r := c.add(schema.TypeSystem)
	psi := &r.System.PSI
	psi.CPUSomeUs = c.totalUs(replay.CPUSome)
	psi.MemorySomeUs, psi.MemoryFullUs = c.totalUs(replay.MemorySome), c.totalUs(replay.MemoryFull)
	psi.IOSomeUs, psi.IOFullUs = c.totalUs(replay.IOSome), c.totalUs(replay.IOFull)
	return r
}

func (c *Capture) totalUs(s replay.Stall) schema.Opt[int64] {
	return schema.Some(c.stalled[s].Microseconds())
}

// Cgroup tells of the cgroup at a path; the caller fills in its limits and use.
func (c *Capture) Cgroup(path string) *schema.Record {
	r := c.add(schema.TypeCgroup)
	r.Process.Cgroup = schema.Some(path)
	return r
}

// OOM tells that the kernel chose pid as a victim, with its memory in bytes.
func (c *Capture) OOM(pid, rss int64) *schema.Record {
	r, _ := c.about(schema.TypeOOM, pid)
	r.RSSBytes = schema.Some(rss)
	return r
}

// Lost tells of lost events of a type between two offsets.
func (c *Capture) Lost(t schema.Type, count int64, from, to time.Duration) *schema.Record {
	r := c.add(schema.TypeLost)
	r.LostType, r.Count, r.Reason = schema.Some(string(t)), schema.Some(count), schema.Some("ring_full")
	r.From, r.To = schema.Some(Start.Add(from)), schema.Some(Start.Add(to))
	return r
}

// End closes the capture.
func (c *Capture) End() *Capture {
	c.add(schema.TypeEnd).StopReason = schema.Some("duration")
	return c
}

// Source reads the capture from the start; each call gives one of its own.
func (c *Capture) Source() replay.Source { return Records(c.Records) }

// Records reads a slice of records.
func Records(records []schema.Record) replay.Source { return &source{records: records} }

// source hands out one record that it overwrites, as real readers may.
type source struct {
	records []schema.Record
	current schema.Record
}

func (s *source) Read() (*schema.Record, error) {
	if len(s.records) == 0 {
		return nil, io.EOF
	}
	s.current, s.records = s.records[0], s.records[1:]
	return &s.current, nil
}

// Run replays sources through the handlers of one host and fails the test on an error.
func Run(t testing.TB, newHandlers func(h *replay.Host) []replay.Handler, sources ...replay.Source) replay.Summary {
	t.Helper()
	summary, err := replay.Run(context.Background(), sources, replay.Options{}, newHandlers)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}
