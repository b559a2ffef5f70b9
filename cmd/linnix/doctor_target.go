package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/linnix-os/linnix/record"
	"github.com/linnix-os/linnix/record/capture"
	"golang.org/x/sys/unix"
)

const (
	// goodSpace is an hour and more of a busy host.
	goodSpace = 256 << 20
	// goodSpeed is what a fork storm fills as JSONL, in bytes a second.
	goodSpeed = 5 << 20
)

// diagnoseTarget says whether a capture can be recorded to a file of that name.
func diagnoseTarget(name string, s *stdio) []record.Check {
	output := record.Check{Name: "output", Needed: true}
	if name == stdoutName {
		output.OK, output.Detail = true, "JSONL on standard output"
		return []record.Check{output}
	}
	inPlace, err := tryOutput(name, s)
	if err != nil {
		output.Detail, output.Remedy = splitHint(err)
		return []record.Check{output}
	}
	output.OK, output.Detail = true, name+" can be created"
	if inPlace {
		output.Detail = name + " is no regular file and is written in place"
		return []record.Check{output}
	}
	folder := filepath.Dir(name)
	probe := writeProbe(folder)
	return []record.Check{output, checkSpace(folder, probe), checkSpeed(folder, probe)}
}

// tryOutput creates the capture as record does, and removes it. What is no regular file
// is only asked for permission: to open a pipe would wait for its reader, or end it.
func tryOutput(name string, s *stdio) (inPlace bool, err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		if err := unix.Access(name, unix.W_OK); err != nil {
			return true, fmt.Errorf("write to %s: %w", name, err)
		}
		return true, nil
	}
	_, abandon, err := createCapture(name, capture.CreateOptions{Journal: true}, s)
	if err != nil {
		return false, err
	}
	return false, errors.Join(abandon(), removeEmpty(name))
}

// splitHint takes an error of creating a capture apart into what it says and what to do.
func splitHint(err error) (detail, hint string) {
	if errors.Is(err, capture.ErrExtension) {
		return err.Error(), "give a name that ends in .jsonl, .jsonl.gz, .jsonl.zst or .parquet, or use -"
	}
	if at := strings.LastIndex(err.Error(), "; "); at >= 0 {
		return err.Error()[:at], err.Error()[at+len("; "):]
	}
	return err.Error(), "give a name in a folder that you may write to, such as -o /tmp/host.parquet"
}

const spaceRemedy = "give a name on a file system with more room, such as -o /tmp/host.parquet; 'df -h' lists them"

// checkSpace looks at what is free. A disk that takes nothing at all will not take a
// capture.
func checkSpace(folder string, probe diskProbe) record.Check {
	c := record.Check{Name: "disk_space", OK: true}
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		c.Detail = fmt.Sprintf("unknown: %v", err)
		return c
	}
	free := int64(fs.Bavail) * fs.Bsize
	c.Detail = fmt.Sprintf("%s are free in %s", byteSize(free), folder)
	if probe.err != nil && probe.bytes == 0 {
		c.Needed, c.Detail = true, fmt.Sprintf("nothing can be written to %s: %v", folder, probe.err)
	}
	if c.Needed || free < goodSpace {
		c.OK, c.Remedy = false, spaceRemedy
	}
	return c
}

func checkSpeed(folder string, probe diskProbe) record.Check {
	c := record.Check{Name: "disk_speed", OK: true}
	if probe.err != nil {
		c.Detail = fmt.Sprintf("unknown: %v", probe.err)
		return c
	}
	speed := int64(float64(probe.bytes) / max(probe.took.Seconds(), 1e-6))
	c.Detail = fmt.Sprintf("%s a second, synced, in %s", byteSize(speed), folder)
	if speed < goodSpeed {
		c.OK, c.Remedy = false, "give a name on a faster disk, or one that ends in .parquet, which takes a tenth of the space of JSONL"
	}
	return c
}

// diskProbe is what a folder's disk did with a few bytes.
type diskProbe struct {
	// bytes were on the disk after took.
	bytes int64
	took  time.Duration
	err   error
}

// writeProbe writes to a folder for a moment, and no longer, however slow the disk is.
func writeProbe(folder string) diskProbe {
	const patience = 400 * time.Millisecond
	done := make(chan diskProbe, 1)
	go func() { done <- writeBlocks(folder) }()
	select {
	case probe := <-done:
		return probe
	case <-time.After(patience):
		return diskProbe{took: patience}
	}
}

// writeBlocks writes and syncs ever larger blocks, 8 MiB in all or for 150 ms. The file
// vanishes with its descriptor, however the process ends.
func writeBlocks(folder string) (p diskProbe) {
	const first, limit, budget = 64 << 10, 8 << 20, 150 * time.Millisecond
	file, err := openNameless(folder)
	if err != nil {
		return diskProbe{err: err}
	}
	defer file.Close()
	start := time.Now()
	for size := int64(first); p.bytes+size <= limit && p.took < budget; size *= 2 {
		if _, p.err = file.Write(make([]byte, size)); p.err == nil {
			p.err = unix.Fdatasync(int(file.Fd()))
		}
		if p.err != nil {
			return p
		}
		p.bytes, p.took = p.bytes+size, time.Since(start)
	}
	return p
}

// openNameless opens a new file that has no name, or had one for a moment where the file
// system must have one.
func openNameless(folder string) (*os.File, error) {
	if fd, err := unix.Open(folder, unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o600); err == nil {
		return os.NewFile(uintptr(fd), folder), nil
	}
	file, err := os.CreateTemp(folder, ".linnix-doctor-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
