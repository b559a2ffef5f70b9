package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// known is what the recorder remembers of a process: enough to see a change.
type known struct {
	cpuNs    uint64
	switches uint64
	rssPages uint64
	state    byte
	// peakRSS is the largest memory sampled since the last exec, in bytes.
	peakRSS int64
	// formerPages is the peak memory of the address spaces before the last exec, if
	// formerKnown.
	formerPages uint64
	formerKnown bool
	// exited says that its exit was seen; it is then a zombie, or gone. While ending,
	// that exit waits for its final CPU time.
	exited, ending bool
	// seen marks the pass of the iterator that saw it last.
	seen int
}

// processTable follows every process of the host: from events as they are read from
// the ring, from the iterator at each sample.
type processTable struct {
	decoder *decoder
	// all has each process that is live, or whose exit is not complete, or that a pass has
	// seen as a zombie.
	all map[processKey]*known
	// past has the final CPU time of the others that have ended: since the last pass, and
	// before it. A storm leaves thousands, which may yet be seen as zombies.
	past [2]map[processKey]uint64
	// strangers were seen by the pass before without a fork, newcomers by this one. Who
	// is seen twice had its fork lost.
	strangers, newcomers map[processKey]bool
	pass                 int
	// alive counts those of all that have not ended.
	alive int
}

func newProcessTable(d *decoder) *processTable {
	return &processTable{
		decoder: d, all: make(map[processKey]*known), newcomers: make(map[processKey]bool),
		past: [2]map[processKey]uint64{make(map[processKey]uint64), make(map[processKey]uint64)},
	}
}

// has says whether a process was taken in, however it is now.
func (p *processTable) has(key processKey) bool {
	_, ended := p.pastCPU(key)
	return ended || p.all[key] != nil
}

func (p *processTable) pastCPU(key processKey) (cpuNs uint64, ok bool) {
	for _, past := range p.past {
		if cpuNs, ok := past[key]; ok {
			return cpuNs, true
		}
	}
	return 0, false
}

func (p *processTable) fork(key processKey) { p.add(key).formerKnown = true }

func (p *processTable) add(key processKey) *known {
	k := &known{seen: p.pass}
	p.all[key] = k
	p.alive++
	return k
}

// exec gives a process a new address space; formerPages is the peak of those it had.
func (p *processTable) exec(key processKey, formerPages uint64) {
	if k := p.all[key]; k != nil {
		k.peakRSS, k.formerPages, k.formerKnown = 0, formerPages, true
	}
}

// maxRSS returns the peak memory of a process's last address space in bytes, or 0 if
// nothing tells it. Before 6.16 an exit knows only the peak over all of them, which is
// the last one's if it has risen since the exec.
func (k *known) maxRSS(e *bpf.ExitEvent) int64 {
	pages := e.MaxRssPages
	if pages == 0 && k.formerKnown && e.PeakRssPages > k.formerPages {
		pages = e.PeakRssPages
	}
	return max(int64(pages)*int64(os.Getpagesize()), k.peakRSS)
}

// exit marks a process as ending and returns what is known of it.
func (p *processTable) exit(key processKey) *known {
	k := p.all[key]
	if k == nil {
		k = p.add(key)
	}
	k.exited, k.ending = true, true
	p.alive--
	return k
}

// ended lets go of what is known of a process whose exit is complete.
func (p *processTable) ended(key processKey, cpuNs uint64) {
	delete(p.all, key)
	p.past[0][key] = cpuNs
}

// admit decides whether a task of a pass is to be recorded, and returns what is known
// of it. It was visited while events were pending: one that has ended since is told by
// its exit, one whose fork is still in the ring by that.
func (p *processTable) admit(t *task) *known {
	key := keyOf(&t.process)
	k := p.all[key]
	if cpuNs, ended := p.pastCPU(key); k == nil && ended {
		if !t.zombie() {
			return nil
		}
		k = &known{exited: true, cpuNs: cpuNs}
		p.all[key] = k
	}
	if k == nil {
		if !p.strangers[key] {
			p.newcomers[key] = true
			return nil
		}
		k = p.add(key)
	}
	k.seen = p.pass
	if k.ending || k.exited && !t.zombie() {
		return nil
	}
	return k
}

// changed compares a task with its last record and remembers it. The pass is not
// atomic, so CPU time may seem to fall: the maximum stands.
func (k *known) changed(t *task) bool {
	t.cpuNs = max(t.cpuNs, k.cpuNs)
	switches := t.usage.VoluntarySwitches + t.usage.InvoluntarySwitches
	same := t.cpuNs == k.cpuNs && t.state == k.state && t.rssPages == k.rssPages && switches == k.switches
	k.cpuNs, k.state, k.rssPages, k.switches = t.cpuNs, t.state, t.rssPages, switches
	return !same || t.zombie()
}

// forget ends a pass: a process that has ended and was not seen was reaped. One that
// two passes did not see has ended too: its exit was lost, or came before the capture.
func (p *processTable) forget() {
	for key, k := range p.all {
		if k.seen < p.pass && (k.exited || k.seen < p.pass-1) {
			delete(p.all, key)
			if !k.exited {
				p.alive--
			}
		}
	}
	p.strangers, p.newcomers = p.newcomers, make(map[processKey]bool)
	clear(p.past[1])
	p.past[0], p.past[1] = p.past[1], p.past[0]
	p.pass++
}

// fill writes a task's fields into a task or sample record.
func (p *processTable) fill(r *schema.Record, t *task, k *known) {
	r.Time = p.decoder.clock.wall(t.timeNs)
	p.decoder.process(r, &t.process)
	r.State.Set(string(t.state))
	r.Threads.Set(int64(t.threads))
	r.CPUNs.Set(int64(t.cpuNs))
	setUsage(r, &t.usage, t.delayKnown)
	if rss, ok := residentBytes(t); ok {
		r.RSSBytes.Set(rss)
		k.peakRSS = max(k.peakRSS, rss)
	}
}

// residentBytes reads a process's memory. The iterator sees only the shared part of
// the kernel's per-CPU counters, which is off by hundreds of KiB; statm adds them up.
// A kernel thread has no memory of its own.
func residentBytes(t *task) (int64, bool) {
	if t.kernelThread {
		return 0, false
	}
	if t.zombie() {
		return 0, true
	}
	var buf [128]byte
	text, err := readSmall(procPath(t.process.Pid, "statm"), buf[:])
	if err != nil {
		return 0, false
	}
	_, after, _ := bytes.Cut(text, []byte(" "))
	resident, _, _ := bytes.Cut(after, []byte(" "))
	pages, err := strconv.ParseInt(string(resident), 10, 64)
	return pages * int64(os.Getpagesize()), err == nil
}

func procPath(pid uint32, file string) string {
	return "/proc/" + strconv.FormatUint(uint64(pid), 10) + "/" + file
}

// readSmall reads a file of the kernel's that fits buf.
func readSmall(path string, buf []byte) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n, err := f.Read(buf)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return buf[:n], nil
}
