package main

import (
	"fmt"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// synthetic builds captures of a host that never was, the same on every run.
type synthetic struct {
	records []schema.Record
	now     schema.Time
	cpuNs   int64 // busy time of the host so far
	psiUs   int64 // CPU pressure so far
	forks   int64
}

const (
	syntheticStart = schema.Time(1795379400_000000000) // 2026-11-22T20:30:00Z
	syntheticShell = 100
	syntheticIdler = 101
)

// syntheticKinds lists the captures that the scripts can ask for.
var syntheticKinds = map[string]func() []schema.Record{
	"idle":  func() []schema.Record { return newSynthetic().seconds(15, nil).end() },
	"storm": func() []schema.Record { return newSynthetic().seconds(20, stormSecond).end() },
	"spin":  func() []schema.Record { return newSynthetic().seconds(25, spinSecond).end() },
	"lossy": func() []schema.Record { return newSynthetic().seconds(20, lossySecond).end() },
	"late":  func() []schema.Record { return newSynthetic().seconds(20, lateSecond).end() },
}

// newSynthetic begins a capture of a host with an init, a shell and an idler.
func newSynthetic() *synthetic {
	s := &synthetic{now: syntheticStart}
	meta := s.add(schema.TypeMeta)
	meta.Format.Set(schema.Format)
	meta.FormatVersion.Set(schema.FormatVersion)
	meta.ToolVersion.Set("test")
	meta.Host.Set("example")
	meta.BootID.Set("00000000-0000-4000-8000-000000000001")
	meta.Kernel.Set("6.18.0")
	meta.Arch.Set("x86_64")
	meta.CPUs.Set(2)
	meta.MemTotalBytes.Set(8 << 30)
	meta.SwapTotalBytes.Set(0)
	meta.PageSize.Set(4096)
	meta.WallOffsetNs.Set(int64(syntheticStart.Add(-time.Hour)))
	meta.IntervalNs.Set(int64(time.Second))
	meta.Source.Set("ebpf")
	meta.Command.Set([]string{"linnix", "record"})
	for _, p := range []struct {
		pid, ppid int64
		comm      string
		argv      []string
	}{
		{1, 0, "init", []string{"/sbin/init"}},
		{syntheticShell, 1, "storm.sh", []string{"bash", "storm.sh"}},
		{syntheticIdler, 1, "idler", []string{"idler", "--quiet", "two words"}},
	} {
		r := s.process(schema.TypeTask, p.pid, p.ppid, p.comm, syntheticStart.Add(-time.Minute))
		r.Phase.Set(schema.PhaseBegin)
		r.Argv.Set(p.argv)
		r.State.Set("S")
		r.CPUNs.Set(int64(time.Millisecond))
		r.RSSBytes.Set(4 << 20)
	}
	return s.system()
}

// seconds lets time pass; event, if given, is told each second before its samples.
func (s *synthetic) seconds(n int, event func(s *synthetic, second int)) *synthetic {
	for second := range n {
		if event != nil {
			event(s, second)
		}
		s.now = syntheticStart.Add(time.Duration(second+1) * time.Second)
		s.system()
	}
	return s
}

// stormSecond forks 100 children a second for five seconds from the third on, and
// lets all exit at the twelfth.
func stormSecond(s *synthetic, second int) {
	const first, last, exits, perSecond = 3, 8, 12, 100
	for i := range perSecond {
		at := syntheticStart.Add(time.Duration(second)*time.Second + time.Duration(i+1)*9*time.Millisecond)
		if second >= first && second < last {
			s.now, s.forks = at, s.forks+1
			pid := int64(1000 + (second-first)*perSecond + i)
			s.process(schema.TypeFork, pid, syntheticShell, "storm.sh", at)
			exec := s.process(schema.TypeExec, pid, syntheticShell, "sleep", at)
			exec.Filename.Set("/usr/bin/sleep")
			exec.Argv.Set([]string{"sleep", fmt.Sprint(i)})
		}
	}
	if second == exits {
		for i := range (last - first) * perSecond {
			born := syntheticStart.Add(time.Duration(first+i/perSecond)*time.Second + time.Duration(i%perSecond+1)*9*time.Millisecond)
			exit := s.process(schema.TypeExit, int64(1000+i), syntheticShell, "sleep", born)
			exit.ExitCode.Set(0)
			exit.Signal.Set(15)
			exit.CPUNs.Set(int64(time.Millisecond))
		}
	}
}

// spinSecond keeps the idler busy on one core, from the second second on, while others
// wait for a core.
func spinSecond(s *synthetic, second int) {
	if second < 2 {
		return
	}
	s.cpuNs += int64(time.Second)
	s.psiUs += 500_000
	s.now = syntheticStart.Add(time.Duration(second+1)*time.Second - time.Millisecond)
	r := s.process(schema.TypeSample, syntheticIdler, 1, "idler", syntheticStart.Add(-time.Minute))
	r.State.Set("R")
	r.CPUNs.Set(s.cpuNs + int64(time.Millisecond))
	r.RSSBytes.Set(4 << 20)
	r.Threads.Set(1)
	r.ReadBytes.Set(0)
	r.WriteBytes.Set(0)
	r.MinFaults.Set(10)
	r.MajFaults.Set(0)
	r.VoluntarySwitches.Set(1)
	r.InvoluntarySwitches.Set(int64(second))
}

// lossySecond is a storm of which some forks were lost.
func lossySecond(s *synthetic, second int) {
	stormSecond(s, second)
	if second == 4 {
		lost := s.add(schema.TypeLost)
		lost.LostType.Set(string(schema.TypeFork))
		lost.Count.Set(7)
		lost.Reason.Set("ring_full")
		lost.From.Set(s.now.Add(-time.Second))
		lost.To.Set(s.now)
	}
}

// lateSecond puts one record three seconds behind the others.
func lateSecond(s *synthetic, second int) {
	stormSecond(s, second)
	if second == 15 {
		on := s.now
		s.now = on.Add(-3 * time.Second)
		s.process(schema.TypeFork, 5000, syntheticShell, "storm.sh", s.now)
		s.now = on
	}
}

// system adds the system record of this moment.
func (s *synthetic) system() *synthetic {
	elapsed := int64(s.now.Sub(syntheticStart))
	r := s.add(schema.TypeSystem)
	r.CPUUserNs.Set(s.cpuNs)
	r.CPUNiceNs.Set(0)
	r.CPUSystemNs.Set(0)
	r.CPUIdleNs.Set(2*elapsed - s.cpuNs)
	r.CPUIowaitNs.Set(0)
	r.CPUIrqNs.Set(0)
	r.CPUSoftirqNs.Set(0)
	r.CPUStealNs.Set(0)
	r.ForksTotal.Set(s.forks)
	r.ContextSwitches.Set(elapsed / 1000)
	r.ProcsRunning.Set(1)
	r.ProcsBlocked.Set(0)
	r.MemFreeBytes.Set(4 << 30)
	r.MemAvailableBytes.Set(6 << 30)
	r.SwapFreeBytes.Set(0)
	r.Load1.Set(0.5)
	r.Load5.Set(0.5)
	r.Load15.Set(0.5)
	r.DiskReadBytes.Set(0)
	r.DiskWriteBytes.Set(0)
	r.DiskBusyNs.Set(0)
	r.NetRxBytes.Set(0)
	r.NetTxBytes.Set(0)
	r.PSI.CPUSomeUs.Set(s.psiUs)
	r.PSI.MemorySomeUs.Set(0)
	r.PSI.MemoryFullUs.Set(0)
	r.PSI.IOSomeUs.Set(0)
	r.PSI.IOFullUs.Set(0)
	return s
}

// end closes the capture.
func (s *synthetic) end() []schema.Record {
	r := s.add(schema.TypeEnd)
	r.StopReason.Set("duration")
	r.Counts.Set(schema.JSON(fmt.Sprintf(`{"fork":{"attempted":%d,"written":%[1]d,"filtered":0,"lost":0}}`, s.forks)))
	r.DurationNs.Set(int64(s.now.Sub(syntheticStart)))
	return s.records
}

// process adds a record about one process.
func (s *synthetic) process(t schema.Type, pid, ppid int64, comm string, start schema.Time) *schema.Record {
	r := s.add(t)
	r.PID.Set(pid)
	r.PPID.Set(ppid)
	r.StartTime.Set(start)
	r.Comm.Set(comm)
	r.UID.Set(0)
	r.GID.Set(0)
	return r
}

// add adds a record at this moment; the pointer holds until the next.
func (s *synthetic) add(t schema.Type) *schema.Record {
	s.records = append(s.records, schema.Record{Type: t, Time: s.now, Seq: int64(len(s.records))})
	return &s.records[len(s.records)-1]
}
