package insight

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// A short-job flood is one process that starts short jobs without a pause, each of
// which does next to nothing: what they cost is in starting them, and no sampling tool
// shows them. A build starts as many, but its jobs work, and start jobs of their own.
const (
	// floodJobs is how many must end in every second of a window.
	floodJobs = 50
	// floodShare is the percent of the short jobs below it that one process must have
	// started itself, so that it can be named: make starts a third, compilers the rest.
	floodShare = 80
	// floodCPU is how much CPU time a job may use in the mean: those of `make -j8` of 400
	// small C files used 9 ms (datasets/captures/compile), /bin/true uses about 1.
	floodCPU = 5 * time.Millisecond
	// floodStay is the percent of the jobs that processes born in the window and alive at
	// its end may be: of jobs that live a second at most, a tenth of a window's are under
	// way. More is growth.
	floodStay = 10
	// floodSystem is the percent of all CPU time in the kernel from which on a flood is more
	// than a curiosity, as is cpu pressure from pressureWarning on.
	floodSystem = 50
)

// judgeShortJobFlood returns a verdict for each process that floods.
func judgeShortJobFlood(f *features) []verdict {
	var verdicts []verdict
	for _, s := range flooders(f) {
		verdicts = append(verdicts, shortJobFlood(f, &s))
	}
	return verdicts
}

// flooders returns the starters that flood, the most jobs first.
func flooders(f *features) []jobStarter {
	var list []jobStarter
	if f.Span() < Window || !floodsSomewhere(f) {
		return nil
	}
	for _, s := range f.JobStarters() {
		if s.Slowest() >= floodJobs {
			list = append(list, s)
		}
	}
	lookBelow(f, list)
	list = slices.DeleteFunc(list, func(s jobStarter) bool { return whyNoFlood(&s) != "" })
	slices.SortFunc(list, compareStarters)
	return list
}

// floodsSomewhere is a quick look: most windows have few short jobs.
func floodsSomewhere(f *features) bool {
	return !slices.ContainsFunc(f.buckets, func(b *bucket) bool { return b.jobs.total < floodJobs })
}

func compareStarters(a, b jobStarter) int {
	return cmp.Or(-cmp.Compare(a.Jobs, b.Jobs), compareProcesses(a.Process, b.Process))
}

// whyNoFlood says what speaks against a flood in one that starts enough; empty if
// nothing does. CPU time that is not known is taken to be little; the confidence is
// then capped.
func whyNoFlood(s *jobStarter) string {
	pid := s.Process.Key.PID
	switch mean := s.Below.MeanCPU(); {
	case s.Process.Exited():
		// What was below it is no longer known.
		return fmt.Sprintf("pid %d, which started the most short jobs, has exited", pid)
	case 100*s.Jobs < floodShare*s.Below.Jobs:
		return fmt.Sprintf("pid %d started only %.0f %% of the short jobs below it, a flood comes from one process (%d %%)",
			pid, percent(float64(s.Jobs), float64(s.Below.Jobs)), floodShare)
	case mean.OK && mean.V > floodCPU:
		return fmt.Sprintf("the short jobs of pid %d used %s of CPU in the mean, those of a flood %s or less",
			pid, fineMilliseconds(mean.V), milliseconds(floodCPU))
	case 100*s.BornAlive > floodStay*s.Below.Jobs:
		return fmt.Sprintf("%d of those born below pid %d stayed: it grows", s.BornAlive, pid)
	}
	return ""
}

// fineMilliseconds shows tenths: most jobs use less than a whole one.
func fineMilliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

func shortJobFlood(f *features, s *jobStarter) verdict {
	rate := float64(s.Jobs) / f.Span().Seconds()
	v := verdict{
		class: schema.ClassShortJobFlood, tree: s.Process, primary: s.Process,
		onset: max(f.From, s.First), end: s.Last, strength: rate, severity: schema.SeverityInfo,
		candidates: floodCandidates(f, s),
	}
	v.why = fmt.Sprintf("pid %d started %.0f jobs/s that lived %s at most", s.Process.Key.PID, rate, seconds(shortJob))
	if f.CPUSome.V >= pressureWarning || f.System.V >= floodSystem {
		v.severity = schema.SeverityWarning
	}
	far := float64(s.Slowest()) / floodJobs
	mean := s.Below.MeanCPU()
	if mean.OK {
		far = margin(far, room(float64(floodCPU), float64(mean.V)))
		v.why += fmt.Sprintf(" and used %s of CPU each", fineMilliseconds(mean.V))
	}
	v.judgeAt(far)
	v.confidence.capLost(f)
	capAbsent(&v.confidence, mean, "CPU time of the jobs")
	v.floodFacts(f, s)
	return v
}

