package record

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// ring reads the kernel's ring buffer in place. The kernel offers its data pages twice
// in a row, so that no event is ever split; they are mapped once here, because each
// mapped page counts as memory of the recorder, and an event that is split is copied.
//
// Layout and order of the accesses are those of kernel/bpf/ringbuf.c (since 5.8): a page
// with the consumer's position, a page with the producer's, the data.
type ring struct {
	epoll    int
	control  []byte // the consumer's page, the only one that can be written
	shared   []byte // the producer's page and the data
	consumed *uint64
	produced *uint64
	data     []byte
	split    []uint64 // holds an event that goes past the end
}

// Header of an event in the ring.
const (
	ringHeaderBytes = 8
	ringBusy        = 1 << 31 // reserved, not yet submitted
	ringDiscarded   = 1 << 30
)

func openRing(events *ebpf.Map) (*ring, error) {
	page, size := os.Getpagesize(), int(events.MaxEntries())
	r := &ring{epoll: -1}
	var err error
	if r.control, err = unix.Mmap(events.FD(), 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, errors.Join(fmt.Errorf("map the ring buffer's position: %w", err), r.close())
	}
	if r.shared, err = unix.Mmap(events.FD(), int64(page), page+size, unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return nil, errors.Join(fmt.Errorf("map the ring buffer: %w", err), r.close())
	}
	r.consumed = (*uint64)(unsafe.Pointer(&r.control[0]))
	r.produced = (*uint64)(unsafe.Pointer(&r.shared[0]))
	r.data = r.shared[page:]
	if r.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for the ring buffer: %w", err), r.close())
	}
	// Edge-triggered: otherwise any event would end a wait, not only the wake-up that
	// the kernel side forces when the ring fills.
	wakeUp := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET}
	if err := unix.EpollCtl(r.epoll, unix.EPOLL_CTL_ADD, events.FD(), &wakeUp); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for the ring buffer: %w", err), r.close())
	}
	return r, nil
}

func (r *ring) close() error {
	var errs []error
	for _, mapped := range [...][]byte{r.control, r.shared} {
		if mapped != nil {
			errs = append(errs, unix.Munmap(mapped))
		}
	}
	if r.epoll >= 0 {
		errs = append(errs, unix.Close(r.epoll))
	}
	*r = ring{epoll: -1}
	return errors.Join(errs...)
}

// backlog is how many bytes wait to be read.
func (r *ring) backlog() int64 {
	return int64(r.end() - atomic.LoadUint64(r.consumed))
}

// wait sleeps until the kernel side forces a wake-up, or for at most d.
func (r *ring) wait(d time.Duration) error {
	var events [1]unix.EpollEvent
	ms := int((d + time.Millisecond - 1) / time.Millisecond)
	if _, err := unix.EpollWait(r.epoll, events[:], ms); err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("wait for the ring buffer: %w", err)
	}
	return nil
}

// end is the position behind the last event so far; passed says whether it was read.
func (r *ring) end() uint64                 { return atomic.LoadUint64(r.produced) }
func (r *ring) passed(position uint64) bool { return atomic.LoadUint64(r.consumed) >= position }

// read hands out at most max events and returns how many there were. An event is valid
// until take returns. All that was handed out is released to the kernel side at the end,
// also on an error. An event that is still being written ends the reading.
func (r *ring) read(max int, take func(raw []byte) error) (n int, err error) {
	position := atomic.LoadUint64(r.consumed)
	defer func() { atomic.StoreUint64(r.consumed, position) }()
	produced := r.end()
	for n < max && position < produced {
		start := position & uint64(len(r.data)-1)
		// Atomic, for the kernel clears the busy bit after it has written the event.
		header := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.data[start])))
		if header&ringBusy != 0 {
			return n, nil
		}
		length := uint64(header &^ (ringBusy | ringDiscarded))
		raw, err := r.event(start+ringHeaderBytes, length)
		if err != nil {
			return n, err
		}
		position += ringHeaderBytes + (length+7)&^7
		if header&ringDiscarded != 0 {
			continue
		}
		n++
		if err := take(raw); err != nil {
			return n, err
		}
	}
	return n, nil
}

// event returns the bytes of one event, 8-byte aligned. The position may lie behind the
// end of the data, which goes on at its beginning.
func (r *ring) event(at, length uint64) ([]byte, error) {
	size := uint64(len(r.data))
	at &= size - 1
	switch {
	case length > size:
		return nil, fmt.Errorf("read the ring buffer: event of %d bytes in %d", length, size)
	case at+length <= size:
		return r.data[at : at+length : at+length], nil
	}
	if need := int(length+7) / 8; len(r.split) < need {
		r.split = make([]uint64, need)
	}
	whole := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(r.split))), length)
	n := copy(whole, r.data[at:])
	copy(whole[n:], r.data)
	return whole, nil
}
