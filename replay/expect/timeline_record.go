package expect

import (
	"path"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// firstNamed is the place of the first named process, behind init and kthreadd.
const firstNamed = 2

// timelineMeta is what the meta record of every timeline says of its host.
const (
	timelineHost   = "timeline"
	timelineBoot   = "00000000-0000-4000-8000-000000000001"
	timelineKernel = "6.12.0"
	timelinePages  = 4096
	timelineMaxPID = 4_194_304
	timelineUser   = 1000
)

// write fills in a record that is due, and notes what it tells.
func (s *timelineSource) write(r *schema.Record, due item) {
	switch due.kind {
	case schema.TypeMeta:
		s.writeMeta(r)
	case schema.TypeSystem:
		s.writeSystem(r, due.at)
	case schema.TypeLost:
		writeLost(r, due.event.loss)
	case schema.TypeEnd:
		s.writeEnd(r)
	case schema.TypeFork:
		s.begin(due.index)
		s.counts[due.kind]++
		s.identify(r, due.index)
		r.ParentStartTime.Set(s.processes[due.index].parent.startTime())
	case schema.TypeExec:
		s.counts[due.kind]++
		s.writeExec(r, due.index)
	case schema.TypeExit:
		s.counts[due.kind]++
		s.writeExit(r, due)
	case schema.TypeOOM:
		s.counts[due.kind]++
		s.identify(r, due.index)
		r.RSSBytes.Set(due.event.size.Or(s.processes[due.index].rssAt(due.at)))
	default:
		s.writeSample(r, due)
	}
}

func (s *timelineSource) writeMeta(r *schema.Record) {
	r.Meta.Format.Set(schema.Format)
	r.FormatVersion.Set(schema.FormatVersion)
	r.Host.Set(timelineHost)
	r.BootID.Set(timelineBoot)
	r.Kernel.Set(timelineKernel)
	r.Arch.Set("x86_64")
	r.CPUs.Set(s.cpus)
	r.MemTotalBytes.Set(s.memory)
	r.SwapTotalBytes.Set(0)
	r.PageSize.Set(timelinePages)
	r.PIDMax.Set(timelineMaxPID)
	r.WallOffsetNs.Set(int64(TimelineStart.Add(-timelineUptime)))
	r.IntervalNs.Set(int64(sampleEvery))
}

// begin brings a process into being that was forked: it is what its parent is.
func (s *timelineSource) begin(index int) {
	parent := &s.states[s.processes[index].parent.index]
	s.states[index] = state{comm: parent.comm, argv: parent.argv, rss: restBytes}
	s.fresh = append(s.fresh, index)
	s.alive++
}

// identify says which process a record is about.
func (s *timelineSource) identify(r *schema.Record, index int) {
	p := s.processes[index]
	r.PID.Set(p.pid)
	r.PPID.Set(s.ppid(p))
	r.StartTime.Set(p.startTime())
	r.Comm.Set(s.states[index].comm)
	user := int64(timelineUser)
	if index < firstNamed {
		user = 0
	}
	r.UID.Set(user)
	r.GID.Set(user)
}

// ppid is the pid of the real parent: init's once the one by birth has ended.
func (s *timelineSource) ppid(p *process) int64 {
	switch {
	case p.parent == nil:
		return 0
	case s.states[p.parent.index].ended:
		return s.processes[0].pid
	}
	return p.parent.pid
}

// startTime of a process that was there before is the later the deeper it stands.
func (p *process) startTime() schema.Time {
	if !p.there() {
		return TimelineStart.Add(p.birth)
	}
	start := TimelineStart.Add(-timelineUptime / 2)
	for q := p.parent; q != nil; q = q.parent {
		start = start.Add(time.Millisecond)
	}
	return start
}

func (s *timelineSource) writeExec(r *schema.Record, index int) {
	st := &s.states[index]
	st.argv = s.processes[index].argv
	st.comm = path.Base(st.argv[0])
	st.comm = st.comm[:min(len(st.comm), maxComm)]
	s.identify(r, index)
	file := programOf(st.argv[0])
	r.Filename.Set(file)
	r.Exe.Set(file)
	r.Argv.Set(st.argv)
	var bytes int64
	for _, arg := range st.argv {
		bytes += int64(len(arg)) + 1
	}
	r.ArgvBytes.Set(bytes)
	r.ArgvTruncated.Set(false)
}

// programOf is the file of a command.
func programOf(command string) string {
	if path.Base(command) != command {
		return command
	}
	return "/usr/bin/" + command
}

func (s *timelineSource) writeExit(r *schema.Record, due item) {
	p := s.processes[due.index]
	s.identify(r, due.index)
	const sigkill = 9
	r.ExitCode.Set(0)
	r.Signal.Set(0)
	if p.killed {
		r.Signal.Set(sigkill)
	}
	r.CoreDumped.Set(false)
	r.CPUNs.Set(p.cpuAt(due.at))
	r.MaxRSSBytes.Set(max(s.states[due.index].rss, p.rssAt(due.at)))
	s.states[due.index].ended = true
	s.alive--
	if p.reaped != never {
		s.zombies = append(s.zombies, due.index)
	}
}

// writeSample writes a sample or a task record.
func (s *timelineSource) writeSample(r *schema.Record, due item) {
	p, st := s.processes[due.index], &s.states[due.index]
	s.identify(r, due.index)
	cpu, rss := p.cpuAt(due.at), p.rssAt(due.at)
	r.State.Set("S")
	switch {
	case st.ended:
		r.State.Set("Z")
		rss = 0
	case cpu > st.cpu:
		r.State.Set("R")
	}
	st.cpu, st.rss = cpu, rss
	r.Threads.Set(1)
	r.CPUNs.Set(cpu)
	r.RSSBytes.Set(rss)
	if due.phase == "" {
		return
	}
	r.Phase.Set(due.phase)
	if len(st.argv) > 0 {
		r.Argv.Set(st.argv)
		r.Exe.Set(programOf(st.argv[0]))
	}
}
