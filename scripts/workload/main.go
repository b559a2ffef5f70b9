// Command workload does for the scenarios what a shell cannot: threads, direct I/O,
// memory that grows, processes without exec. Every subcommand is bounded, by its flags
// and by a largest value for each, and ends by itself.
//
//	go build -o bin/workload ./scripts/workload
//	bin/workload spin -threads 3 -seconds 12
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
)

// maxSeconds bounds every subcommand.
const maxSeconds = 40

// command is a subcommand: its flags, and what to do with them.
type command struct {
	name, does string
	// define adds the flags and returns what runs once they are read.
	define func(*flag.FlagSet) func() error
}

// commands lists the subcommands.
var commands = []command{
	{"spin", "keep cores busy and get nothing done", defineSpin},
	{"compute", "compress blocks with a pool of workers", defineCompute},
	{"disk", "read a file past the page cache, as fast as the disk can", defineDisk},
	{"trickle", "write small blocks to the disk, one at a time, with pauses", defineTrickle},
	{"grow", "take memory at a steady rate", defineGrow},
	{"jobs", "start processes that end at once, without exec", defineJobs},
}

func main() {
	// What the main goroutine does, the first thread does, whose state is the one that a
	// process is seen in.
	runtime.LockOSThread()
	if len(os.Args) < 2 {
		usage()
	}
	for _, c := range commands {
		if c.name != os.Args[1] {
			continue
		}
		flags := flag.NewFlagSet("workload "+c.name, flag.ExitOnError)
		run := c.define(flags)
		flags.Parse(os.Args[2:]) // ends the program where it cannot
		if err := run(); err != nil {
			fmt.Fprintf(os.Stderr, "workload %s: %v\n", c.name, err)
			os.Exit(1)
		}
		return
	}
	usage()
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: workload COMMAND [-h]")
	for _, c := range commands {
		fmt.Fprintf(os.Stderr, "  %-8s %s\n", c.name, c.does)
	}
	os.Exit(2)
}

// within says what is wrong with the value of a flag.
func within(name string, value, least, most int) error {
	if value < least || value > most {
		return fmt.Errorf("-%s %d: give %d to %d", name, value, least, most)
	}
	return nil
}