// floodCandidates returns the flood's process and others that started many of the short
// jobs of its tree.
func floodCandidates(f *features, s *jobStarter) []candidate {
	var others []candidate
	total := int64(0)
	for _, o := range f.JobStarters() {
		if topOf(o.Process) == topOf(s.Process) {
			total += o.Jobs
			if o.Process != s.Process {
				others = append(others, candidate{o.Process, float64(o.Jobs)})
			}
		}
	}
	sortCandidates(others)
	list := []candidate{{s.Process, float64(s.Jobs) / float64(total)}}
	for _, o := range others[:min(len(others), maxCandidates-1)] {
		if o.share /= float64(total); o.share >= minShare {
			list = append(list, o)
		}
	}
	return list
}

func (v *verdict) floodFacts(f *features, s *jobStarter) {
	pid, share := s.Process.Key.PID, percent(float64(s.Jobs), float64(s.Below.Jobs))
	v.fact(fmt.Sprintf("%d jobs that pid %d started ended in %s, %s old at most", s.Jobs, pid, seconds(f.Span()), seconds(shortJob)), float64(s.Jobs), "jobs")
	v.fact(fmt.Sprintf("%d of them in the slowest second", s.Slowest()), float64(s.Slowest()), "jobs/s")
	v.fact(fmt.Sprintf("that is %.0f %% of the short jobs below pid %d", share, pid), share, "%")
	if mean := s.Below.MeanCPU(); mean.OK {
		used := float64(mean.V) / float64(time.Millisecond)
		v.fact(fmt.Sprintf("a short job used %s of CPU in the mean", fineMilliseconds(mean.V)), used, "ms")
		all := percent(float64(s.Below.CPUNs), float64(f.Span()))
		v.fact(fmt.Sprintf("all of them together used %.1f %% of a core", all), all, "%")
	}
	lived := float64(s.MeanLife()) / float64(time.Millisecond)
	v.fact(fmt.Sprintf("they had lived %s in the mean", fineMilliseconds(s.MeanLife())), lived, "ms")
	v.fact(fmt.Sprintf("%d processes born below pid %d stayed", s.BornAlive, pid), float64(s.BornAlive), "processes")
	v.fact(fmt.Sprintf("%d programs were run on the host", f.Execs), float64(f.Execs), "execs")
	v.pressureFact(f)
	v.percentFact(fmt.Sprintf("%.1f %% of all CPU time was spent in the kernel", f.System.V), f.System)
}

func whyNotShortJobFlood(f *features) string {
	total, slowest := int64(0), int64(-1)
	for _, b := range f.buckets {
		total += b.jobs.total
		if slowest < 0 || b.jobs.total < slowest {
			slowest = b.jobs.total
		}
	}
	starters := slices.Clone(f.JobStarters())
	slices.SortFunc(starters, compareStarters)
	switch {
	case f.Span() < Window:
		return fmt.Sprintf("only %s were recorded, a flood lasts %s", seconds(f.Span()), seconds(Window))
	case slowest < floodJobs:
		return fmt.Sprintf("%d short jobs ended in %s and %d in the slowest second, in a flood %d or more in each",
			total, seconds(f.Span()), slowest, floodJobs)
	case len(starters) == 0 || starters[0].Slowest() < floodJobs:
		return fmt.Sprintf("%d short jobs ended in %s, but no process started %d in each second", total, seconds(f.Span()), floodJobs)
	}
	lookBelow(f, starters[:1])
	return cmp.Or(whyNoFlood(&starters[0]), "the short jobs belong to another incident")
}
