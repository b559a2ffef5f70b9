package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxGrowMiB bounds what is taken.
	maxGrowMiB = 256
	// growStep is the time between two steps.
	growStep = 50 * time.Millisecond
	// nearLimit is the part of a cgroup's limit, in percent, at which it counts as near it.
	nearLimit = 95
)

// growth is a run of the subcommand.
type growth struct {
	kibPerSecond int
	toMiB        int
	seconds      int
	usage        string
	maxMiB       int
	hold         int
	slow         int
	mapped       [][]byte
	marked       bool
}

func defineGrow(flags *flag.FlagSet) func() error {
	var g growth
	flags.IntVar(&g.kibPerSecond, "rate", 8192, "how many `KiB` to take each second")
	flags.IntVar(&g.toMiB, "to", 128, "how many `MiB` to take in all")
	flags.IntVar(&g.seconds, "seconds", maxSeconds, "end after `seconds`, whatever is taken")
	flags.StringVar(&g.usage, "usage", "", "the `file` with what the cgroup uses, in bytes")
	flags.IntVar(&g.maxMiB, "max", 0, "the cgroup's limit in `MiB`; the moment its use comes near (95 %) is marked as oom_risk")
	flags.IntVar(&g.slow, "slow", 0, "from then on take `KiB` a second; 0 for no change")
	flags.IntVar(&g.hold, "hold", 0, "`seconds` to keep all of it from then on, or from when all is taken")
	return g.run
}

func (g *growth) run() error {
	err := errors.Join(within("rate", g.kibPerSecond, 64, 64<<10), within("to", g.toMiB, 1, maxGrowMiB+64),
		within("seconds", g.seconds, 1, maxSeconds), within("max", g.maxMiB, 0, maxGrowMiB),
		within("slow", g.slow, 0, g.kibPerSecond), within("hold", g.hold, 0, maxSeconds))
	if err != nil {
		return err
	}
	end := time.Now().Add(time.Duration(g.seconds) * time.Second)
	taken, rate := 0, g.kibPerSecond
	for time.Now().Before(end) {
		if step := rate << 10 / int(time.Second/growStep); taken+step <= g.toMiB<<20 {
			if err := g.take(step); err != nil {
				return err
			}
			taken += step
		}
		near, err := g.near()
		if err != nil {
			return err
		}
		if near && !g.marked {
			if err := mark("begin", "oom_risk"); err != nil {
				return err
			}
			g.marked = true
			if g.slow > 0 {
				rate = g.slow
			}
			if g.hold > 0 {
				end = time.Now().Add(time.Duration(g.hold) * time.Second)
			}
		}
		time.Sleep(growStep)
	}
	return nil
}

// take maps memory and writes to each of its pages.
func (g *growth) take(bytes int) error {
	block, err := unix.Mmap(-1, 0, bytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return fmt.Errorf("map %d bytes: %w", bytes, err)
	}
	for i := 0; i < bytes; i += os.Getpagesize() {
		block[i] = 1
	}
	g.mapped = append(g.mapped, block)
	return nil
}

// near says whether the cgroup uses nearLimit percent of its limit or more.
func (g *growth) near() (bool, error) {
	if g.usage == "" || g.maxMiB == 0 {
		return false, nil
	}
	text, err := os.ReadFile(g.usage)
	if err != nil {
		return false, err
	}
	used, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", g.usage, err)
	}
	return used*100 >= int64(g.maxMiB)<<20*nearLimit, nil
}

// mark writes down when an incident begins or ends, as the shell's mark in lib.sh does.
func mark(what, class string) error {
	name := os.Getenv("LINNIX_MARKS")
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	now := time.Now().UnixMicro()
	_, err = fmt.Fprintf(file, "%d.%06d %s %s %d\n", now/1e6, now%1e6, what, class, os.Getpid())
	return errors.Join(err, file.Close())
}
