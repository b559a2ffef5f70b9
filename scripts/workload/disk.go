package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxFileMiB bounds the file, which is written once.
	maxFileMiB = 512
	// directAlign is what direct I/O wants of offsets, lengths and memory.
	directAlign = 4096
)

// disk is a run of the subcommand.
type disk struct {
	file    string
	mode    string
	sizeMiB int
	kib     int
	workers int
	seconds int
	seed    uint64
}

func defineDisk(flags *flag.FlagSet) func() error {
	var d disk
	flags.StringVar(&d.file, "file", "", "the `file`; made where it is missing")
	flags.StringVar(&d.mode, "mode", "read", "`read`, random (reads), or make, which only makes the file")
	flags.IntVar(&d.sizeMiB, "size", 64, "size of the file in `MiB`")
	flags.IntVar(&d.kib, "block", 1024, "size of a request in `KiB`")
	flags.IntVar(&d.workers, "workers", 4, "how many requests at a `time`")
	flags.IntVar(&d.seconds, "seconds", 12, "for how many `seconds`")
	flags.Uint64Var(&d.seed, "seed", 1, "`seed` of the offsets of random reads")
	return d.run
}

func (d *disk) run() error {
	err := errors.Join(within("size", d.sizeMiB, 1, maxFileMiB), within("block", d.kib, 4, 4096),
		within("workers", d.workers, 1, 64), within("seconds", d.seconds, 1, maxSeconds))
	if err != nil {
		return err
	}
	if err := d.make(); err != nil || d.mode == "make" {
		return err
	}
	end := time.Now().Add(time.Duration(d.seconds) * time.Second)
	failed := make([]error, d.workers)
	var all sync.WaitGroup
	for i := 1; i < d.workers; i++ {
		all.Go(func() { failed[i] = d.work(i, end) })
	}
	failed[0] = d.work(0, end)
	all.Wait()
	return errors.Join(failed...)
}

// make writes the file, for reading one with holes asks nothing of the disk.
func (d *disk) make() error {
	if info, err := os.Stat(d.file); err == nil && info.Size() == int64(d.sizeMiB)<<20 {
		return nil
	}
	fd, err := unix.Open(d.file, unix.O_WRONLY|unix.O_CREAT|unix.O_DIRECT|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("open %s: %w", d.file, err)
	}
	defer unix.Close(fd)
	block, err := aligned(1 << 20)
	if err != nil {
		return err
	}
	for i := range d.sizeMiB {
		if _, err := unix.Pwrite(fd, block, int64(i)<<20); err != nil {
			return fmt.Errorf("write %s: %w", d.file, err)
		}
	}
	return unix.Fsync(fd)
}

// work is what one worker does: its own stretch of the file in turn, or anywhere.
func (d *disk) work(worker int, end time.Time) error {
	fd, err := unix.Open(d.file, unix.O_RDONLY|unix.O_DIRECT|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", d.file, err)
	}
	defer unix.Close(fd)
	block, err := aligned(d.kib << 10)
	if err != nil {
		return err
	}
	blocks := (d.sizeMiB << 20) / len(block)
	next := blocks * worker / d.workers
	r := rand.New(rand.NewPCG(d.seed, uint64(worker)))
	for time.Now().Before(end) {
		if d.mode == "random" {
			next = r.IntN(blocks)
		}
		at := int64(next%blocks) * int64(len(block))
		if _, err := unix.Pread(fd, block, at); err != nil {
			return fmt.Errorf("read %s: %w", d.file, err)
		}
		next++
	}
	return nil
}

// aligned returns memory that direct I/O takes.
func aligned(size int) ([]byte, error) {
	block, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes: %w", size, err)
	}
	for i := 0; i < size; i += directAlign {
		block[i] = byte(i >> 12) // not zeros, which some disks keep nowhere
	}
	return block, nil
}

func defineTrickle(flags *flag.FlagSet) func() error {
	file := flags.String("file", "", "the `file` to write; one block")
	seconds := flags.Int("seconds", 20, "for how many `seconds`")
	pause := flags.Duration("pause", 10*time.Millisecond, "`time` between two writes")
	return func() error {
		if err := within("seconds", *seconds, 1, maxSeconds); err != nil {
			return err
		}
		if *pause < time.Millisecond {
			return fmt.Errorf("-pause %v: give 1ms or more", *pause)
		}
		return trickle(*file, *pause, time.Now().Add(time.Duration(*seconds)*time.Second))
	}
}

// trickle writes as a small database does that commits now and then: each write is on
// the disk before the next.
func trickle(file string, pause time.Duration, end time.Time) error {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_DIRECT | unix.O_DSYNC | unix.O_CLOEXEC
	fd, err := unix.Open(file, flags, 0o600)
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	defer unix.Close(fd)
	block, err := aligned(directAlign)
	if err != nil {
		return err
	}
	for time.Now().Before(end) {
		if _, err := unix.Pwrite(fd, block, 0); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
		time.Sleep(pause)
	}
	return nil
}
