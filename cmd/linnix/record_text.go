package main

import (
	"fmt"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// appendRecordText appends one record as a person reads it: time, type, process, and
// what that type is about. No byte of a capture reaches the terminal unseen.
func appendRecordText(b []byte, r *schema.Record) []byte {
	return append(b, visible(string(appendRecordParts(nil, r)))...)
}

func appendRecordParts(b []byte, r *schema.Record) []byte {
	b = fmt.Appendf(b, "%s %-6s", r.Time, r.Type)
	if r.PID.OK {
		b = fmt.Appendf(b, " %7d %-15s", r.PID.V, schema.EscapeComm(r.Comm.V))
	}
	switch r.Type {
	case schema.TypeMeta:
		return fmt.Appendf(b, " %s, Linux %s, %s, linnix %s", r.Host.V, r.Kernel.V, count(r.CPUs.V, "CPU"), r.ToolVersion.V)
	case schema.TypeFork:
		return fmt.Appendf(b, " child of %d", r.PPID.V)
	case schema.TypeExec:
		return fmt.Appendf(b, " %s", commandText(r.Argv.V))
	case schema.TypeTask:
		return appendUsageText(fmt.Appendf(b, " %s,", r.Phase.V), r)
	case schema.TypeSample, schema.TypeOOM:
		return appendUsageText(b, r)
	case schema.TypeExit:
		return appendUsageText(appendStatusText(b, r), r)
	case schema.TypeLost:
		return fmt.Appendf(b, " %s: %s", count(r.Count.V, r.LostType.V+" event"), r.Reason.V)
	case schema.TypeEnd:
		return fmt.Appendf(b, " stopped by %s after %s", r.StopReason.V, seconds(time.Duration(r.DurationNs.V)))
	default:
		return appendMembers(b, r)
	}
}

// appendStatusText appends how a process ended.
func appendStatusText(b []byte, r *schema.Record) []byte {
	if signal := r.Signal.Or(0); signal != 0 {
		return fmt.Appendf(b, " killed by signal %d,", signal)
	}
	return fmt.Appendf(b, " exit code %d,", r.ExitCode.V)
}

// appendUsageText appends what is known of a process's use of the machine.
func appendUsageText(b []byte, r *schema.Record) []byte {
	if r.State.OK {
		b = fmt.Appendf(b, " state %s,", r.State.V)
	}
	if r.CPUNs.OK {
		b = fmt.Appendf(b, " cpu %v,", time.Duration(r.CPUNs.V))
	}
	rss := r.RSSBytes
	if !rss.OK {
		rss = r.MaxRSSBytes
	}
	if rss.OK {
		b = fmt.Appendf(b, " rss %s,", byteSize(rss.V))
	}
	if len(b) > 0 && b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return b
}

// appendMembers appends what a record holds beyond the common fields as JSON.
func appendMembers(b []byte, r *schema.Record) []byte {
	common := schema.Record{Type: r.Type, Time: r.Time, Seq: r.Seq}
	skip := len(schema.AppendJSON(nil, &common)) - len("}")
	members := schema.AppendJSON(nil, r)[skip:]
	if members[0] == ',' {
		members[0] = '{'
		b = append(append(b, ' '), members...)
	}
	return b
}
