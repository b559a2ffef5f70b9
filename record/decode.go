package record

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// errShortEvent says that the kernel side and this decoder disagree on a layout.
var errShortEvent = errors.New("event is shorter than its type")

// view reads the fixed part of an event in place. The ring aligns events to 8 bytes,
// as every event's layout wants.
func view[T any](raw []byte) (*T, error) {
	if len(raw) < int(unsafe.Sizeof(*new(T))) || uintptr(unsafe.Pointer(unsafe.SliceData(raw)))%8 != 0 {
		return nil, errShortEvent
	}
	return (*T)(unsafe.Pointer(unsafe.SliceData(raw))), nil
}

// rest returns what follows the fixed part of an event.
func rest[T any](raw []byte) []byte { return raw[unsafe.Sizeof(*new(T)):] }

// processKey is a process's identity within one boot.
type processKey struct {
	startNs uint64
	pid     uint32
}

func keyOf(p *bpf.Process) processKey { return processKey{startNs: p.StartNs, pid: p.Pid} }

// decoder turns kernel structs into records.
type decoder struct {
	clock   clock
	cgroups *cgroupPaths
}

// process fills in the process fields of r.
func (d *decoder) process(r *schema.Record, p *bpf.Process) {
	r.PID.Set(int64(p.Pid))
	r.PPID.Set(int64(p.Ppid))
	r.StartTime.Set(d.clock.wall(p.StartNs))
	r.Comm.Set(cString(p.Comm[:]))
	r.UID.Set(int64(p.Uid))
	r.GID.Set(int64(p.Gid))
	if p.PidNs != 0 {
		r.PIDNS.Set(int64(p.PidNs))
	}
	if p.CgroupId == 0 {
		return
	}
	r.CgroupID.Set(int64(p.CgroupId))
	r.CgroupHierarchy.Set(int64(p.CgroupHierarchy))
	if cg, ok := d.cgroups.of(cgroupKey{id: p.CgroupId, hierarchy: p.CgroupHierarchy}); ok {
		r.Process.Cgroup.Set(cg.path)
		if cg.container != "" {
			r.Container.Set(cg.container)
		}
	}
}

func (d *decoder) fork(r *schema.Record, e *bpf.ForkEvent) {
	r.Type, r.Time = schema.TypeFork, d.clock.wall(e.Header.TimeNs)
	d.process(r, &e.Process)
	r.ParentStartTime.Set(d.clock.wall(e.ParentStartNs))
}

func (d *decoder) exec(r *schema.Record, e *bpf.ExecEvent, data []byte) error {
	if uint64(len(data)) < uint64(e.FilenameLen)+uint64(e.InterpLen)+uint64(e.ArgsLen) {
		return fmt.Errorf("exec of pid %d: %w", e.Process.Pid, errShortEvent)
	}
	r.Type, r.Time = schema.TypeExec, d.clock.wall(e.Header.TimeNs)
	d.process(r, &e.Process)
	filename := string(data[:e.FilenameLen])
	r.Filename.Set(filename)
	r.Exe.Set(filename)
	data = data[e.FilenameLen:]
	if e.InterpLen > 0 {
		r.Exe.Set(string(data[:e.InterpLen]))
	}
	r.ArgvBytes.Set(int64(e.ArgsBytes))
	if e.ArgsUnread == 0 {
		setArgv(r, data[e.InterpLen:][:e.ArgsLen], int64(e.ArgsBytes))
	}
	return nil
}

// setArgv splits arguments that each end in NUL. Empty ones count; the last may be cut.
func setArgv(r *schema.Record, args []byte, trueBytes int64) {
	text := string(args)
	r.ArgvTruncated.Set(int64(len(args)) < trueBytes)
	if text == "" {
		r.Argv.Set([]string{})
		return
	}
	r.Argv.Set(strings.Split(strings.TrimSuffix(text, "\x00"), "\x00"))
}

func (d *decoder) exit(r *schema.Record, e *bpf.ExitEvent) {
	r.Type, r.Time = schema.TypeExit, d.clock.wall(e.Header.TimeNs)
	d.process(r, &e.Process)
	r.ExitCode.Set(int64(e.Status >> 8 & 0xff))
	r.Event.Signal.Set(int64(e.Status & 0x7f))
	r.CoreDumped.Set(e.Status&0x80 != 0)
	setUsage(r, &e.Usage, e.Single != 0)
	r.CPUNs.Set(int64(e.CpuNs))
}

// setTotals completes an exit with what a thread's last switch told. The sums of the
// moment are those of wait4; they lack what a thread ran after it was reaped, which for
// the last one is known: lateNs.
func setTotals(r *schema.Record, exit *bpf.ExitEvent, tail *bpf.TailEvent, lateNs uint64) {
	atExit := exit.CpuNs + lateNs
	switch {
	case tail.Torn != 0:
		r.CPUNs.Set(max(r.CPUNs.V, int64(atExit)))
		return
	case exit.Torn != 0:
		r.CPUNs.Set(int64(tail.CpuNs))
	default:
		r.CPUNs.Set(max(r.CPUNs.V, int64(atExit), int64(tail.CpuNs)))
	}
	setUsage(r, &tail.Usage, exit.Single != 0)
}

// setMaxRSS fills in a peak memory that is known, as 0 is not.
func setMaxRSS(r *schema.Record, bytes int64) {
	if bytes > 0 {
		r.MaxRSSBytes.Set(bytes)
	}
}

// setUsage fills in everything but the CPU time. Reaped threads leave no run delay
// behind, so it is known only where there were none.
func setUsage(r *schema.Record, u *bpf.Usage, delayKnown bool) {
	r.UtimeNs.Set(int64(u.UtimeNs))
	r.StimeNs.Set(int64(u.StimeNs))
	r.MinFaults.Set(int64(u.MinFaults))
	r.MajFaults.Set(int64(u.MajFaults))
	r.ReadBytes.Set(int64(u.ReadBytes))
	r.WriteBytes.Set(int64(u.WriteBytes))
	r.VoluntarySwitches.Set(int64(u.VoluntarySwitches))
	r.InvoluntarySwitches.Set(int64(u.InvoluntarySwitches))
	if delayKnown {
		r.RunDelayNs.Set(int64(u.RunDelayNs))
	}
}

// cString returns the bytes before the first NUL.
func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
