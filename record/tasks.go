package record

import (
	"bytes"
	"fmt"
	"io"

	"github.com/cilium/ebpf/link"
	"github.com/linnix-os/linnix/bpf"
)

// Bits of task_struct's __state and exit_state (include/linux/sched.h).
const (
	taskInterruptible   = 0x0001
	taskUninterruptible = 0x0002
	taskStopped         = 0x0004
	taskTraced          = 0x0008
	taskParked          = 0x0040
	taskNoLoad          = 0x0400
	taskRTLockWait      = 0x1000
	taskFrozen          = 0x8000
	exitDead            = 0x0010
	exitZombie          = 0x0020
)

// task is one process as the iterator saw it: its threads folded into one.
type task struct {
	process bpf.Process
	// parentStartNs completes process.Ppid to the parent's identity.
	parentStartNs uint64
	// timeNs is when its last thread was visited.
	timeNs uint64
	usage  bpf.Usage
	cpuNs  uint64
	// delayKnown says that usage.RunDelayNs covers every thread there ever was.
	delayKnown bool
	state      byte
	threads    int
	// live counts the threads that have not begun to exit.
	live         uint32
	rssPages     uint64
	kernelThread bool
	// marks is what the filter has decided.
	marks bpf.Marks
}

func (t *task) zombie() bool { return t.state == 'Z' }

// taskIterator reads all tasks of the host through the kernel's iterator. The pass is
// not atomic: each task is as of its own visit.
type taskIterator struct {
	tasks  *link.Iter
	buffer bytes.Buffer
}

func newTaskIterator(k *bpf.Kernel) (*taskIterator, error) {
	tasks, err := link.AttachIter(link.IterOptions{Program: k.Tasks})
	if err != nil {
		return nil, fmt.Errorf("attach the task iterator: %w", err)
	}
	return &taskIterator{tasks: tasks}, nil
}

func (it *taskIterator) close() { it.tasks.Close() }

// read runs the iterator over all tasks. The result is valid until the next call.
func (it *taskIterator) read() ([]byte, error) {
	seq, err := it.tasks.Open()
	if err != nil {
		return nil, fmt.Errorf("open the task iterator: %w", err)
	}
	defer seq.Close()
	it.buffer.Reset()
	// bytes.Buffer grows its reads with its content, so few calls read many tasks.
	it.buffer.Grow(64 << 10)
	if _, err := it.buffer.ReadFrom(struct{ io.Reader }{seq}); err != nil {
		return nil, fmt.Errorf("read the task iterator: %w", err)
	}
	return it.buffer.Bytes(), nil
}

// processes returns every process, in the order of the visit.
func (it *taskIterator) processes() ([]*task, error) {
	raw, err := it.read()
	if err != nil {
		return nil, err
	}
	fold := folder{byPID: make(map[uint32]*task)}
	for len(raw) > 0 {
		thread, err := view[bpf.ThreadRecord](raw)
		if err != nil {
			return nil, fmt.Errorf("task iterator: %w", err)
		}
		raw = rest[bpf.ThreadRecord](raw)
		var leader *bpf.LeaderRecord
		if thread.Tid == thread.Pid {
			if leader, err = view[bpf.LeaderRecord](raw); err != nil {
				return nil, fmt.Errorf("task iterator: %w", err)
			}
			raw = rest[bpf.LeaderRecord](raw)
		}
		fold.add(thread, leader)
	}
	return fold.finish(), nil
}

// folder sums threads up to processes.
type folder struct {
	byPID map[uint32]*task
	order []*task
}

func (f *folder) add(thread *bpf.ThreadRecord, leader *bpf.LeaderRecord) {
	t := f.byPID[thread.Pid]
	if t == nil {
		t = &task{}
		f.byPID[thread.Pid] = t
		f.order = append(f.order, t)
	}
	t.timeNs = thread.TimeNs
	t.cpuNs += thread.CpuNs
	addUsage(&t.usage, &thread.Usage)
	if thread.ExitState == 0 {
		t.threads++
	}
	state := stateOf(thread.State, thread.ExitState)
	if leader == nil {
		// A process whose leader has ended lives on in its other threads.
		if t.state == 0 || t.state == 'Z' && t.live > 0 {
			t.state = state
		}
		return
	}
	t.process, t.live, t.parentStartNs = leader.Process, leader.Live, leader.ParentStartNs
	t.cpuNs += leader.ReapedCpuNs
	addUsage(&t.usage, &leader.Reaped)
	t.delayKnown = leader.ReapedCpuNs == 0 && leader.Reaped == (bpf.Usage{})
	t.rssPages = leader.RssPages
	t.kernelThread = leader.KernelThread != 0
	t.marks = bpf.Marks(leader.Marks)
	switch {
	case leader.Live == 0 && state != 'X':
		// Past its exit event, it is a zombie in a moment.
		t.state = 'Z'
	case t.state == 0 || state != 'Z':
		t.state = state
	}
}

// finish drops what has no leader: a process that was being reaped, or whose threads
// came in the one moment when exec changes the leader.
func (f *folder) finish() []*task {
	whole := f.order[:0]
	for _, t := range f.order {
		if t.process.Pid != 0 && t.state != 'X' {
			whole = append(whole, t)
		}
	}
	return whole
}

func addUsage(to, u *bpf.Usage) {
	to.UtimeNs += u.UtimeNs
	to.StimeNs += u.StimeNs
	to.MinFaults += u.MinFaults
	to.MajFaults += u.MajFaults
	to.ReadBytes += u.ReadBytes
	to.WriteBytes += u.WriteBytes
	to.VoluntarySwitches += u.VoluntarySwitches
	to.InvoluntarySwitches += u.InvoluntarySwitches
	to.RunDelayNs += u.RunDelayNs
}

// stateOf gives the letter that ps shows.
func stateOf(state, exitState uint32) byte {
	switch {
	case exitState&exitZombie != 0:
		return 'Z'
	case exitState&exitDead != 0:
		return 'X'
	case state&taskUninterruptible != 0 && state&taskNoLoad != 0:
		return 'I'
	case state&(taskUninterruptible|taskRTLockWait|taskFrozen) != 0:
		return 'D'
	case state&taskTraced != 0:
		return 't'
	case state&taskStopped != 0:
		return 'T'
	case state&taskParked != 0:
		return 'P'
	case state&taskInterruptible != 0:
		return 'S'
	default:
		return 'R'
	}
}
