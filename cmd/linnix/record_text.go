package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/linnix-os/linnix/insight/report"
	"github.com/linnix-os/linnix/replay"
	"github.com/linnix-os/linnix/schema"
)

// recordText writes the records of one capture as a person reads them: one line each, with
// when, what, who (and whose child), and what happened. No byte of a capture reaches the
// terminal unseen.
type recordText struct {
	// wall writes times of the clock in place of offsets from the first record.
	wall bool

	start   schema.Opt[schema.Time]
	names   map[int64]string // of processes, by pid
	systems [2]schema.System // the latest, and the one before
	sampled int
}

// append appends one record without a newline.
func (t *recordText) append(b []byte, r *schema.Record) []byte {
	return append(b, visible(string(t.parts(nil, r)))...)
}

// note keeps what later lines need of a record.
func (t *recordText) note(r *schema.Record) {
	if !t.start.OK {
		t.start.Set(r.Time)
		t.names = make(map[int64]string)
	}
	switch {
	case r.Type == schema.TypeExit:
		delete(t.names, r.PID.V)
	case r.PID.OK && r.Comm.OK:
		t.names[r.PID.V] = r.Comm.V
	case r.Type == schema.TypeSystem:
		t.systems[0], t.systems[1] = r.System, t.systems[0]
		t.sampled++
	}
}

func (t *recordText) parts(b []byte, r *schema.Record) []byte {
	if t.wall {
		b = r.Time.AppendTo(b)
	} else {
		b = fmt.Appendf(b, "%13s", t.offset(r.Time))
	}
	b = fmt.Appendf(b, " %-6s", r.Type)
	if r.PID.OK {
		b = fmt.Appendf(b, " %7d %s", r.PID.V, schema.EscapeComm(r.Comm.V))
	}
	if r.PPID.V > 0 {
		b = fmt.Appendf(b, " (%d", r.PPID.V)
		if name, ok := t.names[r.PPID.V]; ok {
			b = fmt.Appendf(b, " %s", schema.EscapeComm(name))
		}
		b = append(b, ')')
	}
	if r.PID.OK {
		b = append(b, ':')
	}
	return t.event(append(b, ' '), r)
}

// offset writes a time as an offset from the start, to the microsecond.
func (t *recordText) offset(at schema.Time) string {
	return fmt.Sprintf("%+.6fs", at.Sub(t.start.V).Seconds())
}

// event appends what a record tells of, by its type.
func (t *recordText) event(b []byte, r *schema.Record) []byte {
	switch r.Type {
	case schema.TypeMeta:
		return fmt.Appendf(b, "%s, Linux %s, %s, linnix %s, recorded from %s", r.Host.V, r.Kernel.V, count(r.CPUs.V, "CPU"), r.ToolVersion.V, r.Time)
	case schema.TypeTask:
		return appendTaskText(b, r)
	case schema.TypeFork:
		return append(b, "forked"...)
	case schema.TypeExec:
		return appendExecText(b, r)
	case schema.TypeExit:
		return append(b, exitText(r)...)
	case schema.TypeSample:
		return append(b, usageText(r)...)
	case schema.TypeSystem:
		return t.system(b)
	case schema.TypeOOM:
		b = fmt.Appendf(b, "chosen by the OOM killer, %s", usageText(r))
		if r.Process.Cgroup.OK {
			b = fmt.Appendf(b, ", in %s", r.Process.Cgroup.V)
		}
		return b
	case schema.TypeLost:
		b = fmt.Appendf(b, "%s lost: %s", count(r.Count.V, r.LostType.V+" event"), r.Reason.V)
		if r.From.OK && r.To.OK {
			b = fmt.Appendf(b, ", from %s to %s", t.offset(r.From.V), t.offset(r.To.V))
		}
		return b
	case schema.TypeEnd:
		return fmt.Appendf(b, "stopped by %s after %s", r.StopReason.V, seconds(time.Duration(r.DurationNs.V)))
	default:
		return appendMembers(b, r)
	}
}

// appendTaskText appends what a process is that began before the recording, or outlives it.
func appendTaskText(b []byte, r *schema.Record) []byte {
	phase := r.Phase.V
	if phase == schema.PhaseBegin {
		phase = "start"
	}
	b = fmt.Appendf(b, "alive at the %s", phase)
	if usage := usageText(r); usage != "" {
		b = fmt.Appendf(b, ", %s", usage)
	}
	if len(r.Argv.V) > 0 {
		b = fmt.Appendf(b, ": %s", commandText(r.Argv.V))
	}
	return b
}

// appendExecText appends what was executed: the file that ran, which is the interpreter of
// a script, and the arguments behind argv[0].
func appendExecText(b []byte, r *schema.Record) []byte {
	argv := r.Argv.V
	if file := r.Exe.Or(r.Filename.V); file != "" {
		argv = append([]string{file}, argv[min(1, len(argv)):]...)
	}
	b = append(b, commandText(argv)...)
	if r.ArgvTruncated.V {
		b = fmt.Appendf(b, " … (%s in all)", byteSize(r.ArgvBytes.V))
	}
	return b
}

// exitText says how a process ended.
func exitText(r *schema.Record) string {
	var age schema.Opt[int64]
	if r.StartTime.OK {
		age.Set(max(0, int64(r.Time.Sub(r.StartTime.V))))
	}
	return report.Ending(&schema.Ended{
		ExitCode: r.ExitCode, Signal: r.Event.Signal, CoreDumped: r.CoreDumped.V, CPUNs: r.CPUNs, MaxRSSBytes: r.MaxRSSBytes,
	}, age)
}

// system appends the figures of the latest system record.
func (t *recordText) system(b []byte) []byte {
	s := &t.systems[0]
	if busy := replay.BusyPercent(&t.systems[1], s); t.sampled > 1 && busy.OK {
		b = fmt.Appendf(b, "CPU %.1f%%, ", busy.V)
	}
	if s.Load1.OK {
		b = fmt.Appendf(b, "load %.2f, ", s.Load1.V)
	}
	if s.MemAvailableBytes.OK {
		b = fmt.Appendf(b, "%s available, ", byteSize(s.MemAvailableBytes.V))
	}
	return fmt.Appendf(b, "%d running, %d blocked", s.ProcsRunning.V, s.ProcsBlocked.V)
}

// usageText tells what is known of a process's use of the machine.
func usageText(r *schema.Record) string {
	var parts []string
	if r.State.OK {
		parts = append(parts, "state "+r.State.V)
	}
	if r.Threads.V > 1 {
		parts = append(parts, count(r.Threads.V, "thread"))
	}
	if r.CPUNs.OK {
		parts = append(parts, report.Span(time.Duration(r.CPUNs.V))+" CPU")
	}
	if r.RSSBytes.OK {
		parts = append(parts, byteSize(r.RSSBytes.V))
	}
	return strings.Join(parts, ", ")
}

// appendMembers appends what a record holds beyond the common fields as JSON.
func appendMembers(b []byte, r *schema.Record) []byte {
	common := schema.Record{Type: r.Type, Time: r.Time, Seq: r.Seq}
	skip := len(schema.AppendJSON(nil, &common)) - len("}")
	members := schema.AppendJSON(nil, r)[skip:]
	if members[0] == ',' {
		members[0] = '{'
		b = append(b, members...)
	}
	return b
}
