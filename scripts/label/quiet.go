package main

import (
	"errors"
	"time"

	"github.com/linnix-os/linnix/schema"
)

// errNotQuiet says that a capture shows more than its label says.
var errNotQuiet = errors.New("other processes were busy meanwhile; record it again on a quiet host")

// maxOthersCPU is how much of one CPU, in percent, may go to processes that are neither
// the workload, nor the recorder, nor the kernel: less than any heuristic takes for a spin.
const maxOthersCPU = 30

// kthreadd is the pid of the parent of all kernel threads.
const kthreadd = 2

// others adds up the CPU time of all who have nothing to do with the workload.
type others struct {
	// workload holds the pids of the recorder and of all that descend from it.
	workload map[int64]bool
	last     map[int64]use
	used     time.Duration
	from, to schema.Time
}

// use is the CPU time of a process at its last record.
type use struct {
	start schema.Time
	cpuNs int64
}

// see takes a record in. What a process used before the capture does not count.
func (o *others) see(r *schema.Record) {
	if r.Type == schema.TypeMeta {
		*o = others{workload: map[int64]bool{r.SelfPID.V: true}, last: map[int64]use{}, from: r.Time}
	}
	o.to = max(o.to, r.Time)
	if r.Type == schema.TypeFork {
		o.workload[r.PID.V] = o.workload[r.PPID.V]
		o.last[r.PID.V] = use{start: r.StartTime.V}
	}
	if !r.PID.OK || !r.CPUNs.OK || o.workload[r.PID.V] || r.PID.V == kthreadd || r.PPID.V == kthreadd {
		return
	}
	if last, known := o.last[r.PID.V]; known && last.start == r.StartTime.V {
		o.used += time.Duration(r.CPUNs.V - last.cpuNs)
	}
	o.last[r.PID.V] = use{start: r.StartTime.V, cpuNs: r.CPUNs.V}
}

// quiet returns errNotQuiet where they used too much.
func (o *others) quiet() error {
	if o.used*100 > o.to.Sub(o.from)*maxOthersCPU {
		return errNotQuiet
	}
	return nil
}

// watched is a reader that shows others what it reads.
type watched struct {
	reader
	others
}

func (w *watched) Read() (*schema.Record, error) {
	r, err := w.reader.Read()
	if err == nil {
		w.see(r)
	}
	return r, err
}
