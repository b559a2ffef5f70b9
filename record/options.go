package record

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"time"

	"github.com/linnix-os/linnix/bpf"
	"github.com/linnix-os/linnix/schema"
)

// Defaults and bounds of Options.
const (
	DefaultInterval  = time.Second
	MinInterval      = 10 * time.Millisecond
	MaxInterval      = 24 * time.Hour
	DefaultRingBytes = 16 << 20
	MinRingBytes     = 64 << 10
	MaxRingBytes     = 1 << 30
	DefaultMaxArgs   = 32 << 10
	MaxMaxArgs       = bpf.MaxArgs
)

// Options says what to record. Fields left zero take their defaults.
type Options struct {
	// Duration ends the recording; 0 records until the context is done.
	Duration time.Duration
	// MaxEvents ends the recording with this many records of events; 0 is no limit. What
	// happens until the end is counted as filtered, so that a process which ends just then
	// has neither an exit nor a task at the end.
	MaxEvents int64
	// MaxSizeBytes ends the recording so that the capture has about this size, likewise.
	MaxSizeBytes int64
	// Interval is the time between samples.
	Interval time.Duration
	// RingBytes is the size of the kernel's ring buffer: a power of two.
	RingBytes int
	// MaxArgs is how many bytes of a command line are kept.
	MaxArgs int
	// Filter says which processes are recorded.
	Filter Filter
	// Command is the recorder's own argv, kept in meta.
	Command []string
	// ToolVersion is kept in meta.
	ToolVersion string
	// Ready, if set, is called once the probes are attached and the processes already
	// there are written, unless the context is done by then. An error ends the
	// recording and is returned by Record.
	Ready func() error
	// Progress, if set, is called about ten times a second; it must not block.
	Progress func(Progress)

	// compat records with the program for older kernels, so that it is tested here.
	compat bool
	// filter is what Filter compiles to.
	filter bpf.Filter
}

// Progress is what a recording has done so far.
type Progress struct {
	Elapsed time.Duration
	Events  int64
	Lost    int64
	Live    int
	// SizeBytes is what the Writer has written, as its Size says.
	SizeBytes int64
}

// Validate says what is wrong with the options, and what would be right.
func (o Options) Validate() error {
	_, err := o.withDefaults()
	return err
}

// withDefaults fills in what was left zero and checks the rest.
func (o Options) withDefaults() (Options, error) {
	if o.Interval == 0 {
		o.Interval = DefaultInterval
	}
	if o.RingBytes == 0 {
		o.RingBytes = DefaultRingBytes
	}
	if o.MaxArgs == 0 {
		o.MaxArgs = DefaultMaxArgs
	}
	switch {
	case o.Duration < 0:
		return o, fmt.Errorf("duration %v is negative: try 10s", o.Duration)
	case o.MaxEvents < 0:
		return o, fmt.Errorf("%d events: give a number of 1 or more", o.MaxEvents)
	case o.MaxSizeBytes < 0:
		return o, fmt.Errorf("size of %d bytes: give one such as 1GiB", o.MaxSizeBytes)
	case o.Interval < MinInterval:
		return o, fmt.Errorf("interval %v is too short: try %v", o.Interval, MinInterval)
	case o.Interval > MaxInterval:
		return o, fmt.Errorf("interval %v is too long: try 1s, or anything up to %v", o.Interval, MaxInterval)
	case o.RingBytes < MinRingBytes || o.RingBytes > MaxRingBytes || bits.OnesCount(uint(o.RingBytes)) != 1 || o.RingBytes%os.Getpagesize() != 0:
		return o, fmt.Errorf("ring size of %d bytes: take a power of two from 64KiB to 1GiB, such as 16MiB", o.RingBytes)
	case o.MaxArgs < 0 || o.MaxArgs > MaxMaxArgs:
		return o, fmt.Errorf("max args of %d bytes is out of bounds: try 128KiB", o.MaxArgs)
	}
	var err error
	o.filter, err = o.Filter.compile()
	return o, err
}

// ErrOutput wraps every error of a [Writer].
var ErrOutput = errors.New("capture not written")

// Writer takes the records of a capture in their order. Write does not keep r.
type Writer interface {
	Write(r *schema.Record) error
	Flush() error
	// Size is about how many bytes the capture would have if it ended now.
	Size() int64
}

// StopReason says why a recording ended: the stop_reason of the end record. As an
// error it is the cause with which a caller cancels the context of [Record].
type StopReason string

// The stop reasons.
const (
	StopDuration    StopReason = "duration"
	StopSignal      StopReason = "signal"
	StopCommandExit StopReason = "command_exit"
	StopMaxEvents   StopReason = "max_events"
	StopMaxSize     StopReason = "max_size"
	StopOutputError StopReason = "output_error"
)

// Words says the reason to a person.
func (s StopReason) Words() string {
	switch s {
	case StopDuration:
		return "its time was up"
	case StopSignal:
		return "stopped by a signal"
	case StopCommandExit:
		return "the command ended"
	case StopMaxEvents:
		return "it had as many events as were asked for"
	case StopMaxSize:
		return "it had the size that was asked for"
	case StopOutputError:
		return "the disk is full"
	default:
		return string(s)
	}
}

// Error implements error.
func (s StopReason) Error() string { return "stop recording: " + string(s) }
